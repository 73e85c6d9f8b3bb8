/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SOAP side of a simulated device: soapcpp2's server code from schemas/onvif/onvif.h reads the
 * request and writes the reply; here are the operations. The HTTP side is fake_http.c.
 */
#include "fake_soap.h"

#include "device.nsmap"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct soap_io {
	struct fake_request *request;
	size_t at;
	FILE *out;
};

static size_t
read_body(struct soap *soap, char *out, size_t size)
{
	struct soap_io *io = soap->user;
	size_t left = io->request->body_len - io->at;

	if (size > left)
		size = left;
	memcpy(out, io->request->body + io->at, size);
	io->at += size;
	return size;
}

static int
write_reply(struct soap *soap, const char *text, size_t size)
{
	struct soap_io *io = soap->user;

	return fwrite(text, 1, size, io->out) == size ? SOAP_OK : SOAP_EOF;
}

void
fake_soap_answer(struct fake_request *request)
{
	struct soap_io io = {.request = request};
	struct soap *soap = soap_new1(SOAP_ENC_PLAIN | SOAP_C_UTFSTRING);
	char *body = NULL;

	free(request->reply);
	request->reply = NULL;
	request->reply_len = 0;
	io.out = open_memstream(&request->reply, &request->reply_len);
	if (soap == NULL || io.out == NULL)
		abort();
	soap->user = &io;
	soap->frecv = read_body;
	soap->fsend = write_reply;
	request->status = 200;
	soap_set_namespaces(soap, namespaces);
	if (soap_begin_serve(soap) != SOAP_OK || soap_serve_request(soap) != SOAP_OK) {
		if (request->status == 200)
			request->status = soap->error == SOAP_NO_METHOD ? 500 : 400;
		if (ftell(io.out) == 0) /* soap_begin_serve sends some by itself */
			soap_send_fault(soap);
	}
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
	fclose(io.out);
	/* gSOAP closes what it believes to be a connection; the body is all that is wanted. */
	body = request->reply != NULL ? strstr(request->reply, "<?xml") : NULL;
	if (body != NULL && body != request->reply) {
		request->reply_len -= (size_t)(body - request->reply);
		memmove(request->reply, body, request->reply_len + 1);
	}
}

/* ---- what all operations begin with */

struct fake_request *
fake_soap_request(struct soap *soap)
{
	return ((struct soap_io *)soap->user)->request;
}

int
fake_soap_not_served(struct soap *soap)
{
	fake_soap_request(soap)->status = 400;
	return soap_receiver_fault_subcode(soap, "ter:ActionNotSupported",
					   "Optional Action Not Implemented", NULL);
}

int
fake_soap_begin(struct soap *soap, const char *operation)
{
	struct fake_request *request = fake_soap_request(soap);
	const struct fake_settings *s = &request->settings;
	struct wsse__Security *security = soap->header ? soap->header->wsse__Security : NULL;
	struct wsse__UsernameToken *sent = security ? security->UsernameToken : NULL;
	struct fake_token token = {0};
	enum fake_login login;

	snprintf(request->operation, sizeof(request->operation), "%s", operation);
	if (sent != NULL) {
		token.username = sent->Username;
		token.password = sent->Password ? sent->Password->__item : NULL;
		token.type = sent->Password ? sent->Password->Type : NULL;
		token.nonce = sent->Nonce ? sent->Nonce->__item : NULL;
		token.created = sent->wsu__Created;
	}
	soap->header = NULL;
	login = fake_login(request, sent != NULL ? &token : NULL);
	if (login == FAKE_LOGIN_OK)
		return SOAP_OK;
	request->status = request->challenges[0] != '\0' ? 401 : (int)s->auth_status;
	return soap_sender_fault_subcode(
		soap, soap_strdup(soap, s->auth_subcode),
		soap_strdup(soap, login == FAKE_LOGIN_LOCKED ? s->locked_reason : s->auth_reason),
		NULL);
}

void *
fake_soap_zeroed(struct soap *soap, size_t size)
{
	void *memory = soap_malloc(soap, size);

	if (memory == NULL)
		abort();
	return memset(memory, 0, size);
}

static char *textf(struct soap *soap, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static char *
textf(struct soap *soap, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return soap_strdup(soap, text);
}

static enum xsd__boolean *
yes(struct soap *soap)
{
	enum xsd__boolean *value = NEW(soap, enum xsd__boolean);

	*value = xsd__boolean__true_;
	return value;
}

static bool
is_door(struct soap *soap)
{
	return strcmp(fake_soap_request(soap)->settings.kind, "door") == 0;
}

static char *
xaddr(struct soap *soap, const char *path)
{
	struct fake_request *request = fake_soap_request(soap);
	const char *host = request->settings.xaddr_host;

	return textf(soap, "%s://%s/onvif/%s", request->settings.tls_cert[0] ? "https" : "http",
		     host[0] != '\0' ? host : request->host, path);
}

/* ---- device management */

static struct tt__DateTime *
date_time(struct soap *soap, int64_t at_ms, int month)
{
	struct tt__DateTime *out = NEW(soap, struct tt__DateTime);
	time_t at_s = at_ms / 1000;
	struct tm tm;

	gmtime_r(&at_s, &tm);
	out->Time = NEW(soap, struct tt__Time);
	out->Time->Hour = tm.tm_hour;
	out->Time->Minute = tm.tm_min;
	out->Time->Second = tm.tm_sec;
	out->Date = NEW(soap, struct tt__Date);
	out->Date->Year = tm.tm_year + 1900;
	out->Date->Month = month >= 0 ? month : tm.tm_mon + 1;
	out->Date->Day = tm.tm_mday;
	return out;
}

int
__tds__GetSystemDateAndTime(struct soap *soap, struct _tds__GetSystemDateAndTime *in,
			    struct _tds__GetSystemDateAndTimeResponse *out)
{
	const struct fake_settings *s = &fake_soap_request(soap)->settings;
	int64_t now_ms = fake_now_ms() + s->clock_offset_ms;
	struct tt__SystemDateTime *date;
	int month = strcmp(s->clock, "month0") == 0 ? 0 : -1;

	(void)in;
	if (fake_soap_begin(soap, "GetSystemDateAndTime") != SOAP_OK)
		return soap->error;
	if (strcmp(s->clock, "none") == 0)
		return fake_soap_not_served(soap);
	date = out->SystemDateAndTime = NEW(soap, struct tt__SystemDateTime);
	date->DateTimeType = tt__SetDateTimeType__NTP;
	date->TimeZone = NEW(soap, struct tt__TimeZone);
	date->TimeZone->TZ = "CST-8";
	if (strcmp(s->clock, "local-as-utc") == 0)
		date->UTCDateTime = date_time(soap, now_ms + 8 * 3600 * 1000, month);
	else if (strcmp(s->clock, "no-utc") != 0)
		date->UTCDateTime = date_time(soap, now_ms, month);
	date->LocalDateTime = date_time(soap, now_ms + 8 * 3600 * 1000, month);
	return SOAP_OK;
}

static struct tt__Service *
service(struct soap *soap, const char *path)
{
	struct tt__Service *out = NEW(soap, struct tt__Service);

	out->XAddr = xaddr(soap, path);
	return out;
}

int
__tds__GetCapabilities(struct soap *soap, struct _tds__GetCapabilities *in,
		       struct _tds__GetCapabilitiesResponse *out)
{
	(void)in;
	if (fake_soap_begin(soap, "GetCapabilities") != SOAP_OK)
		return soap->error;
	out->Capabilities = NEW(soap, struct tt__Capabilities);
	out->Capabilities->Device = service(soap, "device_service");
	if (!is_door(soap)) {
		out->Capabilities->Events = service(soap, "event_service");
		out->Capabilities->Media = service(soap, "media_service");
	}
	return SOAP_OK;
}

int
__tds__GetServices(struct soap *soap, struct _tds__GetServices *in,
		   struct _tds__GetServicesResponse *out)
{
	static const struct {
		const char *kind, *uri, *path;
	} services[] = {
		{"", "http://www.onvif.org/ver10/device/wsdl", "device_service"},
		{"", "http://www.onvif.org/ver10/events/wsdl", "event_service"},
		{"camera", "http://www.onvif.org/ver10/media/wsdl", "media_service"},
		{"door", "http://www.onvif.org/ver10/doorcontrol/wsdl", "doorcontrol_service"},
		{"door", "http://www.onvif.org/ver10/accesscontrol/wsdl", "accesscontrol_service"},
	};
	const char *kind = fake_soap_request(soap)->settings.kind;

	(void)in;
	if (fake_soap_begin(soap, "GetServices") != SOAP_OK)
		return soap->error;
	out->Service = NEWS(soap, struct tds__Service, sizeof(services) / sizeof(services[0]));
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		struct tds__Service *one = &out->Service[out->__sizeService];

		if (services[i].kind[0] != '\0' && strcmp(services[i].kind, kind) != 0)
			continue;
		one->Namespace = soap_strdup(soap, services[i].uri);
		one->XAddr = xaddr(soap, services[i].path);
		one->Version = NEW(soap, struct tt__OnvifVersion);
		one->Version->Major = 2;
		one->Version->Minor = 60;
		out->__sizeService++;
	}
	return SOAP_OK;
}

int
__tds__GetDeviceInformation(struct soap *soap, struct _tds__GetDeviceInformation *in,
			    struct _tds__GetDeviceInformationResponse *out)
{
	struct fake_settings *s = &fake_soap_request(soap)->settings;

	(void)in;
	if (fake_soap_begin(soap, "GetDeviceInformation") != SOAP_OK)
		return soap->error;
	out->Manufacturer = s->vendor;
	out->Model = s->model;
	out->FirmwareVersion = s->firmware;
	out->SerialNumber = s->serial;
	out->HardwareId = s->hardware;
	return SOAP_OK;
}

int
__tds__GetNetworkInterfaces(struct soap *soap, struct _tds__GetNetworkInterfaces *in,
			    struct _tds__GetNetworkInterfacesResponse *out)
{
	struct fake_settings *s = &fake_soap_request(soap)->settings;
	struct tt__NetworkInterface *interface;
	struct tt__IPv4Configuration *config;

	(void)in;
	if (fake_soap_begin(soap, "GetNetworkInterfaces") != SOAP_OK)
		return soap->error;
	interface = out->NetworkInterfaces = NEW(soap, struct tt__NetworkInterface);
	out->__sizeNetworkInterfaces = 1;
	interface->token = "eth0";
	interface->Enabled = xsd__boolean__true_;
	interface->Info = NEW(soap, struct tt__NetworkInterfaceInfo);
	interface->Info->Name = "eth0";
	interface->Info->HwAddress = s->mac;
	interface->IPv4 = NEW(soap, struct tt__IPv4NetworkInterface);
	interface->IPv4->Enabled = xsd__boolean__true_;
	config = interface->IPv4->Config = NEW(soap, struct tt__IPv4Configuration);
	config->__sizeManual = 1;
	config->Manual = NEW(soap, struct tt__PrefixedIPv4Address);
	config->Manual->Address = s->address;
	config->Manual->PrefixLength = 24;
	return SOAP_OK;
}

int
__tds__GetHostname(struct soap *soap, struct _tds__GetHostname *in,
		   struct _tds__GetHostnameResponse *out)
{
	(void)in;
	if (fake_soap_begin(soap, "GetHostname") != SOAP_OK)
		return soap->error;
	out->HostnameInformation = NEW(soap, struct tt__HostnameInformation);
	out->HostnameInformation->Name = fake_soap_request(soap)->settings.hostname;
	return SOAP_OK;
}

/* ---- media */

int
__trt__GetProfiles(struct soap *soap, struct _trt__GetProfiles *in,
		   struct _trt__GetProfilesResponse *out)
{
	(void)in;
	if (fake_soap_begin(soap, "GetProfiles") != SOAP_OK)
		return soap->error;
	if (is_door(soap))
		return fake_soap_not_served(soap);
	out->__sizeProfiles = 2;
	out->Profiles = NEWS(soap, struct tt__Profile, 2);
	for (int i = 0; i < 2; i++) {
		struct tt__VideoEncoderConfiguration *encoder =
			NEW(soap, struct tt__VideoEncoderConfiguration);

		out->Profiles[i].token = textf(soap, "profile_%d", i + 1);
		out->Profiles[i].fixed = yes(soap);
		out->Profiles[i].Name = i == 0 ? "mainStream" : "subStream";
		encoder->token = textf(soap, "encoder_%d", i + 1);
		encoder->Name = textf(soap, "VideoEncoder %d", i + 1);
		encoder->Encoding = "H264";
		encoder->Resolution = NEW(soap, struct tt__VideoResolution);
		encoder->Resolution->Width = i == 0 ? 1920 : 640;
		encoder->Resolution->Height = i == 0 ? 1080 : 360;
		out->Profiles[i].VideoEncoderConfiguration = encoder;
	}
	return SOAP_OK;
}

/* ---- doors and access points: Profile A and C */

/* Which of the list a request wants: from *first up to *end; the next reference, or NULL. */
static char *
page_of(struct soap *soap, const char *start, const int *limit, int64_t *first, int64_t *end)
{
	const struct fake_settings *s = &fake_soap_request(soap)->settings;
	int64_t many = s->page > 0 ? s->page : s->doors;

	*first = start != NULL ? strtoll(start, NULL, 10) : 0;
	if (*first < 0 || *first > s->doors)
		*first = s->doors;
	if (limit != NULL && *limit > 0 && *limit < many)
		many = *limit;
	*end = *first + many < s->doors ? *first + many : s->doors;
	return *end < s->doors ? textf(soap, "%lld", (long long)*end) : NULL;
}

int
__tdc__GetDoorInfoList(struct soap *soap, struct _tdc__GetDoorInfoList *in,
		       struct _tdc__GetDoorInfoListResponse *out)
{
	int64_t first, end;

	if (fake_soap_begin(soap, "GetDoorInfoList") != SOAP_OK)
		return soap->error;
	if (!is_door(soap))
		return fake_soap_not_served(soap);
	out->NextStartReference = page_of(soap, in->StartReference, in->Limit, &first, &end);
	out->DoorInfo = NEWS(soap, struct tdc__DoorInfo, (size_t)(end - first) + 1);
	for (int64_t i = first; i < end; i++) {
		struct tdc__DoorInfo *door = &out->DoorInfo[out->__sizeDoorInfo++];

		door->token = textf(soap, "door%lld", (long long)i + 1);
		door->Name = textf(soap, "Door %lld", (long long)i + 1);
		door->Capabilities = NEW(soap, struct tdc__DoorCapabilities);
		door->Capabilities->DoorMonitor = yes(soap);
		door->Capabilities->LockMonitor = yes(soap);
	}
	return SOAP_OK;
}

int
__tdc__GetDoorState(struct soap *soap, struct _tdc__GetDoorState *in,
		    struct _tdc__GetDoorStateResponse *out)
{
	struct fake_settings *s = &fake_soap_request(soap)->settings;
	struct tdc__DoorState *state;
	long long number;
	bool first;

	if (fake_soap_begin(soap, "GetDoorState") != SOAP_OK)
		return soap->error;
	if (!is_door(soap))
		return fake_soap_not_served(soap);
	number = in->Token != NULL && strncmp(in->Token, "door", 4) == 0
			 ? strtoll(in->Token + 4, NULL, 10)
			 : 0;
	if (number < 1 || number > s->doors)
		return soap_sender_fault_subcode(soap, "ter:NotFound", "No such door", NULL);
	first = number == 1;
	state = out->DoorState = NEW(soap, struct tdc__DoorState);
	state->DoorPhysicalState = first ? s->door_physical : "Closed";
	state->LockPhysicalState = first ? s->door_lock : "Locked";
	state->Alarm = first ? s->door_alarm : "Normal";
	state->Tamper = NEW(soap, struct tdc__DoorTamper);
	state->Tamper->State = first ? s->door_tamper : "NotInTamper";
	state->Fault = NEW(soap, struct tdc__DoorFault);
	state->Fault->State = first ? s->door_fault : "NotInFault";
	state->DoorMode = first ? s->door_mode : "Locked";
	return SOAP_OK;
}

int
__tac__GetAccessPointInfoList(struct soap *soap, struct _tac__GetAccessPointInfoList *in,
			      struct _tac__GetAccessPointInfoListResponse *out)
{
	int64_t first, end;

	if (fake_soap_begin(soap, "GetAccessPointInfoList") != SOAP_OK)
		return soap->error;
	if (!is_door(soap))
		return fake_soap_not_served(soap);
	out->NextStartReference = page_of(soap, in->StartReference, in->Limit, &first, &end);
	out->AccessPointInfo = NEWS(soap, struct tac__AccessPointInfo, (size_t)(end - first) + 1);
	for (int64_t i = first; i < end; i++) {
		struct tac__AccessPointInfo *point =
			&out->AccessPointInfo[out->__sizeAccessPointInfo++];

		point->token = textf(soap, "reader%lld", (long long)i + 1);
		point->Name = textf(soap, "Reader %lld", (long long)i + 1);
		point->Entity = textf(soap, "door%lld", (long long)i + 1);
		point->Capabilities = NEW(soap, struct tac__AccessPointCapabilities);
	}
	return SOAP_OK;
}

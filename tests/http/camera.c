/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scripted ONVIF device.
 */
#include "camera.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ENVELOPE                                                             \
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "   \
	"xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" "              \
	"xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\" "               \
	"xmlns:tdc=\"http://www.onvif.org/ver10/doorcontrol/wsdl\" "         \
	"xmlns:tac=\"http://www.onvif.org/ver10/accesscontrol/wsdl\" "       \
	"xmlns:tt=\"http://www.onvif.org/ver10/schema\" "                    \
	"xmlns:ter=\"http://www.onvif.org/ver10/error\"><s:Body>%s</s:Body>" \
	"</s:Envelope>"

void
camera_init(struct camera *camera)
{
	memset(camera, 0, sizeof(*camera));
	pthread_mutex_init(&camera->lock, NULL);
	camera->password = "secret";
	camera->refusal_status = 400;
}

static bool
soap(struct server_conn *conn, int status, const char *extra, const char *body)
{
	char *text = NULL;
	bool ok;

	if (asprintf(&text, ENVELOPE, body) < 0)
		abort();
	ok = server_reply(conn, status, extra, "application/soap+xml; charset=utf-8", text);
	free(text);
	return ok;
}

static bool
fault(struct server_conn *conn, int status, const char *extra, const char *subcode,
      const char *reason)
{
	char body[1024];

	snprintf(body, sizeof(body),
		 "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:%s</s:Value>"
		 "</s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en\">%s</s:Text></s:Reason>"
		 "</s:Fault>",
		 subcode, reason);
	return soap(conn, status, extra, body);
}

/* Text of the first element whose start tag contains the name. */
static void
element(const char *xml, const char *name, char *out, size_t size)
{
	const char *at = strstr(xml, name);

	out[0] = '\0';
	at = at == NULL ? NULL : strchr(at, '>');
	if (at != NULL)
		snprintf(out, size, "%.*s", (int)strcspn(at + 1, "<"), at + 1);
}

static bool
created_fits(const struct camera *camera, const char *created)
{
	struct tm tm = {0};
	int64_t at, now = (int64_t)time(NULL) + camera->checked_offset_s;

	if (strptime(created, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
		return false;
	at = (int64_t)timegm(&tm);
	return camera->window_s == 0 || llabs(at - now) <= camera->window_s;
}

static bool
wsse_is_right(const struct camera *camera, const char *body)
{
	char username[64], digest[64], nonce[64], created[64], expected[64];
	unsigned char bytes[64], input[256], sha[SHA_DIGEST_LENGTH];
	int len;

	element(body, ":Username>", username, sizeof(username));
	element(body, ":Password ", digest, sizeof(digest));
	element(body, ":Nonce", nonce, sizeof(nonce));
	element(body, ":Created", created, sizeof(created));
	if (strlen(nonce) != 24)
		return false;
	len = EVP_DecodeBlock(bytes, (const unsigned char *)nonce, 24) - 2; /* 16 bytes, "==" */
	if (len != 16)
		return false;
	memcpy(input, bytes, 16);
	len = 16 +
	      snprintf((char *)input + 16, sizeof(input) - 16, "%s%s", created, camera->password);
	SHA1(input, (size_t)len, sha);
	EVP_EncodeBlock((unsigned char *)expected, sha, sizeof(sha));
	return strcmp(username, "monitor") == 0 && strcmp(digest, expected) == 0 &&
	       created_fits(camera, created);
}

static bool
is_public(const struct camera *camera, const char *op)
{
	if (strcmp(op, "GetSystemDateAndTime") == 0)
		return true;
	return !camera->all_private &&
	       (strcmp(op, "GetServices") == 0 || strcmp(op, "GetCapabilities") == 0 ||
		strcmp(op, "GetHostname") == 0);
}

/* True if the request may go on; else it was answered. */
static bool
check_login(struct server_conn *conn, struct camera *camera, const char *op)
{
	const char *algorithm = camera->algorithm == NULL ? "MD5" : camera->algorithm;
	bool wants_digest = camera->auth == CAMERA_DIGEST || camera->auth == CAMERA_BOTH;
	bool wants_wsse = camera->auth == CAMERA_WSSE || camera->auth == CAMERA_BOTH;
	char login[32], challenge[256] = "";
	bool is_login = strstr(conn->body, ":UsernameToken") != NULL, ok = true;

	server_header(conn, "Authorization", login, sizeof(login));
	if (wants_digest) {
		ok = server_digest_is_right(conn, algorithm, "monitor", camera->password, "n0nce");
		snprintf(challenge, sizeof(challenge),
			 "WWW-Authenticate: Digest realm=\"cam\", qop=\"auth\", nonce=\"n0nce\", "
			 "algorithm=%s\r\n",
			 algorithm);
	}
	/* HTTP comes first: what it refuses does not reach the SOAP layer */
	is_login = (is_login && camera->auth != CAMERA_BOTH) || login[0] != '\0';
	camera->logins += is_login;
	camera->anonymous_private += !is_login && !is_public(camera, op);
	if (is_public(camera, op) || camera->auth == CAMERA_OPEN)
		return true;
	if (ok && wants_wsse) {
		ok = wsse_is_right(camera, conn->body);
		challenge[0] = '\0';
	}
	if (ok && (camera->lock_after == 0 || camera->refused < camera->lock_after)) {
		camera->accepted++;
		return true;
	}
	camera->refused += is_login;
	if (camera->lock_after != 0 && camera->refused >= camera->lock_after)
		fault(conn, 400, "", "NotAuthorized", "The account is locked, try again later");
	else if (challenge[0] != '\0')
		server_reply(conn, 401, challenge, "text/html", "<html>401</html>");
	else
		fault(conn, camera->refusal_status, "", "NotAuthorized",
		      camera->refusal == NULL ? "Sender not authorized" : camera->refusal);
	return false;
}

static bool
answer_time(struct server_conn *conn, const struct camera *camera)
{
	time_t now = time(NULL) + camera->clock_offset_s;
	struct tm tm;
	char body[1024];

	gmtime_r(&now, &tm);
	snprintf(body, sizeof(body),
		 "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>"
		 "<tt:DateTimeType>NTP</tt:DateTimeType><tt:DaylightSavings>false"
		 "</tt:DaylightSavings><tt:UTCDateTime><tt:Time><tt:Hour>%d</tt:Hour><tt:Minute>%d"
		 "</tt:Minute><tt:Second>%d</tt:Second></tt:Time><tt:Date><tt:Year>%d</tt:Year>"
		 "<tt:Month>%d</tt:Month><tt:Day>%d</tt:Day></tt:Date></tt:UTCDateTime>"
		 "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>",
		 tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_year + 1900,
		 camera->month_0 ? 0 : tm.tm_mon + 1, tm.tm_mday);
	return soap(conn, 200, "", body);
}

static bool
answer_services(struct server_conn *conn, const struct camera *camera)
{
	static const struct {
		const char *uri, *path;
	} services[] = {
		{"http://www.onvif.org/ver10/device/wsdl", "/onvif/device_service"},
		{"http://www.onvif.org/ver10/media/wsdl", "/onvif/media?x=1"},
		{"http://www.onvif.org/ver10/doorcontrol/wsdl", "/onvif/doors"},
		{"http://www.onvif.org/ver10/accesscontrol/wsdl", "/onvif/access"},
	};
	char body[4096] = "<tds:GetServicesResponse>";
	size_t count = camera->doors > 0 ? 4 : 2;

	for (size_t i = 0; i < count; i++)
		snprintf(body + strlen(body), sizeof(body) - strlen(body),
			 "<tds:Service><tds:Namespace>%s</tds:Namespace><tds:XAddr>http://%s%s"
			 "</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>40</tt:Minor>"
			 "</tds:Version></tds:Service>",
			 services[i].uri,
			 camera->xaddr_host == NULL ? "192.0.2.99:81" : camera->xaddr_host,
			 services[i].path);
	snprintf(body + strlen(body), sizeof(body) - strlen(body), "</tds:GetServicesResponse>");
	return soap(conn, 200, "", body);
}

static bool
answer_list(struct server_conn *conn, const struct camera *camera, bool is_doors)
{
	char start[32], body[8192];
	unsigned from, to = camera->doors;
	const char *prefix = is_doors ? "tdc" : "tac", *what = is_doors ? "Door" : "AccessPoint";

	element(conn->body, ":StartReference", start, sizeof(start));
	from = (unsigned)strtoul(start, NULL, 10);
	if (camera->page != 0 && to > from + camera->page)
		to = from + camera->page;
	snprintf(body, sizeof(body), "<%s:Get%sInfoListResponse>", prefix, what);
	if (to < camera->doors)
		snprintf(body + strlen(body), sizeof(body) - strlen(body),
			 "<%s:NextStartReference>%u</%s:NextStartReference>", prefix, to, prefix);
	for (unsigned i = from; i < to; i++)
		snprintf(body + strlen(body), sizeof(body) - strlen(body),
			 "<%s:%sInfo token=\"%c%u\"><%s:Name>%s %u</%s:Name>"
			 "<%s:Capabilities/>%s</%s:%sInfo>",
			 prefix, what, is_doors ? 'd' : 'a', i, prefix, what, i, prefix, prefix,
			 is_doors ? "" : "<tac:Entity>d0</tac:Entity>", prefix, what);
	snprintf(body + strlen(body), sizeof(body) - strlen(body), "</%s:Get%sInfoListResponse>",
		 prefix, what);
	return soap(conn, 200, "", body);
}

static bool
answer(struct server_conn *conn, const struct camera *camera, const char *op)
{
	static const struct {
		const char *op, *body;
	} fixed[] = {
		{"GetDeviceInformation",
		 "<tds:GetDeviceInformationResponse><tds:Manufacturer>AXIS</tds:Manufacturer>"
		 "<tds:Model>P1</tds:Model><tds:FirmwareVersion>9.80.1</tds:FirmwareVersion>"
		 "<tds:SerialNumber>ACCC8E000001</tds:SerialNumber><tds:HardwareId>7</"
		 "tds:HardwareId>"
		 "</tds:GetDeviceInformationResponse>"},
		{"GetHostname",
		 "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false"
		 "</tt:FromDHCP><tt:Name>cam-1</tt:Name></tds:HostnameInformation>"
		 "</tds:GetHostnameResponse>"},
		{"GetNetworkInterfaces",
		 "<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token=\"eth0\">"
		 "<tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>"
		 "AC-CC-8E-00-00-01</tt:HwAddress></tt:Info></tds:NetworkInterfaces>"
		 "</tds:GetNetworkInterfacesResponse>"},
		{"GetProfiles",
		 "<trt:GetProfilesResponse><trt:Profiles token=\"p0\" fixed=\"true\">"
		 "<tt:Name>main</tt:Name></trt:Profiles></trt:GetProfilesResponse>"},
		{"GetUsers",
		 "<tds:GetUsersResponse><tds:User><tt:Username>monitor</tt:Username><tt:UserLevel>"
		 "Administrator</tt:UserLevel></tds:User><tds:User><tt:Username>guest"
		 "</tt:Username><tt:UserLevel>Extended</tt:UserLevel></tds:User>"
		 "</tds:GetUsersResponse>"},
		{"GetDiscoveryMode", "<tds:GetDiscoveryModeResponse><tds:DiscoveryMode>Discoverable"
				     "</tds:DiscoveryMode></tds:GetDiscoveryModeResponse>"},
		{"GetNTP",
		 "<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>true</tt:FromDHCP>"
		 "<tt:NTPFromDHCP><tt:Type>IPv4</tt:Type><tt:IPv4Address>192.0.2.1"
		 "</tt:IPv4Address></tt:NTPFromDHCP></tds:NTPInformation></tds:GetNTPResponse>"},
		{"GetDoorState",
		 "<tdc:GetDoorStateResponse><tdc:DoorState><tdc:DoorPhysicalState>Closed"
		 "</tdc:DoorPhysicalState><tdc:LockPhysicalState>Locked</tdc:LockPhysicalState>"
		 "<tdc:DoorMode>Locked</tdc:DoorMode></tdc:DoorState></tdc:GetDoorStateResponse>"},
	};

	if (strcmp(op, "GetSystemDateAndTime") == 0)
		return answer_time(conn, camera);
	if (strcmp(op, "GetServices") == 0)
		return answer_services(conn, camera);
	if (strcmp(op, "GetDoorInfoList") == 0 || strcmp(op, "GetAccessPointInfoList") == 0)
		return answer_list(conn, camera, op[3] == 'D');
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(op, fixed[i].op) == 0)
			return soap(conn, 200, "", fixed[i].body);
	}
	return fault(conn, 500, "", "ActionNotSupported", "no such operation");
}

static bool
answer_broken(struct server_conn *conn, struct camera *camera)
{
	const char *how = camera->broken_reply;
	char status[4] = "";

	if (strcmp(how, "close") == 0)
		return false;
	if (strcmp(how, "stall") == 0) {
		pthread_mutex_unlock(&camera->lock);
		server_stall(conn);
		pthread_mutex_lock(&camera->lock);
		return false;
	}
	if (strcmp(how, "garbage") == 0)
		return server_reply(conn, 200, "", "text/xml", "<a><b></a>");
	if (how[0] >= '0' && how[0] <= '9') {
		memcpy(status, how, 3);
		return server_reply(conn, (int)strtol(status, NULL, 10), "", "text/html",
				    "<html>sorry</html>");
	}
	return fault(conn, 500, "", how, "broken on purpose");
}

/* The operation is the first element of the Body. */
static void
operation(const char *body, char *out, size_t size)
{
	const char *at = strstr(body, ":Body");

	out[0] = '\0';
	at = at == NULL ? NULL : strchr(at, '>');
	at = at == NULL ? NULL : strchr(at, '<');
	at = at == NULL ? NULL : at + strcspn(at, ": >") + 1;
	if (at != NULL)
		snprintf(out, size, "%.*s", (int)strcspn(at, " />"), at);
}

void
camera_script(struct server_conn *conn, void *arg)
{
	struct camera *camera = arg;
	char op[64];
	bool goes_on = true;
	size_t len;

	while (goes_on && server_read(conn)) {
		pthread_mutex_lock(&camera->lock);
		operation(conn->body, op, sizeof(op));
		camera->requests++;
		camera->service_calls +=
			strncmp(conn->request, "POST /onvif/device_service ", 27) != 0;
		len = strlen(camera->ops);
		snprintf(camera->ops + len, sizeof(camera->ops) - len, "%s;", op);
		if (camera->broken != NULL && strstr(camera->broken, op) != NULL)
			goes_on = answer_broken(conn, camera);
		else if (check_login(conn, camera, op))
			goes_on = answer(conn, camera, op);
		pthread_mutex_unlock(&camera->lock);
	}
}

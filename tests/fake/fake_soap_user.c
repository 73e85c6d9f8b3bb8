/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounts, discovery mode and time servers of a simulated device, by ONVIF.
 */
#include "fake_soap.h"

#include <stdlib.h>
#include <string.h>

/* Cuts a list with commas into pieces of soap's memory; how many. */
static int
pieces(struct soap *soap, const char *list, char *out[], int most)
{
	char *rest = soap_strdup(soap, list), *piece;
	int count = 0;

	while (count < most && (piece = strsep(&rest, ",")) != NULL)
		if (piece[0] != '\0')
			out[count++] = piece;
	return count;
}

int
__tds__GetUsers(struct soap *soap, struct _tds__GetUsers *in, struct _tds__GetUsersResponse *out)
{
	struct fake_settings *s = &fake_soap_request(soap)->settings;
	char *more[32];
	int count;

	(void)in;
	if (fake_soap_begin(soap, "GetUsers") != SOAP_OK)
		return soap->error;
	count = pieces(soap, s->users, more, 32);
	out->User = NEWS(soap, struct tt__User, (size_t)count + 1);
	out->User[0].Username = s->user;
	out->User[0].UserLevel = s->user_level;
	for (int i = 0; i < count; i++) {
		out->User[i + 1].Username = strsep(&more[i], ":");
		out->User[i + 1].UserLevel = more[i] != NULL ? more[i] : "User";
	}
	out->__sizeUser = count + 1;
	return SOAP_OK;
}

int
__tds__SetUser(struct soap *soap, struct _tds__SetUser *in, struct _tds__SetUserResponse *out)
{
	struct fake_request *request = fake_soap_request(soap);
	const char *inner, *words;

	(void)out;
	if (fake_soap_begin(soap, "SetUser") != SOAP_OK)
		return soap->error;
	request->status = 400;
	if (strcmp(request->settings.user_level, "Administrator") != 0)
		return soap_sender_fault_subcode(soap, "ter:NotAuthorized",
						 "The action requires an administrator", NULL);
	switch (fake_user_set(request, in->__sizeUser == 1 ? in->User[0].Username : NULL,
			      in->__sizeUser == 1 ? in->User[0].Password : NULL)) {
	case FAKE_SET_DONE:
		request->status = 200;
		return SOAP_OK;
	case FAKE_SET_WEAK:
		inner = "ter:PasswordTooWeak";
		words = "Password must hold a word of the vendor";
		break;
	case FAKE_SET_FIXED:
		inner = "ter:FixedUser";
		words = "This user cannot be changed";
		break;
	case FAKE_SET_MISSING:
		inner = "ter:UsernameMissing";
		words = "Username not recognized";
		break;
	default:
		request->status = 500;
		return soap_receiver_fault_subcode(soap, "ter:Action", "Action Failed", NULL);
	}
	/* gSOAP's server writes one subcode: the inner one, as many devices do. */
	return soap_sender_fault_subcode(soap, inner, words, NULL);
}

int
__tds__GetDiscoveryMode(struct soap *soap, struct _tds__GetDiscoveryMode *in,
			struct _tds__GetDiscoveryModeResponse *out)
{
	struct fake_settings *s = &fake_soap_request(soap)->settings;

	(void)in;
	if (fake_soap_begin(soap, "GetDiscoveryMode") != SOAP_OK)
		return soap->error;
	if (s->discovery[0] == '\0')
		return fake_soap_not_served(soap);
	out->DiscoveryMode = s->discovery;
	return SOAP_OK;
}

int
__tds__GetNTP(struct soap *soap, struct _tds__GetNTP *in, struct _tds__GetNTPResponse *out)
{
	struct fake_settings *s = &fake_soap_request(soap)->settings;
	struct tt__NetworkHost *hosts;
	char *servers[16];
	int count;

	(void)in;
	if (fake_soap_begin(soap, "GetNTP") != SOAP_OK)
		return soap->error;
	count = pieces(soap, s->ntp, servers, 16);
	hosts = NEWS(soap, struct tt__NetworkHost, (size_t)count + 1);
	for (int i = 0; i < count; i++) {
		bool is_name = servers[i][strspn(servers[i], "0123456789.")] != '\0';

		hosts[i].Type = is_name ? "DNS" : "IPv4";
		if (is_name)
			hosts[i].DNSname = servers[i];
		else
			hosts[i].IPv4Address = servers[i];
	}
	out->NTPInformation = NEW(soap, struct tt__NTPInformation);
	out->NTPInformation->FromDHCP = s->ntp_dhcp ? xsd__boolean__true_ : xsd__boolean__false_;
	if (s->ntp_dhcp) {
		out->NTPInformation->__sizeNTPFromDHCP = count;
		out->NTPInformation->NTPFromDHCP = hosts;
	} else {
		out->NTPInformation->__sizeNTPManual = count;
		out->NTPInformation->NTPManual = hosts;
	}
	return SOAP_OK;
}

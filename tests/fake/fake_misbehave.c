/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes wrong on demand: replies spoiled after they were made rightly, and the ways in which a
 * device sends them badly. One table: a name, what it does to the reply, how it is sent.
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

static void
replace(struct fake_request *request, char *reply, size_t len)
{
	free(request->reply);
	request->reply = reply;
	request->reply_len = len;
}

static void
replace_text(struct fake_request *request, int status, const char *text)
{
	request->status = status;
	replace(request, strdup(text), strlen(text));
}

/* Puts `insert` before (or over `cut` bytes at) the first place of `mark`; nothing if it is not
 * there. */
static void
splice(struct fake_request *request, const char *mark, size_t cut, const char *insert)
{
	char *at = strstr(request->reply, mark), *out = NULL;
	size_t len = 0;
	FILE *file;

	if (at == NULL || (file = open_memstream(&out, &len)) == NULL)
		return;
	fwrite(request->reply, 1, (size_t)(at - request->reply), file);
	fputs(insert, file);
	fputs(at + cut, file);
	fclose(file);
	replace(request, out, len);
}

/* `head`, `count` times `unit`, `tail`. */
static void
bomb(struct fake_request *request, const char *head, const char *unit, size_t count,
     const char *tail)
{
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);

	if (file == NULL)
		return;
	fputs(head, file);
	for (size_t i = 0; i < count; i++)
		fputs(unit, file);
	fputs(tail, file);
	fclose(file);
	request->status = 200;
	replace(request, out, len);
}

#define ENVELOPE                                                          \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"                      \
	"<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"" \
	" xmlns:ter=\"http://www.onvif.org/ver10/error\">"
#define FAULT(reason)                                                          \
	ENVELOPE "<s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>"        \
		 "<s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode>" \
		 "</s:Code>" reason "</s:Fault></s:Body></s:Envelope>"
#define REASON "<s:Reason><s:Text xml:lang=\"en\">Sender not Authorized</s:Text></s:Reason>"

static void
garbage(struct fake_request *request)
{
	size_t len = 3000;
	char *out = malloc(len + 1);
	uint32_t state = 2463534242;

	for (size_t i = 0; out != NULL && i < len; i++) { /* xorshift: the same each time */
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		out[i] = (char)(state >> 24);
	}
	request->status = 200;
	replace(request, out, out != NULL ? len : 0);
}

static void
html(struct fake_request *request)
{
	replace_text(request, 200,
		     "<!DOCTYPE html><html><head><title>Login</title></head><body>"
		     "<form><input name=user><input type=password></form><br></body></html>");
}

static void
doctype(struct fake_request *request)
{
	replace_text(request, 200,
		     "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\">"
		     "<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
		     "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">"
		     "<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">"
		     "<!ENTITY e SYSTEM \"file:///etc/passwd\">]><b>&d;&e;</b>");
}

static void
deep(struct fake_request *request)
{
	bomb(request, ENVELOPE "<s:Body>", "<a>", 100000, "");
}

static void
attributes(struct fake_request *request)
{
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);

	if (file == NULL)
		return;
	fputs(ENVELOPE "<s:Body><a", file);
	for (int i = 0; i < 20000; i++)
		fprintf(file, " a%d=\"\"", i);
	fputs("/></s:Body></s:Envelope>", file);
	fclose(file);
	request->status = 200;
	replace(request, out, len);
}

static void
huge(struct fake_request *request)
{
	bomb(request, ENVELOPE "<s:Body><a>",
	     "0123456789012345678901234567890123456789012345678901234567890123", 1 << 19,
	     "</a></s:Body></s:Envelope>");
}

static void
huge_attribute(struct fake_request *request)
{
	bomb(request, ENVELOPE "<s:Body><a b=\"", "0123456789012345678901234567890123456789", 2500,
	     "\"/></s:Body></s:Envelope>");
}

static void
undeclared_prefix(struct fake_request *request)
{
	static const char mark[] = "xmlns:tt=\"http://www.onvif.org/ver10/schema\"";

	splice(request, mark, sizeof(mark) - 1, "");
}

static void
must_understand(struct fake_request *request)
{
	splice(request, "<SOAP-ENV:Body", 0,
	       "<SOAP-ENV:Header><odd:Header xmlns:odd=\"urn:odd\" "
	       "SOAP-ENV:mustUnderstand=\"true\">1</odd:Header></SOAP-ENV:Header>");
}

static void
bad_utf8(struct fake_request *request)
{
	splice(request, "Manufacturer>", 13, "Manufacturer>\xff\xfe\xc3");
}

static void
trailing(struct fake_request *request)
{
	splice(request, "</SOAP-ENV:Envelope>", 20,
	       "</SOAP-ENV:Envelope>\n[WARN] event.c:142 queue is full\n");
}

static void
empty(struct fake_request *request)
{
	replace_text(request, 200, "");
}

static void
wrong_operation(struct fake_request *request)
{
	replace_text(request, 200,
		     ENVELOPE "<s:Body><GetUsersResponse xmlns=\"http://www.onvif.org/ver10/"
			      "device/wsdl\"/></s:Body></s:Envelope>");
}

static void
no_reason(struct fake_request *request)
{
	replace_text(request, 400, FAULT(""));
}

static void
not_authorized_200(struct fake_request *request)
{
	replace_text(request, 200, FAULT(REASON));
}

static void
not_authorized_400(struct fake_request *request)
{
	replace_text(request, 400, FAULT(REASON));
}

static void
not_authorized_500(struct fake_request *request)
{
	replace_text(request, 500, FAULT(REASON));
}

static void
http_401(struct fake_request *request)
{
	replace_text(request, 401, "Unauthorized");
}

static void
http_404(struct fake_request *request)
{
	replace_text(request, 404, "<html><body>Not Found</body></html>");
}

static void
http_503(struct fake_request *request)
{
	replace_text(request, 503, "Service Unavailable");
}

static void
redirect(struct fake_request *request)
{
	replace_text(request, 302, "");
}

static const struct {
	const char *name;
	void (*spoil)(struct fake_request *request);
	enum fake_transport transport;
	const char *help;
} misbehaviours[] = {
	{"none", NULL, FAKE_SEND_WELL, "as it should"},
	{"stall", NULL, FAKE_SEND_NOTHING, "takes the request and never answers"},
	{"torn", NULL, FAKE_SEND_TORN, "closes in the middle of the body"},
	{"reset", NULL, FAKE_SEND_RESET, "resets in the middle of the body"},
	{"trickle", NULL, FAKE_SEND_TRICKLE, "a byte every 200 ms"},
	{"silent-close", NULL, FAKE_SEND_CLOSE_LATER, "closes when a connection is used again"},
	{"length-long", NULL, FAKE_SEND_LENGTH_LONG, "Content-Length larger than the body"},
	{"length-short", NULL, FAKE_SEND_LENGTH_SHORT, "Content-Length smaller than the body"},
	{"no-length", NULL, FAKE_SEND_NO_LENGTH, "body ended by the close, which is legal"},
	{"chunked", NULL, FAKE_SEND_CHUNKED, "chunked body, which is legal"},
	{"huge-header", NULL, FAKE_SEND_HUGE_HEADER, "2 MiB of HTTP header"},
	{"huge", huge, FAKE_SEND_WELL, "32 MiB body"},
	{"garbage", garbage, FAKE_SEND_WELL, "3000 random bytes"},
	{"html", html, FAKE_SEND_WELL, "an HTML login page with status 200"},
	{"doctype", doctype, FAKE_SEND_WELL, "entity bomb and external entity"},
	{"deep", deep, FAKE_SEND_WELL, "100,000 elements inside each other"},
	{"attributes", attributes, FAKE_SEND_WELL, "20,000 attributes in one tag"},
	{"huge-attribute", huge_attribute, FAKE_SEND_WELL, "one attribute of 100,000 bytes"},
	{"undeclared-prefix", undeclared_prefix, FAKE_SEND_WELL, "no declaration of tt:"},
	{"must-understand", must_understand, FAKE_SEND_WELL, "an unknown mustUnderstand header"},
	{"bad-utf8", bad_utf8, FAKE_SEND_WELL, "broken UTF-8 in the manufacturer"},
	{"trailing", trailing, FAKE_SEND_WELL, "log lines after the envelope"},
	{"empty", empty, FAKE_SEND_WELL, "status 200 and no body"},
	{"wrong-operation", wrong_operation, FAKE_SEND_WELL, "the reply to another operation"},
	{"no-reason", no_reason, FAKE_SEND_WELL, "fault without Reason"},
	{"not-authorized-200", not_authorized_200, FAKE_SEND_WELL, "NotAuthorized, HTTP 200"},
	{"not-authorized-400", not_authorized_400, FAKE_SEND_WELL, "NotAuthorized, HTTP 400"},
	{"not-authorized-500", not_authorized_500, FAKE_SEND_WELL, "NotAuthorized, HTTP 500"},
	{"http-401", http_401, FAKE_SEND_WELL, "HTTP 401 without a challenge"},
	{"http-404", http_404, FAKE_SEND_WELL, "HTTP 404"},
	{"http-503", http_503, FAKE_SEND_WELL, "HTTP 503"},
	{"redirect", redirect, FAKE_SEND_WELL, "HTTP 302 to another host"},
};

enum { MISBEHAVIOURS = sizeof(misbehaviours) / sizeof(misbehaviours[0]) };

bool
fake_misbehaviour_exists(const char *name)
{
	for (size_t i = 0; i < MISBEHAVIOURS; i++)
		if (strcmp(misbehaviours[i].name, name) == 0)
			return true;
	return false;
}

void
fake_print_misbehaviours(FILE *out)
{
	for (size_t i = 0; i < MISBEHAVIOURS; i++)
		fprintf(out, "  %-20s %s\n", misbehaviours[i].name, misbehaviours[i].help);
}

enum fake_transport
fake_misbehave(struct fake_request *request)
{
	const struct fake_settings *s = &request->settings;

	if (s->only[0] != '\0' && strcmp(s->only, request->operation) != 0)
		return FAKE_SEND_WELL;
	for (size_t i = 0; i < MISBEHAVIOURS; i++) {
		if (strcmp(misbehaviours[i].name, s->misbehave) != 0)
			continue;
		if (misbehaviours[i].spoil != NULL && request->reply != NULL)
			misbehaviours[i].spoil(request);
		return misbehaviours[i].transport;
	}
	return FAKE_SEND_WELL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SOAP faults: what the device said, and what that means. The same refusal comes as a subcode, only
 * as a text, or with a code that contradicts both: subcode decides, then text, then code.
 */
#include "soap_read.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <string.h>
#include <strings.h>

struct meaning {
	const char *text;
	enum onvif_fault_class what;
};

/* ONVIF Core 5.8.2, WS-Security 1.1 section 12, WS-Addressing; inner subcodes first. */
static const struct meaning subcodes[] = {
	{"NotAuthorized", ONVIF_FAULT_NOT_AUTHORIZED},
	{"SenderNotAuthorized", ONVIF_FAULT_NOT_AUTHORIZED},
	{"FailedAuthentication", ONVIF_FAULT_NOT_AUTHORIZED},
	{"Unauthorized", ONVIF_FAULT_NOT_AUTHORIZED},
	{"InvalidSecurity", ONVIF_FAULT_NOT_AUTHORIZED},
	{"InvalidSecurityToken", ONVIF_FAULT_NOT_AUTHORIZED},
	{"FailedCheck", ONVIF_FAULT_NOT_AUTHORIZED},
	{"SecurityTokenUnavailable", ONVIF_FAULT_NOT_AUTHORIZED},
	{"MessageExpired", ONVIF_FAULT_CLOCK},
	{"AccountLocked", ONVIF_FAULT_LOCKED_OUT},
	{"UserLocked", ONVIF_FAULT_LOCKED_OUT},
	{"NoSuchService", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"ActionNotSupported", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"NotImplemented", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"NotSupported", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"OptionalActionNotImplemented", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"UnknownAction", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"OperationProhibited", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"NotFound", ONVIF_FAULT_NOT_FOUND},
	{"NoEntity", ONVIF_FAULT_NOT_FOUND},
	{"NoProfile", ONVIF_FAULT_NOT_FOUND},
	{"NoConfig", ONVIF_FAULT_NOT_FOUND},
	{"NoSource", ONVIF_FAULT_NOT_FOUND},
	{"NoToken", ONVIF_FAULT_NOT_FOUND},
	{"PasswordTooWeak", ONVIF_FAULT_PASSWORD_RULES},
	{"PasswordTooLong", ONVIF_FAULT_PASSWORD_RULES},
	{"PasswordTooShort", ONVIF_FAULT_PASSWORD_RULES},
	{"InvalidPassword", ONVIF_FAULT_PASSWORD_RULES},
	{"Password", ONVIF_FAULT_PASSWORD_RULES}, /* "Too weak password", Core 2.x */
	{"UsernameMissing", ONVIF_FAULT_NOT_FOUND},
	{"FixedUser", ONVIF_FAULT_ACCOUNT_FIXED},
	{"FixedUserLevel", ONVIF_FAULT_ACCOUNT_FIXED},
	{"AnonymousNotAllowed", ONVIF_FAULT_ACCOUNT_FIXED},
	{"InvalidArgVal", ONVIF_FAULT_INVALID_ARGS},
	{"InvalidArgs", ONVIF_FAULT_INVALID_ARGS},
	{"OutofMemory", ONVIF_FAULT_BUSY},
	{"CriticalError", ONVIF_FAULT_BUSY},
	{"TooManySessions", ONVIF_FAULT_BUSY},
	{"VersionMismatch", ONVIF_FAULT_VERSION},
	{"MustUnderstand", ONVIF_FAULT_VERSION},
};

/* Words in a reason, where a subcode does not settle it. Order decides. */
static const struct meaning words[] = {
	{"not implemented", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"not supported", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"not recognized", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"unknown action", ONVIF_FAULT_ACTION_NOT_SUPPORTED},
	{"authoriz", ONVIF_FAULT_NOT_AUTHORIZED},
	{"authoris", ONVIF_FAULT_NOT_AUTHORIZED},
	{"authenticat", ONVIF_FAULT_NOT_AUTHORIZED},
	{"too weak", ONVIF_FAULT_PASSWORD_RULES},
	{"weak password", ONVIF_FAULT_PASSWORD_RULES},
	{"password strength", ONVIF_FAULT_PASSWORD_RULES},
	{"password complexity", ONVIF_FAULT_PASSWORD_RULES},
	{"password", ONVIF_FAULT_NOT_AUTHORIZED},
	{"permission", ONVIF_FAULT_NOT_AUTHORIZED},
	{"access denied", ONVIF_FAULT_NOT_AUTHORIZED},
	{"invalid arg", ONVIF_FAULT_INVALID_ARGS},
};

/* "ter:NotAuthorized" without its prefix. */
static const char *
without_prefix(const char *qname)
{
	const char *colon = strrchr(qname, ':');

	return colon != NULL ? colon + 1 : qname;
}

static const char *
join_subcodes(struct soap_reader *reader, xmlNode *code)
{
	struct buf out;
	const char *text = "";

	buf_init(&out, ONVIF_TEXT_MAX);
	for (xmlNode *sub = xml_child(reader, code, "Subcode"); sub != NULL;
	     sub = xml_child(reader, sub, "Subcode")) {
		const char *value = without_prefix(xml_text_at(reader, sub, "Value"));

		if (value[0] == '\0')
			continue;
		if (out.len > 0)
			buf_puts(&out, "/");
		buf_puts(&out, value);
	}
	if (out.error == ERR_NOMEM)
		reader->no_memory = true;
	if (out.len > 0) {
		text = arena_strndup(reader->arena, out.data, out.len);
		if (text == NULL) {
			reader->no_memory = true;
			text = "";
		}
	}
	buf_fini(&out);
	return text;
}

/* The English text, else the first that says something. */
static const char *
find_reason(struct soap_reader *reader, xmlNode *reason)
{
	const char *first = "";

	for (xmlNode *text = xml_first(reason, "Text"); text != NULL;
	     text = xml_next(text, "Text")) {
		const char *value = xml_text(reader, text);

		if (value[0] != '\0' &&
		    strncasecmp(xml_attribute(reader, text, "lang"), "en", 2) == 0)
			return value;
		if (first[0] == '\0')
			first = value;
	}
	return first[0] != '\0' ? first : xml_text(reader, reason);
}

/* For faults that give no reason: the Detail's text, or the name of what it holds. */
static const char *
find_detail(struct soap_reader *reader, xmlNode *detail)
{
	xmlNode *first = xml_first(detail, NULL);
	const char *text = xml_text(reader, detail);
	char *name;

	if (text[0] == '\0')
		text = xml_text_at(reader, detail, "Text");
	if (text[0] != '\0' || first == NULL || xml_is(first, "Text"))
		return text;
	name = arena_strndup(reader->arena, xml_local(first),
			     strnlen(xml_local(first), ONVIF_TEXT_MAX));
	if (name == NULL)
		reader->no_memory = true;
	return name != NULL ? name : "";
}

/* SOAP 1.1 (section 4.4): the fault code may be dotted, and devices put their subcode there. */
static void
read_fault11(struct soap_reader *reader, xmlNode *node, struct onvif_fault *out)
{
	const char *code = without_prefix(xml_text_at(reader, node, "faultcode"));

	out->subcode = "";
	if (strncasecmp(code, "Client", 6) == 0 || strncasecmp(code, "Server", 6) == 0) {
		out->code = (code[0] | 0x20) == 'c' ? "Sender" : "Receiver";
		if (code[6] == '.')
			out->subcode = code + 7;
	} else {
		out->code = "Sender";
		out->subcode = code;
	}
	out->reason = xml_text_at(reader, node, "faultstring");
	if (out->reason[0] == '\0')
		out->reason = find_detail(reader, xml_child(reader, node, "detail"));
}

static bool
contains(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

static enum onvif_fault_class
classify_subcode(const char *path, enum onvif_fault_class otherwise)
{
	const char *end = path + strlen(path);

	while (end > path) {
		const char *start = end;

		while (start > path && start[-1] != '/')
			start--;
		for (size_t i = 0; i < MEM_COUNT(subcodes); i++) {
			size_t n = strlen(subcodes[i].text);

			if ((size_t)(end - start) == n &&
			    strncasecmp(start, subcodes[i].text, n) == 0)
				return subcodes[i].what;
		}
		end = start > path ? start - 1 : path;
	}
	return otherwise;
}

static enum onvif_fault_class
classify(const struct onvif_fault *fault)
{
	enum onvif_fault_class otherwise = strcasecmp(fault->code, "Sender") == 0
						   ? ONVIF_FAULT_SENDER_OTHER
						   : ONVIF_FAULT_RECEIVER_OTHER;
	enum onvif_fault_class what = classify_subcode(fault->subcode, otherwise);

	if (what == otherwise)
		what = classify_subcode(fault->code, otherwise);
	for (size_t i = 0; i < MEM_COUNT(words) && what == otherwise; i++) {
		if (contains(fault->reason, words[i].text))
			what = words[i].what;
	}
	/* A refused login that says more: devices have no subcode for these. */
	if (what == ONVIF_FAULT_NOT_AUTHORIZED &&
	    (contains(fault->reason, "locked") || contains(fault->reason, "lockout") ||
	     contains(fault->reason, "too many")))
		return ONVIF_FAULT_LOCKED_OUT;
	if (what == otherwise && contains(fault->reason, "locked") &&
	    (contains(fault->reason, "account") || contains(fault->reason, "user")))
		return ONVIF_FAULT_LOCKED_OUT;
	if (what == ONVIF_FAULT_NOT_AUTHORIZED &&
	    (contains(fault->reason, "timestamp") || contains(fault->reason, "time stamp") ||
	     contains(fault->reason, "expired") || contains(fault->reason, "clock") ||
	     contains(fault->reason, "time check") || contains(fault->reason, "created time")))
		return ONVIF_FAULT_CLOCK;
	return what;
}

void
soap_read_fault(struct soap_reader *reader, xmlNode *node, struct onvif_fault *out)
{
	xmlNode *code = xml_child(reader, node, "Code");

	if (code == NULL && xml_first(node, "faultcode") != NULL) {
		read_fault11(reader, node, out);
	} else {
		out->code = without_prefix(xml_text_at(reader, code, "Value"));
		out->subcode = join_subcodes(reader, code);
		out->reason = find_reason(reader, xml_child(reader, node, "Reason"));
		if (out->reason[0] == '\0')
			out->reason = find_detail(reader, xml_child(reader, node, "Detail"));
	}
	out->what = classify(out);
}

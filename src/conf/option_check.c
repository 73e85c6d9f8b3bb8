/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Checks of probe options by text, from one table.
 */
#include "option_check.h"

#include "keepwatch/credential.h"
#include "keepwatch/port_service.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PIN_BASE64_LEN = 44 /* of a SHA-256 digest, RFC 4648 section 4 */ };

static bool
is_path(const char *text)
{
	return text[0] == '/' && strpbrk(text, " \t") == NULL;
}

static bool
is_pin(const char *text)
{
	size_t len = strlen(text);

	if (*text == '\0')
		return true;
	if (strncmp(text, "sha256//", 8) != 0 || len != 8 + PIN_BASE64_LEN || text[len - 1] != '=')
		return false;
	for (const char *s = text + 8; s < text + len - 1; s++) {
		if (!isalnum((unsigned char)*s) && *s != '+' && *s != '/')
			return false;
	}
	return true;
}

/* "200-399,401": three-digit statuses (RFC 9110 section 15), alone or as ranges. */
static bool
is_status_list(const char *text)
{
	for (;;) {
		char *end;
		long low, high;

		if (!isdigit((unsigned char)*text))
			return false;
		low = high = strtol(text, &end, 10);
		if (*end == '-') {
			if (!isdigit((unsigned char)end[1]))
				return false;
			high = strtol(end + 1, &end, 10);
		}
		if (low < 100 || high > 599 || low > high)
			return false;
		if (*end == '\0')
			return true;
		if (*end != ',')
			return false;
		for (text = end + 1; *text == ' '; text++)
			continue;
	}
}

static bool
is_port_list(const char *text)
{
	struct port_item items[PORT_LIST_MAX];
	size_t count;

	return port_list_parse(text, items, &count) == 0;
}

static const struct {
	enum option_id option;
	bool (*is_right)(const char *text);
	const char *expected;
} text_checks[] = {
	{OPT_ONVIF_PATH, is_path, "a path that begins with / and has no blanks"},
	{OPT_HTTP_PATH, is_path, "a path that begins with / and has no blanks"},
	{OPT_ONVIF_PIN, is_pin, "sha256// and 44 characters of base64"},
	{OPT_HTTP_PIN, is_pin, "sha256// and 44 characters of base64"},
	{OPT_HTTP_STATUS, is_status_list, "statuses such as 200-399,401"},
	{OPT_EXPOSURE_PORTS, is_port_list, "ports such as 22,80,8000-8010,10443=https"},
};

static const struct {
	enum probe_id probe;
	enum option_id scheme, trust, pin;
} tls_options[] = {
	{PROBE_ONVIF, OPT_ONVIF_SCHEME, OPT_ONVIF_TRUST, OPT_ONVIF_PIN},
	{PROBE_HTTP, OPT_HTTP_SCHEME, OPT_HTTP_TRUST, OPT_HTTP_PIN},
};

void
option_check_text(struct reader *reader, enum option_id option, const struct knob *knob)
{
	for (size_t i = 0; i < MEM_COUNT(text_checks); i++) {
		if (text_checks[i].option != option || knob->text == NULL ||
		    text_checks[i].is_right(knob->text))
			continue;
		complain_yaml(reader, knob->at, "%s: %s is not understood; expected %s",
			      option_spec(option)->name,
			      quoted(reader->complaints, knob->text, strlen(knob->text)),
			      text_checks[i].expected);
	}
}

void
options_check(struct reader *reader, enum probe_id probe, const struct knob *options)
{
	for (size_t i = 0; i < MEM_COUNT(tls_options); i++) {
		const struct knob *trust = &options[tls_options[i].trust];
		const struct knob *pin = &options[tls_options[i].pin];
		bool has_pin = pin->text != NULL && *pin->text != '\0';

		if (tls_options[i].probe != probe)
			continue;
		if (trust->number == TLS_TRUST_PIN && !has_pin)
			complain_yaml(reader, trust->at,
				      "trust: pin without a pin; expected pin: sha256//BASE64");
		if (trust->number != TLS_TRUST_PIN && has_pin)
			complain_yaml(reader, pin->at, "a pin without trust: pin has no effect");
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values of SNMP objects as text, what a row's pattern makes of it, and what is no value though
 * something stands there.
 */
#include "firmware_impl.h"

#include "keepwatch/buf.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/*
 * Up to a NUL; control characters are blanks; what is not UTF-8 is junk, of which a field that is
 * not terminated has some behind its text: it ends there. Blanks at the ends are cut.
 */
bool
firmware_clean_text(const char *text, size_t len, char *out, size_t size)
{
	size_t used = 0;

	len = len > 0 ? strnlen(text, len) : 0;
	for (size_t at = 0; at < len;) {
		size_t n = utf8_sequence(text + at, len - at);
		bool is_blank = n == 1 && (iscntrl((unsigned char)text[at]) || text[at] == ' ');

		if (n == 0 || used + n >= size)
			break;
		if (!is_blank)
			memmove(out + used, text + at, n);
		else if (used > 0)
			out[used] = text[at] == '\n' ? '\n' : ' ';
		used += is_blank && used == 0 ? 0 : n;
		at += n;
	}
	while (used > 0 && (out[used - 1] == ' ' || out[used - 1] == '\n'))
		used--;
	out[used] = '\0';
	return used > 0;
}

static bool
octets_text(const struct firmware_value *value, enum firmware_form form, char *out, size_t size)
{
	static const char *const formats[][2] = {
		[FIRMWARE_HEX] = {"%02x", "%02x"},
		[FIRMWARE_BYTES] = {"%u", ".%u"},
		[FIRMWARE_MAC] = {"%02x", ":%02x"},
	};
	size_t used = 0;

	if (form == FIRMWARE_TEXT)
		return firmware_clean_text((const char *)value->bytes, value->len, out, size);
	for (size_t i = 0; i < value->len && used + 8 < size; i++) {
		const char *format = formats[form][i > 0];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		used += (size_t)snprintf(out + used, size - used, format, value->bytes[i]);
#pragma GCC diagnostic pop
	}
	return used > 0;
}

bool
firmware_value_text(const struct firmware_value *value, enum firmware_form form, char *out,
		    size_t size)
{
	const uint8_t *ip = value->bytes;

	switch (value->type) {
	case VB_OCTETS:
	case VB_OPAQUE:
		return octets_text(value, form, out, size);
	case VB_OID:
		return firmware_clean_text((const char *)value->bytes, value->len, out, size);
	case VB_IPADDRESS:
		if (value->len != 4)
			return false;
		snprintf(out, size, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
		return true;
	case VB_INTEGER:
		snprintf(out, size, "%" PRId64, (int64_t)value->number);
		return true;
	default:
		snprintf(out, size, "%" PRIu64, value->number);
		return true;
	}
}

/* One and the same character, apart from blanks and punctuation: "0000-0000", "FFFF", "---". */
static bool
is_one_character(const char *text)
{
	unsigned char first = 0;
	size_t count = 0;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)tolower((unsigned char)*text);

		if (isspace(c) || ispunct(c))
			continue;
		if (count++ > 0 && c != first)
			return false;
		first = c;
	}
	return count == 0 || (count > 3 && strchr("0fx", first) != NULL);
}

static bool
is_placeholder(const struct firmware_rule *rule, const char *text)
{
	static const char *const words[] = {
		"n/a",
		"na",
		"none",
		"null",
		"(null)",
		"nil",
		"unknown",
		"not available",
		"not set",
		"not specified",
		"not present",
		"not applicable",
		"not supported",
		"invalid",
		"undefined",
		"unspecified",
		"default string",
		"no serial",
		"default",
		"to be filled by o.e.m.",
		"serial number",
		"serial",
		"factory serial",
		"empty",
		"uninitialized",
		"noinfo",
		"no info",
		"unsupported",
		"error",
	};

	for (size_t i = 0; i < MEM_COUNT(words); i++) {
		if (strcasecmp(words[i], text) == 0)
			return true;
	}
	if (rule->item == FIRMWARE_SERIAL && strcmp(text, "0") == 0)
		return true;
	return is_one_character(text);
}

/* The rule's text with the groups put in. */
static bool
fill_in(const char *text, const char *subject, const regmatch_t *groups, char *out, size_t size)
{
	size_t used = 0;

	for (; *text != '\0'; text++) {
		const char *from = text;
		size_t n = 1;

		if (*text == '\\' && text[1] != '\0') {
			from = ++text;
			if (isdigit((unsigned char)*text)) {
				const regmatch_t *group = &groups[*text - '0'];

				n = group->rm_so < 0 ? 0 : (size_t)(group->rm_eo - group->rm_so);
				from = group->rm_so < 0 ? subject : subject + group->rm_so;
			}
		}
		if (used + n >= size)
			return false;
		memcpy(out + used, from, n);
		used += n;
	}
	out[used] = '\0';
	return true;
}

bool
firmware_rule_extract(const struct firmware_rule *rule, const char *text,
		      char out[FIRMWARE_VALUE_MAX + 1])
{
	char value[FIRMWARE_VALUE_MAX + 1];
	regmatch_t groups[FIRMWARE_GROUPS_MAX];

	if (rule->pattern == NULL) {
		if (strlen(text) > FIRMWARE_VALUE_MAX)
			return false;
		memcpy(value, text, strlen(text) + 1);
	} else {
		const char *with = rule->text;

		if (regexec(rule->pattern, text, FIRMWARE_GROUPS_MAX, groups, 0) != 0)
			return false;
		if (with == NULL)
			with = rule->pattern->re_nsub > 0 ? "\\1" : "\\0";
		if (!fill_in(with, text, groups, value, sizeof(value)))
			return false;
	}
	return firmware_clean_text(value, strlen(value), out, FIRMWARE_VALUE_MAX + 1) &&
	       !is_placeholder(rule, out);
}

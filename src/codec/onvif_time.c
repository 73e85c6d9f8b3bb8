/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GetSystemDateAndTime (ONVIF Core 8.1.6): which fields to believe. Everything that is signed with
 * the device's clock rests on this.
 */
#include "onvif_read.h"
#include "onvif_tz.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct field {
	const char *path; /* within UTCDateTime or LocalDateTime */
	int min, max;
};

enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, FIELD_COUNT };

static const struct field fields[FIELD_COUNT] = {
	[YEAR] = {"Date/Year", 1970, 2199}, [MONTH] = {"Date/Month", 1, 12},
	[DAY] = {"Date/Day", 1, 31},	    [HOUR] = {"Time/Hour", 0, 23},
	[MINUTE] = {"Time/Minute", 0, 59},  [SECOND] = {"Time/Second", 0, 60},
};

/* Seconds since 1970 as if UTC; false with what is wrong in *bad. */
static bool
read_civil(struct soap_reader *reader, xmlNode *node, int64_t *seconds, const char **bad)
{
	int value[FIELD_COUNT];
	char text[48];

	for (int i = 0; i < FIELD_COUNT; i++) {
		int max = fields[i].max;

		value[i] = xml_int_at(reader, node, fields[i].path, INT_MIN);
		if (i == DAY)
			max = civil_days_in_month(value[YEAR], value[MONTH]);
		if (value[i] >= fields[i].min && value[i] <= max)
			continue;
		if (value[i] == INT_MIN)
			snprintf(text, sizeof(text), "%s missing", strchr(fields[i].path, '/') + 1);
		else
			snprintf(text, sizeof(text), "%s %d", strchr(fields[i].path, '/') + 1,
				 value[i]);
		*bad = arena_strdup(reader->arena, text);
		if (*bad == NULL) {
			reader->no_memory = true;
			*bad = "";
		}
		return false;
	}
	*seconds = civil_days(value[YEAR], value[MONTH], value[DAY]) * 86400 + value[HOUR] * 3600 +
		   value[MINUTE] * 60 + value[SECOND];
	return true;
}

bool
onvif_read_time(struct soap_reader *reader, xmlNode *response, struct onvif_time *out)
{
	xmlNode *node = xml_child(reader, response, "SystemDateAndTime");
	xmlNode *utc = xml_child(reader, node, "UTCDateTime");
	xmlNode *local = xml_child(reader, node, "LocalDateTime");
	const char *source, *ignored = "";
	int64_t utc_s = 0, local_s = 0;
	bool has_local;
	struct tz tz;

	if (node == NULL)
		return false;
	out->bad_field = "";
	source = xml_text_at(reader, node, "DateTimeType");
	if (strcmp(source, "NTP") == 0)
		out->source = ONVIF_TIME_NTP;
	else if (strcmp(source, "Manual") == 0)
		out->source = ONVIF_TIME_MANUAL;
	else if (source[0] != '\0')
		reader->oddities |= ONVIF_ODD_VALUE;
	if (xml_bool_at(reader, node, "DaylightSavings", false))
		out->flags |= ONVIF_TIME_DAYLIGHT;
	out->tz = xml_text_at(reader, node, "TimeZone/TZ");
	out->has_tz_offset = tz_parse(out->tz, &tz) == 0;
	if (out->tz[0] != '\0' && !out->has_tz_offset)
		out->flags |= ONVIF_TIME_TZ_BAD;

	/* An empty element says as little as none. */
	if (utc == NULL || xml_first(utc, NULL) == NULL) {
		out->flags |= ONVIF_TIME_UTC_MISSING;
	} else {
		out->has_utc = read_civil(reader, utc, &utc_s, &out->bad_field);
		if (!out->has_utc)
			out->flags |= ONVIF_TIME_UTC_BAD;
	}
	has_local = local != NULL && read_civil(reader, local, &local_s, &ignored);
	if (out->has_utc) {
		if (out->has_tz_offset)
			out->tz_offset_s = tz_offset_at_utc(&tz, utc_s);
		if (has_local && local_s == utc_s && out->has_tz_offset && out->tz_offset_s != 0)
			out->flags |= ONVIF_TIME_UTC_IS_LOCAL;
	} else if (has_local && out->has_tz_offset) {
		out->tz_offset_s = tz_offset_at_local(&tz, local_s);
		utc_s = local_s - out->tz_offset_s;
		out->has_utc = true;
	}
	out->utc_ms = out->has_utc ? utc_s * 1000 : 0;
	return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The probe table, made from probes/probes.def, and the one parser of option values.
 */
#include "keepwatch/probe_spec.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct option_spec option_specs[OPTION_COUNT] = {
#define PROBE(id, name, needs, kinds, interval, summary)
#define OPTION(probe, option, name, type, fallback, min, max, choices, help) \
	[OPT_##probe##_##option] = {name, OPTION_##type, fallback, min, max, choices, help},
#include "../../probes/probes.def"
#undef PROBE
#undef OPTION
};

/* Which probe an option belongs to. */
static const enum probe_id option_owner[OPTION_COUNT] = {
#define PROBE(id, name, needs, kinds, interval, summary)
#define OPTION(probe, option, name, type, fallback, min, max, choices, help) \
	[OPT_##probe##_##option] = PROBE_##probe,
#include "../../probes/probes.def"
#undef PROBE
#undef OPTION
};

/*
 * Positions of all lines of the table. Before the line of probe number n stand n probe lines, so
 * its mark less n is the number of its first option.
 */
enum table_mark {
#define PROBE(id, name, needs, kinds, interval, summary) MARK_##id,
#define OPTION(probe, option, name, type, fallback, min, max, choices, help) \
	MARK_##probe##_##option,
#include "../../probes/probes.def"
#undef PROBE
#undef OPTION
	MARK_END
};

/* probes.def names its kinds with these. */
#define K(kind)	    (1U << KIND_##kind)
#define ALL_KINDS   ((1U << KIND_COUNT) - 1)
#define MEDIA_KINDS (K(CAMERA) | K(DOOR) | K(NVR) | K(INTERCOM) | K(ENCODER))

static const struct probe_spec probe_specs[PROBE_COUNT] = {
#define PROBE(id, name, needs, kinds, interval, summary) \
	[PROBE_##id] = {PROBE_##id,                      \
			name,                            \
			summary,                         \
			needs,                           \
			kinds,                           \
			interval,                        \
			(enum option_id)((int)MARK_##id - (int)PROBE_##id)},
#define OPTION(probe, option, name, type, fallback, min, max, choices, help)
#include "../../probes/probes.def"
#undef PROBE
#undef OPTION
};

const struct probe_spec *
probe_spec(enum probe_id id)
{
	return &probe_specs[id];
}

bool
probe_tells_health(enum probe_id id)
{
	return id != PROBE_TOPOLOGY && id != PROBE_EXPOSURE && id != PROBE_VENDOR;
}

size_t
probe_option_count(enum probe_id id)
{
	enum option_id end = id + 1 < PROBE_COUNT ? probe_specs[id + 1].first_option : OPTION_COUNT;

	return (size_t)end - (size_t)probe_specs[id].first_option;
}

int
probe_rank(enum probe_id id)
{
	static const char *const order[] = {"onvif", "vendor", "snmp", "http"};
	const char *name = probe_spec(id)->name;

	for (int i = 0; i < (int)MEM_COUNT(order); i++) {
		if (strcmp(order[i], name) == 0)
			return i;
	}
	return (int)MEM_COUNT(order);
}

int
probe_spec_find(const char *name, enum probe_id *out)
{
	for (int id = 0; id < PROBE_COUNT; id++) {
		if (strcmp(probe_specs[id].name, name) == 0) {
			*out = (enum probe_id)id;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

const struct option_spec *
option_spec(enum option_id id)
{
	return &option_specs[id];
}

const char *
option_describe(const struct option_spec *spec, char *out, size_t size)
{
	char values[2 * CLOCK_DURATION_SIZE + 8], low[CLOCK_DURATION_SIZE];
	char high[CLOCK_DURATION_SIZE];
	const char *kind = values;

	switch (spec->type) {
	case OPTION_INT:
		snprintf(values, sizeof(values), "%lld to %lld", (long long)spec->min,
			 (long long)spec->max);
		break;
	case OPTION_DURATION:
		snprintf(values, sizeof(values), "%s to %s",
			 clock_format_duration(spec->min, low, sizeof(low)),
			 clock_format_duration(spec->max, high, sizeof(high)));
		break;
	case OPTION_BOOL:
		kind = "yes or no";
		break;
	case OPTION_STRING:
		kind = "text";
		break;
	case OPTION_ENUM:
		kind = spec->choices;
		break;
	}
	snprintf(out, size, "%s; %s%s", kind,
		 *spec->fallback != '\0' ? "default " : "not set by default", spec->fallback);
	return out;
}

int
option_find(enum probe_id probe, const char *name, enum option_id *out)
{
	for (int id = 0; id < OPTION_COUNT; id++) {
		if (option_owner[id] == probe && strcmp(option_specs[id].name, name) == 0) {
			*out = (enum option_id)id;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

/* The index of text among "a|b|c", or ERR_NOTFOUND. */
static int
parse_choice(const char *choices, const char *text, int64_t *out)
{
	size_t len = strlen(text);
	int64_t n = 0;

	for (const char *s = choices;; n++) {
		const char *end = strchrnul(s, '|');

		if ((size_t)(end - s) == len && strncasecmp(s, text, len) == 0) {
			*out = n;
			return 0;
		}
		if (*end == '\0')
			return ERR_NOTFOUND;
		s = end + 1;
	}
}

static int
parse_int(const char *text, int64_t *out)
{
	char *end;
	long long value;

	if (!isdigit((unsigned char)text[*text == '-']))
		return ERR_SYNTAX; /* strtoll skips blanks and takes a plus */
	errno = 0;
	value = strtoll(text, &end, 10);
	if (*end != '\0')
		return ERR_SYNTAX;
	if (errno == ERANGE)
		return ERR_RANGE;
	*out = value;
	return 0;
}

static int
parse_bool(const char *text, int64_t *out)
{
	static const char *const words[] = {"no", "yes", "false", "true", "off", "on"};

	for (size_t i = 0; i < MEM_COUNT(words); i++) {
		if (strcasecmp(words[i], text) == 0) {
			*out = (int64_t)(i % 2);
			return 0;
		}
	}
	return ERR_SYNTAX;
}

static void
describe_expected(const struct option_spec *spec, char *out, size_t size)
{
	char low[CLOCK_DURATION_SIZE], high[CLOCK_DURATION_SIZE];

	switch (spec->type) {
	case OPTION_INT:
		snprintf(out, size, "a whole number from %lld to %lld", (long long)spec->min,
			 (long long)spec->max);
		break;
	case OPTION_DURATION:
		snprintf(out, size, "a duration from %s to %s, written as 500ms, 90s, 5m, 2h or 1d",
			 clock_format_duration(spec->min, low, sizeof(low)),
			 clock_format_duration(spec->max, high, sizeof(high)));
		break;
	case OPTION_BOOL:
		snprintf(out, size, "yes or no");
		break;
	case OPTION_STRING:
		snprintf(out, size, "text of at most %lld bytes", (long long)spec->max);
		break;
	case OPTION_ENUM:
		snprintf(out, size, "one of ");
		for (const char *c = spec->choices; *c != '\0'; c++) {
			const char *text = *c == '|' ? ", " : c;
			size_t len = strlen(out);

			snprintf(out + len, size - len, "%.*s", *c == '|' ? 2 : 1, text);
		}
		break;
	}
}

int
option_parse(const struct option_spec *spec, const char *text, struct option_value *out,
	     char *expected, size_t expected_size)
{
	struct option_value value = {0};
	int rc = 0;

	switch (spec->type) {
	case OPTION_INT:
		rc = parse_int(text, &value.number);
		break;
	case OPTION_DURATION:
		rc = clock_parse_duration(text, &value.number);
		break;
	case OPTION_BOOL:
		rc = parse_bool(text, &value.number);
		break;
	case OPTION_STRING:
		if (strlen(text) > (size_t)spec->max)
			rc = ERR_RANGE;
		else if ((value.text = mem_strdup(text)) == NULL)
			rc = ERR_NOMEM;
		break;
	case OPTION_ENUM:
		rc = parse_choice(spec->choices, text, &value.number);
		break;
	}
	if (rc == 0 && (spec->type == OPTION_INT || spec->type == OPTION_DURATION) &&
	    (value.number < spec->min || value.number > spec->max))
		rc = ERR_RANGE;
	if (rc == 0)
		*out = value;
	else if (expected != NULL)
		describe_expected(spec, expected, expected_size);
	return rc;
}

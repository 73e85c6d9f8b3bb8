/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of probes and their options, as data: from it follow config checking, `--help`, the
 * manual and the defaults. The table itself is probes/probes.def.
 */
#ifndef KEEPWATCH_PROBE_SPEC_H
#define KEEPWATCH_PROBE_SPEC_H

#include "keepwatch/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_INT,	 /* number */
	OPTION_DURATION, /* stored in ms */
	OPTION_BOOL,	 /* yes/no, true/false, on/off */
	OPTION_STRING,
	OPTION_ENUM, /* one of `choices`, stored as its index */
};

struct option_spec {
	const char *name;
	enum option_type type;
	const char *fallback; /* default, as a person would write it */
	int64_t min, max;     /* of INT and DURATION (ms) */
	const char *choices;  /* of ENUM: "system|pin|tofu" */
	const char *help;     /* one sentence */
};

/*
 * The credential without which a probe cannot be done. NEEDS_NEITHER: it can always be done, but is
 * chosen by default only for devices with no credential for SNMP or ONVIF.
 */
enum probe_needs { NEEDS_NOTHING, NEEDS_SNMP, NEEDS_ONVIF, NEEDS_HTTP, NEEDS_NEITHER };

enum probe_id {
#define PROBE(id, name, needs, kinds, interval, summary) PROBE_##id,
#define OPTION(probe, option, name, type, fallback, min, max, choices, help)
#include "../../probes/probes.def"
#undef PROBE
#undef OPTION
	PROBE_COUNT
};

/* The options of all probes have one numbering: OPT_ICMP_COUNT ... */
enum option_id {
#define PROBE(id, name, needs, kinds, interval, summary)
#define OPTION(probe, option, name, type, fallback, min, max, choices, help) OPT_##probe##_##option,
#include "../../probes/probes.def"
#undef PROBE
#undef OPTION
	OPTION_COUNT
};

struct probe_spec {
	enum probe_id id;
	const char *name;    /* in files, store and reports */
	const char *summary; /* one sentence */
	enum probe_needs needs;
	unsigned default_kinds;	     /* bit 1 << kind: probed so without being told, needs given */
	const char *interval;	     /* default interval, or NULL: poll.interval */
	enum option_id first_option; /* its options are consecutive */
};

const struct probe_spec *probe_spec(enum probe_id id);
/*
 * False for those that tell of others or of what a device has, not how it is (topology, exposure):
 * they take long, come seldom, and are neither asked in a hurry nor heard when health is judged,
 * unless a device has no other probe.
 */
bool probe_tells_health(enum probe_id id);
size_t probe_option_count(enum probe_id id);
/* Of several probes that know the same, the one of the smallest rank is believed: it is nearest to
 * the device's own words. */
int probe_rank(enum probe_id id);
/* ERR_NOTFOUND. */
int probe_spec_find(const char *name, enum probe_id *out);
const struct option_spec *option_spec(enum option_id id);
/* The values it takes, as help and manual have it: "1 to 20; default 1". Returns out. */
const char *option_describe(const struct option_spec *spec, char *out, size_t size);
/* The option of a probe by name; ERR_NOTFOUND. */
int option_find(enum probe_id probe, const char *name, enum option_id *out);

/* A value of an option, parsed. */
struct option_value {
	int64_t number; /* INT, DURATION (ms), BOOL 0/1, ENUM index */
	char *text; /* STRING only; owned by whoever holds the settings; never NULL for STRING */
};

/*
 * Parses text by the option's type and range. ERR_SYNTAX, ERR_RANGE, ERR_NOTFOUND (not a choice),
 * ERR_NOMEM. `expected` (may be NULL) gets words such as "a duration from 100ms to 1h" for the
 * complaint.
 */
int option_parse(const struct option_spec *spec, const char *text, struct option_value *out,
		 char *expected, size_t expected_size);

#endif

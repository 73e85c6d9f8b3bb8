/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of the vocabularies and the way back.
 */
#include "keepwatch/kinds.h"

#include "keepwatch/name_find.h"

#define X(name, text) [KIND_##name] = text,
static const char *const kind_names[KIND_COUNT] = {DEVICE_KINDS(X)};
#undef X
#define X(name, text) [HEALTH_##name] = text,
static const char *const health_names[HEALTH_COUNT] = {HEALTH_STATES(X)};
#undef X
#define X(name, text) [OUTCOME_##name] = text,
static const char *const outcome_names[OUTCOME_COUNT] = {OUTCOMES(X)};
#undef X
#define X(name, text) [REASON_##name] = #name,
static const char *const reason_names[REASON_COUNT] = {REASONS(X)};
#undef X
#define X(name, text) [REASON_##name] = text,
static const char *const reason_texts[REASON_COUNT] = {REASONS(X)};
#undef X
#define X(name, text, is_volatile) [FACT_##name] = text,
static const char *const fact_names[FACT_COUNT] = {FACT_KEYS(X)};
#undef X
#define X(name, text, is_volatile) [FACT_##name] = is_volatile,
static const unsigned char fact_volatile[FACT_COUNT] = {FACT_KEYS(X)};
#undef X
#define X(name, text) [EVENT_##name] = text,
static const char *const event_names[EVENT_COUNT] = {EVENT_TYPES(X)};
#undef X

const char *
kind_name(enum device_kind kind)
{
	return name_of(kind_names, KIND_COUNT, (int)kind);
}

const char *
health_name(enum health health)
{
	return name_of(health_names, HEALTH_COUNT, (int)health);
}

const char *
outcome_name(enum outcome outcome)
{
	return name_of(outcome_names, OUTCOME_COUNT, (int)outcome);
}

const char *
reason_name(enum reason reason)
{
	return name_of(reason_names, REASON_COUNT, (int)reason);
}

const char *
reason_text(enum reason reason)
{
	return name_of(reason_texts, REASON_COUNT, (int)reason);
}

const char *
fact_name(enum fact_key key)
{
	return name_of(fact_names, FACT_COUNT, (int)key);
}

int
fact_is_volatile(enum fact_key key)
{
	return (int)key >= 0 && key < FACT_COUNT && fact_volatile[key];
}

const char *
event_name(enum event_type type)
{
	return name_of(event_names, EVENT_COUNT, (int)type);
}

#define DEFINE_PARSE(function, type, names, count)     \
	int function(const char *text, enum type *out) \
	{                                              \
		int i = name_find(names, count, text); \
                                                       \
		if (i < 0)                             \
			return i;                      \
		*out = (enum type)i;                   \
		return 0;                              \
	}

DEFINE_PARSE(kind_parse, device_kind, kind_names, KIND_COUNT)
DEFINE_PARSE(health_parse, health, health_names, HEALTH_COUNT)
DEFINE_PARSE(reason_parse, reason, reason_names, REASON_COUNT)
DEFINE_PARSE(fact_parse, fact_key, fact_names, FACT_COUNT)
DEFINE_PARSE(event_parse, event_type, event_names, EVENT_COUNT)

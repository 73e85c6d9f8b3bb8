/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of the kinds of evidence and of what is told in it, and the way back.
 */
#include "keepwatch/evidence.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/name_find.h"

static const char *const evidence_kinds[] = {
#define X(name, text) text,
	EVIDENCE_KINDS(X)
#undef X
};
static const char *const node_roles[] = {
#define X(name, text) text,
	NODE_ROLES(X)
#undef X
};
static const char *const poe_states[] = {
#define X(name, text) text,
	POE_STATES(X)
#undef X
};
static const char *const trap_hints[] = {
#define X(name, text) text,
	TRAP_HINTS(X)
#undef X
};
/* One letter a state, in their order. */
static const char service_letters[] = {
#define X(name, letter) letter,
	SERVICE_STATES(X)
#undef X
};

const char *
evidence_kind_name(enum evidence_kind kind)
{
	return name_of(evidence_kinds, MEM_COUNT(evidence_kinds), (int)kind);
}

int
evidence_kind_parse(const char *text, enum evidence_kind *out)
{
	int i = name_find(evidence_kinds, MEM_COUNT(evidence_kinds), text);

	if (i < 0)
		return i;
	*out = (enum evidence_kind)i;
	return 0;
}

const char *
node_role_name(enum node_role role)
{
	return name_of(node_roles, MEM_COUNT(node_roles), (int)role);
}

int
node_role_parse(const char *text, enum node_role *out)
{
	int i = name_find(node_roles, MEM_COUNT(node_roles), text);

	if (i < 0)
		return i;
	*out = (enum node_role)i;
	return 0;
}

char
service_state_letter(enum service_state state)
{
	return (size_t)state < MEM_COUNT(service_letters) ? service_letters[state] : '?';
}

int
service_state_parse(char letter, enum service_state *out)
{
	for (size_t i = 0; i < MEM_COUNT(service_letters); i++) {
		if (service_letters[i] == letter) {
			*out = (enum service_state)i;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

const char *
poe_state_name(enum poe_state state)
{
	return name_of(poe_states, MEM_COUNT(poe_states), (int)state);
}

int
poe_state_parse(const char *text, enum poe_state *out)
{
	int i = name_find(poe_states, MEM_COUNT(poe_states), text);

	if (i < 0)
		return i;
	*out = (enum poe_state)i;
	return 0;
}

const char *
trap_hint_name(enum trap_hint hint)
{
	return name_of(trap_hints, MEM_COUNT(trap_hints), (int)hint);
}

int
trap_hint_parse(const char *text, enum trap_hint *out)
{
	int i = name_find(trap_hints, MEM_COUNT(trap_hints), text);

	if (i < 0)
		return i;
	*out = (enum trap_hint)i;
	return 0;
}

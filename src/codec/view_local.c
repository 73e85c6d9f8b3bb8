/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which interface a neighbour table's local port is. Agents number as they like: ifIndex,
 * dot1dBasePort, or numbers of their own that only the name beside them resolves. Every reading of
 * the numbers is tried on all ports of the table that have neighbours, and the one that explains
 * them best is taken for the agent as a whole. What remains open stays open.
 */
#include "view_lldp.h"
#include "view_names.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

/* Ways to read a local port. */
enum reading {
	BY_ID,	       /* its id names an interface */
	BY_DESCR,      /* its description does */
	BY_ID_NUMBER,  /* its id is an ifIndex in digits */
	BY_IF_INDEX,   /* its number is the ifIndex */
	BY_BASE_PORT,  /* its number is the dot1dBasePort */
	BY_ID_LIKE,    /* its id resembles an interface's name */
	BY_DESCR_LIKE, /* its description does */
	READINGS
};

/* What speaks for or against a reading beside its score, in ports. */
struct evidence {
	size_t confirmed, refuted; /* the neighbour is learnt there, is learnt elsewhere */
	size_t same, other; /* the number in its id is that in the interface's name, is not */
};

struct local_map {
	const struct view_builder *builder;
	const struct switch_view *view;
	enum local_numbers numbers;
	struct view_names names;
	struct local_port *ports;
	size_t count;
	uint32_t *found; /* count times READINGS: ifIndex, 0 none */
	int64_t scores[READINGS];
	struct evidence evidence[READINGS];
};

static uint32_t *
map_found(const struct local_map *map, size_t port, enum reading reading)
{
	return &map->found[port * READINGS + reading];
}

static uint32_t
find_id(const struct local_map *map, const struct lldp_id *id, const char *text, mac_addr mac)
{
	static const enum view_name_kind by_name[] = {NAME_NAME, NAME_DESCR, NAME_ALIAS};
	static const enum view_name_kind by_alias[] = {NAME_ALIAS, NAME_NAME, NAME_DESCR};
	const enum view_name_kind *kinds = id->subtype == LLDP_PORT_IF_ALIAS ? by_alias : by_name;
	uint32_t if_index = 0;

	if (mac != MAC_NONE)
		if_index = view_names_by_mac(&map->names, mac);
	for (size_t i = 0; i < MEM_COUNT(by_name) && if_index == 0; i++)
		if_index = view_names_find(&map->names, kinds[i], text);
	return if_index;
}

static uint32_t
find_number(const struct local_map *map, const char *text)
{
	uint64_t number = 0;

	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 10)
		return 0;
	for (; *text != '\0'; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	if (number > UINT32_MAX || switch_view_port(map->view, (uint32_t)number) == NULL)
		return 0;
	return (uint32_t)number;
}

static uint32_t
find_base_port(const struct local_map *map, uint32_t number)
{
	uint32_t if_index = view_base_port_if(map->builder, number);

	return switch_view_port(map->view, if_index) != NULL ? if_index : 0;
}

static void
find_all(const struct local_map *map, size_t i)
{
	const struct local_port *port = &map->ports[i];
	uint32_t *found = map_found(map, i, 0);
	char text[VIEW_TEXT] = "";
	mac_addr mac = MAC_NONE;

	if (port->id != NULL && port->id->len > 0) {
		lldp_port_text(port->id, text, sizeof(text), &mac);
		found[BY_ID] = find_id(map, port->id, text, mac);
		found[BY_ID_NUMBER] = find_number(map, text);
		if (mac == MAC_NONE)
			found[BY_ID_LIKE] = view_names_resembling(&map->names, text);
	}
	if (port->descr[0] != '\0') {
		static const enum view_name_kind kinds[] = {NAME_DESCR, NAME_NAME, NAME_ALIAS};

		for (size_t k = 0; k < MEM_COUNT(kinds) && found[BY_DESCR] == 0; k++)
			found[BY_DESCR] = view_names_find(&map->names, kinds[k], port->descr);
		found[BY_DESCR_LIKE] = view_names_resembling(&map->names, port->descr);
	}
	if (port->number == 0)
		return; /* LldpPortNumber begins at 1: RouterOS has all its neighbours on 0 */
	if (switch_view_port(map->view, port->number) != NULL)
		found[BY_IF_INDEX] = port->number;
	if (map->numbers == LOCAL_LLDP)
		found[BY_BASE_PORT] = find_base_port(map, port->number);
}

/* Whether the switch has learnt this MAC on a port: 1 yes, -1 on another one, 0 it does not know.
 */
static int
learnt_on(const struct switch_view *view, mac_addr mac, const struct view_port *port)
{
	enum { ENOUGH = 32 }; /* VLANs in which it may be known */
	size_t first = view_fdb_first(view, mac);
	int verdict = 0;

	if (mac == MAC_NONE)
		return 0;
	for (size_t i = first; i < view->fdb_count && view->fdb[i].mac == mac && i < first + ENOUGH;
	     i++) {
		const struct view_port *other;

		if (view->fdb[i].if_index == 0)
			continue;
		if (view->fdb[i].if_index == port->if_index || view->fdb[i].if_index == port->lag)
			return 1;
		other = switch_view_port(view, view->fdb[i].if_index);
		if (other != NULL && other->lag == port->if_index)
			return 1;
		verdict = -1;
	}
	return verdict;
}

/*
 * Names that are equal beat numbers, numbers beat resemblance; a neighbour on a port that is down
 * or that no cable can be put in speaks against numbers.
 */
static int
score_one(const struct local_map *map, const struct local_port *local, enum reading reading,
	  uint32_t if_index)
{
	const struct view_port *port = switch_view_port(map->view, if_index);
	bool is_exact = reading == BY_ID || reading == BY_DESCR;
	bool is_like = reading == BY_ID_LIKE || reading == BY_DESCR_LIKE;
	/* The MIB leaves no other numbers there. */
	bool is_sure = reading == BY_IF_INDEX && map->numbers != LOCAL_LLDP;
	bool is_up, is_virtual;
	int score;

	if (port == NULL)
		return 0;
	is_up = port->oper == 0 || port->oper == 1 || port->oper == 4 || port->oper == 5;
	is_virtual = view_is_virtual(port) || (port->is_aggregate && !is_exact);
	if (is_exact)
		score = is_virtual ? -8 : is_up ? 16 : 12;
	else if (is_sure)
		score = is_virtual ? 1 : is_up ? 12 : 4;
	else if (is_like)
		score = is_virtual ? -8 : is_up ? 4 : -4;
	else
		score = is_virtual || !is_up ? -8 : 8;
	for (size_t i = 0; i < MEM_COUNT(local->macs); i++) {
		int verdict = learnt_on(map->view, local->macs[i], port);

		score += verdict > 0 ? 6 : verdict < 0 ? -2 : 0;
	}
	return score;
}

static int
number_order(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

/* Two local ports that would be the same interface speak against a reading. */
static int
score_collisions(struct local_map *map, enum reading reading, uint32_t *scratch)
{
	size_t used = 0;
	int collisions = 0;

	for (size_t i = 0; i < map->count; i++) {
		uint32_t if_index = *map_found(map, i, reading);

		if (if_index != 0)
			scratch[used++] = if_index;
	}
	qsort(scratch, used, sizeof(*scratch), number_order);
	for (size_t i = 1; i < used; i++)
		collisions += scratch[i] == scratch[i - 1];
	return -16 * collisions;
}

/* Ports that two readings both resolve, to the same (or to different) interfaces. */
static size_t
agreement(const struct local_map *map, enum reading a, enum reading b, size_t *disagreement)
{
	size_t same = 0, different = 0;

	for (size_t i = 0; i < map->count; i++) {
		uint32_t one = *map_found(map, i, a), other = *map_found(map, i, b);

		if (one == 0 || other == 0)
			continue;
		if (one == other)
			same++;
		else
			different++;
	}
	*disagreement = different;
	return same;
}

/* How many ports the other readings see in the same way. */
static size_t
support(const struct local_map *map, enum reading reading)
{
	size_t sum = 0, different;

	for (int other = 0; other < READINGS; other++) {
		if (other != (int)reading && map->scores[other] > 0)
			sum += agreement(map, reading, (enum reading)other, &different);
	}
	return sum;
}

/* The best reading; READINGS if there is none, or if equally good ones contradict each other. */
static enum reading
best_reading(const struct local_map *map)
{
	enum reading best = READINGS;
	size_t best_support = 0, different;

	for (int i = 0; i < READINGS; i++) {
		enum reading reading = (enum reading)i;

		if (map->scores[i] <= 0)
			continue;
		if (best == READINGS || map->scores[i] > map->scores[best] ||
		    (map->scores[i] == map->scores[best] && support(map, reading) > best_support)) {
			best = reading;
			best_support = support(map, reading);
		}
	}
	for (int i = 0; i < READINGS && best != READINGS; i++) {
		if (i == (int)best || map->scores[i] != map->scores[best] ||
		    support(map, (enum reading)i) != best_support)
			continue;
		agreement(map, best, (enum reading)i, &different);
		if (different > 0)
			return READINGS;
	}
	return best;
}

/* What the best reading leaves open is taken from others that it never contradicts and once
 * confirms. */
static void
map_decide(struct local_map *map)
{
	enum reading best = best_reading(map);
	bool helps[READINGS] = {false};
	size_t different;

	if (best == READINGS)
		return;
	for (int i = 0; i < READINGS; i++)
		helps[i] = map->scores[i] > 0 &&
			   agreement(map, best, (enum reading)i, &different) > 0 && different == 0;
	for (size_t i = 0; i < map->count; i++) {
		uint32_t if_index = *map_found(map, i, best);

		for (int reading = 0; reading < READINGS && if_index == 0; reading++) {
			uint32_t found = *map_found(map, i, (enum reading)reading);

			if (helps[reading] &&
			    score_one(map, &map->ports[i], (enum reading)reading, found) > 0)
				if_index = found;
		}
		map->ports[i].if_index = if_index;
	}
}

/* ---- what refutes numbers that merely happen to be those of interfaces */

/* The last number in a text; false if there is none. */
static bool
last_number(const char *text, uint64_t *out)
{
	size_t end = strlen(text), start, digits = 0;

	while (end > 0 && (text[end - 1] < '0' || text[end - 1] > '9'))
		end--;
	for (start = end; start > 0 && text[start - 1] >= '0' && text[start - 1] <= '9'; start--)
		digits++;
	*out = strtoull(text + start, NULL, 10);
	return digits > 0 && digits < 10;
}

/* The agent's name of the port against the interface's: "1/3" is not "eth1/0/4". An id that is the
 * local number once more says nothing; an alias is anybody's. */
static void
note_names(const struct local_port *local, const struct view_port *port, struct evidence *evidence)
{
	char text[VIEW_TEXT] = "";
	mac_addr mac = MAC_NONE;
	uint64_t told, name, descr;
	bool has_name = last_number(port->name, &name),
	     has_descr = last_number(port->descr, &descr);

	if (local->id != NULL && local->id->subtype != LLDP_PORT_IF_ALIAS)
		lldp_port_text(local->id, text, sizeof(text), &mac);
	if (mac != MAC_NONE || !last_number(text, &told) || (!has_name && !has_descr))
		return;
	if ((has_name && told == name) || (has_descr && told == descr))
		evidence->same++;
	else if (told != local->number)
		evidence->other++;
}

static void
note_evidence(const struct local_map *map, const struct local_port *local, uint32_t if_index,
	      struct evidence *evidence)
{
	const struct view_port *port = switch_view_port(map->view, if_index);
	bool is_confirmed = false, is_refuted = false;

	if (port == NULL)
		return;
	for (size_t i = 0; i < MEM_COUNT(local->macs); i++) {
		int verdict = learnt_on(map->view, local->macs[i], port);

		is_confirmed = is_confirmed || verdict > 0;
		is_refuted = is_refuted || verdict < 0;
	}
	evidence->confirmed += is_confirmed;
	evidence->refuted += !is_confirmed && is_refuted;
	note_names(local, port, evidence);
}

static bool
is_proved(const struct local_map *map, enum reading reading)
{
	return map->evidence[reading].confirmed > map->evidence[reading].refuted;
}

/* Both explain the ports that both resolve equally well, but not by the same interfaces. */
static bool
is_toss_up(const struct local_map *map, enum reading a, enum reading b)
{
	int64_t one = 0, other = 0;
	size_t different;

	agreement(map, a, b, &different);
	if (different == 0)
		return false;
	for (size_t i = 0; i < map->count; i++) {
		uint32_t by_one = *map_found(map, i, a), by_other = *map_found(map, i, b);

		if (by_one == 0 || by_other == 0)
			continue;
		one += score_one(map, &map->ports[i], a, by_one);
		other += score_one(map, &map->ports[i], b, by_other);
	}
	return one == other;
}

/* Numbers that stand alone, against each other or against what the agent calls its ports: better no
 * port than another one. Where the MIB leaves no other numbers there is nothing to doubt. */
static void
map_doubt(struct local_map *map)
{
	static const enum reading numbers[] = {BY_IF_INDEX, BY_BASE_PORT},
				  likes[] = {BY_ID_LIKE, BY_DESCR_LIKE};
	bool are_tossed = map->scores[BY_IF_INDEX] > 0 && map->scores[BY_BASE_PORT] > 0 &&
			  support(map, BY_IF_INDEX) == support(map, BY_BASE_PORT) &&
			  is_toss_up(map, BY_IF_INDEX, BY_BASE_PORT);

	if (map->numbers != LOCAL_LLDP)
		return;
	for (size_t i = 0; i < MEM_COUNT(numbers); i++) {
		enum reading number = numbers[i];
		const struct evidence *evidence = &map->evidence[number];
		size_t different;

		for (size_t k = 0; k < MEM_COUNT(likes); k++) {
			if (is_proved(map, number) || map->scores[likes[k]] <= 0 ||
			    map->scores[number] <= 0 ||
			    agreement(map, number, likes[k], &different) >= different)
				continue;
			map->scores[number] = 0;
			if (!is_proved(map, likes[k]))
				map->scores[likes[k]] = 0;
		}
		if (are_tossed || (evidence->refuted > 1 && !is_proved(map, number)) ||
		    (evidence->other > evidence->same && !is_proved(map, number)))
			map->scores[number] = 0;
	}
}

static void
map_score(struct local_map *map, uint32_t *scratch)
{
	for (size_t i = 0; i < map->count; i++) {
		find_all(map, i);
		for (int reading = 0; reading < READINGS; reading++) {
			uint32_t if_index = *map_found(map, i, (enum reading)reading);

			map->scores[reading] +=
				score_one(map, &map->ports[i], (enum reading)reading, if_index);
			note_evidence(map, &map->ports[i], if_index, &map->evidence[reading]);
		}
	}
	for (int reading = 0; reading < READINGS; reading++)
		map->scores[reading] += score_collisions(map, (enum reading)reading, scratch);
	map_doubt(map);
}

int
local_ports_map(const struct view_builder *builder, const struct switch_view *view,
		enum local_numbers numbers, struct local_port *ports, size_t count)
{
	struct local_map map = {.builder = builder, .view = view, .numbers = numbers};
	uint32_t *scratch = NULL;
	int rc = ERR_NOMEM;

	if (count == 0)
		return 0;
	map.ports = ports;
	map.count = count;
	map.found = calloc(count, READINGS * sizeof(*map.found));
	scratch = calloc(count, sizeof(*scratch));
	if (map.found == NULL || scratch == NULL)
		goto out;
	rc = view_names_init(&map.names, view);
	if (rc != 0)
		goto out;
	map_score(&map, scratch);
	map_decide(&map);
	/* Interfaces that were not read: by the MIB, the number is the ifIndex. */
	for (size_t i = 0; i < count && view->port_count == 0 && numbers != LOCAL_LLDP; i++)
		ports[i].if_index = ports[i].number;
	view_names_fini(&map.names);
	rc = 0;
out:
	free(map.found);
	free(scratch);
	return rc;
}

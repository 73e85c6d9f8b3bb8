/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ports by the number on their front panel: "Gi2/0/7" is port 7 of unit 2, "Port: 7" port 7. Names
 * with the same numbers before the last are a family, where two ports have one number ("Fa0/1",
 * "Gi0/1") those with the same text; numbers are matched with a family that has them all, or with
 * none.
 */
#include "view_port_numbers.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_PARTS = 4, NAME_DIGITS = 9 };

struct named_port {
	uint32_t prefix[NAME_PARTS - 1]; /* from the left; what is not there is 0 */
	uint32_t prefix_count;
	uint32_t text; /* hash of what is before the numbers */
	uint32_t last, if_index;
};

/* Numbers with '/', ':' or '.' between them, the last such group of the text. */
static bool
name_parse(const char *name, struct named_port *out)
{
	const char *start = NULL, *end = name;
	uint32_t parts[NAME_PARTS];
	uint32_t count = 0;

	for (const char *p = name; *p != '\0'; p = end) {
		end = p + 1;
		if (!isdigit((unsigned char)*p))
			continue;
		start = p;
		while (isdigit((unsigned char)*end) ||
		       (strchr("/:.", *end) != NULL && *end != '\0' &&
			isdigit((unsigned char)end[1])))
			end++;
	}
	if (start == NULL)
		return false;
	for (const char *p = start; isdigit((unsigned char)*p); p++) {
		uint32_t number = 0;

		for (int digits = 0; isdigit((unsigned char)*p); p++) {
			if (++digits > NAME_DIGITS)
				return false;
			number = number * 10 + (uint32_t)(*p - '0');
		}
		if (count == NAME_PARTS)
			return false;
		parts[count++] = number;
		if (*p == '\0')
			break;
	}
	memset(out, 0, sizeof(*out));
	out->last = parts[count - 1];
	out->prefix_count = count - 1;
	memcpy(out->prefix, parts, out->prefix_count * sizeof(*parts));
	out->text = mem_hash(MEM_HASH_START, name, (size_t)(start - name));
	return true;
}

static int
family_compare(const struct named_port *a, const struct named_port *b)
{
	if (a->prefix_count != b->prefix_count)
		return a->prefix_count < b->prefix_count ? -1 : 1;
	for (size_t i = 0; i < NAME_PARTS - 1; i++) {
		if (a->prefix[i] != b->prefix[i])
			return a->prefix[i] < b->prefix[i] ? -1 : 1;
	}
	return 0;
}

static int
text_compare(const struct named_port *a, const struct named_port *b)
{
	int order = family_compare(a, b);

	if (order != 0 || a->text == b->text)
		return order;
	return a->text < b->text ? -1 : 1;
}

static int
last_compare(const struct named_port *a, const struct named_port *b)
{
	return a->last < b->last ? -1 : a->last > b->last;
}

static int
by_family(const void *a, const void *b)
{
	int order = family_compare(a, b);

	return order != 0 ? order : last_compare(a, b);
}

static int
by_text(const void *a, const void *b)
{
	int order = text_compare(a, b);

	return order != 0 ? order : last_compare(a, b);
}

/* A number as its key is in the rows: group, number. */
struct number_key {
	uint32_t group, number;
};

/* How many numbers a group has, and by which family they were found. */
struct group_state {
	uint32_t group; /* key */
	uint32_t count; /* of its numbers */
	bool has_zero;
	uint32_t families; /* that have all its numbers */
	uint32_t units;	   /* of these, those that are of the unit of its number */
	bool is_told;
	size_t first, end; /* the last of them: named[first .. end) */
};

struct matching {
	struct named_port *named;
	size_t count;
	const struct view_rows *numbers;
	struct view_rows groups;
	bool is_single; /* one group: the names need not tell its number */
	uint32_t single;
};

static int
matching_groups(struct matching *m)
{
	for (size_t i = 0; i < m->numbers->count; i++) {
		const struct number_key *key = view_rows_at(m->numbers, i);
		struct group_state *group;
		void *item;
		int rc = view_rows_get(&m->groups, &key->group, &item);

		if (rc != 0)
			return rc;
		group = item;
		group->count++;
		group->has_zero = group->has_zero || key->number == 0;
		m->single = key->group;
	}
	m->is_single = m->groups.count == 1;
	return 0;
}

/* The group whose ports a family may be; NULL: none. */
static struct group_state *
family_group(const struct matching *m, const struct named_port *port)
{
	if (m->is_single)
		return view_rows_find(&m->groups, &m->single);
	return port->prefix_count == 0 ? NULL : view_rows_find(&m->groups, &port->prefix[0]);
}

static void
matching_family(struct matching *m, size_t first, size_t end)
{
	struct group_state *group = family_group(m, &m->named[first]);
	uint32_t hits = 0;

	if (group == NULL || group->is_told)
		return;
	/* Names from 0 and numbers from 1: which is which cannot be known. */
	if (m->named[first].last == 0 && !group->has_zero)
		return;
	for (size_t i = first; i < end; i++) {
		const struct number_key key = {group->group, m->named[i].last};

		if (view_rows_find(m->numbers, &key) == NULL)
			continue;
		if (i + 1 < end && m->named[i + 1].last == m->named[i].last)
			return; /* two ports of that number */
		hits++;
	}
	if (hits != group->count)
		return;
	group->families++;
	if (m->named[first].prefix_count > 0 && m->named[first].prefix[0] == group->group)
		group->units++;
	else if (group->units > 0)
		return;
	group->first = first;
	group->end = end;
}

static void
matching_tell(struct matching *m, void (*found)(void *number, uint32_t if_index))
{
	for (size_t g = 0; g < m->groups.count; g++) {
		struct group_state *group = view_rows_at(&m->groups, g);

		/* Told, or ambiguous: then a closer look must not choose. */
		if (group->is_told || group->families == 0)
			continue;
		group->is_told = true;
		if (group->families != 1 && group->units != 1)
			continue;
		for (size_t i = group->first; i < group->end; i++) {
			const struct number_key key = {group->group, m->named[i].last};
			void *number = view_rows_find(m->numbers, &key);

			if (number != NULL)
				found(number, m->named[i].if_index);
		}
	}
}

/* One look: ports in this order, families as this tells them apart. */
static void
matching_look(struct matching *m, int (*order)(const void *, const void *),
	      int (*apart)(const struct named_port *, const struct named_port *),
	      void (*found)(void *number, uint32_t if_index))
{
	qsort(m->named, m->count, sizeof(*m->named), order);
	for (size_t first = 0, end; first < m->count; first = end) {
		for (end = first + 1; end < m->count; end++) {
			if (apart(&m->named[first], &m->named[end]) != 0)
				break;
		}
		matching_family(m, first, end);
	}
	matching_tell(m, found);
}

int
view_port_names_match(const struct switch_view *view, const struct view_rows *numbers,
		      bool is_grouped, void (*found)(void *number, uint32_t if_index))
{
	struct matching m = {.numbers = numbers};
	int rc = ERR_NOMEM;

	if (view->port_count == 0 || numbers->count == 0)
		return 0;
	view_rows_init(&m.groups, sizeof(struct group_state), sizeof(uint32_t), VIEW_PORTS_MAX);
	m.named = calloc(view->port_count, sizeof(*m.named));
	if (m.named == NULL)
		goto out;
	for (size_t i = 0; i < view->port_count; i++) {
		const struct view_port *port = &view->ports[i];

		if (!view_port_is_ethernet(port) || (!name_parse(port->name, &m.named[m.count]) &&
						     !name_parse(port->descr, &m.named[m.count])))
			continue;
		m.named[m.count++].if_index = port->if_index;
	}
	rc = matching_groups(&m);
	if (rc != 0 || (!is_grouped && !m.is_single))
		goto out;
	matching_look(&m, by_family, family_compare, found);
	matching_look(&m, by_text, text_compare, found);
out:
	view_rows_fini(&m.groups);
	free(m.named);
	return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ports by the number on their front panel: "Gi2/0/7" is port 7 of unit 2, "Port: 7" port 7. Names
 * with the same numbers before the last are a family; numbers are matched with a family that has
 * them all, or with none.
 */
#include "view_port_numbers.h"

#include "keepwatch/err.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_PARTS = 4, NAME_DIGITS = 9 };

struct named_port {
	uint32_t prefix[NAME_PARTS - 1]; /* from the left; what is not there is 0 */
	uint32_t prefix_count;
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
named_compare(const void *a, const void *b)
{
	const struct named_port *left = a, *right = b;
	int order = family_compare(left, right);

	if (order != 0)
		return order;
	return left->last < right->last ? -1 : left->last > right->last;
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

	if (group == NULL)
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
	group->first = first;
	group->end = end;
}

static void
matching_tell(const struct matching *m, void (*found)(void *number, uint32_t if_index))
{
	for (size_t g = 0; g < m->groups.count; g++) {
		const struct group_state *group = view_rows_at(&m->groups, g);

		if (group->families != 1)
			continue;
		for (size_t i = group->first; i < group->end; i++) {
			const struct number_key key = {group->group, m->named[i].last};
			void *number = view_rows_find(m->numbers, &key);

			if (number != NULL)
				found(number, m->named[i].if_index);
		}
	}
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
	qsort(m.named, m.count, sizeof(*m.named), named_compare);
	rc = matching_groups(&m);
	if (rc != 0)
		goto out;
	if (!is_grouped && !m.is_single)
		goto out;
	for (size_t first = 0, end; first < m.count; first = end) {
		for (end = first + 1; end < m.count; end++) {
			if (family_compare(&m.named[first], &m.named[end]) != 0)
				break;
		}
		matching_family(&m, first, end);
	}
	matching_tell(&m, found);
out:
	view_rows_fini(&m.groups);
	free(m.named);
	return rc;
}

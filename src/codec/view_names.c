/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces by their texts. Everything is sorted once; a text that several interfaces share names
 * none of them.
 */
#include "view_names.h"
#include "view_port_numbers.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct view_name {
	const char *text;
	const struct view_port *port;
	uint8_t kind;
};

struct view_shaped {
	const struct view_port *port;
	struct view_shape shape;
};

/* IANAifType-MIB. */
enum {
	TYPE_LOOPBACK = 24,
	TYPE_PROP_VIRTUAL = 53,
	TYPE_RADIO = 71,
	TYPE_TUNNEL = 131,
	TYPE_L2_VLAN = 135,
	TYPE_L3_VLAN = 136,
	TYPE_L3_VLAN_IPX = 137,
	TYPE_BRIDGE = 209,
};

/* What more interfaces share is not looked through: it names none. */
enum { NAME_SHARED_MAX = 512 };

bool
view_is_physical(const struct view_port *port)
{
	return view_port_is_ethernet(port) || (port->type == TYPE_RADIO && !port->is_aggregate);
}

bool
view_is_virtual(const struct view_port *port)
{
	switch (port->type) {
	case TYPE_LOOPBACK:
	case TYPE_PROP_VIRTUAL:
	case TYPE_TUNNEL:
	case TYPE_L2_VLAN:
	case TYPE_L3_VLAN:
	case TYPE_L3_VLAN_IPX:
	case TYPE_BRIDGE:
		return !port->is_aggregate;
	default:
		return false;
	}
}

static int
name_order(const void *a, const void *b)
{
	const struct view_name *one = a, *other = b;
	int order = strcasecmp(one->text, other->text);

	return order != 0 ? order : (int)one->kind - (int)other->kind;
}

static int
shaped_order(const void *a, const void *b)
{
	const struct view_shape *one = &((const struct view_shaped *)a)->shape;
	const struct view_shape *other = &((const struct view_shaped *)b)->shape;
	uint32_t x = one->numbers[one->count - 1], y = other->numbers[other->count - 1];

	return (x > y) - (x < y);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Words that every port may have in front of its number. */
static bool
says_nothing(const char *letters)
{
	static const char *const words[] = {"port", "eth",  "ethernet", "interface", "if",
					    "slot", "unit", "swp",	"p"};

	for (size_t i = 0; i < MEM_COUNT(words); i++) {
		if (strcmp(letters, words[i]) == 0)
			return true;
	}
	return false;
}

/* False if there is no number in it, or too many. */
static bool
name_shape(const char *text, struct view_shape *out)
{
	size_t used = 0;

	memset(out, 0, sizeof(*out));
	while (*text != '\0' && !is_digit(*text)) {
		if (is_letter(*text) && used + 1 < sizeof(out->letters))
			out->letters[used++] = (char)(*text | 0x20);
		text++;
	}
	if (says_nothing(out->letters))
		out->letters[0] = '\0';
	while (*text != '\0') {
		uint64_t number = 0;

		if (!is_digit(*text)) {
			text++;
			continue;
		}
		if (out->count == MEM_COUNT(out->numbers))
			return false;
		for (; is_digit(*text) && number <= UINT32_MAX; text++)
			number = number * 10 + (uint64_t)(*text - '0');
		if (number > UINT32_MAX)
			return false;
		out->numbers[out->count++] = (uint32_t)number;
	}
	return out->count > 0;
}

/* The same last number, the same first if both have one, and letters that abbreviate each other. */
static bool
shapes_resemble(const struct view_shape *a, const struct view_shape *b)
{
	size_t letters = strlen(a->letters), others = strlen(b->letters);

	if (a->numbers[a->count - 1] != b->numbers[b->count - 1])
		return false;
	if (a->count > 1 && b->count > 1 && a->numbers[0] != b->numbers[0])
		return false;
	return strncmp(a->letters, b->letters, letters < others ? letters : others) == 0;
}

static void
names_put(struct view_names *names, const struct view_port *port, enum view_name_kind kind,
	  const char *text)
{
	if (text[0] != '\0')
		names->items[names->count++] =
			(struct view_name){.text = text, .port = port, .kind = (uint8_t)kind};
}

static void
names_put_shape(struct view_names *names, const struct view_port *port, const char *text)
{
	struct view_shaped *shaped = &names->shaped[names->shaped_count];

	if (!name_shape(text, &shaped->shape))
		return;
	shaped->port = port;
	names->shaped_count++;
}

int
view_names_init(struct view_names *names, const struct switch_view *view)
{
	memset(names, 0, sizeof(*names));
	names->view = view;
	names->items = calloc(view->port_count + 1, 3 * sizeof(*names->items));
	names->shaped = calloc(view->port_count + 1, 2 * sizeof(*names->shaped));
	if (names->items == NULL || names->shaped == NULL) {
		view_names_fini(names);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < view->port_count; i++) {
		const struct view_port *port = &view->ports[i];

		names_put(names, port, NAME_NAME, port->name);
		names_put(names, port, NAME_DESCR, port->descr);
		names_put(names, port, NAME_ALIAS, port->alias);
		if (view_is_physical(port)) {
			names_put_shape(names, port, port->name);
			names_put_shape(names, port, port->descr);
		}
	}
	qsort(names->items, names->count, sizeof(*names->items), name_order);
	qsort(names->shaped, names->shaped_count, sizeof(*names->shaped), shaped_order);
	return 0;
}

void
view_names_fini(struct view_names *names)
{
	free(names->items);
	free(names->shaped);
	memset(names, 0, sizeof(*names));
}

/* Takes one more port that fits: *many if it is another one than before. */
static void
one_more(const struct view_port **found, bool *many, const struct view_port *port)
{
	*many = *many || (*found != NULL && *found != port);
	*found = port;
}

uint32_t
view_names_find(const struct view_names *names, enum view_name_kind kind, const char *text)
{
	const struct view_name key = {.text = text, .kind = (uint8_t)kind};
	const struct view_port *any = NULL, *same_case = NULL, *physical = NULL;
	bool many = false, many_same_case = false, many_physical = false;
	size_t low = 0, high = names->count, end;

	if (text[0] == '\0')
		return 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (name_order(&names->items[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < names->count && name_order(&names->items[end], &key) == 0; end++) {
		const struct view_port *port = names->items[end].port;

		if (end - low >= NAME_SHARED_MAX)
			return 0;
		one_more(&any, &many, port);
		if (strcmp(names->items[end].text, text) == 0)
			one_more(&same_case, &many_same_case, port);
		if (view_is_physical(port))
			one_more(&physical, &many_physical, port);
	}
	if (any == NULL)
		return 0;
	if (!many)
		return any->if_index;
	if (same_case != NULL && !many_same_case)
		return same_case->if_index;
	return physical != NULL && !many_physical ? physical->if_index : 0;
}

uint32_t
view_names_resembling(const struct view_names *names, const char *text)
{
	const struct view_port *found = NULL;
	bool many = false;
	struct view_shape shape;
	size_t low = 0, high = names->shaped_count;
	uint32_t last;

	if (!name_shape(text, &shape))
		return 0;
	last = shape.numbers[shape.count - 1];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct view_shape *other = &names->shaped[middle].shape;

		if (other->numbers[other->count - 1] < last)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i < names->shaped_count && !many; i++) {
		const struct view_shaped *shaped = &names->shaped[i];

		if (shaped->shape.numbers[shaped->shape.count - 1] != last)
			break;
		if (i - low >= NAME_SHARED_MAX)
			return 0;
		if (shapes_resemble(&shape, &shaped->shape))
			one_more(&found, &many, shaped->port);
	}
	return found != NULL && !many ? found->if_index : 0;
}

uint32_t
view_names_by_mac(const struct view_names *names, mac_addr mac)
{
	const struct view_port *found = NULL;
	bool many = false;

	for (size_t i = 0; i < names->view->port_count; i++) {
		const struct view_port *port = &names->view->ports[i];

		if (port->mac == mac && view_is_physical(port))
			one_more(&found, &many, port);
	}
	return found != NULL && !many ? found->if_index : 0;
}

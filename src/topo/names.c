/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names: hashes of host names and addresses; which port of a switch a text means, as vendors write
 * one port in several ways; and the words of `why`, put together without printf as there are many.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

uint64_t
topo_hash(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;
	uint64_t word;

	for (; size >= sizeof(word); size -= sizeof(word), bytes += sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
		hash ^= hash >> 32;
	}
	return mem_hash64(hash, bytes, size);
}

uint64_t
topo_hash_text(uint64_t hash, const char *text)
{
	return topo_hash(hash ^ 0x5c, text, strlen(text));
}

/* The first label of a host name, or all of it; an address is no host name. */
static uint64_t
name_key(const char *name, bool is_short)
{
	uint64_t hash = TOPO_HASH_START;
	bool has_letter = false;

	for (; *name != '\0' && !(is_short && has_letter && *name == '.'); name++) {
		has_letter = has_letter || isalpha((unsigned char)*name);
		hash = (hash ^ (uint64_t)tolower((unsigned char)*name)) * 0x100000001b3U;
	}
	return hash != 0 ? hash : 1;
}

static int
key_add(struct topo *topo, uint64_t key, uint32_t dev)
{
	uint32_t former = map64_get(&topo->by_name, key);

	return map64_put(&topo->by_name, key,
			 former == MAP64_NONE || former == dev ? dev : NAME_AMBIGUOUS);
}

int
topo_name_add(struct topo *topo, const char *name, uint32_t dev)
{
	if (name[0] == '\0')
		return 0;
	return key_add(topo, name_key(name, false), dev) | key_add(topo, name_key(name, true), dev);
}

void
topo_name_remove(struct topo *topo, const char *name, uint32_t dev)
{
	for (int is_short = 0; is_short < 2; is_short++) {
		uint64_t key = name_key(name, is_short != 0);

		if (map64_get(&topo->by_name, key) == dev)
			map64_remove(&topo->by_name, key);
	}
}

uint32_t
topo_dev_by_name(const struct topo *topo, const char *name)
{
	uint32_t dev;

	if (name[0] == '\0')
		return NONE32;
	dev = map64_get(&topo->by_name, name_key(name, false));
	if (dev == MAP64_NONE)
		dev = map64_get(&topo->by_name, name_key(name, true));
	return dev < topo->dev_count ? dev : NONE32;
}

uint64_t
topo_ip_key(const struct ipaddr *ip)
{
	uint64_t hash = topo_hash(TOPO_HASH_START ^ ip->family, ip->bytes, sizeof(ip->bytes));

	return hash != 0 ? hash : 1;
}

uint16_t
topo_port_by_index(const struct node *node, uint32_t if_index)
{
	size_t low = 0, high = node->port_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (node->ports[node->order[middle]].if_index < if_index)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < node->port_count && node->ports[node->order[low]].if_index == if_index)
		return node->order[low];
	return NONE16;
}

uint16_t
topo_port_by_mac(const struct node *node, mac_addr mac)
{
	uint16_t found = NONE16;

	for (size_t i = 0; i < node->port_count; i++) {
		if (node->ports[i].mac != mac || mac == MAC_NONE)
			continue;
		if (found != NONE16)
			return NONE16; /* some switches have one MAC on all ports */
		found = (uint16_t)i;
	}
	return found;
}

/* "GigabitEthernet1/0/13", "gi1/0/13" and "g1/0/13" begin alike and have the same numbers. */
static bool
is_same_port(const char *a, const char *b)
{
	const char *digits_a = a + strcspn(a, "0123456789"),
		   *digits_b = b + strcspn(b, "0123456789");
	size_t len_a = (size_t)(digits_a - a), len_b = (size_t)(digits_b - b);
	size_t len = len_a < len_b ? len_a : len_b;

	while (len_a > 0 && (a[len_a - 1] == ' ' || a[len_a - 1] == '-'))
		len_a--;
	while (len_b > 0 && (b[len_b - 1] == ' ' || b[len_b - 1] == '-'))
		len_b--;
	len = len_a < len_b ? len_a : len_b;
	if (strncasecmp(a, b, len) != 0 || *digits_a == '\0' || *digits_b == '\0')
		return false;
	return strcasecmp(digits_a, digits_b) == 0;
}

/* Its numbers are the end of the port's: "13" and "g13" of "gi1/0/13". */
static bool
is_tail_of(const char *text, const char *name)
{
	const char *digits = text + strcspn(text, "0123456789");
	size_t letters = (size_t)(digits - text), len = strlen(digits), name_len = strlen(name);

	if (len == 0 || name_len < len || strncasecmp(text, name, letters) != 0 ||
	    strcasecmp(name + name_len - len, digits) != 0)
		return false;
	return name_len == len || !isdigit((unsigned char)name[name_len - len - 1]);
}

uint16_t
topo_port_by_text(const struct node *node, const char *text)
{
	if (node == NULL || text == NULL || text[0] == '\0')
		return NONE16;
	for (unsigned way = 0; way < 6; way++) {
		uint16_t found = NONE16;
		unsigned count = 0;

		for (size_t i = 0; i < node->port_count; i++) {
			const struct port *port = &node->ports[i];
			bool is_it;

			if (!port->is_present)
				continue;
			is_it = way == 0   ? strcasecmp(port->name, text) == 0
				: way == 1 ? strcasecmp(port->descr, text) == 0
				: way == 2 ? is_same_port(text, port->name) ||
						     is_same_port(text, port->descr)
				: way == 3 ? port->alias[0] != '\0' &&
						     strcasecmp(port->alias, text) == 0
				: way == 4 ? is_tail_of(text, port->name)
					   : port->base_port != 0 &&
						     strtoul(text, NULL, 10) == port->base_port &&
						     strspn(text, "0123456789") == strlen(text);
			if (is_it) {
				found = (uint16_t)i;
				count++;
			}
		}
		if (count == 1)
			return found;
		if (count > 1 && way >= 2)
			return NONE16;
	}
	return NONE16;
}

struct words
words_open(char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (struct words){.at = buffer, .end = buffer + size - 1};
}

void
words_add(struct words *words, const char *text)
{
	while (*text != '\0' && words->at < words->end)
		*words->at++ = *text++;
	*words->at = '\0';
}

void
words_number(struct words *words, uint64_t number)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	words_add(words, digits + at);
}

void
words_mac(struct words *words, mac_addr mac)
{
	char text[MAC_TEXT_SIZE];

	words_add(words, mac_format(mac, text));
}

void
words_place(struct words *words, const struct topo *topo, struct place place)
{
	const struct node *node;

	if (place.node == NONE32) {
		words_add(words, "?");
		return;
	}
	node = topo->nodes[place.node];
	words_add(words, node->dev != NONE32 ? topo->devs[node->dev].name : "?");
	if (place.port != NONE16) {
		words_add(words, " ");
		words_add(words, node->ports[place.port].name);
	}
}

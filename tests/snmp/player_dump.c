/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dumps of SNMP agents in .snmprec form: a line an instance, OID|tag|value, the tag being the
 * number of the BER type, with "x" for hexadecimal and "e" for escaped octets. A dump is read when
 * it is first asked for; its varbinds are encoded then, once.
 */
#include "player.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What is being read; offsets, since the arrays move as they grow. */
struct loader {
	struct dump *dump;
	size_t entry_cap, id_count, id_cap, byte_count, byte_cap;
	uint8_t *value; /* room for the longest line */
	unsigned skipped;
};

static void *
grow(void *array, size_t *cap, size_t wanted, size_t size)
{
	if (wanted <= *cap)
		return array;
	*cap = wanted * 2 + 1024;
	array = realloc(array, *cap * size);
	if (array == NULL)
		abort();
	return array;
}

/* Dotted numbers, to the end of the text but for a dot and blanks (both occur). 0 if it is none. */
static size_t
parse_oid(const char *text, uint32_t *ids)
{
	size_t len = 0;

	text += *text == '.';
	while (*text >= '0' && *text <= '9' && len < PLAYER_OID_MAX) {
		char *end;
		unsigned long id = strtoul(text, &end, 10);

		if (id > UINT32_MAX)
			return 0;
		ids[len++] = (uint32_t)id;
		text = end + (*end == '.');
	}
	text += strspn(text, " ");
	return *text == '\0' && len > 1 ? len : 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Returns the octets, or -1. */
static long
parse_hex(const char *text, uint8_t *out)
{
	size_t len = strlen(text);

	if (len % 2 != 0)
		return -1;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (long)(len / 2);
}

/* "\xc0\xa8": octets as Python writes them. */
static long
parse_escaped(const char *text, uint8_t *out)
{
	long n = 0;

	while (*text != '\0') {
		if (text[0] == '\\' && text[1] == 'x' && hex_digit(text[2]) >= 0 &&
		    hex_digit(text[3]) >= 0) {
			out[n++] = (uint8_t)(hex_digit(text[2]) << 4 | hex_digit(text[3]));
			text += 4;
		} else {
			out[n++] = (uint8_t)*text++;
		}
	}
	return n;
}

static long
parse_address(const char *text, uint8_t *out)
{
	uint32_t ids[PLAYER_OID_MAX];

	if (parse_oid(text, ids) != 4)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		if (ids[i] > 255)
			return -1;
		out[i] = (uint8_t)ids[i];
	}
	return 4;
}

/* Encodes a value; the number of octets, or -1 if it makes no sense. */
static long
encode_value(uint8_t tag, char form, const char *text, uint8_t *out)
{
	static uint8_t contents[1 << 17];
	uint32_t ids[PLAYER_OID_MAX];
	size_t len;
	char *end;
	long n;

	if (strlen(text) >= sizeof(contents))
		return -1;
	if (form == 'x') {
		n = parse_hex(text, contents);
	} else if (form == 'e') {
		n = parse_escaped(text, contents);
	} else if (tag == TAG_NULL) {
		n = 0;
	} else if (tag == TAG_OID) {
		len = parse_oid(text, ids);
		return len == 0 ? -1 : (long)ber_put_oid(out, ids, len);
	} else if (tag == 0x40) {
		n = parse_address(text, contents);
	} else if (tag == TAG_OCTETS || tag == 0x44) {
		n = (long)strlen(text);
		memcpy(contents, text, (size_t)n);
	} else {
		if (*text == '\0')
			return -1;
		if (tag == TAG_COUNTER64) {
			/* Unsigned: above 2^63 it takes a ninth octet. */
			uint64_t value = strtoull(text, &end, 10);

			if (*end != '\0')
				return -1;
			if (value > INT64_MAX) {
				out[0] = tag;
				out[1] = 9;
				out[2] = 0;
				for (size_t i = 0; i < 8; i++)
					out[3 + i] = (uint8_t)(value >> 8 * (7 - i));
				return 11;
			}
			return (long)ber_put_integer(out, tag, (int64_t)value);
		}
		n = (long)ber_put_integer(out, tag, strtoll(text, &end, 10));
		return *end == '\0' ? n : -1;
	}
	if (n < 0)
		return -1;
	out[0] = tag;
	len = 1 + ber_put_length(out + 1, (size_t)n);
	memcpy(out + len, contents, (size_t)n);
	return (long)len + n;
}

/* False for a line that is no instance. */
static bool
take_line(struct loader *loader, char *line)
{
	struct dump *dump = loader->dump;
	char *type = strchr(line, '|'), *text, *end;
	uint8_t name[6 * PLAYER_OID_MAX + 16], *to;
	uint32_t ids[PLAYER_OID_MAX];
	size_t ids_len, name_len, header;
	unsigned long tag;
	struct entry *entry;
	long len;

	if (type == NULL)
		return false;
	*type++ = '\0';
	text = strchr(type, '|');
	if (text == NULL)
		return false;
	*text++ = '\0';
	ids_len = parse_oid(line, ids);
	tag = strtoul(type, &end, 10);
	/* "4:module": a variation of the simulator that these dumps were made for. */
	if (ids_len == 0 || end == type || tag > 70 || (end[0] != '\0' && end[1] != '\0') ||
	    (end[0] != '\0' && end[0] != 'x' && end[0] != 'e'))
		return false;
	len = encode_value((uint8_t)tag, end[0], text, loader->value);
	if (len < 0)
		return false;
	name_len = ber_put_oid(name, ids, ids_len);
	dump->ids = grow(dump->ids, &loader->id_cap, loader->id_count + ids_len, sizeof(*ids));
	dump->bytes = grow(dump->bytes, &loader->byte_cap,
			   loader->byte_count + name_len + (size_t)len + 8, 1);
	dump->entries =
		grow(dump->entries, &loader->entry_cap, dump->count + 1, sizeof(*dump->entries));
	to = dump->bytes + loader->byte_count;
	to[0] = TAG_SEQUENCE;
	header = 1 + ber_put_length(to + 1, name_len + (size_t)len);
	memcpy(to + header, name, name_len);
	memcpy(to + header + name_len, loader->value, (size_t)len);
	entry = &dump->entries[dump->count++];
	entry->ids_at = (uint32_t)loader->id_count;
	entry->ids_len = (uint8_t)ids_len;
	entry->tag = (uint8_t)tag;
	entry->bytes_at = (uint32_t)loader->byte_count;
	entry->bytes_len = (uint32_t)(header + name_len + (size_t)len);
	memcpy(dump->ids + loader->id_count, ids, ids_len * sizeof(*ids));
	loader->id_count += ids_len;
	loader->byte_count += entry->bytes_len;
	return true;
}

static int
compare_ids(const uint32_t *a, size_t a_len, const uint32_t *b, size_t b_len)
{
	for (size_t i = 0; i < a_len && i < b_len; i++) {
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	}
	return a_len < b_len ? -1 : a_len > b_len;
}

/* Of the same OID the one that stands first in the file comes first. */
static int
compare_entries(const void *a, const void *b, void *arg)
{
	const struct entry *x = a, *y = b;
	const struct dump *dump = arg;
	int order =
		compare_ids(dump->ids + x->ids_at, x->ids_len, dump->ids + y->ids_at, y->ids_len);

	if (order != 0)
		return order;
	return x->ids_at < y->ids_at ? -1 : x->ids_at > y->ids_at;
}

static void
sort_entries(struct dump *dump)
{
	size_t n = 0;

	qsort_r(dump->entries, dump->count, sizeof(*dump->entries), compare_entries, dump);
	for (size_t i = 0; i < dump->count; i++) {
		const struct entry *entry = &dump->entries[i];

		if (n == 0 || compare_ids(dump->ids + dump->entries[n - 1].ids_at,
					  dump->entries[n - 1].ids_len, dump->ids + entry->ids_at,
					  entry->ids_len) != 0)
			dump->entries[n++] = *entry;
	}
	dump->count = n;
}

static void
load(const struct dumps *dumps, struct dump *dump)
{
	struct loader loader = {.dump = dump};
	FILE *file = fopen(dump->path, "r");
	char *line = NULL;
	size_t cap = 0, number = 0;
	ssize_t len;

	dump->is_loaded = true;
	if (file == NULL) {
		perror(dump->path);
		return;
	}
	loader.value = malloc((1 << 17) + 16);
	if (loader.value == NULL)
		abort();
	while ((len = getline(&line, &cap, file)) >= 0) {
		number++;
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		if (len == 0 || line[0] == '#' || take_line(&loader, line))
			continue;
		loader.skipped++;
		if (dumps->is_verbose)
			fprintf(stderr, "%s:%zu: skipped\n", dump->path, number);
	}
	sort_entries(dump);
	if (dumps->is_verbose)
		fprintf(stderr, "%s: %zu instances, %u lines skipped\n", dump->path, dump->count,
			loader.skipped);
	free(loader.value);
	free(line);
	fclose(file);
}

/* ---- which there are */

static void
add_file(struct dumps *dumps, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	size_t len = strlen(name);
	struct dump *dump;

	if (len > 8 && strcmp(name + len - 8, ".snmprec") == 0)
		len -= 8;
	dumps->items = grow(dumps->items, &dumps->cap, dumps->count + 1, sizeof(*dumps->items));
	dump = &dumps->items[dumps->count++];
	memset(dump, 0, sizeof(*dump));
	dump->name = strndup(name, len);
	dump->path = strdup(path);
	if (dump->name == NULL || dump->path == NULL)
		abort();
}

int
dumps_add(struct dumps *dumps, const char *path)
{
	struct stat stat_buf;
	struct dirent *item;
	char *full;
	DIR *dir;

	if (stat(path, &stat_buf) != 0)
		return -1;
	if (!S_ISDIR(stat_buf.st_mode)) {
		add_file(dumps, path);
		return 0;
	}
	dir = opendir(path);
	if (dir == NULL)
		return -1;
	while ((item = readdir(dir)) != NULL) {
		size_t len = strlen(item->d_name);

		if (len <= 8 || strcmp(item->d_name + len - 8, ".snmprec") != 0)
			continue;
		if (asprintf(&full, "%s/%s", path, item->d_name) < 0)
			abort();
		add_file(dumps, full);
		free(full);
	}
	closedir(dir);
	return 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const struct dump *)a)->name, ((const struct dump *)b)->name);
}

void
dumps_sort(struct dumps *dumps)
{
	qsort(dumps->items, dumps->count, sizeof(*dumps->items), compare_names);
}

struct dump *
dumps_find(struct dumps *dumps, const char *name, size_t len)
{
	char text[PLAYER_COMMUNITY_MAX + 1];
	struct dump key = {.name = text}, *found;

	if (len >= sizeof(text))
		return NULL;
	memcpy(text, name, len);
	text[len] = '\0';
	found = bsearch(&key, dumps->items, dumps->count, sizeof(key), compare_names);
	if (found != NULL && !found->is_loaded)
		load(dumps, found);
	return found;
}

void
dumps_free(struct dumps *dumps)
{
	for (size_t i = 0; i < dumps->count; i++) {
		free(dumps->items[i].name);
		free(dumps->items[i].path);
		free(dumps->items[i].entries);
		free(dumps->items[i].ids);
		free(dumps->items[i].bytes);
	}
	free(dumps->items);
}

/* ---- asking one */

size_t
dump_find(const struct dump *dump, const uint32_t *ids, size_t len, bool is_at)
{
	size_t low = 0, high = dump->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct entry *entry = &dump->entries[middle];
		int order = compare_ids(dump->ids + entry->ids_at, entry->ids_len, ids, len);

		if (order < 0 || (order == 0 && !is_at))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
dump_is_at(const struct dump *dump, size_t at, const uint32_t *ids, size_t len)
{
	return at < dump->count && compare_ids(dump->ids + dump->entries[at].ids_at,
					       dump->entries[at].ids_len, ids, len) == 0;
}

bool
dump_has_prefix(const struct dump *dump, const uint32_t *ids, size_t len)
{
	size_t at = dump_find(dump, ids, len, true);

	return at < dump->count && dump->entries[at].ids_len >= len &&
	       memcmp(dump->ids + dump->entries[at].ids_at, ids, len * sizeof(*ids)) == 0;
}

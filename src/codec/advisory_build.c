/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The making of an advisory from what a record says.
 */
#include "advisory_build.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
advisory_build_init(struct advisory_build *build, enum advisory_source source)
{
	struct advisory *advisory = &build->advisory;

	memset(build, 0, sizeof(*build));
	arena_init(&build->arena);
	advisory->source = source;
	advisory->id = advisory->document = advisory->title = advisory->remedy = (char *)"";
	advisory->vendor = advisory->product = (char *)"";
}

void
advisory_build_fini(struct advisory_build *build)
{
	free(build->advisory.ranges);
	arena_fini(&build->arena);
}

char *
build_text(struct advisory_build *build, const char *text, size_t most)
{
	size_t len = text != NULL ? strlen(text) : 0, n = 0;
	bool is_gap = false;
	char *copy;

	if (len == 0)
		return (char *)"";
	copy = arena_alloc(&build->arena, (len < most ? len : most) + 1);
	if (copy == NULL) {
		build->error = ERR_NOMEM;
		return (char *)"";
	}
	for (size_t i = 0, step; i < len; i += step) {
		unsigned char c = (unsigned char)text[i];

		step = utf8_sequence(text + i, len - i);
		if (step == 0 || c <= ' ' || c == 0x7f) {
			step = 1;
			is_gap = true;
			continue;
		}
		if (n + (is_gap && n > 0) + step > most)
			break;
		if (is_gap && n > 0)
			copy[n++] = ' ';
		is_gap = false;
		memcpy(copy + n, text + i, step);
		n += step;
	}
	copy[n] = '\0';
	return copy;
}

struct advisory_range *
build_range(struct advisory_build *build)
{
	char *none = (char *)"";
	const struct advisory_range empty = {
		.vendor = none,
		.product = none,
		.hardware = none,
		.exact = none,
		.from = none,
		.until = none,
	};
	struct advisory *advisory = &build->advisory;

	if (advisory->range_count >= ADVISORY_RANGES_MAX)
		build->error = ERR_TOOBIG;
	else if (mem_grow(&advisory->ranges, &build->range_cap, advisory->range_count + 1,
			  sizeof(*advisory->ranges)) != 0)
		build->error = ERR_NOMEM;
	else
		advisory->range_count++;
	if (advisory->range_count == 0) {
		/* Out of memory at the first: a place that dies with the build. */
		struct advisory_range *spare = arena_alloc(&build->arena, sizeof(*spare));

		if (spare != NULL)
			*spare = empty;
		return spare;
	}
	advisory->ranges[advisory->range_count - 1] = empty;
	return &advisory->ranges[advisory->range_count - 1];
}

void
build_copy_range(struct advisory_build *build, const struct advisory_range *range)
{
	struct advisory_range copy = *range, *to = build_range(build);

	if (to != NULL)
		*to = copy;
}

int64_t
build_time(const char *text)
{
	char whole[40];
	size_t len = text != NULL ? strlen(text) : 0;
	const char *clock = len > 0 ? strchr(text, 'T') : NULL;
	int64_t ms = 0;
	int rc;

	if (len < 10 || len > sizeof(whole) - 14)
		return 0;
	if (clock == NULL)
		snprintf(whole, sizeof(whole), "%.10sT00:00:00Z", text);
	else
		snprintf(whole, sizeof(whole), "%s%s", text,
			 strpbrk(clock, "Z+-z") == NULL ? "Z" : "");
	rc = clock_parse_time(whole, &ms);
	return rc == 0 ? ms : 0;
}

const char *
json_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* One component up to ':' with its escapes undone. A literal * or ? is no wildcard: it is left out.
 */
static const char *
cpe_part(const char *p, char *out, size_t size)
{
	size_t n = 0;

	for (; *p != '\0' && *p != ':'; p++) {
		bool is_quoted = *p == '\\' && p[1] != '\0';

		p += is_quoted;
		if (is_quoted && (*p == '*' || *p == '?'))
			continue;
		if (n + 1 >= size)
			return NULL;
		out[n++] = *p;
	}
	out[n] = '\0';
	return *p == ':' ? p + 1 : p;
}

bool
cpe_read(const char *text, struct cpe *out)
{
	char part[8];

	if (strncmp(text, "cpe:2.3:", 8) != 0)
		return false;
	text = cpe_part(text + 8, part, sizeof(part));
	if (text != NULL)
		text = cpe_part(text, out->vendor, sizeof(out->vendor));
	if (text != NULL)
		text = cpe_part(text, out->product, sizeof(out->product));
	if (text != NULL)
		text = cpe_part(text, out->version, sizeof(out->version));
	if (text != NULL)
		text = cpe_part(text, out->update, sizeof(out->update));
	out->part = part[0];
	return text != NULL && part[0] != '\0' && out->vendor[0] != '\0' && out->product[0] != '\0';
}

int
advisory_deliver(struct advisory_reader *reader, struct advisory_build *build, const char *place)
{
	char words[ADVISORY_WORDS_SIZE];
	int rc;

	if (build->error == ERR_NOMEM)
		return ERR_NOMEM;
	if (build->why == NULL && build->error == ERR_TOOBIG)
		build->why = "it has more ranges of versions than keepwatch takes";
	if (build->why == NULL && build->advisory.id[0] == '\0')
		build->why = "it has no id";
	if (build->why == NULL) {
		rc = reader->sink->take(reader->sink->arg, &build->advisory);
		reader->result->taken += rc == 0;
		return rc;
	}
	reader->result->refused++;
	if (reader->sink->refuse != NULL) {
		snprintf(words, sizeof(words), "%s%s%.60s: %s", place,
			 build->advisory.id[0] != '\0' ? ", " : "", build->advisory.id, build->why);
		reader->sink->refuse(reader->sink->arg, words);
	}
	return 0;
}

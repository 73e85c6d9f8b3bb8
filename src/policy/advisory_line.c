/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An advisory as a line of JSON, and back. Members without a value are left out; their order is
 * that of the alphabet, so that equal advisories are equal lines.
 */
#include "advisory_impl.h"

#include "keepwatch/err.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RANGES_MAX = 100000 };

static void
put_name(struct buf *out, const char *name, bool *is_first)
{
	buf_puts(out, *is_first ? "" : ",");
	*is_first = false;
	buf_put_json_string(out, name, strlen(name));
	buf_puts(out, ":");
}

static void
put_text(struct buf *out, const char *name, const char *text, bool *is_first)
{
	if (text == NULL || text[0] == '\0')
		return;
	put_name(out, name, is_first);
	buf_put_json_string(out, text, strlen(text));
}

static void
put_flag(struct buf *out, const char *name, bool flag, bool *is_first)
{
	if (!flag)
		return;
	put_name(out, name, is_first);
	buf_puts(out, "true");
}

static void
put_time(struct buf *out, const char *name, int64_t ms, bool *is_first)
{
	if (ms == 0)
		return;
	put_name(out, name, is_first);
	buf_printf(out, "%lld", (long long)ms);
}

static void
put_range(struct buf *out, const struct advisory_range *range)
{
	bool is_first = true;

	buf_puts(out, "{");
	put_flag(out, "all", range->is_all, &is_first);
	put_text(out, "exact", range->exact, &is_first);
	put_text(out, "from", range->from, &is_first);
	put_flag(out, "from_excluded", range->is_from_excluded, &is_first);
	put_text(out, "hardware", range->hardware, &is_first);
	put_text(out, "product", range->product, &is_first);
	put_text(out, "until", range->until, &is_first);
	put_flag(out, "until_excluded", range->is_until_excluded, &is_first);
	put_text(out, "vendor", range->vendor, &is_first);
	buf_puts(out, "}");
}

int
advisory_format(const struct advisory *advisory, struct buf *out)
{
	bool is_first = true;

	buf_puts(out, "{");
	if (advisory->cvss > 0) {
		put_name(out, "cvss", &is_first);
		buf_printf(out, "%.1f", (double)advisory->cvss);
	}
	put_text(out, "document", advisory->document, &is_first);
	put_time(out, "due_ms", advisory->due_ms, &is_first);
	put_flag(out, "exploited", advisory->is_exploited, &is_first);
	put_text(out, "id", advisory->id, &is_first);
	put_time(out, "modified_ms", advisory->modified_ms, &is_first);
	put_text(out, "product", advisory->product, &is_first);
	put_time(out, "published_ms", advisory->published_ms, &is_first);
	if (advisory->range_count > 0) {
		put_name(out, "ranges", &is_first);
		for (size_t i = 0; i < advisory->range_count; i++) {
			buf_puts(out, i == 0 ? "[" : ",");
			put_range(out, &advisory->ranges[i]);
		}
		buf_puts(out, "]");
	}
	put_text(out, "remedy", advisory->remedy, &is_first);
	put_text(out, "source", advisory_source_name(advisory->source), &is_first);
	put_text(out, "title", advisory->title, &is_first);
	put_text(out, "vendor", advisory->vendor, &is_first);
	buf_puts(out, "}");
	return out->error;
}

/* ---- back */

static int
get_text(const json_t *object, const char *name, char **out)
{
	const json_t *value = json_object_get(object, name);

	if (value != NULL && !json_is_string(value))
		return ERR_SYNTAX;
	*out = strdup(value != NULL ? json_string_value(value) : "");
	return *out != NULL ? 0 : ERR_NOMEM;
}

static int64_t
get_time(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_integer(value) ? json_integer_value(value) : 0;
}

static bool
get_flag(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

static int
get_range(const json_t *object, struct advisory_range *range)
{
	struct {
		const char *name;
		char **text;
	} const texts[] = {
		{"vendor", &range->vendor},	{"product", &range->product},
		{"hardware", &range->hardware}, {"exact", &range->exact},
		{"from", &range->from},		{"until", &range->until},
	};
	int rc = json_is_object(object) ? 0 : ERR_SYNTAX;

	for (size_t i = 0; i < MEM_COUNT(texts) && rc == 0; i++)
		rc = get_text(object, texts[i].name, texts[i].text);
	range->is_from_excluded = get_flag(object, "from_excluded");
	range->is_until_excluded = get_flag(object, "until_excluded");
	range->is_all = get_flag(object, "all");
	return rc;
}

static int
get_ranges(const json_t *object, struct advisory *out)
{
	const json_t *ranges = json_object_get(object, "ranges");
	size_t count = json_array_size(ranges);
	int rc = 0;

	if (ranges == NULL)
		return 0;
	if (!json_is_array(ranges) || count > RANGES_MAX)
		return ERR_SYNTAX;
	out->ranges = calloc(count + 1, sizeof(*out->ranges));
	if (out->ranges == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count && rc == 0; i++) {
		out->range_count++;
		rc = get_range(json_array_get(ranges, i), &out->ranges[i]);
	}
	return rc;
}

static int
get_advisory(const json_t *object, struct advisory *out)
{
	struct {
		const char *name;
		char **text;
	} const texts[] = {
		{"id", &out->id},	  {"document", &out->document}, {"title", &out->title},
		{"remedy", &out->remedy}, {"vendor", &out->vendor},	{"product", &out->product},
	};
	const json_t *cvss = json_object_get(object, "cvss");
	int rc = json_is_object(object) ? 0 : ERR_SYNTAX;

	if (rc == 0 && advisory_source_parse(json_string_value(json_object_get(object, "source")),
					     &out->source) != 0)
		rc = ERR_SYNTAX;
	for (size_t i = 0; i < MEM_COUNT(texts) && rc == 0; i++)
		rc = get_text(object, texts[i].name, texts[i].text);
	if (rc == 0 && out->id[0] == '\0')
		rc = ERR_SYNTAX;
	if (rc == 0)
		rc = get_ranges(object, out);
	out->cvss = json_is_number(cvss) ? (float)json_number_value(cvss) : 0;
	if (!isfinite(out->cvss) || out->cvss < 0 || out->cvss > 10)
		out->cvss = 0;
	out->is_exploited = get_flag(object, "exploited");
	out->published_ms = get_time(object, "published_ms");
	out->modified_ms = get_time(object, "modified_ms");
	out->due_ms = get_time(object, "due_ms");
	return rc;
}

int
advisory_parse(const char *line, size_t len, struct advisory *out)
{
	struct advisory advisory = {0};
	json_error_t error;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	int rc;

	if (object == NULL)
		return json_error_code(&error) == json_error_out_of_memory ? ERR_NOMEM : ERR_SYNTAX;
	rc = get_advisory(object, &advisory);
	json_decref(object);
	if (rc == 0)
		*out = advisory;
	else
		advisory_fini(&advisory);
	return rc;
}

void
advisory_fini(struct advisory *advisory)
{
	for (size_t i = 0; i < advisory->range_count; i++) {
		struct advisory_range *range = &advisory->ranges[i];

		free(range->vendor);
		free(range->product);
		free(range->hardware);
		free(range->exact);
		free(range->from);
		free(range->until);
	}
	free(advisory->ranges);
	free(advisory->id);
	free(advisory->document);
	free(advisory->title);
	free(advisory->remedy);
	free(advisory->vendor);
	free(advisory->product);
	memset(advisory, 0, sizeof(*advisory));
}

int
advisory_take_line(void *arg, const char *line, size_t len)
{
	struct advisory_loading *loading = arg;
	struct advisory advisory;
	int rc = advisory_parse(line, len, &advisory);

	if (rc == ERR_SYNTAX) {
		loading->bad++;
		return 0;
	}
	if (rc == 0) {
		rc = advisory_set_add(loading->set, &advisory);
		advisory_fini(&advisory);
	}
	return rc;
}

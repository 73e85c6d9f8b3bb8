/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML through libyaml. A first pass over the events holds the document to its bounds, before the
 * document API, whose search for anchors is quadratic, builds nodes of it.
 */
#include "tree.h"

#include "strmap.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/secret.h"

#include <string.h>
#include <strings.h>

static struct mark
mark_of(yaml_mark_t mark)
{
	return (struct mark){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

struct mark
node_mark(const yaml_node_t *node)
{
	return mark_of(node->start_mark);
}

/* The byte at a position of the text; NUL behind its end. Marks count characters. */
static char
byte_at(const char *data, size_t len, yaml_mark_t mark)
{
	const char *end = data + len;

	for (size_t line = 0; line < mark.line && data != NULL; line++) {
		data = memchr(data, '\n', (size_t)(end - data));
		if (data != NULL)
			data++;
	}
	for (size_t column = 0; data != NULL && column < mark.column && data < end; column++) {
		size_t n = utf8_sequence(data, (size_t)(end - data));
		data += n == 0 ? 1 : n;
	}
	return data == NULL || data >= end ? '\0' : *data;
}

static int
complain_of_parser(struct reader *reader, const yaml_parser_t *parser, const char *data, size_t len)
{
	yaml_mark_t at = parser->problem_mark;
	const char *problem = parser->problem;

	/* Of some failed allocations libyaml 0.2.5 says nothing at all. */
	if (parser->error == YAML_MEMORY_ERROR || problem == NULL)
		return ERR_NOMEM;
	if (parser->error == YAML_READER_ERROR) {
		/* The reader knows the byte only: find its line. */
		struct mark mark = {1, 1};
		for (size_t i = 0; i < parser->problem_offset && i < len; i++) {
			if (data[i] == '\n') {
				mark.line++;
				mark.column = 1;
			} else if (((unsigned char)data[i] & 0xc0) != 0x80) {
				mark.column++;
			}
		}
		complain_yaml(reader, mark, "not UTF-8 text: %s", problem);
	} else if (byte_at(data, len, at) == '\t' && strstr(problem, "cannot start") != NULL) {
		complain_yaml(reader, mark_of(at), "a tab cannot indent in YAML; use blanks");
	} else if (parser->context != NULL) {
		complain_yaml(reader, mark_of(at), "malformed YAML: %s %s (from line %u)", problem,
			      parser->context, mark_of(parser->context_mark).line);
	} else {
		complain_yaml(reader, mark_of(at), "malformed YAML: %s", problem);
	}
	return ERR_SYNTAX;
}

/* Overwrites what libyaml holds of the text, which may have communities in it. */
static void
wipe_parser(yaml_parser_t *parser)
{
	if (parser->raw_buffer.start != NULL)
		secret_wipe(parser->raw_buffer.start,
			    (size_t)(parser->raw_buffer.end - parser->raw_buffer.start));
	if (parser->buffer.start != NULL)
		secret_wipe(parser->buffer.start,
			    (size_t)(parser->buffer.end - parser->buffer.start));
	yaml_parser_delete(parser);
}

static void
wipe_event(yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT)
		secret_wipe(event->data.scalar.value, event->data.scalar.length);
	yaml_event_delete(event);
}

static void
wipe_document(yaml_document_t *document)
{
	for (yaml_node_t *node = document->nodes.start; node < document->nodes.top; node++) {
		if (node->type == YAML_SCALAR_NODE)
			secret_wipe(node->data.scalar.value, node->data.scalar.length);
	}
	yaml_document_delete(document);
}

/* Counts of the first pass. */
struct bounds {
	size_t nodes, anchors, aliases;
	int depth, documents;
};

/* Takes one event into account; false, after a complaint, if a bound is passed. */
static bool
is_within(struct reader *reader, struct bounds *bounds, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL;
	struct mark at = mark_of(event->start_mark);

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++bounds->documents > 1) {
			complain_yaml(reader, at, "a second document; expected one per file");
			return false;
		}
		return true;
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		bounds->depth++;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		bounds->depth++;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		bounds->depth--;
		return true;
	case YAML_ALIAS_EVENT:
		bounds->aliases++;
		break;
	default:
		return true;
	}
	bounds->nodes++;
	bounds->anchors += anchor != NULL;
	if (bounds->depth > TREE_DEPTH_MAX)
		complain_yaml(reader, at, "nested deeper than %d levels", TREE_DEPTH_MAX);
	else if (bounds->nodes > TREE_NODES_MAX)
		complain_yaml(reader, at, "more than %d values in one file", TREE_NODES_MAX);
	else if (bounds->anchors > TREE_ANCHORS_MAX)
		complain_yaml(reader, at, "more than %d anchors in one file", TREE_ANCHORS_MAX);
	else if (bounds->aliases > TREE_ALIASES_MAX)
		complain_yaml(reader, at, "more than %d aliases in one file", TREE_ALIASES_MAX);
	else
		return true;
	return false;
}

static int
check_bounds(struct reader *reader, const void *data, size_t len)
{
	yaml_parser_t parser;
	struct bounds bounds = {0};
	yaml_event_t event;
	bool done = false;
	int rc = 0;

	if (!yaml_parser_initialize(&parser))
		return ERR_NOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, data, len);
	while (rc == 0 && !done) {
		if (!yaml_parser_parse(&parser, &event)) {
			rc = complain_of_parser(reader, &parser, data, len);
			break;
		}
		done = event.type == YAML_STREAM_END_EVENT;
		if (!is_within(reader, &bounds, &event))
			rc = ERR_SYNTAX;
		wipe_event(&event);
	}
	wipe_parser(&parser);
	return rc;
}

int
tree_load(struct reader *reader, const void *data, size_t len)
{
	yaml_parser_t parser;
	const char *text = data;
	int rc;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	rc = check_bounds(reader, text, len);
	if (rc != 0)
		return rc;
	if (!yaml_parser_initialize(&parser))
		return ERR_NOMEM;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &reader->document))
		reader->has_document = true;
	else
		rc = complain_of_parser(reader, &parser, text, len);
	wipe_parser(&parser);
	return rc;
}

void
tree_fini(struct reader *reader)
{
	if (reader->has_document)
		wipe_document(&reader->document);
	reader->has_document = false;
}

const yaml_node_t *
tree_root(struct reader *reader)
{
	return reader->has_document ? yaml_document_get_root_node(&reader->document) : NULL;
}

bool
node_is_null(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;

	if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	return *text == '\0' || strcmp(text, "~") == 0 || strcasecmp(text, "null") == 0;
}

/* Explicit tags other than YAML's own (!!str, !!int) mean something to somebody else. */
static void
check_tag(struct reader *reader, const yaml_node_t *node)
{
	const char *tag = (const char *)node->tag;

	if (tag != NULL && strncmp(tag, "tag:yaml.org,2002:", 18) != 0)
		complain_yaml(reader, node_mark(node), "the tag %s is not understood; remove it",
			      quoted(reader->complaints, tag, strlen(tag)));
}

const char *
node_text(struct reader *reader, const yaml_node_t *node, const char *what)
{
	struct mark at = node_mark(node);
	const char *text;
	size_t len;

	if (node->type != YAML_SCALAR_NODE) {
		complain_yaml(reader, at, "%s: expected a single value, not a %s", what,
			      node->type == YAML_SEQUENCE_NODE ? "list" : "mapping");
		return NULL;
	}
	check_tag(reader, node);
	text = (const char *)node->data.scalar.value;
	len = node->data.scalar.length;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			complain_yaml(reader, at,
				      "%s: control character \\x%02x in the value; expected one "
				      "line of text",
				      what, (unsigned char)text[i]);
			return NULL;
		}
	}
	return text;
}

/* Whether the document may still be walked: aliases make little text into much work. */
static bool
may_visit(struct reader *reader, const yaml_node_t *node)
{
	if (complaints_are_full(reader->complaints))
		return false; /* enough is known to refuse it */
	if (reader->visits == TREE_VISITS_MAX)
		complain_yaml(reader, node_mark(node), "aliases make this file too large");
	return reader->visits < TREE_VISITS_MAX && ++reader->visits > 0;
}

bool
map_each(struct reader *reader, const yaml_node_t *node, const char *what, map_fn *fn, void *arg)
{
	struct strmap seen = {0};

	if (node_is_null(node))
		return true;
	if (node->type != YAML_MAPPING_NODE) {
		complain_yaml(reader, node_mark(node),
			      "%s: expected a mapping (key: value), not a %s", what,
			      node->type == YAML_SEQUENCE_NODE ? "list" : "single value");
		return false;
	}
	check_tag(reader, node);
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
		const yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);
		const struct strmap_entry *first;
		const char *text;

		if (!may_visit(reader, key))
			break;
		text = node_text(reader, key, "key");
		if (text == NULL)
			continue;
		first = strmap_get(&seen, text);
		if (first != NULL) {
			complain_yaml(reader, node_mark(key),
				      "duplicate key %s in %s; first given in line %u",
				      quoted(reader->complaints, text, strlen(text)), what,
				      first->value);
			continue;
		}
		if (strmap_put(&seen, text, node_mark(key).line) != 0)
			reader->complaints->out_of_memory = true;
		if (strcmp(text, "<<") == 0) {
			complain_yaml(reader, node_mark(key),
				      "merge keys (<<) are not understood; write the keys out, or "
				      "alias the whole value");
			continue;
		}
		fn(reader, text, node_mark(key), value, arg);
	}
	strmap_fini(&seen);
	return true;
}

bool
list_each(struct reader *reader, const yaml_node_t *node, const char *what, list_fn *fn, void *arg)
{
	if (node_is_null(node))
		return true;
	if (node->type != YAML_SEQUENCE_NODE) {
		complain_yaml(reader, node_mark(node), "%s: expected a list (- item), not a %s",
			      what, node->type == YAML_MAPPING_NODE ? "mapping" : "single value");
		return false;
	}
	check_tag(reader, node);
	for (const yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		const yaml_node_t *value = yaml_document_get_node(&reader->document, *item);

		if (!may_visit(reader, value))
			break;
		fn(reader, value, arg);
	}
	return true;
}

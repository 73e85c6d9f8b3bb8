/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of firmware rules: parsing, with line and column of a mistake. The format is described
 * at the top of schemas/firmware-rules.tsv.
 */
#include "firmware_impl.h"

#include "keepwatch/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char builtin[] = {
#include "firmware-rules.inc"
};

enum { COLUMN_COUNT = 7, PREFIXES_MAX = 64 };

static const char *const column_names[COLUMN_COUNT] = {
	"vendor", "sysobjectid", "when", "item", "object", "oid", "pattern",
};

struct parser {
	struct firmware_rules *rules;
	struct firmware_complaint *complaint; /* may be NULL */
	const char *line;		      /* its text, NUL-terminated, cut up */
	unsigned number;
	bool has_header;
};

static int __attribute__((format(printf, 3, 4)))
complain(struct parser *parser, const char *at, const char *fmt, ...)
{
	va_list ap;

	if (parser->complaint == NULL)
		return ERR_SYNTAX;
	parser->complaint->line = parser->number;
	parser->complaint->column = (unsigned)(at - parser->line) + 1;
	va_start(ap, fmt);
	vsnprintf(parser->complaint->message, sizeof(parser->complaint->message), fmt, ap);
	va_end(ap);
	return ERR_SYNTAX;
}

static bool
is_none(const char *text)
{
	return strcmp(text, "-") == 0;
}

static int
parse_regex(struct parser *parser, const char *source, const regex_t **out)
{
	struct firmware_rules *rules = parser->rules;
	struct firmware_regex *regex = rules->regexes;
	char words[FIRMWARE_MESSAGE_SIZE];
	int rc;

	while (regex != NULL && strcmp(regex->source, source) != 0)
		regex = regex->next;
	if (regex == NULL) {
		regex = arena_alloc(&rules->arena, sizeof(*regex));
		if (regex == NULL)
			return ERR_NOMEM;
		regex->source = arena_strdup(&rules->arena, source);
		if (regex->source == NULL)
			return ERR_NOMEM;
		rc = regcomp(&regex->regex, source, REG_EXTENDED);
		if (rc == REG_ESPACE)
			return ERR_NOMEM;
		if (rc != 0) {
			regerror(rc, &regex->regex, words, sizeof(words));
			return complain(parser, source, "%s", words);
		}
		regex->next = rules->regexes;
		rules->regexes = regex;
	}
	*out = &regex->regex;
	return 0;
}

/* Of at least min identifiers. */
static int
parse_ids(struct parser *parser, const char *text, size_t min, struct oid_ref *out)
{
	uint32_t ids[FIRMWARE_OID_MAX], *copy;
	size_t len;

	if (text[0] < '0' || text[0] > '9' || oid_parse(text, ids, FIRMWARE_OID_MAX, &len) != 0 ||
	    len < min)
		return complain(parser, text, "\"%.60s\" is not a dotted object identifier", text);
	copy = arena_alloc(&parser->rules->arena, len * sizeof(*copy));
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, ids, len * sizeof(*copy));
	*out = (struct oid_ref){copy, len};
	return 0;
}

static int
parse_oid(struct parser *parser, const char *text, struct oid_ref *out)
{
	return parse_ids(parser, text, 3, out);
}

/* Cuts text at the separator; NULL if it is the last. */
static char *
cut(char *text, const char *separator)
{
	char *at = strstr(text, separator);

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + strlen(separator);
}

static int
parse_prefixes(struct parser *parser, struct firmware_rule *rule, char *text)
{
	struct oid_ref prefixes[PREFIXES_MAX], *copy;
	size_t count = 0;
	int rc;

	if (is_none(text)) {
		prefixes[count++] = (struct oid_ref){NULL, 0};
	} else {
		for (char *next; text != NULL; text = next) {
			next = cut(text, ",");
			if (count == PREFIXES_MAX)
				return complain(parser, text, "more than %d prefixes",
						PREFIXES_MAX);
			rc = parse_oid(parser, text, &prefixes[count++]);
			if (rc != 0)
				return rc;
		}
	}
	copy = arena_alloc(&parser->rules->arena, count * sizeof(*copy));
	if (copy == NULL)
		return ERR_NOMEM;
	memcpy(copy, prefixes, count * sizeof(*copy));
	rule->prefixes = copy;
	rule->prefix_count = (uint8_t)count;
	return 0;
}

static int
parse_condition(struct parser *parser, char *text, struct firmware_condition *out)
{
	char *value;
	int rc;

	if (strncmp(text, "has:", 4) != 0) {
		bool is_not = text[0] == '!';

		out->kind = is_not ? FIRMWARE_DESCR_IS_NOT : FIRMWARE_DESCR_IS;
		return parse_regex(parser, text + is_not, &out->pattern);
	}
	out->kind = FIRMWARE_HAS;
	value = cut(text, "=");
	rc = parse_oid(parser, text + 4, &out->oid);
	return rc == 0 && value != NULL ? parse_regex(parser, value, &out->pattern) : rc;
}

static int
parse_conditions(struct parser *parser, struct firmware_rule *rule, char *text)
{
	int rc = 0;

	if (is_none(text))
		return 0;
	for (char *next; rc == 0 && text != NULL; text = next) {
		next = cut(text, " && ");
		if (rule->condition_count == FIRMWARE_CONDITIONS_MAX)
			return complain(parser, text, "more than %d conditions",
					FIRMWARE_CONDITIONS_MAX);
		rc = parse_condition(parser, text, &rule->conditions[rule->condition_count++]);
	}
	return rc;
}

/* "[COLUMN=ERE]" or "[chassis]", behind ".*". */
static int
parse_select(struct parser *parser, char *text, struct firmware_part *part)
{
	/* entPhysicalClass, RFC 6933 */
	static const struct {
		const char *name, *pattern;
	} classes[] = {{"chassis", "^3$"}, {"module", "^9$"}, {"stack", "^11$"}};
	size_t len = strlen(text);
	char *value;
	int rc;

	if (text[0] != '[' || text[len - 1] != ']')
		return complain(parser, text, "\"%.60s\" is not [COLUMN=PATTERN]", text);
	text[len - 1] = '\0';
	text++;
	for (size_t i = 0; i < MEM_COUNT(classes); i++) {
		char oid[] = "1.3.6.1.2.1.47.1.1.1.1.5";

		if (strcmp(text, classes[i].name) != 0)
			continue;
		rc = parse_oid(parser, oid, &part->select);
		return rc == 0 ? parse_regex(parser, classes[i].pattern, &part->select_pattern)
			       : rc;
	}
	value = cut(text, "=");
	if (value == NULL)
		return complain(parser, text, "\"%.60s\" is not COLUMN=PATTERN", text);
	rc = parse_oid(parser, text, &part->select);
	return rc == 0 ? parse_regex(parser, value, &part->select_pattern) : rc;
}

/* What is at hand without asking. */
static bool
find_at_hand(const char *text, enum firmware_source *out)
{
	static const char *const names[] = {"sysDescr", "sysObjectID", "sysName"};

	for (size_t i = 0; i < MEM_COUNT(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			*out = (enum firmware_source)(FIRMWARE_SYS_DESCR + i);
			return true;
		}
	}
	return false;
}

static int
parse_part(struct parser *parser, char *text, struct firmware_part *part)
{
	size_t len = strlen(text);
	char *select;
	int rc;

	if (len > 1 && text[len - 1] == '?') {
		part->is_optional = true;
		text[len - 1] = '\0';
	}
	if (find_at_hand(text, &part->source))
		return 0;
	part->source = FIRMWARE_SCALAR;
	select = cut(text, ".*");
	while (text[part->relative] == '@')
		part->relative++;
	if (part->relative > 0 && text[part->relative] == '.')
		rc = parse_ids(parser, text + part->relative + 1, 1, &part->oid);
	else
		rc = parse_oid(parser, text, &part->oid);
	if (rc != 0 || select == NULL)
		return rc;
	part->source = FIRMWARE_COLUMN;
	return select[0] == '\0' ? 0 : parse_select(parser, select, part);
}

static int
parse_parts(struct parser *parser, struct firmware_rule *rule, char *oid)
{
	char *text = oid, *next;
	int rc = 0;

	for (; rc == 0 && text != NULL; text = next) {
		next = cut(text, " + ");
		if (rule->part_count == FIRMWARE_PARTS_MAX)
			return complain(parser, text, "more than %d values", FIRMWARE_PARTS_MAX);
		rc = parse_part(parser, text, &rule->parts[rule->part_count++]);
	}
	if (rc == 0 && rule->parts[0].is_optional)
		return complain(parser, oid, "the first value cannot be optional");
	return rc;
}

static int
parse_pattern(struct parser *parser, struct firmware_rule *rule, char *text)
{
	static const struct {
		const char *name;
		enum firmware_form form;
	} forms[] = {{"hex:", FIRMWARE_HEX}, {"bytes:", FIRMWARE_BYTES}, {"mac:", FIRMWARE_MAC}};
	char *with;
	int rc;

	for (size_t i = 0; i < MEM_COUNT(forms); i++) {
		if (strncmp(text, forms[i].name, strlen(forms[i].name)) == 0) {
			rule->form = forms[i].form;
			text += strlen(forms[i].name);
			break;
		}
	}
	if (is_none(text))
		return 0;
	with = cut(text, " => ");
	rc = parse_regex(parser, text, &rule->pattern);
	if (rc != 0 || with == NULL)
		return rc;
	for (const char *at = with; (at = strchr(at, '\\')) != NULL; at += 2) {
		if (at[1] == '\0')
			return complain(parser, at, "\\ at the end");
		if (at[1] >= '0' && at[1] <= '9' && (size_t)(at[1] - '0') > rule->pattern->re_nsub)
			return complain(parser, at, "the pattern has no group %c", at[1]);
	}
	rule->text = arena_strdup(&parser->rules->arena, with);
	return rule->text != NULL ? 0 : ERR_NOMEM;
}

static int
parse_item(struct parser *parser, struct firmware_rule *rule, const char *text)
{
	for (int i = 0; i < FIRMWARE_ITEM_COUNT; i++) {
		if (strcmp(text, firmware_item_name((enum firmware_item)i)) == 0) {
			rule->item = (enum firmware_item)i;
			return 0;
		}
	}
	return complain(parser, text, "\"%.40s\" is no item", text);
}

/* Where the value comes from: object, oid and pattern. */
static int
parse_value(struct parser *parser, struct firmware_rule *rule, char **columns)
{
	char *object = columns[4], *oid = columns[5];
	int rc;

	if (rule->item == FIRMWARE_VENDOR) {
		if (rule->vendor == NULL || !is_none(object) || !is_none(oid) ||
		    !is_none(columns[6]))
			return complain(parser, object,
					"a row for the vendor has its name and no "
					"object");
		return 0;
	}
	if (is_none(object))
		return complain(parser, object, "no object");
	rule->object = arena_strdup(&parser->rules->arena, object);
	if (rule->object == NULL)
		return ERR_NOMEM;
	if (is_none(oid)) {
		if (!find_at_hand(object, &rule->parts[0].source))
			return complain(parser, oid, "no object identifier");
		rule->part_count = 1;
	} else {
		rc = parse_parts(parser, rule, oid);
		if (rc != 0)
			return rc;
	}
	return parse_pattern(parser, rule, columns[6]);
}

static int
parse_row(struct parser *parser, char **columns)
{
	struct firmware_rules *rules = parser->rules;
	struct firmware_rule rule = {.line = parser->number};
	int rc = mem_grow(&rules->items, &rules->cap, rules->count + 1, sizeof(rule));

	if (rc != 0)
		return rc;
	if (!is_none(columns[0])) {
		rule.vendor = arena_strdup(&rules->arena, columns[0]);
		if (rule.vendor == NULL)
			return ERR_NOMEM;
	}
	rc = parse_prefixes(parser, &rule, columns[1]);
	if (rc == 0)
		rc = parse_conditions(parser, &rule, columns[2]);
	if (rc == 0)
		rc = parse_item(parser, &rule, columns[3]);
	if (rc == 0)
		rc = parse_value(parser, &rule, columns);
	if (rc == 0)
		rules->items[rules->count++] = rule;
	return rc;
}

/* line is cut up. */
static int
parse_line(struct parser *parser, char *line)
{
	char *columns[COLUMN_COUNT], *at = line;
	size_t count = 0;

	parser->line = line;
	if (line[0] == '#' || line[0] == '\0')
		return 0;
	while (*at != '\0' && count < COLUMN_COUNT) {
		columns[count++] = at;
		at += strcspn(at, "\t");
		while (*at == '\t')
			*at++ = '\0';
	}
	if (count < COLUMN_COUNT || *at != '\0')
		return complain(parser, at, "a row has %d columns", COLUMN_COUNT);
	for (size_t i = 0; i < COLUMN_COUNT; i++) {
		size_t len = strlen(columns[i]);

		if (len == 0)
			return complain(parser, columns[i], "a tab at the beginning");
		if (columns[i][0] == ' ' || columns[i][len - 1] == ' ')
			return complain(parser, columns[i], "blanks around \"%.60s\"", columns[i]);
		if (!parser->has_header && strcmp(columns[i], column_names[i]) != 0)
			return complain(parser, columns[i], "the column here is \"%s\"",
					column_names[i]);
	}
	if (!parser->has_header) {
		parser->has_header = true;
		return 0;
	}
	return parse_row(parser, columns);
}

int
firmware_rules_parse(struct firmware_rules **out, const char *text, size_t len,
		     struct firmware_complaint *complaint)
{
	struct parser parser = {.complaint = complaint};
	const char *at = text, *end = text + len;
	struct firmware_rules *rules = calloc(1, sizeof(*rules));
	int rc = 0;

	if (rules == NULL)
		return ERR_NOMEM;
	arena_init(&rules->arena);
	parser.rules = rules;
	while (rc == 0 && at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((eol != NULL ? eol : end) - at);
		char *line = strndup(at, n);

		parser.number++;
		rc = line != NULL ? parse_line(&parser, line) : ERR_NOMEM;
		free(line);
		at += n + (eol != NULL);
	}
	if (rc != 0) {
		firmware_rules_free(rules);
		return rc;
	}
	*out = rules;
	return 0;
}

int
firmware_rules_new(struct firmware_rules **out, struct firmware_complaint *complaint)
{
	return firmware_rules_parse(out, builtin, sizeof(builtin) - 1, complaint);
}

void
firmware_rules_free(struct firmware_rules *rules)
{
	if (rules == NULL)
		return;
	for (struct firmware_regex *regex = rules->regexes; regex != NULL; regex = regex->next)
		regfree(&regex->regex);
	free(rules->items);
	arena_fini(&rules->arena);
	free(rules);
}

size_t
firmware_rules_count(const struct firmware_rules *rules)
{
	return rules->count;
}

const char *
firmware_item_name(enum firmware_item item)
{
	static const char *const names[FIRMWARE_ITEM_COUNT] = {
#define X(name, text) [FIRMWARE_##name] = text,
		FIRMWARE_ITEMS(X)
#undef X
	};

	return (unsigned)item < FIRMWARE_ITEM_COUNT ? names[item] : "?";
}

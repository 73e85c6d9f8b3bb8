/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `policy: firmware:`: rules about the firmware of models. How versions are ordered is of no
 * concern here; only what can be no version at all is a mistake.
 */
#include "policy.h"
#include "words.h"

#include "keepwatch/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { RULES_MAX = 10000, VERSIONS_MAX = 1000, NAME_LENGTH = 127, VERSION_LENGTH = 63 };

struct firmware_settings {
	struct knob vendor, model, minimum, end_of_sale, end_of_support, note;
	struct text_list kinds, approved, forbidden;
};

static void
versions_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	text_list_read(reader, node, "versions", VERSION_LENGTH, target);
}

static void
kinds_list_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	text_list_read(reader, node, "kinds", NAME_LENGTH, target);
}

static const struct key firmware_keys[] = {
#define TEXT(member, max, help) \
	KEY(firmware_settings, member, #member, STRING, NULL, 1, max, NULL, help)
#define LIST(member, function, help)                                         \
	{                                                                    \
		{#member, OPTION_STRING, NULL, 0, 0, NULL, help},            \
			offsetof(struct firmware_settings, member), function \
	}
	TEXT(vendor, NAME_LENGTH, "a vendor, or a pattern of it"),
	TEXT(model, NAME_LENGTH, "a model, or a pattern of it"),
	LIST(kinds, kinds_list_read, "kinds of device"),
	TEXT(minimum, VERSION_LENGTH, "the oldest version allowed"),
	LIST(approved, versions_read, "the versions allowed"),
	LIST(forbidden, versions_read, "versions that are not allowed"),
	TEXT(end_of_sale, 32, "a date such as 2024-06-30"),
	TEXT(end_of_support, 32, "a date such as 2029-06-30"),
	TEXT(note, 255, "why, in words"),
#undef TEXT
#undef LIST
};

static bool
has_digit(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (isdigit((unsigned char)text[i]))
			return true;
	}
	return false;
}

/* A version, a glob, or a range: "<5.5.0", "<=5.5.0", "5.4.0..5.4.9". */
static bool
is_pattern(const char *text)
{
	const char *dots = strstr(text, "..");
	size_t len = strlen(text);

	if (*text == '<' || *text == '>')
		return strpbrk(text + 1, "<>*?") == NULL && dots == NULL && has_digit(text, len);
	if (strpbrk(text, "<>") != NULL)
		return false;
	if (dots != NULL)
		return strpbrk(text, "*?") == NULL && strstr(dots + 2, "..") == NULL &&
		       has_digit(text, (size_t)(dots - text)) && has_digit(dots, strlen(dots));
	return has_digit(text, len) || strpbrk(text, "*?") != NULL;
}

static const char **
build_patterns(struct reader *reader, struct policy_settings *settings,
	       const struct text_list *list, const char *name, size_t *count)
{
	const char **out = policy_alloc(reader, settings, (list->count + 1) * sizeof(*out));

	if (list->count > VERSIONS_MAX)
		complain_yaml(reader, list->at, "%s: more than %d versions", name, VERSIONS_MAX);
	if (list->at.line > 0 && list->count == 0 && !complaints_any(reader->complaints))
		complain_yaml(reader, list->at, "%s: no version is listed", name);
	for (const struct text_item *i = list->first; out != NULL && i != NULL; i = i->next) {
		if (!is_pattern(i->knob.text))
			complain_yaml(
				reader, i->knob.at,
				"%s: %s is not understood; expected a version, a pattern such "
				"as '5.4.*', or a range such as '<5.5.0' or '5.4.0..5.4.9'",
				name,
				quoted(reader->complaints, i->knob.text, strlen(i->knob.text)));
		out[(*count)++] = policy_strdup(reader, settings, i->knob.text);
	}
	return out;
}

/* The start of a day, UTC. */
static void
build_date(struct reader *reader, const struct knob *knob, const char *name, int64_t *out)
{
	char text[64];
	int end = 0;

	if (!knob->is_set)
		return;
	(void)sscanf(knob->text, "%*4[0-9]-%*2[0-9]-%*2[0-9]%n", &end);
	snprintf(text, sizeof(text), "%.32sT00:00:00Z", knob->text);
	if (end != 10 || knob->text[10] != '\0' || clock_parse_time(text, out) != 0)
		complain_yaml(reader, knob->at,
			      "%s: %s is no date; expected one such as 2029-06-30", name,
			      quoted(reader->complaints, knob->text, strlen(knob->text)));
}

static unsigned
build_kinds(struct reader *reader, const struct text_list *list)
{
	unsigned kinds = 0;

	for (const struct text_item *i = list->first; i != NULL; i = i->next) {
		const char *text = i->knob.text;
		char word[WORD_SIZE];

		while (words_next(&text, word)) {
			int kind = kind_read(reader, word, i->knob.at, "kinds", false);

			if (kind >= 0)
				kinds |= 1u << kind;
		}
	}
	return kinds;
}

/* The file as an auditor finds it: relative to the folder of the settings. */
static const char *
where(struct reader *reader, struct policy_settings *settings, struct mark at)
{
	const char *name = reader->complaints->names[reader->file];
	size_t dir = strlen(settings->dir);
	char text[512];

	if (dir > 0 && strncmp(name, settings->dir, dir) == 0 &&
	    (name[dir] == '/' || name[dir - 1] == '/')) {
		name += dir;
		name += strspn(name, "/");
	}
	snprintf(text, sizeof(text), "%.400s:%u", name, at.line);
	return policy_strdup(reader, settings, text);
}

static void
check_rule(struct reader *reader, struct mark at, const struct firmware_settings *from,
	   const struct audit_firmware_rule *rule)
{
	if (!knob_is_given(&from->vendor) && !knob_is_given(&from->model) &&
	    from->kinds.at.line == 0)
		complain_yaml(reader, at,
			      "a firmware rule about nothing; expected vendor, model or kinds");
	if (!knob_is_given(&from->minimum) && from->approved.at.line == 0 &&
	    from->forbidden.at.line == 0 && !knob_is_given(&from->end_of_sale) &&
	    !knob_is_given(&from->end_of_support))
		complain_yaml(reader, at,
			      "a firmware rule that asks for nothing; expected minimum, approved, "
			      "forbidden, end_of_sale or end_of_support");
	if (from->minimum.is_set && (strpbrk(from->minimum.text, "<>*?") != NULL ||
				     strstr(from->minimum.text, "..") != NULL ||
				     !has_digit(from->minimum.text, strlen(from->minimum.text))))
		complain_yaml(
			reader, from->minimum.at,
			"minimum: %s is not understood; expected a single version",
			quoted(reader->complaints, from->minimum.text, strlen(from->minimum.text)));
	if (rule->end_of_sale_ms != 0 && rule->end_of_support_ms != 0 &&
	    rule->end_of_support_ms < rule->end_of_sale_ms)
		complain_yaml(reader, from->end_of_support.at,
			      "end_of_support: before end_of_sale (line %u)",
			      from->end_of_sale.at.line);
}

static void
read_rule(struct reader *reader, const yaml_node_t *node, void *arg)
{
	struct policy_settings *settings = ((struct policy_reader *)arg)->settings;
	struct firmware_settings from = {0};
	struct policy_firmware *item;
	struct audit_firmware_rule *rule;

	if (!table_read(reader, node, "a firmware rule", firmware_keys, MEM_COUNT(firmware_keys),
			&from))
		return;
	item = policy_alloc(reader, settings, sizeof(*item));
	if (item == NULL)
		return;
	rule = &item->rule;
	rule->vendor =
		from.vendor.is_set ? policy_strdup(reader, settings, from.vendor.text) : NULL;
	rule->model = from.model.is_set ? policy_strdup(reader, settings, from.model.text) : NULL;
	rule->minimum =
		from.minimum.is_set ? policy_strdup(reader, settings, from.minimum.text) : NULL;
	rule->note = from.note.is_set ? policy_strdup(reader, settings, from.note.text) : NULL;
	rule->kinds = build_kinds(reader, &from.kinds);
	rule->approved =
		build_patterns(reader, settings, &from.approved, "approved", &rule->approved_count);
	rule->forbidden = build_patterns(reader, settings, &from.forbidden, "forbidden",
					 &rule->forbidden_count);
	build_date(reader, &from.end_of_sale, "end_of_sale", &rule->end_of_sale_ms);
	build_date(reader, &from.end_of_support, "end_of_support", &rule->end_of_support_ms);
	rule->where = where(reader, settings, node_mark(node));
	check_rule(reader, node_mark(node), &from, rule);
	if (settings->firmware_count == RULES_MAX)
		complain_yaml(reader, node_mark(node), "more than %d firmware rules", RULES_MAX);
	if (settings->firmware_end == NULL)
		settings->firmware_end = &settings->firmware;
	*settings->firmware_end = item;
	settings->firmware_end = &item->next;
	settings->firmware_count++;
}

void
policy_firmware_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	list_each(reader, node, "firmware", read_rule, target);
}

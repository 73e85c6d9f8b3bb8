/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words of lists, numbers and ranges, kinds.
 */
#include "words.h"

#include "suggest.h"

#include "keepwatch/kinds.h"

#include <stdlib.h>
#include <string.h>

bool
words_next(const char **list, char word[WORD_SIZE])
{
	const char *end;
	size_t len;

	if (*list == NULL)
		return false;
	*list += strspn(*list, " \t");
	end = strchr(*list, ',');
	len = end != NULL ? (size_t)(end - *list) : strlen(*list);
	while (len > 0 && strchr(" \t", (*list)[len - 1]) != NULL)
		len--;
	len = len < WORD_SIZE ? len : WORD_SIZE - 1; /* longer ones are wrong anyway */
	memcpy(word, *list, len);
	word[len] = '\0';
	*list = end != NULL ? end + 1 : NULL;
	return true;
}

int
kind_read(struct reader *reader, const char *word, struct mark at, const char *what,
	  bool may_be_default)
{
	struct suggest suggest;
	enum device_kind kind;

	if (kind_parse(word, &kind) == 0)
		return (int)kind;
	if (may_be_default && strcmp(word, "default") == 0)
		return KIND_COUNT;
	suggest_init(&suggest, word);
	for (int i = 0; i < KIND_COUNT; i++)
		suggest_offer(&suggest, kind_name((enum device_kind)i));
	if (may_be_default)
		suggest_offer(&suggest, "default");
	complain_yaml(reader, at, "%s: unknown kind %s%s", what,
		      quoted(reader->complaints, word, strlen(word)), suggest_text(&suggest));
	return -1;
}

static bool
parse_number(const char *text, char **end, unsigned max, unsigned *out)
{
	unsigned long n;

	if (*text < '0' || *text > '9')
		return false;
	n = strtoul(text, end, 10);
	*out = (unsigned)n;
	return n >= 1 && n <= max;
}

bool
range_read(const char *word, unsigned max, unsigned *first, unsigned *last)
{
	char *end;

	if (!parse_number(word, &end, max, first))
		return false;
	*last = *first;
	if (*end == '-' && !parse_number(end + 1, &end, max, last))
		return false;
	return *end == '\0' && *last >= *first;
}

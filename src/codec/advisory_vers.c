/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ranges of versions as CSAF documents write them: the VERS scheme (vers:TYPE/>=1|<2), and the
 * words that are older than it.
 */
#include "advisory_build.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TEXT_MAX = 300, PARTS_MAX = 40 };

enum op { OP_SAME, OP_BELOW, OP_AT_MOST, OP_ABOVE, OP_AT_LEAST };

struct part {
	enum op op;
	char *text;
};

/* "%20" of the VERS scheme, and ends without blanks. */
static char *
clean(char *text, bool is_vers)
{
	char *out = text, *end;

	while (*text == ' ')
		text++;
	end = out;
	for (const char *p = text; *p != '\0'; p++) {
		char hex[3] = {p[0] == '%' && is_vers ? p[1] : '\0', p[1], '\0'};

		if (hex[0] != '\0' && isxdigit((unsigned char)hex[0]) && p[1] != '\0') {
			hex[1] = p[2];
			if (isxdigit((unsigned char)hex[1])) {
				*end++ = (char)strtol(hex, NULL, 16);
				p += 2;
				continue;
			}
		}
		*end++ = *p;
	}
	while (end > out && end[-1] == ' ')
		end--;
	*end = '\0';
	return out;
}

/* Puts '|' where " and ", a comma or a blank before an operator separates. */
static void
separate(char *text)
{
	char *and;

	while ((and = strcasestr(text, " and ")) != NULL)
		memcpy(and, "    |", 5);
	for (char *p = text + 1; *p != '\0'; p++) {
		if (*p == ',' || (strchr("<>", *p) != NULL && p[-1] == ' '))
			*(*p == ',' ? p : p - 1) = '|';
	}
}

static bool
read_part(char *text, bool is_vers, struct part *out)
{
	static const struct {
		const char *sign;
		enum op op;
	} signs[] = {
		{"<=", OP_AT_MOST}, {">=", OP_AT_LEAST}, {"<", OP_BELOW},
		{">", OP_ABOVE},    {"==", OP_SAME},	 {"=", OP_SAME},
	};

	text += strspn(text, " ");
	out->op = OP_SAME;
	if (text[0] == '!')
		return false;
	for (size_t i = 0; i < MEM_COUNT(signs); i++) {
		size_t len = strlen(signs[i].sign);

		if (strncmp(text, signs[i].sign, len) == 0) {
			out->op = signs[i].op;
			text += len;
			break;
		}
	}
	out->text = clean(text, is_vers);
	return strpbrk(out->text, "0123456789") != NULL && strpbrk(out->text, "<>*") == NULL;
}

static bool
is_lower(enum op op)
{
	return op == OP_ABOVE || op == OP_AT_LEAST;
}

/* Each lower bound opens a range, which the next upper bound closes. */
static void
put_parts(struct advisory_build *build, const struct advisory_range *like, struct part *parts,
	  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct advisory_range range = *like;
		struct part *upper = &parts[i];

		if (parts[i].op == OP_SAME) {
			range.exact = build_text(build, parts[i].text, TEXT_MAX);
			build_copy_range(build, &range);
			continue;
		}
		if (is_lower(parts[i].op)) {
			range.from = build_text(build, parts[i].text, TEXT_MAX);
			range.is_from_excluded = parts[i].op == OP_ABOVE;
			upper = i + 1 < count && !is_lower(parts[i + 1].op) &&
						parts[i + 1].op != OP_SAME
					? &parts[++i]
					: NULL;
		}
		if (upper != NULL) {
			range.until = build_text(build, upper->text, TEXT_MAX);
			range.is_until_excluded = upper->op == OP_BELOW;
		}
		build_copy_range(build, &range);
	}
}

static bool
is_everything(const char *text)
{
	static const char *const words[] = {"*", "all", "all versions", "all version", "any"};

	for (size_t i = 0; i < MEM_COUNT(words); i++) {
		if (strcasecmp(text, words[i]) == 0)
			return true;
	}
	return false;
}

/* What holds under a condition that no range can say. */
static bool
is_conditional(const char *text)
{
	static const char *const words[] = {"installed", "with", "when", "connection", "serial"};

	for (size_t i = 0; i < MEM_COUNT(words); i++) {
		if (strcasestr(text, words[i]) != NULL)
			return true;
	}
	return false;
}

/* The end of a constraint: at '|', or where the next begins without it (">=V7.80<V9.40"). */
static char *
next_part(char *text, char *sign)
{
	char *p = text + strspn(text, " <>=!");

	p += strcspn(p, "|<>");
	*sign = *p;
	return p;
}

bool
advisory_vers(struct advisory_build *build, const struct advisory_range *like, const char *text)
{
	struct advisory_range all = *like;
	struct part parts[PARTS_MAX];
	char copy[TEXT_MAX], *p = copy, *slash;
	bool is_vers = strncasecmp(text, "vers:", 5) == 0;
	size_t count = 0;

	text += strspn(text, " ");
	if (text[0] == '\0' || strlen(text) >= sizeof(copy) || is_conditional(text))
		return false;
	memcpy(copy, text, strlen(text) + 1);
	if (is_vers) {
		slash = strchr(copy, '/');
		if (slash == NULL)
			return false;
		p = slash + 1;
	} else if (strncasecmp(p, "all versions ", 13) == 0 &&
		   p[13 + strspn(p + 13, " ")] != '\0') {
		p += 13;
	}
	p = clean(p, false);
	if (p[0] == '\0')
		return false;
	if (is_everything(p)) {
		all.is_all = true;
		build_copy_range(build, &all);
		return true;
	}
	if (!is_vers)
		separate(p);
	while (*p != '\0') {
		char sign, *after = next_part(p, &sign);

		*after = '\0';
		if (p[strspn(p, " ")] != '\0') {
			if (count == PARTS_MAX || !read_part(p, is_vers, &parts[count]))
				return false;
			/* A version alone, in words, may be anything: "V2 with option X". */
			if (!is_vers && parts[count].op == OP_SAME &&
			    strchr(parts[count].text, ' ') != NULL &&
			    strcasestr(parts[count].text, "build") == NULL)
				return false;
			count++;
		}
		if (sign == '<' || sign == '>') {
			/* read_part has taken its text as it is; it ends before the sign. */
			parts[count - 1].text = build_text(build, parts[count - 1].text, TEXT_MAX);
			*after = sign;
			p = after;
		} else {
			p = after + (sign == '|');
		}
	}
	put_parts(build, like, parts, count);
	return count > 0;
}

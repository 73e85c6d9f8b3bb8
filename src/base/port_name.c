/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of switch ports: a word for the type of interface, then its number. Words are brought to
 * one abbreviation by a table of what vendors write; anything else is compared as it stands.
 */
#include "keepwatch/port_name.h"

#include "keepwatch/mem.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

/* First the short form, then full names (without hyphens and blanks) and other abbreviations. An
 * abbreviation of three letters or more of any of them is understood too. */
#define FAMILIES(X)                                                               \
	X("gi", "gigabitethernet", "gige", "ge", NULL) /* IOS, Comware, VRP */    \
	X("te", "tengigabitethernet", "tengige", "xgigabitethernet", "xge", "xe") \
	X("fa", "fastethernet", "fe", NULL, NULL)                                 \
	X("twe", "twentyfivegige", "twentyfivegigabitethernet", NULL, NULL)       \
	X("fo", "fortygigabitethernet", "fortygige", "fge", NULL)                 \
	X("hu", "hundredgige", "hundredgigabitethernet", "hge", NULL)             \
	X("tw", "twogigabitethernet", NULL, NULL, NULL)                           \
	X("fi", "fivegigabitethernet", NULL, NULL, NULL)                          \
	X("ap", "appgigabitethernet", NULL, NULL, NULL)                           \
	X("eth", "ethernet", "et", "e", NULL)                                     \
	X("po", "portchannel", NULL, NULL, NULL)                                  \
	X("bagg", "bridgeaggregation", NULL, NULL, NULL) /* Comware */            \
	X("trk", "trunk", NULL, NULL, NULL)		 /* ProCurve */           \
	X("vl", "vlan", "vlaninterface", NULL, NULL)                              \
	X("lo", "loopback", NULL, NULL, NULL)                                     \
	X("tu", "tunnel", NULL, NULL, NULL)

static const char *const families[][6] = {
#define X(...) {__VA_ARGS__},
	FAMILIES(X)
#undef X
};

enum { NAMES = 6, ABBREVIATION_LEAST = 3 };

/* Words that tell no type. */
static bool
is_generic(const char *word)
{
	static const char *const words[] = {"", "port", "p", "interface", "if", "ifindex"};

	for (size_t i = 0; i < MEM_COUNT(words); i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static const char *
find_family(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < MEM_COUNT(families); i++) {
		for (size_t k = 0; k < NAMES && families[i][k] != NULL; k++) {
			if (strcmp(word, families[i][k]) == 0)
				return families[i][0];
		}
	}
	if (len < ABBREVIATION_LEAST || is_generic(word))
		return NULL;
	for (size_t i = 0; i < MEM_COUNT(families); i++) {
		for (size_t k = 1; k < NAMES && families[i][k] != NULL; k++) {
			if (strncmp(word, families[i][k], len) == 0)
				return families[i][0];
		}
	}
	return NULL;
}

static bool
is_separator(char c)
{
	return c == ' ' || c == '\t' || c == '-' || c == '_';
}

/* "1/0/013" without leading zeros and blanks, in lower case. */
static void
put_number(const char *text, char *out, size_t size)
{
	size_t len = 0;
	char before = '/';

	for (; *text != '\0' && len + 1 < size; text++) {
		if (*text == ' ' || *text == '\t')
			continue;
		if (*text == '0' && !isdigit((unsigned char)before) &&
		    isdigit((unsigned char)text[1]))
			continue;
		before = (char)tolower((unsigned char)*text);
		out[len++] = before;
	}
	out[len] = '\0';
	if (len > 2 && strcmp(out + len - 2, ".0") == 0 && strchr(out, '/') != NULL)
		out[len - 2] = '\0';
}

/* What a name is made of; both in lower case, the word without hyphens and blanks. */
struct parts {
	char word[PORT_NAME_SIZE], number[PORT_NAME_SIZE];
};

static void
split(const char *name, struct parts *parts)
{
	const char *family;
	size_t len = 0;

	for (; *name != '\0' && !isdigit((unsigned char)*name); name++) {
		if (!is_separator(*name) && len + 1 < sizeof(parts->word))
			parts->word[len++] = (char)tolower((unsigned char)*name);
	}
	parts->word[len] = '\0';
	put_number(name, parts->number, sizeof(parts->number));
	family = *parts->number != '\0' ? find_family(parts->word) : NULL;
	if (family != NULL)
		memcpy(parts->word, family, strlen(family) + 1);
}

const char *
port_name_canonical(const char *name, char out[PORT_NAME_SIZE])
{
	struct parts parts;
	size_t len, rest;

	split(name, &parts);
	len = strlen(parts.word);
	rest = strlen(parts.number);
	if (rest >= PORT_NAME_SIZE - len)
		rest = PORT_NAME_SIZE - len - 1;
	memcpy(out, parts.word, len);
	memcpy(out + len, parts.number, rest);
	out[len + rest] = '\0';
	return out;
}

enum port_name_match
port_name_match(const char *a, const char *b)
{
	struct parts pa, pb;

	split(a, &pa);
	split(b, &pb);
	if (strcmp(pa.number, pb.number) != 0)
		return PORT_NAME_DIFFERENT;
	if (strcmp(pa.word, pb.word) == 0)
		return PORT_NAME_SAME;
	if (*pa.number != '\0' && (is_generic(pa.word) || is_generic(pb.word)))
		return PORT_NAME_NUMBER;
	return PORT_NAME_DIFFERENT;
}

bool
port_name_same(const char *a, const char *b)
{
	return *a != '\0' && *b != '\0' && port_name_match(a, b) == PORT_NAME_SAME;
}

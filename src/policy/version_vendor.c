/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One name for each vendor, whoever names it, and the scheme by which it numbers.
 */
#include "keepwatch/version.h"

#include "version_parse.h"

#include "keepwatch/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 64 };

struct vendor_name {
	const char *alias, *name;
};

static const struct vendor_name vendors[] = {
#define VENDOR(alias, name) {alias, name},
#include "version_vendors.def"
#undef VENDOR
};

static const struct {
	const char *name;
	enum version_scheme scheme;
} schemes[] = {
	{"Alcatel-Lucent", VERSION_ALCATEL},
	{"Amcrest", VERSION_DAHUA},
	{"Arista", VERSION_ARISTA},
	{"Aruba", VERSION_HP},
	{"Brocade", VERSION_BROCADE},
	{"Cisco", VERSION_CISCO},
	{"CP Plus", VERSION_DAHUA},
	{"Dahua", VERSION_DAHUA},
	{"Fortinet", VERSION_FORTINET},
	{"HPE", VERSION_HP},
	{"Hanwha", VERSION_DATED},
	{"Hikvision", VERSION_DATED},
	{"Intelbras", VERSION_DAHUA},
	{"Juniper", VERSION_JUNIPER},
	{"Lorex", VERSION_DAHUA},
	{"Ruckus", VERSION_BROCADE},
	{"Uniview", VERSION_UNIVIEW},
	{"Vivotek", VERSION_VIVOTEK},
	{"Xiongmai", VERSION_XIONGMAI},
	{"Zyxel", VERSION_ZYXEL},
};

/* Of companies and of no meaning for who it is; at the end. */
static const char *const forms[] = {
	"inc", "ltd",	  "co",		  "corp",	"corporation", "gmbh", "ag",
	"ab",  "limited", "company",	  "llc",	"as",	       "a",    "s",
	"spa", "sa",	  "technologies", "technology", "the",	       "intl", "international"};

static size_t
words(const char *text, char out[NAME_MAX_LEN])
{
	size_t len = 0;
	bool is_gap = false;

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (!isalnum(c)) {
			is_gap = c != '\\' || is_gap;
			continue;
		}
		if (len + 2 >= NAME_MAX_LEN)
			return 0;
		if (is_gap && len > 0)
			out[len++] = ' ';
		is_gap = false;
		out[len++] = (char)tolower(c);
	}
	out[len] = '\0';
	return len;
}

static bool
cut_form(char *name)
{
	char *last = strrchr(name, ' ');

	for (size_t i = 0; last != NULL && i < MEM_COUNT(forms); i++) {
		if (strcmp(last + 1, forms[i]) == 0) {
			*last = '\0';
			return true;
		}
	}
	return false;
}

static int
by_alias(const void *key, const void *row)
{
	return strcmp(key, ((const struct vendor_name *)row)->alias);
}

static const char *
find(const char *text)
{
	char name[NAME_MAX_LEN];

	if (text == NULL || words(text, name) == 0)
		return NULL;
	do {
		const struct vendor_name *row =
			bsearch(name, vendors, MEM_COUNT(vendors), sizeof(vendors[0]), by_alias);

		if (row != NULL)
			return row->name;
	} while (cut_form(name));
	return NULL;
}

const char *
version_vendor(const char *text)
{
	const char *name = find(text);

	return name != NULL ? name : text;
}

bool
version_vendor_is_known(const char *text)
{
	return find(text) != NULL;
}

enum version_scheme
version_scheme(const char *vendor)
{
	const char *name = find(vendor);

	for (size_t i = 0; name != NULL && i < MEM_COUNT(schemes); i++) {
		if (strcmp(schemes[i].name, name) == 0)
			return schemes[i].scheme;
	}
	return VERSION_PLAIN;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Products as advisories name them, and devices as they name themselves, brought to one form:
 * models, families with wildcards, and the systems of which an advisory speaks instead of models.
 */
#include "advisory_impl.h"

#include "version_parse.h"

#include "keepwatch/version.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORD_SIZE = 64 };

/* Behind a model, without a meaning: "ds-2cd2143g0-i_firmware" (CPE). */
static const char *const tails[] = {"firmware", "network camera", "series firmware"};

static bool
put_key(char out[ADVISORY_KEY_SIZE], const char *text, size_t len, bool has_wildcards)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool is_wanted = isalnum(c) || c == '+' || c >= 0x80 ||
				 (has_wildcards && (c == '*' || c == '?'));

		if (!is_wanted)
			continue;
		if (n + 1 >= ADVISORY_KEY_SIZE)
			return false;
		out[n++] = (char)tolower(c);
	}
	out[n] = '\0';
	return n > 0;
}

static size_t
without_tail(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < MEM_COUNT(tails); i++) {
		size_t tail = strlen(tails[i]);

		if (len > tail + 1 && strcasecmp(text + len - tail, tails[i]) == 0 &&
		    !isalnum((unsigned char)text[len - tail - 1]))
			return len - tail - 1;
	}
	return len;
}

bool
advisory_key(const char *product, char out[ADVISORY_KEY_SIZE])
{
	return put_key(out, product, without_tail(product), false);
}

/* Hikvision's "ds-2cd2066g2-i(u)" is -I and -IU: the key without what stands in brackets. */
bool
advisory_key_bare(const char *product, char out[ADVISORY_KEY_SIZE])
{
	char bare[ADVISORY_KEY_SIZE * 2];
	size_t n = 0;
	bool is_within = false;

	if (strchr(product, '(') == NULL || strlen(product) >= sizeof(bare))
		return false;
	for (const char *p = product; *p != '\0'; p++) {
		is_within = is_within || *p == '(';
		if (!is_within)
			bare[n++] = *p;
		is_within = is_within && *p != ')';
	}
	bare[n] = '\0';
	return advisory_key(bare, out) && strpbrk(out, "0123456789") != NULL;
}

/* A '*' or '?' that is not all there is: "*" alone would be any product of the vendor. */
bool
advisory_is_family(const char *product)
{
	return strpbrk(product, "*?") != NULL && strspn(product, "*?") != strlen(product);
}

bool
advisory_family_match(const char *family, const char *key)
{
	char pattern[ADVISORY_KEY_SIZE];

	return put_key(pattern, family, without_tail(family), true) &&
	       fnmatch(pattern, key, FNM_NOESCAPE) == 0;
}

static uint32_t
mix(uint32_t hash)
{
	hash ^= hash >> 16;
	hash *= 0x85ebca6bU;
	return hash ^ hash >> 13;
}

/* Unknown vendors come as they are written: case does not count. */
static uint32_t
hash_vendor(const char *vendor)
{
	uint32_t hash = MEM_HASH_START;

	for (; *vendor != '\0'; vendor++) {
		char c = (char)tolower((unsigned char)*vendor);

		hash = mem_hash(hash, &c, 1);
	}
	return hash;
}

uint32_t
advisory_hash(const char *vendor, const char *key, uint32_t version)
{
	uint32_t hash = mem_hash(hash_vendor(vendor), "\n", 1);

	hash = mem_hash(hash, key, strlen(key));
	return mix(hash ^ version);
}

uint32_t
advisory_vendor_hash(const char *vendor)
{
	return mix(hash_vendor(vendor));
}

/* ---- systems */

enum form {
	ANY_FORM,
	FORM_TRAIN,  /* 12.2(55)SE12, 12.4(25g): Cisco IOS */
	FORM_BRACES, /* 9.3(10), 7.0(3)I7(9), 9.8(4)22: NX-OS and ASA, whose models tell which */
	FORM_DOTTED, /* 17.09.04a: IOS XE */
	FORM_EVO,    /* 22.2R3-S1.3-EVO */
	FORM_NOT_EVO,
	FORM_PREFIX, /* FL.10.07.0010, K.16.02.0022: two fields of the product before numbers */
};

struct platform {
	const char *vendor;
	const char *models; /* of whom it is the system: a pattern on the model's key; NULL: all */
	enum form form;
	const char *key; /* of the product */
};

static const struct platform platforms[] = {
	{"Allied Telesis", NULL, ANY_FORM, "alliedwareplus"},
	{"Arista", NULL, ANY_FORM, "eos"},
	{"Aruba", NULL, FORM_PREFIX, "arubaoscx"},
	{"HPE", NULL, FORM_PREFIX, "arubaoscx"},
	{"Aruba", "ap*", ANY_FORM, "arubainstant"},
	{"Aruba", "[79]*", ANY_FORM, "arubaos"},
	{"Axis", NULL, ANY_FORM, "axisos"},
	{"Axis", NULL, ANY_FORM, "axisos2016"},
	{"Axis", NULL, ANY_FORM, "axisos2018"},
	{"Axis", NULL, ANY_FORM, "axisos2020"},
	{"Axis", NULL, ANY_FORM, "axisos2022"},
	{"Axis", NULL, ANY_FORM, "axisos2024"},
	{"Cisco", NULL, FORM_TRAIN, "ios"},
	{"Cisco", NULL, FORM_DOTTED, "iosxe"},
	{"Cisco", NULL, FORM_DOTTED, "iosxesoftware"},
	{"Cisco", "*asa*", FORM_BRACES, "adaptivesecurityappliancesoftware"},
	{"Cisco", "*asa*", FORM_BRACES, "adaptivesecurityappliance"},
	{"Cisco", "fpr*", FORM_BRACES, "adaptivesecurityappliancesoftware"},
	{"Cisco", "n[1-9]k*", FORM_BRACES, "nxos"},
	{"Cisco", "*nexus*", FORM_BRACES, "nxos"},
	{"Cisco", "ds-c9*", FORM_BRACES, "nxos"},
	{"Extreme", "x[1-9]*", ANY_FORM, "exos"},
	{"Extreme", "x[1-9]*", ANY_FORM, "extremexos"},
	{"Extreme", "vsp*", ANY_FORM, "voss"},
	{"Fortinet", "f*g*", ANY_FORM, "fortios"},
	{"Fortinet", "fortiswitch*", ANY_FORM, "fortiswitch"},
	{"Fortinet", "fs*", ANY_FORM, "fortiswitch"},
	{"Fortinet", "fortiap*", ANY_FORM, "fortiap"},
	{"Juniper", NULL, FORM_NOT_EVO, "junos"},
	{"Juniper", NULL, FORM_NOT_EVO, "junosos"},
	{"Juniper", NULL, FORM_EVO, "junososevolved"},
	{"MikroTik", NULL, ANY_FORM, "routeros"},
	{"Palo Alto Networks", "pa*", ANY_FORM, "panos"},
	{"QNAP", NULL, ANY_FORM, "qts"},
	{"Sonicwall", NULL, ANY_FORM, "sonicos"},
	{"Synology", NULL, ANY_FORM, "diskstationmanager"},
	{"Ubiquiti", "*edgerouter*", ANY_FORM, "edgeos"},
	{"Ubiquiti", "er*", ANY_FORM, "edgeos"},
	{"WatchGuard", NULL, ANY_FORM, "fireware"},
};

static bool
is_cisco_train(const struct version *version)
{
	uint64_t major = version->parts[0].number;

	return version->is_cisco && (major == 12 || major == 15) &&
	       (version->train[0] != '\0' || version->count > 2);
}

static bool
has_form(enum form form, const struct version *version, const char *text)
{
	bool has_braces = strchr(text, '(') != NULL;
	uint64_t major = version->count > 0 ? version->parts[0].number : 0;

	switch (form) {
	case ANY_FORM:
		return true;
	case FORM_TRAIN:
		return has_braces && is_cisco_train(version);
	case FORM_BRACES:
		return true;
	case FORM_DOTTED:
		return !has_braces && (major == 3 || (major >= 16 && major < 30));
	case FORM_EVO:
		return strstr(version->train, "evo") != NULL;
	case FORM_NOT_EVO:
		return strstr(version->train, "evo") == NULL;
	case FORM_PREFIX:
		return strlen(version->train) == 2 && major == 10;
	}
	return false;
}

static size_t
put_platforms(const struct advisory_subject *subject, const char *model, size_t count,
	      char keys[ADVISORY_KEYS][ADVISORY_KEY_SIZE])
{
	const char *vendor = version_vendor(subject->vendor);
	struct version version;

	if (subject->firmware == NULL ||
	    version_read(version_scheme(vendor), subject->firmware, &version) != 0)
		return count;
	for (size_t i = 0; i < MEM_COUNT(platforms) && count < ADVISORY_KEYS; i++) {
		const struct platform *row = &platforms[i];

		if (strcmp(row->vendor, vendor) == 0 &&
		    (row->models == NULL || fnmatch(row->models, model, 0) == 0) &&
		    has_form(row->form, &version, subject->firmware))
			snprintf(keys[count++], ADVISORY_KEY_SIZE, "%s", row->key);
	}
	return count;
}

/* "AXIS Q6045-E" of Axis: the model without the vendor. */
static const char *
without_vendor(const char *model, const char *vendor)
{
	size_t len = strcspn(model, " ");
	char word[WORD_SIZE];

	if (len == 0 || len >= sizeof(word) || model[len] == '\0')
		return model;
	memcpy(word, model, len);
	word[len] = '\0';
	return version_vendor_is_known(word) && strcmp(version_vendor(word), vendor) == 0
		       ? model + len + 1
		       : model;
}

static size_t
model_length(const char *model)
{
	const char *revision = strcasestr(model, " rev");
	size_t len = strcspn(model, "(,[");

	return revision != NULL && (size_t)(revision - model) < len ? (size_t)(revision - model)
								    : len;
}

/* The words that may be products by themselves; two at most. */
static size_t
put_words(const char *model, size_t count, char keys[ADVISORY_KEYS][ADVISORY_KEY_SIZE])
{
	size_t most = count + 2;

	while (*model != '\0' && count < most) {
		size_t len = strcspn(model, " ");

		if (model[len] == '\0' && count == most - 2)
			break; /* the only word: it is the model */
		if (len >= 5 && put_key(keys[count], model, len, false) &&
		    strpbrk(keys[count], "0123456789") != NULL)
			count++;
		model += len + (model[len] == ' ');
	}
	return count;
}

size_t
advisory_subject_keys(const struct advisory_subject *subject,
		      char keys[ADVISORY_KEYS][ADVISORY_KEY_SIZE])
{
	const char *vendor = version_vendor(subject->vendor);
	const char *model = subject->model != NULL ? subject->model : "", *bare;
	char first[ADVISORY_KEY_SIZE] = "";
	size_t count = 0, len;

	bare = without_vendor(model, vendor);
	if (advisory_key(bare, keys[count])) {
		snprintf(first, sizeof(first), "%s", keys[count]);
		count++;
	}
	/* "WS-C3560-48TS-S (PowerPC)", "DES-3526 Rev. 3A1": what comes first is the model. */
	len = model_length(bare);
	if (bare[len] != '\0' && put_key(keys[count], bare, len, false))
		count++;
	/* "J9775A 2530-48G", "1820-8G J9979A": a number and a name of the same. */
	if (strcmp(vendor, "HPE") == 0 || strcmp(vendor, "Aruba") == 0)
		count = put_words(bare, count, keys);
	return put_platforms(subject, first, count, keys);
}

const char *const *
advisory_kin(const char *vendor)
{
	static const char *const none[] = {NULL};
	static const struct {
		const char *vendor;
		const char *kin[4];
	} rows[] = {
		{"APC", {"Schneider Electric"}},
		{"Schneider Electric", {"APC"}},
		{"Aruba", {"HPE"}},
		{"HPE", {"Aruba", "H3C", "3Com"}},
		{"H3C", {"HPE"}},
		{"Brocade", {"Ruckus", "CommScope", "Extreme"}},
		{"Ruckus", {"Brocade", "CommScope"}},
		{"Enterasys", {"Extreme"}},
		{"Avaya", {"Extreme"}},
		{"Extreme", {"Avaya", "Enterasys"}},
		{"i-PRO", {"Panasonic"}},
		{"Panasonic", {"i-PRO"}},
		{"Meraki", {"Cisco"}},
		{"Hanwha", {"Samsung"}},
		{"Illustra", {"Johnson Controls", "American Dynamics"}},
		{"Tripp Lite", {"Eaton"}},
	};

	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		if (strcmp(rows[i].vendor, vendor) == 0)
			return rows[i].kin;
	}
	return none;
}

/* ---- KEV */

/* Words of a product that name no model: "Security cameras web server", "Multiple Products". */
static bool
is_general_word(const char *word)
{
	static const char *const general[] = {
		"multiple", "product",	 "products", "device",	 "devices", "security",
		"camera",   "cameras",	 "ip",	     "network",	 "nvr",	    "nvrs",
		"dvr",	    "dvrs",	 "web",	     "server",	 "and",	    "firmware",
		"video",    "recorders", "recorder", "intercom", "certain", "legacy",
	};

	for (size_t i = 0; i < MEM_COUNT(general); i++) {
		if (strcmp(general[i], word) == 0)
			return true;
	}
	return false;
}

static bool
may_be_model(const char *word)
{
	return strlen(word) >= 4 && strpbrk(word, "0123456789") != NULL &&
	       strpbrk(word, "abcdefghijklmnopqrstuvwxyz") != NULL;
}

/* "IOS and IOS XE Software": the length of the name up to " and ", a comma or a bracket. */
static size_t
piece(const char *text)
{
	size_t len = strcspn(text, ",;/()");
	const char *and = strstr(text, " and ");

	return and != NULL && (size_t)(and-text) < len ? (size_t)(and-text) : len;
}

/* How much of the text, in whole words, is the name of a system; the longest. 0: none. */
static size_t
platform_words(const char *text, size_t len)
{
	char key[ADVISORY_KEY_SIZE];
	size_t found = 0;

	for (size_t end = strcspn(text, " "); end <= len; end += 1 + strcspn(text + end + 1, " ")) {
		for (size_t i = 0; i < MEM_COUNT(platforms); i++) {
			if (put_key(key, text, end, false) && strcmp(key, platforms[i].key) == 0)
				found = end;
		}
		if (text[end] == '\0')
			break;
	}
	return found;
}

int
advisory_loose_keys(const char *product, advisory_key_fn fn, void *arg, bool *is_general)
{
	char key[ADVISORY_KEY_SIZE], whole[ADVISORY_KEY_SIZE];
	bool has_other = false, has_word = false;
	int rc = 0;

	if (!advisory_key(product, whole))
		return 0;
	for (const char *p = product; *p != '\0' && rc == 0;) {
		size_t len = strcspn(p, " ,;/()");

		if (len > 0 && put_key(key, p, len, false)) {
			has_word = true;
			has_other = has_other || !is_general_word(key);
			if (may_be_model(key) && strcmp(key, whole) != 0)
				rc = fn(arg, key);
		}
		p += len + (p[len] != '\0');
	}
	for (const char *p = product; *p != '\0' && rc == 0 && has_other;) {
		size_t len = piece(p), system = platform_words(p, len);

		/* "IOS XE Web UI": the system that it is part of. */
		if (system > 0 && system < len && put_key(key, p, system, false))
			rc = fn(arg, key);
		if (rc != 0)
			break;

		if (put_key(key, p, len, false) && strcmp(key, whole) != 0 && !may_be_model(key) &&
		    !is_general_word(key))
			rc = fn(arg, key);
		p += len;
		p += strncmp(p, " and ", 5) == 0 ? 5 : p[0] != '\0';
	}
	*is_general = has_word && !has_other;
	return rc == 0 && has_other ? fn(arg, whole) : rc;
}

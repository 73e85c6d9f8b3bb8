/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Versions with a grammar of their own: Cisco (IOS and its trains, IOS XE, NX-OS, ASA), Juniper
 * (releases, service releases, X trains), Huawei (V, R, C and SPC). All texts are in lower case.
 */
#include "version_parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool
take_number(const char **p, uint64_t *out)
{
	size_t len = strspn(*p, "0123456789");

	if (len == 0 || len > 9)
		return false;
	*out = 0;
	for (size_t i = 0; i < len; i++)
		*out = *out * 10 + (uint64_t)((*p)[i] - '0');
	*p += len;
	return true;
}

static bool
take(const char **p, char c)
{
	if (**p != c)
		return false;
	++*p;
	return true;
}

static bool
put_number(struct version *out, uint64_t value)
{
	return version_put(out, false, VERSION_NUMBER, value, "", 0);
}

static bool
put_letter(struct version *out, char letter)
{
	return version_put(out, false, VERSION_LETTER, (unsigned char)letter, &letter, 1);
}

static void
take_letters(const char **p, char *out, size_t size)
{
	size_t len = 0;

	while (**p >= 'a' && **p <= 'z' && len + 1 < size)
		out[len++] = *(*p)++;
	out[len] = '\0';
}

/* Ends here, or with a remark: " [fc2]", ", release software". */
static bool
is_over(const char *p)
{
	return *p == '\0' || *p == ' ' || *p == ',' || *p == '[';
}

/*
 * 12.2(55)SE12, 12.4(25g), 15.2(2a)E1, 15.2(7)E3k (Cisco IOS: train and rebuild), 9.8(4)22 (ASA:
 * interim release), 7.0(3)I7(9), 10.3(4a)M (NX-OS: platform and its release).
 */
static bool
read_trains(const char *p, struct version *out)
{
	uint64_t major, minor, maintenance, rebuild = 0, sub = 0;
	char letter = '\0', train[8], more[4], sub_letter[4];
	const char *start = p;

	out->is_cisco = true;
	if (!take_number(&p, &major) || !take(&p, '.') || !take_number(&p, &minor) ||
	    !take(&p, '(') || !take_number(&p, &maintenance))
		return false;
	if (islower((unsigned char)*p))
		letter = *p++;
	if (!take(&p, ')'))
		return false;
	take_letters(&p, train, sizeof(train));
	take_number(&p, &rebuild);
	take_letters(&p, more, sizeof(more));
	sub_letter[0] = '\0';
	if (*p == '(') {
		p++;
		if (!take_number(&p, &sub))
			return false;
		take_letters(&p, sub_letter, sizeof(sub_letter));
		if (!take(&p, ')'))
			return false;
	}
	if (!is_over(p) || strlen(more) > 1 || strlen(sub_letter) > 1 || p - start > 40)
		return false;
	/* NX-OS from 10.2 on: F and M are kinds of release in one row of numbers. */
	if (major >= 10 && (strcmp(train, "f") == 0 || strcmp(train, "m") == 0) && rebuild == 0 &&
	    minor <= 9 && major != 12 && major != 15)
		train[0] = '\0';
	snprintf(out->train, sizeof(out->train), "%s", train);
	put_number(out, major);
	put_number(out, minor);
	put_number(out, maintenance);
	if (train[0] == '\0') {
		if (letter != '\0')
			put_letter(out, letter);
		else if (rebuild != 0)
			put_number(out, rebuild);
		return letter == '\0' || rebuild == 0;
	}
	/* 15.2(2a)E1 is a branch of its own beside 15.2(2)E1. */
	version_put(out, false, VERSION_NAME, 0, &letter, letter != '\0');
	put_number(out, rebuild);
	if (more[0] != '\0')
		put_letter(out, more[0]);
	if (sub != 0) {
		put_number(out, sub);
		if (sub_letter[0] != '\0')
			put_letter(out, sub_letter[0]);
	}
	return true;
}

/*
 * 17.03.05, 16.12.1s, 16.12.1z1; 3.16.4aS, 03.16.04b.S, 03.07.05E (Cisco IOS XE: of release 3 the
 * letter at the end is the train); 9.16.4.19, 8.10.185.0.
 */
static bool
read_dotted(const char *p, struct version *out)
{
	uint64_t value;
	char letters[4];
	size_t len;

	out->is_cisco = true;
	do {
		if (!take_number(&p, &value) || out->count == 6)
			return false;
		put_number(out, value);
	} while (p[0] == '.' && p[1] >= '0' && p[1] <= '9' && take(&p, '.'));
	take_letters(&p, letters, sizeof(letters));
	len = strlen(letters);
	if (out->parts[0].number == 3 && p[0] == '.' && strchr("se", p[1]) != NULL && len < 2) {
		out->train[0] = p[1];
		p += 2;
	} else if (out->parts[0].number == 3 && len > 0 && strchr("se", letters[len - 1]) != NULL) {
		out->train[0] = letters[--len];
	}
	if (out->count < 2 || len > 1)
		return false;
	if (len == 1) {
		put_letter(out, letters[0]);
		if (take_number(&p, &value))
			put_number(out, value);
	}
	return is_over(p);
}

/* The word that begins with a number and a dot: "fuji 16.9.4", "cat9k_iosxe 17.12.4". */
static const char *
dotted_word(const char *text)
{
	for (const char *p = text; *p != '\0';) {
		size_t len = strspn(p, "0123456789");

		if (len > 0 && p[len] == '.')
			return p;
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	return NULL;
}

bool
version_read_cisco(const char *text, bool has_names, struct version *out)
{
	const char *p = dotted_word(text);
	struct version found = {0};

	if (p == NULL)
		return false;
	if (!read_trains(p, &found)) {
		memset(&found, 0, sizeof(found));
		if (!has_names || strpbrk(p, ",/_-") != NULL || strstr(p, "build") != NULL ||
		    !read_dotted(p, &found))
			return false;
	}
	*out = found;
	return true;
}

/* Puts what follows "-S", "-J" or "-D" at its place; the places before it that are left out are 0.
 */
static bool
junos_service(struct version *out, const char **p, size_t at)
{
	uint64_t value;

	if (out->count > at)
		return false;
	while (out->count < at)
		put_number(out, 0);
	*p += 2;
	return take_number(p, &value) && put_number(out, value);
}

/* 20.4R3-S2.6, 19.4R3.11, 18.1R3-S10, 12.1X46-D35.1, 22.2R3-S1-J4.1-EVO. */
bool
version_read_juniper(const char *text, struct version *out)
{
	const char *p = text;
	uint64_t major, minor, release, value;
	struct version found = {0};
	char kind;

	if (strncmp(p, "junos ", 6) == 0)
		p += 6;
	if (!take_number(&p, &major) || !take(&p, '.') || !take_number(&p, &minor))
		return false;
	kind = *p;
	if ((kind != 'r' && kind != 'x') || major < 8)
		return false;
	p++;
	if (!take_number(&p, &release))
		return false;
	put_number(&found, major);
	put_number(&found, minor);
	if (kind == 'x') /* a train for some products */
		snprintf(found.train, sizeof(found.train), "%u.%ux%u", (unsigned)major,
			 (unsigned)minor, (unsigned)release);
	else
		put_number(&found, release);
	for (;;) {
		if (strncmp(p, "-s", 2) == 0 && kind == 'r' && junos_service(&found, &p, 3))
			continue;
		if (strncmp(p, "-j", 2) == 0 && kind == 'r' && junos_service(&found, &p, 4))
			continue;
		if (strncmp(p, "-d", 2) == 0 && kind == 'x' && junos_service(&found, &p, 2))
			continue;
		break;
	}
	if (take(&p, '.')) {
		if (!take_number(&p, &value))
			return false;
		version_put(&found, true, VERSION_NUMBER, value, "", 0); /* the respin */
	}
	if (strncmp(p, "-evo", 4) == 0) {
		size_t at = strlen(found.train);

		snprintf(found.train + at, sizeof(found.train) - at, "evo");
		p += 4;
	}
	if (!is_over(p))
		return false;
	*out = found;
	return true;
}

/* V200R010C00SPC600, "5.170 (V200R010C00SPC600) [1]", V100R001B01D001P003SP9 with a model before.
 */
bool
version_read_huawei(const char *text, struct version *out)
{
	const char *p = text, *start;
	struct version found = {0};
	uint64_t value;

	for (;; p++) {
		p = strchr(p, 'v');
		if (p == NULL)
			return false;
		if (strspn(p + 1, "0123456789") == 3 && p[4] == 'r' &&
		    strspn(p + 5, "0123456789") == 3)
			break;
	}
	start = p;
	while (islower((unsigned char)*p)) {
		char word[VERSION_WORD];

		take_letters(&p, word, sizeof(word));
		if (!take_number(&p, &value)) {
			if (!version_put(&found, false, VERSION_NAME, 0, word, strlen(word)))
				return false;
			break;
		}
		/* c, spc, sph ... are told apart by name: a hot patch is no service pack. */
		if (p - start > 8 &&
		    !version_put(&found, false, VERSION_POST, 0, word, strlen(word)))
			return false;
		if (!put_number(&found, value))
			return false;
	}
	if (found.count < 3)
		return false;
	/* A model before it must agree; the VRP's own number ("5.170 (") need not. */
	if (start > text && start[-1] == ' ') {
		size_t len = (size_t)(start - text) - 1;

		if (len < sizeof(found.train))
			memcpy(found.train, text, len);
	}
	*out = found;
	return true;
}

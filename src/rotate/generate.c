/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * New passwords. Uniform over each alphabet: random bytes beyond the last whole multiple are drawn
 * anew.
 */
#include "keepwatch/rotate.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const char *const alphabets[] = {
	"abcdefghijkmnpqrstuvwxyz",
	"ABCDEFGHJKLMNPQRSTUVWXYZ",
	"23456789",
	"-_.!",
};

enum { ALPHABETS = sizeof(alphabets) / sizeof(alphabets[0]), ALL_MAX = 128 };

/* 0..below-1. */
static int
draw(unsigned below, unsigned *out)
{
	unsigned char byte;
	unsigned usable = 256 / below * below;

	do {
		if (getrandom(&byte, 1, 0) != 1)
			return ERR_IO;
	} while (byte >= usable);
	*out = byte % below;
	byte = 0;
	return 0;
}

static int
draw_from(const char *alphabet, char *out)
{
	unsigned at;
	int rc = draw((unsigned)strlen(alphabet), &at);

	if (rc == 0)
		*out = alphabet[at];
	return rc;
}

static bool
has_all(const char *text, size_t len)
{
	unsigned seen = 0;

	for (size_t i = 0; i < len; i++) {
		for (unsigned k = 0; k < ALPHABETS; k++) {
			if (strchr(alphabets[k], text[i]) != NULL)
				seen |= 1U << k;
		}
	}
	return seen == (1U << ALPHABETS) - 1;
}

int
rotate_generate(unsigned length, struct secret **out)
{
	char text[ROTATE_LENGTH_MAX + 1] = "", letters[64], all[ALL_MAX];
	int rc = 0;

	if (length < ROTATE_LENGTH_MIN || length > ROTATE_LENGTH_MAX)
		return ERR_RANGE;
	snprintf(letters, sizeof(letters), "%s%s", alphabets[0], alphabets[1]);
	snprintf(all, sizeof(all), "%s%s%s", letters, alphabets[2], alphabets[3]);
	/* Drawn as a whole until each kind is there: every such password is as likely as another.
	 */
	do {
		rc = draw_from(letters, &text[0]);
		for (unsigned i = 1; i < length && rc == 0; i++)
			rc = draw_from(all, &text[i]);
	} while (rc == 0 && !has_all(text, length));
	if (rc == 0)
		rc = secret_new(out, text, length);
	secret_wipe(text, sizeof(text));
	return rc;
}

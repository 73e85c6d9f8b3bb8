/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware versions in the order of those who number them. There is no one order: "12.2(55)SE12" is
 * newer than "12.2(55)SE3", "5.5.61 build 180418" is a version and the day it was built,
 * "10.6.0_beta" is older than "10.6.0". Two that cannot be ordered with certainty are not ordered.
 */
#ifndef KEEPWATCH_VERSION_H
#define KEEPWATCH_VERSION_H

#include <stdbool.h>
#include <stddef.h>

/*
 * *order: below 0 if a is older than b, 0 if they are the same, above 0 if a is newer. vendor (any
 * of its names, NULL or "" if not known) chooses the scheme. ERR_UNSUPPORTED if nobody can tell:
 * another train ("15.0(2)SE" and "15.0(2)EX"), no number in either, another scheme.
 */
int version_compare(const char *vendor, const char *a, const char *b, int *order);

/*
 * The same for a version that a device told and a bound that a person or an advisory wrote: what
 * the bound leaves out is not compared. "V5.5.61 build 180418" is the same as the bound "5.5.61"
 * (version_compare cannot tell: the one may be any build), "build 210625" is compared with builds.
 */
int version_compare_bound(const char *vendor, const char *version, const char *bound, int *order);

/*
 * Whether a version is one that `pattern` means: a version ("same as"), a glob ("5.4.*"), or a
 * range "<5.5.0", "<=5.5.0", ">5", ">=5", "5.4.0..5.4.9" (both ends belong to it). ERR_UNSUPPORTED
 * if it cannot be told, ERR_SYNTAX if the pattern is none.
 */
int version_match(const char *vendor, const char *version, const char *pattern, bool *is_match);

/* ERR_SYNTAX, with what is wrong in words (may be NULL). */
int version_pattern_check(const char *pattern, char *words, size_t size);

/* The one name of a vendor in keepwatch for the names under which it is met: "HIKVISION",
 * "hangzhou_hikvision", "Hikvision Digital Technology": "Hikvision". text itself if not known. */
const char *version_vendor(const char *text);
/* Whether it is one of those names: a vendor of network or security devices. */
bool version_vendor_is_known(const char *text);

#endif

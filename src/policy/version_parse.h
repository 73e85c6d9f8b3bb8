/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A version taken to pieces, so that pieces can be compared: what must agree (train), the version
 * proper, and what only tells two builds of one version apart (build number, date).
 */
#ifndef POLICY_VERSION_PARSE_H
#define POLICY_VERSION_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a vendor numbers, where it is not the usual way. */
enum version_scheme {
	VERSION_PLAIN,
	VERSION_CISCO,	  /* IOS trains, IOS XE, NX-OS, ASA: letters beyond 'j' are specials */
	VERSION_JUNIPER,  /* 20.4R3-S2.6, 15.1X53-D59.4 */
	VERSION_UNIVIEW,  /* IPC_D1211-B0011P52D1903: what stands before -B is the product */
	VERSION_ZYXEL,	  /* V4.70(AAXN.1)C0: AAXN is the model, b3 a beta, C0 a release */
	VERSION_DAHUA,	  /* 2.800.0000000.16.R, Build Date 2020-06-10 */
	VERSION_DATED,	  /* builds are dates, with and without the century: Hikvision, Hanwha */
	VERSION_ALCATEL,  /* 8.9.221.R03: the release after the build */
	VERSION_BROCADE,  /* 08.0.95hT213: T213 is the image */
	VERSION_ARISTA,	  /* 4.20.12.1M: M is a kind of release */
	VERSION_HP,	  /* K.16.02.0022m */
	VERSION_XIONGMAI, /* V5.00.R02.000807P2.10010.346624..S.ONVIF 21.06 */
	VERSION_VIVOTEK,  /* FD9368-VVTK-0102i */
	VERSION_FORTINET, /* "FortiGate-60E v7.0.12,build0523,230518 (GA)" */
};

enum { VERSION_PARTS = 24, VERSION_BUILD_PARTS = 10, VERSION_WORD = 12, VERSION_TEXT_MAX = 160 };

enum version_part_kind {
	VERSION_NUMBER,
	VERSION_PRE,	/* before what has none: number is its rank, 0 if only its name tells */
	VERSION_LETTER, /* after what has none; in the order of the alphabet */
	VERSION_POST,	/* after what has none, not comparable with another word: "patch" */
	VERSION_NAME,	/* comparable with its like only */
};

struct version_part {
	enum version_part_kind kind;
	uint64_t number;
	char word[VERSION_WORD];
};

struct version {
	char train[48];
	struct version_part parts[VERSION_PARTS], builds[VERSION_BUILD_PARTS];
	size_t count, build_count;
	bool is_cisco;	      /* specials among the letters */
	uint8_t second_width; /* digits of the second number, if it begins with 0, else 0 */
};

/* Of a vendor under any of its names. */
enum version_scheme version_scheme(const char *vendor);

/* 0, or ERR_UNSUPPORTED: holds no version. */
int version_read(enum version_scheme scheme, const char *text, struct version *out);
/*
 * The schemes that are recognized by their form, of a text in lower case. False: it has not that
 * form. has_names: the vendor is Cisco, so that dotted versions and words before them are its own.
 */
bool version_read_cisco(const char *text, bool has_names, struct version *out);
bool version_read_juniper(const char *text, struct version *out);
bool version_read_huawei(const char *text, struct version *out);

/*
 * As version_compare of what version_read gave. With is_bound, b is what a person or an advisory
 * wrote: what b leaves out (train, build) is not compared, and a b that is but a build ("build
 * 210625") is compared with a's.
 */
int version_order(const struct version *a, const struct version *b, bool is_bound, int *order);

/* Equal for any two whose version proper is the same. */
uint32_t version_hash(const struct version *version);

/*
 * Numbers and words from text on, which is_build: a build, not a version. 0, or ERR_UNSUPPORTED:
 * nothing is there, or more than there is room for.
 */
int version_scan(enum version_scheme scheme, const char *text, bool is_build, struct version *out);
/* How many digits, or letters in lower case, stand there. */
size_t version_digits(const char *p);
size_t version_letters(const char *p);
bool version_is_day(const char *p); /* 2020-06-10 */
bool version_is_among(const char *const *list, size_t count, const char *text, size_t len);

/* For the readers: appends; more than there is room for is dropped, and false. */
bool version_put(struct version *out, bool is_build, enum version_part_kind kind, uint64_t number,
		 const char *word, size_t len);

#endif

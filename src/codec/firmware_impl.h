/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files of the firmware rules: firmware_table.c (the table, parsed), firmware_value.c
 * (a value as text, and what a pattern makes of it), firmware_match.c (values against rows),
 * firmware_read.c (the reading of a device).
 */
#ifndef CODEC_FIRMWARE_IMPL_H
#define CODEC_FIRMWARE_IMPL_H

#include "keepwatch/firmware_rule.h"
#include "keepwatch/mem.h"

#include <regex.h>

enum {
	FIRMWARE_PARTS_MAX = 4,	     /* values joined */
	FIRMWARE_CONDITIONS_MAX = 3, /* of a row */
	FIRMWARE_GROUPS_MAX = 10,    /* \0 .. \9 */
	FIRMWARE_OID_MAX = 32,	     /* sub-identifiers written in the table */
	FIRMWARE_TEXT_SIZE = 4 * (3 * FIRMWARE_VALUE_MAX + 1) + 1, /* four joined, in hex */
};

/* How octets are written before the pattern sees them. */
enum firmware_form { FIRMWARE_TEXT, FIRMWARE_HEX, FIRMWARE_BYTES, FIRMWARE_MAC };

enum firmware_source {
	FIRMWARE_SYS_DESCR,
	FIRMWARE_SYS_OBJECT_ID,
	FIRMWARE_SYS_NAME,
	FIRMWARE_SCALAR,
	FIRMWARE_COLUMN,
};

struct firmware_part {
	enum firmware_source source;
	bool is_optional;
	uint8_t relative;   /* 1: oid goes on from the device's sysObjectID; 2: from its parent; ...
			     */
	struct oid_ref oid; /* SCALAR: the instance; COLUMN: the column */
	struct oid_ref select; /* COLUMN: of the same row; len 0: every row */
	const regex_t *select_pattern;
};

enum firmware_condition_kind { FIRMWARE_DESCR_IS, FIRMWARE_DESCR_IS_NOT, FIRMWARE_HAS };

struct firmware_condition {
	enum firmware_condition_kind kind;
	struct oid_ref oid;	/* HAS */
	const regex_t *pattern; /* HAS: may be NULL */
};

struct firmware_rule {
	unsigned line;
	enum firmware_item item;
	const char *vendor; /* NULL: any */
	const char *object;
	const struct oid_ref *prefixes; /* one of length 0: any device */
	uint8_t prefix_count, condition_count, part_count;
	struct firmware_condition conditions[FIRMWARE_CONDITIONS_MAX];
	struct firmware_part parts[FIRMWARE_PARTS_MAX];
	enum firmware_form form;
	const regex_t *pattern; /* NULL: the whole value */
	const char *text;	/* with \1 .. \9; NULL: the first group */
};

struct firmware_regex {
	regex_t regex;
	const char *source; /* equal ones are compiled once */
	struct firmware_regex *next;
};

struct firmware_rules {
	struct mem_arena arena;
	struct firmware_rule *items;
	size_t count, cap;
	struct firmware_regex *regexes;
};

/* A value that was read; its memory is the reading's. */
struct firmware_value {
	struct oid_ref index; /* of a column's row; of a scalar len 0 */
	enum varbind_type type;
	uint64_t number;      /* of the numeric types; INTEGER as two's complement */
	const uint8_t *bytes; /* OCTETS, OPAQUE, IPADDRESS; OID: dotted text */
	size_t len;
};

/* As text, NUL-terminated, blanks at the ends cut. False if it holds nothing that is text. */
bool firmware_value_text(const struct firmware_value *value, enum firmware_form form, char *out,
			 size_t size);
/* Cuts what is at hand already (sysDescr) the same way; out may be text. */
bool firmware_clean_text(const char *text, size_t len, char *out, size_t size);
/*
 * What the rule's pattern makes of a text: trimmed, at most FIRMWARE_VALUE_MAX bytes. False if it
 * does not match, or yields nothing or a placeholder.
 */
bool firmware_rule_extract(const struct firmware_rule *rule, const char *text,
			   char out[FIRMWARE_VALUE_MAX + 1]);

struct firmware_asked {
	struct oid_ref oid; /* the rules' memory */
	bool is_column;
	struct firmware_value *values; /* by ascending index */
	size_t count, cap;
};

/* A row of the table that may be for this device, and how much of its sysObjectID it names. */
struct firmware_candidate {
	const struct firmware_rule *rule;
	size_t prefix_len;
};

struct firmware_read {
	struct mem_arena arena;
	const char *at_hand[FIRMWARE_SCALAR];  /* sysDescr, sysObjectID, sysName; cleaned */
	struct firmware_candidate *candidates; /* in the order of the table */
	size_t candidate_count, candidate_cap;
	struct firmware_asked asked[FIRMWARE_SCALARS_MAX * 2 + FIRMWARE_COLUMNS_MAX];
	size_t asked_count;
	unsigned round;
	struct oid_ref scalars[FIRMWARE_SCALARS_MAX], columns[FIRMWARE_COLUMNS_MAX];
	struct firmware_ask ask;
};

/* firmware_match.c */
/* NULL: it was not asked for. */
struct firmware_asked *firmware_find_asked(struct firmware_read *reading,
					   const struct oid_ref *oid);
/* What a row says by the values that came. */
bool firmware_yields(struct firmware_read *reading, const struct firmware_rule *rule,
		     char out[FIRMWARE_VALUE_MAX + 1]);
/* The column that tells which rows there are; NULL: the rule has none. */
const struct firmware_part *firmware_leading_column(const struct firmware_rule *rule);
/* How much of sysObjectID the best rows for an item name, of those whose conditions hold. */
size_t firmware_longest_prefix(struct firmware_read *reading, enum firmware_item item);
/* The next row that counts for the item, from *at on, which begins with 0; NULL: none. */
const struct firmware_rule *firmware_next_rule(struct firmware_read *reading,
					       enum firmware_item item, size_t prefix_len,
					       size_t *at);

#endif

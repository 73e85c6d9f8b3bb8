/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware, model, serial number and hardware revision over SNMP, by the rules of
 * schemas/firmware-rules.tsv, which says what its columns mean. Pure: says which objects to read of
 * a device, takes what was read, and concludes. What no rule yields is unknown; nothing is guessed.
 */
#ifndef KEEPWATCH_FIRMWARE_RULE_H
#define KEEPWATCH_FIRMWARE_RULE_H

#include "keepwatch/varbind.h"

#include <stdbool.h>
#include <stddef.h>

#define FIRMWARE_ITEMS(X)                                                                         \
	X(FIRMWARE, "firmware")                                                                   \
	X(MODEL, "model")                                                                         \
	X(SERIAL, "serial")                                                                       \
	X(HARDWARE, "hardware")                                                                   \
	X(VENDOR, "vendor") /* told by the first of the others that is known, or a row of its own \
			     */

enum firmware_item {
#define X(name, text) FIRMWARE_##name,
	FIRMWARE_ITEMS(X)
#undef X
		FIRMWARE_ITEM_COUNT
};

const char *firmware_item_name(enum firmware_item item);

enum {
	FIRMWARE_ROWS_MAX = 128,   /* read of one column */
	FIRMWARE_COLUMNS_MAX = 16, /* of one device, in one walk */
	FIRMWARE_SCALARS_MAX = 96, /* of one device, in one round */
	FIRMWARE_VALUE_MAX = 255,  /* bytes of a value that are looked at */
	FIRMWARE_MESSAGE_SIZE = 120,
};

struct firmware_rules; /* the table, parsed; read-only, for all threads */

/* Where and what is wrong with a table. */
struct firmware_complaint {
	unsigned line, column; /* from 1; column in bytes */
	char message[FIRMWARE_MESSAGE_SIZE];
};

/* The table that was built in. ERR_NOMEM; ERR_SYNTAX with a complaint (may be NULL): a bug that a
 * test finds. */
int firmware_rules_new(struct firmware_rules **out, struct firmware_complaint *complaint);
/* Any table. ERR_NOMEM; ERR_SYNTAX with a complaint (may be NULL). */
int firmware_rules_parse(struct firmware_rules **out, const char *text, size_t len,
			 struct firmware_complaint *complaint);
/* NULL is fine. Readings must be freed before. */
void firmware_rules_free(struct firmware_rules *rules);
size_t firmware_rules_count(const struct firmware_rules *rules);

/* What is known of one device while it is read. */
struct firmware_read;

/*
 * Begins: the rules are borrowed until firmware_read_free, the texts are copied. sys_object_id is
 * dotted; "" where the device tells none. ERR_NOMEM.
 */
int firmware_read_new(struct firmware_read **out, const struct firmware_rules *rules,
		      const char *sys_object_id, const char *sys_descr, const char *sys_name);
/* NULL is fine. */
void firmware_read_free(struct firmware_read *reading);

/* What to read next: borrowed until the next call of firmware_read_next or firmware_read_free. */
struct firmware_ask {
	/* By GET; the reply to each may be an exception. In as many requests as the agent needs. */
	const struct oid_ref *scalars;
	size_t scalar_count; /* up to FIRMWARE_SCALARS_MAX */
	/* By one walk, side by side, up to FIRMWARE_ROWS_MAX rows each. */
	const struct oid_ref *columns;
	size_t column_count; /* up to FIRMWARE_COLUMNS_MAX */
};
/*
 * Called first, and again when all that was asked for came or failed. There are two rounds at most:
 * scalars, then what follows from them and the columns still needed. False: there is nothing
 * (more) to read. Reading less than what is asked for makes items unknown and nothing wrong.
 */
bool firmware_read_next(struct firmware_read *reading, struct firmware_ask *ask);
/* Takes one varbind; exceptions and what was not asked for are passed over. ERR_NOMEM. */
int firmware_read_take(struct firmware_read *reading, const struct varbind *varbind);
/* Within a walk: further rows would change nothing. */
bool firmware_read_is_enough(struct firmware_read *reading);

/* A conclusion; borrowed until firmware_read_free. */
struct firmware_found {
	const char *value;  /* NULL: unknown */
	const char *source; /* the row's object: "MIB::object", "sysDescr"; NULL for VENDOR */
	unsigned line;	    /* of the table */
};
/* What follows from all that was taken: out[FIRMWARE_ITEM_COUNT]. ERR_NOMEM. */
int firmware_read_conclude(struct firmware_read *reading, struct firmware_found *out);

#endif

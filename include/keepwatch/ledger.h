/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The password ledger: what is proven about the password of an account on a device. No protocol
 * tells a password's age; a login that succeeds proves which password is in force at that moment.
 * A password is known by its proof alone, a keyed hash whose key lies outside the database.
 */
#ifndef KEEPWATCH_LEDGER_H
#define KEEPWATCH_LEDGER_H

#include "keepwatch/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LEDGER_KEY_SIZE = 32,
	LEDGER_PROOF_SIZE = 33, /* 128 bits in hexadecimal, and the NUL */
	LEDGER_ACCOUNT_SIZE = 128,
	LEDGER_WORDS_SIZE = 256,
};

/*
 * First 128 bits of HMAC-SHA256(key, "keepwatch password proof 1" NUL password), in lower-case
 * hexadecimal: equal for equal passwords, on whichever device. ERR_NOMEM.
 */
int ledger_proof(const uint8_t key[LEDGER_KEY_SIZE], const struct secret *password,
		 char out[LEDGER_PROOF_SIZE]);

/* Why the password is known to have changed between two moments. */
#define LEDGER_CHANGES(X)                                                          \
	X(NONE, "never")	/* the same since it was first proven */           \
	X(PROVEN, "proven")	/* the device took another password than before */ \
	X(ROTATED, "rotated")	/* keepwatch set it, and proved it */              \
	X(ATTESTED, "attested") /* a person says so: `keepwatch password mark` */

enum ledger_change {
#define X(name, text) LEDGER_##name,
	LEDGER_CHANGES(X)
#undef X
		LEDGER_CHANGE_COUNT
};

/* An account on a device. Times are wall clock in ms since 1970; 0: never. */
struct ledger_entry {
	uint32_t device;
	/* "onvif", "http", "snmp": by which door it was proven. An SNMP v1/v2c community is the
	 * account "community". */
	uint8_t use; /* enum credential_use */
	char account[LEDGER_ACCOUNT_SIZE];
	char proof[LEDGER_PROOF_SIZE]; /* of the password proven last; "" : none proven yet */
	int64_t first_proven_ms;       /* this password, by a login */
	int64_t last_proven_ms;
	enum ledger_change change;
	/* This password came into force between these two: the last proof of the one before (0: not
	 * known), and the first of this one, or when a person says it was. */
	int64_t changed_after_ms, changed_before_ms;
	int64_t refused_ms; /* refused since, though it was good before; 0: not refused */
	/* A default password that the device took (audit on request); 0: none known of. */
	int64_t default_found_ms;
	char who[64], why[LEDGER_WORDS_SIZE]; /* of an attested change; "" */
};

/*
 * The least age that is certain at now_ms, and the greatest that is possible (INT64_MAX: without
 * bound, as no change was ever seen). Both 0 before the first proof.
 */
void ledger_age(const struct ledger_entry *entry, int64_t now_ms, int64_t *least_ms,
		int64_t *most_ms);

const char *ledger_change_name(enum ledger_change change);
int ledger_change_parse(const char *text, enum ledger_change *out); /* ERR_NOTFOUND */
/* "snmp", "onvif", "http"; enum credential_use. */
const char *ledger_use_name(uint8_t use);
int ledger_use_parse(const char *text, uint8_t *out);

/* What happened to an entry: its history, never changed afterwards. */
#define LEDGER_EVENTS(X)                                                                     \
	X(FIRST_PROVEN, "first-proven") /* of the account: the first login that succeeded */ \
	X(CHANGED, "changed")		/* the device took another password */               \
	X(REFUSED, "refused")		/* a password that was good is refused */            \
	X(ACCEPTED, "accepted")		/* the same password again, after refusals */        \
	X(ATTESTED, "attested")                                                              \
	X(ROTATED, "rotated")                                                                \
	X(DEFAULT_FOUND, "default-found")                                                    \
	X(DEFAULT_GONE, "default-gone")

enum ledger_event {
#define X(name, text) LEDGER_EVENT_##name,
	LEDGER_EVENTS(X)
#undef X
		LEDGER_EVENT_COUNT
};
const char *ledger_event_name(enum ledger_event event);
int ledger_event_parse(const char *text, enum ledger_event *out);

/*
 * A login with the password of that proof was proven at at_ms: updates the entry and says in
 * *event what happened (LEDGER_EVENT_COUNT: nothing but a later last_proven). A stale result
 * (before last_proven) changes nothing.
 */
void ledger_prove(struct ledger_entry *entry, const char *proof, int64_t at_ms,
		  enum ledger_event *event);
/* The password of that proof was refused. Only the one proven last counts: another that is refused
 * was never good. */
void ledger_refuse(struct ledger_entry *entry, const char *proof, int64_t at_ms,
		   enum ledger_event *event);

#endif

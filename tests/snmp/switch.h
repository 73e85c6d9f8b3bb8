/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fake switch on loopback, v1 and v2c, whose tables a test fills and whose manners it spoils: one
 * that falls silent in the middle of a table, dies on GETBULK, goes in circles, answers tooBig, or
 * comes back with less than it had.
 */
#ifndef KEEPWATCH_TESTS_SNMP_SWITCH_H
#define KEEPWATCH_TESTS_SNMP_SWITCH_H

#include "../../src/net/snmpc_ber.h"
#include "out.h"

#include <stdbool.h>
#include <uv.h>

enum { SWITCH_OID = 40, SWITCH_TEXT = 64 };

struct switch_cell {
	uint32_t ids[SWITCH_OID];
	uint8_t len;
	uint16_t vlan; /* in the context of which it is; 0: in none */
	enum varbind_type type;
	uint32_t number;
	uint8_t text_len;
	uint8_t text[SWITCH_TEXT];
	uint32_t value[16]; /* of an OID, value_len of them */
	uint8_t value_len;
};

struct fake_switch {
	int fd;
	uv_poll_t poll;
	uint16_t port;
	const char *community; /* others are not answered, but for @VLAN behind it */
	struct switch_cell *cells;
	size_t count, cap;
	bool is_sorted;
	size_t max_bytes; /* of a reply's varbinds */
	/* manners */
	bool is_silent;
	bool refuses_bulk;	    /* genErr */
	unsigned dead_after_bulk;   /* so many requests are not heard after a GETBULK */
	unsigned bulks_until_dead;  /* it bears so many */
	size_t too_big_over;	    /* varbinds asked for */
	uint32_t under[SWITCH_OID]; /* of requests for this subtree ... */
	size_t under_len;
	unsigned skip, lose;  /* ... so many are answered, then so many are not */
	bool is_circling;     /* ... the first instance comes again behind the tenth */
	bool is_refused;      /* ... genErr */
	bool is_missing;      /* ... as if it were not there */
	unsigned missing_for; /* ... for so many requests; 0: always */
	/* what it saw */
	unsigned heard, gets, nexts, bulks, dead;
	unsigned min_gap_us; /* from a reply to the next request */
	uint64_t replied_ns;
};

/* Asserts, all of them. */
void switch_open(struct fake_switch *sw, uv_loop_t *uv, const char *community);
void switch_close(struct fake_switch *sw);
/* Dotted OIDs; `last` is appended if it is not UINT32_MAX. */
void switch_put_number(struct fake_switch *sw, uint16_t vlan, const char *oid, uint32_t last,
		       enum varbind_type type, uint32_t number);
void switch_put_bytes(struct fake_switch *sw, uint16_t vlan, const char *oid, uint32_t last,
		      const void *bytes, size_t len);
void switch_put_text(struct fake_switch *sw, const char *oid, uint32_t last, const char *text);
void switch_put_oid(struct fake_switch *sw, const char *oid, const char *value);
/* Sets a value again that is there. */
void switch_set_number(struct fake_switch *sw, const char *oid, uint32_t number);
/* Takes away all in a subtree but the first `keep` of it. */
void switch_drop(struct fake_switch *sw, const char *oid, size_t keep);
/* The subtree that the manners are about. */
void switch_aim(struct fake_switch *sw, const char *oid);

/* Tables as switches have them (see switch_tables.c). */
void switch_put_system(struct fake_switch *sw, const char *object_id);
void switch_put_ports(struct fake_switch *sw, unsigned count);
void switch_put_base_ports(struct fake_switch *sw, uint16_t vlan, unsigned count);
/* Stations 00:16:3e:00:xx:xx in turn on the ports. */
void switch_put_qfdb(struct fake_switch *sw, unsigned count, unsigned ports);
void switch_put_fdb(struct fake_switch *sw, uint16_t vlan, unsigned first, unsigned count,
		    unsigned ports);
void switch_put_lldp(struct fake_switch *sw, unsigned count, unsigned ports);
void switch_put_vlans(struct fake_switch *sw, unsigned ports);
void switch_put_poe(struct fake_switch *sw, unsigned ports);
void switch_put_entities(struct fake_switch *sw, unsigned count);

#endif

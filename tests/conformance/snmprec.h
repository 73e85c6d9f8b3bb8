/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A dump of an SNMP agent in .snmprec format (OID|tag|value, one a line), asked as the agent would
 * be: exact instances, and columns in order.
 */
#ifndef TESTS_CONFORMANCE_SNMPREC_H
#define TESTS_CONFORMANCE_SNMPREC_H

#include "keepwatch/varbind.h"

struct snmprec_row {
	uint32_t oid[OID_MAX], value_oid[OID_MAX];
	struct varbind vb; /* points into the row and the dump */
};

struct snmprec {
	char *text;
	struct snmprec_row *rows; /* by OID */
	size_t count, cap;
};

/* False if it cannot be read; lines that make no sense are passed over. */
bool snmprec_load(struct snmprec *dump, const char *path);
void snmprec_free(struct snmprec *dump);
/* The instance, or NULL. */
const struct varbind *snmprec_get(const struct snmprec *dump, const struct oid_ref *oid);
/* Position of the first row behind the OID. */
size_t snmprec_after(const struct snmprec *dump, const uint32_t *oid, size_t len);

#endif

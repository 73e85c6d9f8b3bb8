/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes of packed rows: varints and the key of a series. See series.h for the format.
 */
#ifndef KEEPWATCH_STORE_PACK_H
#define KEEPWATCH_STORE_PACK_H

#include "keepwatch/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* LEB128: seven bits a byte, lowest first, the top bit says that more follow. */
void pack_put(struct buf *out, uint64_t value);
/* At most ten bytes, no overflow; else rd->error is set and 0 returned. */
uint64_t pack_get(struct rd *rd);
uint32_t pack_get32(struct rd *rd);

/* *last is the device before, 0 at first. */
void pack_put_key(struct buf *out, uint8_t *last, uint8_t device, uint8_t probe, bool flag);

struct pack_key {
	bool is_first; /* set at first */
	uint8_t device, probe;
	bool flag;
};

/* The next key; false if it does not ascend or leaves the chunk. */
bool pack_get_key(struct rd *rd, struct pack_key *key);

#endif

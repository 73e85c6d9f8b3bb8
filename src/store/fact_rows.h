/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of facts and of their history: the statements that commit_facts.c decides about.
 */
#ifndef KEEPWATCH_STORE_FACT_ROWS_H
#define KEEPWATCH_STORE_FACT_ROWS_H

#include "store.h"

/* What is stored of a fact. */
struct fact_row {
	const char *key, *instance, *value;
	int64_t last_seen, changed_at, gone_at;
	bool is_confirmed; /* found again, the same */
};

/* What is stored of the facts of one result, in the order of keys and instances as text. */
struct fact_view {
	struct mem_arena text;
	struct fact_row *items;
	size_t count, cap;
};

/* Adds all that the probe knows of the device to the view: one look-up and neighbouring rows. */
int fact_rows_read(struct store *store, const struct batch_facts *facts, struct fact_view *view);
/* Adds one fact, if it is stored: cheaper where the list has a few and the device has hundreds. */
int fact_rows_read_one(struct store *store, const struct batch_facts *facts,
		       const struct fact *fact, struct fact_view *view);
int fact_row_add(struct store *store, const struct batch_facts *facts, const struct fact *fact);
/* Another value of a known one, or one that is back. */
int fact_row_set(struct store *store, const struct batch_facts *facts, const struct fact *fact);
int fact_row_gone(struct store *store, const struct batch_facts *facts,
		  const struct fact_row *stored);
int fact_row_seen(struct store *store, const struct batch_facts *facts,
		  const struct fact_row *stored);
/* All of the probe that are not gone. */
int fact_rows_seen(struct store *store, const struct batch_facts *facts);

struct fact_past {
	uint32_t device;
	enum probe_id probe;
	const char *key, *instance, *value;
	int64_t since_ms, until_ms;
	bool is_gone;
};

int fact_past_add(struct store *store, const struct fact_past *past);

/* Facts that say which unit it is: their changes are kept as long as the device. */
bool fact_is_of_unit(enum fact_key key, const char *instance);
/* One of them, `stored`, is something else now. */
int fact_unit_change_add(struct store *store, const struct batch_facts *facts,
			 const struct fact_row *stored, const char *value);

#endif

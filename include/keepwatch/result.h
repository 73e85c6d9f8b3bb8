/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one run of a probe brings home: outcome, reason, timing, and facts. A plain value; the facts
 * are owned by the result.
 */
#ifndef KEEPWATCH_RESULT_H
#define KEEPWATCH_RESULT_H

#include "keepwatch/kinds.h"
#include "keepwatch/switch_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RESULT_DETAIL_SIZE = 160, /* bytes of the plain-words detail with its NUL */
	FACT_VALUE_MAX = 1024,	  /* longer values are cut at a UTF-8 boundary */
	FACT_INSTANCE_MAX = 64,
	FACTS_MAX = 4096, /* in one result */
};

#define RTT_NONE UINT32_MAX

struct fact {
	enum fact_key key;
	char *instance; /* "" for facts that a device has once; never NULL */
	char *value;	/* valid UTF-8 without control characters; never NULL */
};

struct fact_list {
	struct fact *items;
	size_t count, cap;
};

/* What a run proved about the credential that it used. */
enum login_proof {
	LOGIN_NOT_TRIED, /* none was needed, or nothing was learnt of it */
	LOGIN_PROVEN,	 /* something that needs the login was done with it */
	LOGIN_REFUSED,
};

struct probe_result {
	enum outcome outcome;
	enum reason reason;
	int64_t at_ms;	     /* wall clock when the run started */
	uint32_t took_ms;    /* whole run */
	uint16_t sent, lost; /* requests or echoes, for the loss rate */
	uint32_t rtt_us;     /* the best estimate of one round trip; RTT_NONE if nothing answered */
	/* What a person should read beside the reason: "HTTP 503", "2 of 3 lost"; never a secret.
	 */
	char detail[RESULT_DETAIL_SIZE];
	struct fact_list facts;
	/*
	 * Fact keys of which `facts` holds the complete set that the device has now (bit 1 << key):
	 * an instance that is stored but missing here is gone. Keys without the bit are only added
	 * to.
	 */
	uint64_t complete;
	/* Of the credential for this use (fleet.h, enum credential_use), as configured at the start
	 * of the run: its generation. */
	enum login_proof login;
	uint8_t login_use;
	uint64_t login_generation;
	/* What a switch told (probe `topology`); owned, NULL otherwise. */
	struct switch_view *view;
	/* sysUpTime, in seconds, if it was told. */
	uint32_t uptime_s;
	bool has_uptime;
	/* The device says that its neighbours, ports or spanning tree have changed since the run
	 * before: its topology is worth reading now. */
	bool has_topology_change;
};

_Static_assert(FACT_COUNT <= 64, "one bit a fact key");

void result_init(struct probe_result *result);
void result_fini(struct probe_result *result);

/* Everything asked was answered rightly. */
void result_ok(struct probe_result *result);

/* Sets outcome, reason and the detail in words (printf), cut to fit. */
void result_set(struct probe_result *result, enum outcome outcome, enum reason reason,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Adds a fact; broken UTF-8 and control characters are replaced, surrounding blanks cut, empty
 * values ignored. A second one with the same key and instance replaces the first. instance may be
 * NULL. ERR_NOMEM, ERR_TOOBIG past FACTS_MAX.
 */
int fact_add(struct fact_list *list, enum fact_key key, const char *instance, const char *value);
int fact_addf(struct fact_list *list, enum fact_key key, const char *instance, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Borrowed; NULL if it is not there. instance NULL means "". */
const char *fact_get(const struct fact_list *list, enum fact_key key, const char *instance);
void fact_list_fini(struct fact_list *list);

#endif

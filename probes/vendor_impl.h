/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the probe `vendor` share: vendor.c (the run: which interface, its requests and
 * what their replies mean), vendor_login.c (one refused login at most, then a pause),
 * vendor_memory.c (what is kept of a device between runs).
 */
#ifndef KEEPWATCH_PROBES_VENDOR_IMPL_H
#define KEEPWATCH_PROBES_VENDOR_IMPL_H

#include "login_hold.h"

#include "keepwatch/http.h"
#include "keepwatch/probe.h"
#include "keepwatch/vendor.h"

/* In the order of the choices of the option `api`, behind `auto`; the first words of their sources'
 * texts. */
#define VENDOR_APIS(X)            \
	X(AXIS, "Axis")           \
	X(HIKVISION, "Hikvision") \
	X(DAHUA, "Dahua")         \
	X(HANWHA, "Hanwha")       \
	X(TWO_N, "2N")

enum vendor_api {
#define X(name, text) VENDOR_API_##name,
	VENDOR_APIS(X)
#undef X
		VENDOR_API_COUNT /* not known */
};

/* Of a device, between runs (target->memory). */
struct vendor_memory {
	enum vendor_api api; /* that answered last */
	struct login_hold hold;
	uint64_t generation;	    /* of the credential that the hold belongs to; 0: none yet */
	char tls_key[TLS_KEY_SIZE]; /* trust: tofu, seen first */
};

/* Of a run (run->state). */
struct vendor_state {
	struct probe_run *run;
	struct vendor_memory *memory;	  /* of the target */
	const struct credential_web *web; /* NULL: no credential */
	struct http_session *session;
	bool is_auto;	     /* whichever answers */
	unsigned tried;	     /* interfaces: bit 1 << api */
	enum vendor_api api; /* that is asked */
	unsigned source;     /* of its sources */
	unsigned tries;	     /* of the first request, on silence */
	bool has_told;	     /* something that a device says of itself */
	bool is_forbidden;   /* logged in, but not permitted */
	bool wants_basic;    /* which the credential does not allow */
	uint64_t deadline_ms;
};

/* vendor_login.c */
/* Whether the run may log in. now_ms: wall clock. */
bool vendor_login_begin(struct vendor_state *st, uint64_t generation, int64_t now_ms);
/* A login was refused: it is not tried again for a while. */
void vendor_login_refused(struct vendor_state *st, int64_t now_ms, bool is_locked);
void vendor_login_accepted(struct vendor_state *st);

/* vendor_memory.c */
/* Made if there is none; NULL when out of memory. */
struct vendor_memory *vendor_memory_of(struct probe_target *target);
void vendor_memory_forget(struct probe_target *target);
void vendor_memory_restore(struct probe_target *target, const struct fact_list *facts);

#endif

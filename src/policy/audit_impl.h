/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the audit share. audit.c: devices, marks, the run. audit_facts.c: what is known
 * of a device. audit_login.c: the ledger, and who shares a password. audit_open.c: what is found
 * against what was found before. audit_firmware.c, audit_password.c, audit_exposure.c, audit_tls.c,
 * audit_setting.c: the rules. audit_count.c: figures and acceptances.
 */
#ifndef KEEPWATCH_POLICY_AUDIT_IMPL_H
#define KEEPWATCH_POLICY_AUDIT_IMPL_H

#include "keepwatch/audit.h"

#define HASH_NONFATAL_OOM	 1
#define uthash_nonfatal_oom(obj) ((void)((obj)->is_lost = true))
#include <uthash.h>

enum {
	AUDIT_MATCHES = 64, /* advisories told of one device */
	/* Kinds of devices of which it is known what applies to them: more are not of this world.
	 */
	AUDIT_KINDS_MAX = 20000,
	AUDIT_PORT_TEXT = 16,
	/* When a fact was seen that was restored: nobody has since the start. */
	AUDIT_SEEN_BEFORE_S = 1,
};

struct audit_fact {
	uint8_t key, probe;
	uint8_t rank;	 /* probe_rank() */
	uint32_t seen_s; /* seconds since 1970 */
	uint16_t value;	 /* where it begins in text */
	bool is_fresh;	 /* told by the result in work */
	char text[];	 /* instance NUL value NUL */
};

/* A password that is in force on some devices. */
struct audit_secret {
	UT_hash_handle hh;
	char proof[LEDGER_PROOF_SIZE];
	bool is_lost;
	uint32_t *subjects; /* indices of the devices that have it, each once */
	size_t count, cap;
	size_t removed; /* of these: have left the fleet file */
};

struct audit_login {
	uint8_t use, change;
	struct audit_secret *secret; /* NULL: none proven yet */
	int64_t first_proven_ms, last_proven_ms, changed_after_ms, changed_before_ms;
	int64_t refused_ms, default_found_ms;
	char *account; /* account NUL who NUL why NUL, one block */
};

struct audit_open {
	uint8_t rule, severity;
	bool is_wanted;		 /* while a device is evaluated */
	uint32_t port, evidence; /* hash of its words */
	int64_t since_ms, confirmed_ms, told_ms;
	char *instance; /* NULL: "" */
};

struct audit_subject {
	UT_hash_handle hh;
	uint32_t id;
	uint32_t index; /* of audit->subjects */
	uint8_t kind;
	bool is_lost, is_marked, is_removed;
	uint8_t clock_class; /* 0 fine, 1 warning, 2 critical: with hysteresis */
	int64_t looked_ms;   /* 0: never */
	int64_t first_ms;    /* first look since the start */
	char *name;	     /* name NUL address NUL site NUL owner NUL, one block */
	const char *address, *site, *owner;
	struct audit_fact **facts;
	struct audit_login *logins;
	struct audit_open *open;
	uint16_t fact_count, login_count, open_count;
	size_t fact_cap, login_cap, open_cap;
	char *parent, *port; /* NULL: not known; one block */
	uint16_t vlan;
	bool is_vlan_forbidden, is_vlan_shared;
	char *downgraded_from; /* seen since the last look; NULL */
	char **changed_keys;   /* "443 sha256//ABC..." likewise */
	uint16_t changed_key_count;
};

/* What a vendor's model in one version is open to, worked out once. */
struct audit_matches {
	UT_hash_handle hh;
	bool is_lost;
	size_t count;
	struct advisory_match *items;
	char key[];
};

/* Which rules of the policy are about a vendor's model of a kind, worked out once. */
struct audit_applying {
	UT_hash_handle hh;
	bool is_lost;
	size_t count;
	uint32_t *rules; /* indices */
	char key[];
};

struct audit_accepted {
	UT_hash_handle hh;
	bool is_lost;
	int64_t until_ms;
	char key[]; /* audit_key() */
};

struct audit {
	const struct audit_policy *policy;
	const struct advisory_set *advisories;
	struct audit_policy defaults; /* while there is no policy */
	struct audit_subject *by_id;
	struct audit_subject **subjects;
	size_t count, cap;
	uint32_t *marked; /* indices; each at most once */
	size_t marked_count, marked_cap;
	size_t cursor; /* of the devices looked at by time */
	struct audit_secret *secrets;
	struct audit_matches *matches;
	struct audit_applying *applying;
	struct audit_accepted *accepted;
	struct finding *wanted; /* of the device in work */
	size_t wanted_count, wanted_cap;
	bool is_out_of_memory;
};

/* One evaluation of one device. */
struct audit_eval {
	struct audit *audit;
	struct audit_subject *subject;
	const struct audit_policy *policy;
	int64_t now_ms;
	/* as believed; "" if not known */
	const char *vendor, *model, *firmware;
};

/* audit.c */
struct audit_subject *audit_find(const struct audit *audit, uint32_t id);
void audit_mark(struct audit *audit, struct audit_subject *subject);
void audit_mark_all(struct audit *audit);
/* Copies texts one after the other into one block; NULL: "". NULL when out of memory. */
char *audit_pack(const char *const *texts, size_t count, const char **starts);

/* audit_facts.c: what is believed. "" if it is not known; *seen_ms (may be NULL): when. */
const char *audit_fact(const struct audit_subject *subject, enum fact_key key, const char *instance,
		       int64_t *seen_ms);
/* The next fact of a key, over all instances, those not believed left out; *at starts at 0. */
const struct audit_fact *audit_next_fact(const struct audit_subject *subject, enum fact_key key,
					 size_t *at);
void audit_facts_fini(struct audit_subject *subject);
void audit_changed_keys_fini(struct audit_subject *subject);

static inline const char *
audit_fact_value(const struct audit_fact *fact)
{
	return fact->text + fact->value;
}

/* audit_login.c */
/* Devices of the fleet that have the password. */
static inline size_t
audit_secret_devices(const struct audit_secret *secret)
{
	return secret->count - secret->removed;
}
/* The device leaves the fleet file, or is in it again: its passwords count no longer, or do. */
void audit_logins_leave(struct audit *audit, const struct audit_subject *subject, bool is_leaving);
void audit_logins_fini(struct audit *audit, struct audit_subject *subject);
/* "onvif admin": how an account is named in a finding. */
const char *audit_login_name(const struct audit_login *login, char *out, size_t size);

/* audit_open.c */
/*
 * The device breaks a rule; seen_ms: when that was seen last (0: now). Twice the same rule and
 * instance is one finding, of the worse severity, which is the rule's own.
 */
void audit_want(struct audit_eval *eval, enum finding_rule rule, const char *instance,
		int64_t seen_ms, double value, double limit, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));
/* The same where this case is of another severity than the rule's; a configured one beats both. */
void audit_want_as(struct audit_eval *eval, enum finding_rule rule, const char *instance,
		   enum finding_severity severity, int64_t seen_ms, double value, double limit,
		   const char *fmt, ...) __attribute__((format(printf, 8, 9)));
/* Holds what is wanted against what is open, and tells the differences. */
void audit_settle(struct audit_eval *eval, audit_emit *emit, void *arg);
void audit_open_fini(struct audit_subject *subject);

/* The rules. */
void audit_firmware(struct audit_eval *eval);
void audit_advisories(struct audit_eval *eval);
void audit_matches_fini(struct audit *audit);
void audit_applying_fini(struct audit *audit);
void audit_password(struct audit_eval *eval);
void audit_exposure(struct audit_eval *eval);
void audit_tls(struct audit_eval *eval);
void audit_settings(struct audit_eval *eval);
/* The class of a clock's offset, given the one before. */
uint8_t audit_clock_class(const struct audit_policy *policy, uint8_t before, int64_t offset_ms);
/* "on switch sw1 port 7, VLAN 20 shared with other devices"; "" if it is not known. */
const char *audit_where(const struct audit_subject *subject, char *out, size_t size);

/* audit_count.c */
void audit_accepted_fini(struct audit *audit);
bool audit_is_accepted(const struct audit *audit, uint32_t node, const struct audit_open *open,
		       int64_t now_ms);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The policy in force, as configured under `policy:` and in the files it includes: which firmware,
 * passwords, ports and settings a device may have. Plain values, owned by the configuration; what
 * breaks them is found by audit.h. Zero-filled members mean that nothing is asked for, unless said
 * otherwise; audit_policy_init has the defaults.
 */
#ifndef KEEPWATCH_AUDIT_POLICY_H
#define KEEPWATCH_AUDIT_POLICY_H

#include "keepwatch/finding.h"
#include "keepwatch/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One rule about the firmware of a model. Patterns are globs (fnmatch(3)), case-insensitive. */
struct audit_firmware_rule {
	const char *vendor, *model; /* NULL: any */
	unsigned kinds;		    /* bits 1 << kind; 0: any */
	/* Versions as their vendor writes them, compared as their vendor orders them. */
	const char *minimum; /* NULL: none */
	const char **approved;
	size_t approved_count; /* 0: every one that is not forbidden */
	/* A version, a glob ("5.4.*") or a range: "<5.5.0", "<=5.5.0", "5.4.0..5.4.9". */
	const char **forbidden;
	size_t forbidden_count;
	int64_t end_of_sale_ms, end_of_support_ms; /* 0: none known */
	const char *note;			   /* a person's words, for the evidence; NULL */
	const char *where;			   /* "keepwatch.yaml:31", for the evidence */
};

/* What may be on devices of one kind. */
struct audit_kind_policy {
	int64_t password_max_age_ms; /* 0: any age */
	const char **accounts;	     /* globs of accounts that may exist on the device */
	size_t account_count;
	bool has_accounts; /* else any account may exist */
	uint16_t *ports;   /* allowed TCP ports, ascending */
	size_t port_count;
	bool has_ports; /* else no port is a finding but those that are never fine (telnet ...) */
};

struct audit_policy {
	bool is_enabled; /* default: yes */
	struct audit_firmware_rule *firmware;
	size_t firmware_count;
	struct audit_kind_policy kinds[KIND_COUNT];
	unsigned password_shared_max; /* devices that may share one; 0: any number */
	int64_t refused_after_ms;     /* a good password refused for so long is a finding */
	const char *tls_min_version;  /* "TLSv1.2" */
	unsigned tls_min_rsa_bits, tls_min_ec_bits;
	int64_t tls_expiry_warning_ms;
	int64_t clock_warning_ms, clock_critical_ms;
	uint64_t rules_off; /* bit 1 << rule: not looked for */
	/* As configured; FINDING_SEVERITY_COUNT: the rule's own. */
	uint8_t severities[RULE_COUNT];
	const uint64_t *const *vlans; /* conf.h `vlans`, by kind; NULL: any */
};

/*
 * Nothing is asked of firmware, accounts and ages; 1 device a password is no limit (0); TLSv1.2,
 * RSA 2048, EC 224 (NIST SP 800-131A), 30 days before expiry; clock 2 s and 30 s; refused for a
 * day.
 */
void audit_policy_init(struct audit_policy *policy);

/* The severity that counts for this rule. */
enum finding_severity audit_policy_severity(const struct audit_policy *policy,
					    enum finding_rule rule);
bool audit_policy_has_rule(const struct audit_policy *policy, enum finding_rule rule);

#endif

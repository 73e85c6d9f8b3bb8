/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules about TLS: versions, keys, signatures, names and the end of certificates.
 */
#include "audit_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/mem.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const versions[] = {"SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"};

static size_t
version_index(const char *name, size_t len)
{
	for (size_t i = 0; i < MEM_COUNT(versions); i++) {
		if (strlen(versions[i]) == len && strncasecmp(versions[i], name, len) == 0)
			return i;
	}
	return MEM_COUNT(versions);
}

/* "port 443"; of the one port that a probe was told without its number: "its port". */
static const char *
port_words(const char *port, char *out, size_t size)
{
	snprintf(out, size, port[0] != '\0' ? "port %s" : "its port%s", port);
	return out;
}

static void
check_versions(struct audit_eval *eval)
{
	size_t min =
		version_index(eval->policy->tls_min_version, strlen(eval->policy->tls_min_version));
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_TLS_VERSIONS, &at)) != NULL) {
		const char *p = audit_fact_value(fact), *oldest = NULL;
		size_t lowest = min, len = 0;

		for (; *p != '\0'; p += len + (p[len] == ' ')) {
			len = strcspn(p, " ");
			if (version_index(p, len) < lowest) {
				lowest = version_index(p, len);
				oldest = versions[lowest];
			}
		}
		if (oldest != NULL && min < MEM_COUNT(versions))
			audit_want(
				eval, RULE_TLS_VERSION, fact->text, (int64_t)fact->seen_s * 1000, 0,
				0,
				"port %s offers %s (all: %.60s); %s is the least that is allowed",
				fact->text, oldest, audit_fact_value(fact),
				eval->policy->tls_min_version);
	}
}

static void
check_keys(struct audit_eval *eval)
{
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_TLS_KEY_TYPE, &at)) != NULL) {
		const char *value = audit_fact_value(fact), *space = strchr(value, ' ');
		unsigned long bits = space != NULL ? strtoul(space + 1, NULL, 10) : 0;
		bool is_ec = strncmp(value, "EC", 2) == 0;
		unsigned min =
			is_ec ? eval->policy->tls_min_ec_bits : eval->policy->tls_min_rsa_bits;

		if (bits == 0 || bits >= min || (!is_ec && strncmp(value, "RSA", 3) != 0))
			continue;
		audit_want(eval, RULE_TLS_KEY, fact->text, (int64_t)fact->seen_s * 1000,
			   (double)bits, min,
			   "the certificate on port %s has a key of %s; %u bits are the least",
			   fact->text, value, min);
	}
}

static void
check_signatures(struct audit_eval *eval)
{
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_TLS_SIGNATURE, &at)) != NULL) {
		const char *value = audit_fact_value(fact);

		if (strcasestr(value, "sha1") == NULL && strcasestr(value, "md5") == NULL &&
		    strcasestr(value, "md2") == NULL)
			continue;
		audit_want(eval, RULE_TLS_SIGNATURE, fact->text, (int64_t)fact->seen_s * 1000, 0, 0,
			   "the certificate on port %s is signed with %.60s", fact->text, value);
	}
}

/* RFC 9525 section 6.3: a wildcard stands for the leftmost label alone. */
static bool
is_name_of(const char *name, size_t len, const char *address)
{
	const char *dot;

	if (len > 2 && name[0] == '*' && name[1] == '.') {
		dot = strchr(address, '.');
		return dot != NULL && strlen(dot) == len - 1 &&
		       strncasecmp(dot, name + 1, len - 1) == 0;
	}
	return strlen(address) == len && strncasecmp(name, address, len) == 0;
}

static void
check_names(struct audit_eval *eval)
{
	const struct audit_subject *subject = eval->subject;
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(subject, FACT_TLS_NAMES, &at)) != NULL) {
		bool is_found = false;
		size_t len;

		for (const char *p = audit_fact_value(fact); *p != '\0';
		     p += len + strspn(p + len, ", ")) {
			len = strcspn(p, ",");
			is_found = is_found || is_name_of(p, len, subject->address) ||
				   is_name_of(p, len, subject->name);
		}
		if (!is_found)
			audit_want(eval, RULE_TLS_NAME, fact->text, (int64_t)fact->seen_s * 1000, 0,
				   0, "the certificate on port %s is for %.80s, not for %.60s",
				   fact->text, audit_fact_value(fact), subject->address);
	}
}

static void
check_expiry(struct audit_eval *eval)
{
	const struct audit_fact *fact;
	char words[AUDIT_PORT_TEXT * 2];
	int64_t end_ms;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_TLS_NOT_AFTER, &at)) != NULL) {
		bool is_over;

		if (clock_parse_time(audit_fact_value(fact), &end_ms) != 0 ||
		    eval->now_ms < end_ms - eval->policy->tls_expiry_warning_ms)
			continue;
		is_over = eval->now_ms >= end_ms;
		audit_want_as(eval, RULE_TLS_EXPIRY, fact->text,
			      is_over ? FINDING_CRITICAL : FINDING_WARNING,
			      (int64_t)fact->seen_s * 1000,
			      (double)(end_ms - eval->now_ms) / 86400000.0,
			      (double)eval->policy->tls_expiry_warning_ms / 86400000.0,
			      "the certificate on %s %s on %.10s",
			      port_words(fact->text, words, sizeof(words)),
			      is_over ? "expired" : "expires", audit_fact_value(fact));
	}
}

static void
check_issuer(struct audit_eval *eval)
{
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_TLS_ISSUER, &at)) != NULL) {
		if (strcmp(audit_fact_value(fact), "self-signed") == 0)
			audit_want(eval, RULE_TLS_SELF_SIGNED, fact->text,
				   (int64_t)fact->seen_s * 1000, 0, 0,
				   "the certificate on port %s is signed by itself", fact->text);
	}
}

/*
 * "443 sha256//AbC...": when a port was seen to have the key that it changed to; 0 if it has
 * another. Any probe's word will do: those that hold on to the former key tell nothing newer.
 */
static int64_t
seen_still(const struct audit_subject *subject, const char *instance)
{
	const char *space = strchr(instance, ' ');
	const char *key = space != NULL ? space + 1 : instance;
	char port[AUDIT_PORT_TEXT];
	int64_t seen_ms = 0;

	snprintf(port, sizeof(port), "%.*s", space != NULL ? (int)(space - instance) : 0, instance);
	for (size_t i = 0; i < subject->fact_count; i++) {
		const struct audit_fact *fact = subject->facts[i];

		if (fact->key == FACT_TLS_KEY && strcmp(fact->text, port) == 0 &&
		    strncmp(audit_fact_value(fact), key, strlen(key)) == 0 &&
		    (int64_t)fact->seen_s * 1000 > seen_ms)
			seen_ms = (int64_t)fact->seen_s * 1000;
	}
	return seen_ms;
}

static void
want_changed(struct audit_eval *eval, const char *instance)
{
	int64_t seen_ms = seen_still(eval->subject, instance);

	if (seen_ms == 0)
		return;
	audit_want(eval, RULE_TLS_KEY_CHANGED, instance, seen_ms, 0, 0,
		   "another TLS key than before: %s...", instance);
}

/* Open until a person accepts it, or the key changes again. */
static void
check_changed(struct audit_eval *eval)
{
	struct audit_subject *subject = eval->subject;

	for (size_t i = 0; i < subject->open_count; i++) {
		if (subject->open[i].rule == RULE_TLS_KEY_CHANGED &&
		    subject->open[i].instance != NULL)
			want_changed(eval, subject->open[i].instance);
	}
	for (size_t i = 0; i < subject->changed_key_count; i++)
		want_changed(eval, subject->changed_keys[i]);
}

void
audit_tls(struct audit_eval *eval)
{
	check_versions(eval);
	check_keys(eval);
	check_signatures(eval);
	check_names(eval);
	check_expiry(eval);
	check_issuer(eval);
	check_changed(eval);
}

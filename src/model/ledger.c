/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a login that succeeds, or one that is refused, proves about a password; and the proof by
 * which a password is known without being kept.
 */
#include "keepwatch/ledger.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/name_find.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

static const char *const change_names[] = {
#define X(name, text) text,
	LEDGER_CHANGES(X)
#undef X
};
static const char *const event_names[] = {
#define X(name, text) text,
	LEDGER_EVENTS(X)
#undef X
};
static const char *const use_names[] = {"snmp", "onvif", "http"}; /* enum credential_use */

int
ledger_proof(const uint8_t key[LEDGER_KEY_SIZE], const struct secret *password,
	     char out[LEDGER_PROOF_SIZE])
{
	static const char domain[] = "keepwatch password proof 1";
	unsigned char text[sizeof(domain) + SECRET_MAX], hash[EVP_MAX_MD_SIZE];
	size_t len = secret_len(password);
	unsigned int size = 0;
	int rc = ERR_NOMEM;

	memcpy(text, domain, sizeof(domain));
	memcpy(text + sizeof(domain), secret_text(password), len);
	if (HMAC(EVP_sha256(), key, LEDGER_KEY_SIZE, text, sizeof(domain) + len, hash, &size) !=
	    NULL) {
		for (size_t i = 0; i < (LEDGER_PROOF_SIZE - 1) / 2; i++)
			snprintf(out + 2 * i, 3, "%02x", hash[i]);
		rc = 0;
	}
	secret_wipe(text, sizeof(text));
	secret_wipe(hash, sizeof(hash));
	return rc;
}

void
ledger_age(const struct ledger_entry *entry, int64_t now_ms, int64_t *least_ms, int64_t *most_ms)
{
	bool is_proven = entry->first_proven_ms != 0, is_changed = entry->change != LEDGER_NONE;

	*least_ms = *most_ms = 0;
	if (is_changed && entry->changed_before_ms != 0)
		*least_ms = now_ms - entry->changed_before_ms;
	else if (is_proven)
		*least_ms = now_ms - entry->first_proven_ms;
	else
		return;
	*most_ms = is_changed && entry->changed_after_ms != 0 ? now_ms - entry->changed_after_ms
							      : INT64_MAX;
}

void
ledger_prove(struct ledger_entry *entry, const char *proof, int64_t at_ms, enum ledger_event *event)
{
	bool is_first = entry->proof[0] == '\0';
	bool is_same = strcmp(entry->proof, proof) == 0;
	bool is_attested = entry->change == LEDGER_ATTESTED && entry->first_proven_ms == 0;

	*event = LEDGER_EVENT_COUNT;
	if (at_ms < entry->last_proven_ms)
		return;
	if (!is_same) {
		*event = is_first ? LEDGER_EVENT_FIRST_PROVEN : LEDGER_EVENT_CHANGED;
		if (!is_first) {
			entry->change = LEDGER_PROVEN;
			entry->changed_after_ms = entry->last_proven_ms;
			entry->changed_before_ms = at_ms;
			entry->who[0] = entry->why[0] = '\0';
		} else if (!is_attested) {
			entry->change = LEDGER_NONE;
		}
		snprintf(entry->proof, sizeof(entry->proof), "%s", proof);
		entry->first_proven_ms = at_ms;
	} else if (entry->refused_ms != 0) {
		*event = LEDGER_EVENT_ACCEPTED;
	}
	entry->refused_ms = 0;
	entry->last_proven_ms = at_ms;
}

void
ledger_refuse(struct ledger_entry *entry, const char *proof, int64_t at_ms,
	      enum ledger_event *event)
{
	*event = LEDGER_EVENT_COUNT;
	if (strcmp(entry->proof, proof) != 0 || entry->proof[0] == '\0' || entry->refused_ms != 0 ||
	    at_ms < entry->last_proven_ms)
		return;
	entry->refused_ms = at_ms;
	*event = LEDGER_EVENT_REFUSED;
}

const char *
ledger_change_name(enum ledger_change change)
{
	return name_of(change_names, MEM_COUNT(change_names), (int)change);
}

int
ledger_change_parse(const char *text, enum ledger_change *out)
{
	int i = name_find(change_names, MEM_COUNT(change_names), text);

	if (i < 0)
		return i;
	*out = (enum ledger_change)i;
	return 0;
}

const char *
ledger_event_name(enum ledger_event event)
{
	return name_of(event_names, MEM_COUNT(event_names), (int)event);
}

int
ledger_event_parse(const char *text, enum ledger_event *out)
{
	int i = name_find(event_names, MEM_COUNT(event_names), text);

	if (i < 0)
		return i;
	*out = (enum ledger_event)i;
	return 0;
}

const char *
ledger_use_name(uint8_t use)
{
	return name_of(use_names, MEM_COUNT(use_names), use);
}

int
ledger_use_parse(const char *text, uint8_t *out)
{
	int i = name_find(use_names, MEM_COUNT(use_names), text);

	if (i < 0)
		return i;
	*out = (uint8_t)i;
	return 0;
}

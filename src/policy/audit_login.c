/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The password ledger as the audit holds it: compact, and by password, so that the devices that
 * share one are known.
 */
#include "audit_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
audit_login_name(const struct audit_login *login, char *out, size_t size)
{
	snprintf(out, size, "%s %s", ledger_use_name(login->use), login->account);
	return out;
}

static struct audit_login *
find_login(const struct audit_subject *subject, uint8_t use, const char *account)
{
	for (size_t i = 0; i < subject->login_count; i++) {
		struct audit_login *login = &subject->logins[i];

		if (login->use == use && strcmp(login->account, account) == 0)
			return login;
	}
	return NULL;
}

/* ---- who has which password */

static bool
has_secret(const struct audit_subject *subject, const struct audit_secret *secret)
{
	for (size_t i = 0; i < subject->login_count; i++) {
		if (subject->logins[i].secret == secret)
			return true;
	}
	return false;
}

/* When the limit is passed, either way, it concerns all who share it. */
static void
mark_sharers(struct audit *audit, const struct audit_secret *secret, size_t before)
{
	size_t limit = audit->policy->password_shared_max;

	if (limit == 0 || (before > limit) == (audit_secret_devices(secret) > limit))
		return;
	for (size_t i = 0; i < secret->count; i++)
		audit_mark(audit, audit->subjects[secret->subjects[i]]);
}

static struct audit_secret *
get_secret(struct audit *audit, const char *proof)
{
	struct audit_secret *secret = NULL;

	HASH_FIND_STR(audit->secrets, proof, secret);
	if (secret != NULL)
		return secret;
	secret = calloc(1, sizeof(*secret));
	if (secret == NULL)
		return NULL;
	snprintf(secret->proof, sizeof(secret->proof), "%s", proof);
	HASH_ADD_STR(audit->secrets, proof, secret);
	if (secret->is_lost) {
		free(secret);
		return NULL;
	}
	return secret;
}

static void
drop_if_unused(struct audit *audit, struct audit_secret *secret)
{
	if (secret->count > 0)
		return;
	HASH_DEL(audit->secrets, secret);
	free(secret->subjects);
	free(secret);
}

/* The login has no such password any more. */
static void
let_go(struct audit *audit, const struct audit_subject *subject, struct audit_login *login)
{
	struct audit_secret *secret = login->secret;

	login->secret = NULL;
	if (secret == NULL || has_secret(subject, secret))
		return;
	for (size_t i = 0; i < secret->count; i++) {
		if (secret->subjects[i] != subject->index)
			continue;
		secret->subjects[i] = secret->subjects[--secret->count];
		if (subject->is_removed)
			secret->removed--;
		else
			mark_sharers(audit, secret, audit_secret_devices(secret) + 1);
		break;
	}
	drop_if_unused(audit, secret);
}

static int
take_secret(struct audit *audit, struct audit_subject *subject, struct audit_login *login,
	    const char *proof)
{
	struct audit_secret *secret;

	if (login->secret != NULL && strcmp(login->secret->proof, proof) == 0)
		return 0;
	let_go(audit, subject, login);
	if (proof[0] == '\0')
		return 0;
	secret = get_secret(audit, proof);
	if (secret == NULL)
		return ERR_NOMEM;
	if (!has_secret(subject, secret)) {
		if (mem_grow(&secret->subjects, &secret->cap, secret->count + 1,
			     sizeof(*secret->subjects)) != 0) {
			drop_if_unused(audit, secret);
			return ERR_NOMEM;
		}
		secret->subjects[secret->count++] = subject->index;
		if (subject->is_removed)
			secret->removed++;
		else
			mark_sharers(audit, secret, audit_secret_devices(secret) - 1);
	}
	login->secret = secret;
	return 0;
}

void
audit_logins_leave(struct audit *audit, const struct audit_subject *subject, bool is_leaving)
{
	for (size_t i = 0; i < subject->login_count; i++) {
		struct audit_secret *secret = subject->logins[i].secret;
		bool is_first = true;
		size_t before;

		for (size_t j = 0; j < i; j++)
			is_first = is_first && subject->logins[j].secret != secret;
		if (secret == NULL || !is_first)
			continue;
		before = audit_secret_devices(secret);
		if (is_leaving)
			secret->removed++;
		else
			secret->removed--;
		mark_sharers(audit, secret, before);
	}
}

/* ---- in and out */

static struct audit_login *
add_login(struct audit_subject *subject, const struct ledger_entry *entry)
{
	struct audit_login *login;

	if (subject->login_count == UINT16_MAX ||
	    mem_grow(&subject->logins, &subject->login_cap, subject->login_count + 1u,
		     sizeof(*subject->logins)) != 0)
		return NULL;
	login = &subject->logins[subject->login_count++];
	*login = (struct audit_login){.use = entry->use};
	return login;
}

/* True if a rule might see it: not for a later proof of the same. */
static bool
is_news(const struct audit_login *login, const struct ledger_entry *entry)
{
	return login->secret == NULL || strcmp(login->secret->proof, entry->proof) != 0 ||
	       login->change != (uint8_t)entry->change ||
	       login->first_proven_ms != entry->first_proven_ms ||
	       login->changed_before_ms != entry->changed_before_ms ||
	       login->refused_ms != entry->refused_ms ||
	       login->default_found_ms != entry->default_found_ms;
}

int
audit_take_ledger(struct audit *audit, const struct ledger_entry *entry)
{
	const char *const texts[] = {entry->account, entry->who, entry->why};
	struct audit_subject *subject = audit_find(audit, entry->device);
	struct audit_login *login;
	char *block;

	if (subject == NULL)
		return 0;
	login = find_login(subject, entry->use, entry->account);
	block = audit_pack(texts, MEM_COUNT(texts), NULL);
	if (block == NULL)
		return ERR_NOMEM;
	if (login == NULL)
		login = add_login(subject, entry);
	if (login == NULL) {
		free(block);
		return ERR_NOMEM;
	}
	if (is_news(login, entry))
		audit_mark(audit, subject);
	free(login->account);
	login->account = block;
	login->change = (uint8_t)entry->change;
	login->first_proven_ms = entry->first_proven_ms;
	login->last_proven_ms = entry->last_proven_ms;
	login->changed_after_ms = entry->changed_after_ms;
	login->changed_before_ms = entry->changed_before_ms;
	login->refused_ms = entry->refused_ms;
	login->default_found_ms = entry->default_found_ms;
	return take_secret(audit, subject, login, entry->proof);
}

bool
audit_get_ledger(const struct audit *audit, uint32_t id, uint8_t use, const char *account,
		 struct ledger_entry *out)
{
	const struct audit_subject *subject = audit_find(audit, id);
	const struct audit_login *login =
		subject != NULL ? find_login(subject, use, account) : NULL;
	const char *who;

	*out = (struct ledger_entry){.device = id, .use = use};
	snprintf(out->account, sizeof(out->account), "%s", account);
	if (login == NULL)
		return false;
	who = login->account + strlen(login->account) + 1;
	snprintf(out->who, sizeof(out->who), "%s", who);
	snprintf(out->why, sizeof(out->why), "%s", who + strlen(who) + 1);
	snprintf(out->proof, sizeof(out->proof), "%s",
		 login->secret != NULL ? login->secret->proof : "");
	out->change = (enum ledger_change)login->change;
	out->first_proven_ms = login->first_proven_ms;
	out->last_proven_ms = login->last_proven_ms;
	out->changed_after_ms = login->changed_after_ms;
	out->changed_before_ms = login->changed_before_ms;
	out->refused_ms = login->refused_ms;
	out->default_found_ms = login->default_found_ms;
	return true;
}

void
audit_logins_fini(struct audit *audit, struct audit_subject *subject)
{
	for (size_t i = 0; i < subject->login_count; i++) {
		struct audit_secret *secret = subject->logins[i].secret;

		free(subject->logins[i].account);
		subject->logins[i].secret = NULL;
		/* Only at the end: the others are not told. */
		if (secret == NULL || has_secret(subject, secret))
			continue;
		secret->count--;
		drop_if_unused(audit, secret);
	}
	free(subject->logins);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules about passwords and accounts, from the ledger and from what a device lists.
 */
#include "audit_impl.h"

#include "keepwatch/clock.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 160 };

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

static struct ledger_entry
times_of(const struct audit_login *login)
{
	return (struct ledger_entry){
		.change = (enum ledger_change)login->change,
		.first_proven_ms = login->first_proven_ms,
		.changed_after_ms = login->changed_after_ms,
		.changed_before_ms = login->changed_before_ms,
	};
}

/* What is said stays the same from day to day; the age itself is the finding's value. */
static void
check_age(struct audit_eval *eval, const struct audit_login *login, const char *name)
{
	int64_t limit = eval->policy->kinds[eval->subject->kind].password_max_age_ms;
	struct ledger_entry times = times_of(login);
	char day[CLOCK_ISO_SIZE];
	int64_t least, most;

	ledger_age(&times, eval->now_ms, &least, &most);
	if (limit == 0 || least <= limit)
		return;
	audit_want(
		eval, RULE_PASSWORD_AGE, name, login->last_proven_ms, (double)(least / day_ms),
		(double)(limit / day_ms),
		"password of %s is in force since %.10s at the latest (%s); %lld days are allowed",
		name, clock_format_iso(eval->now_ms - least, day, sizeof(day)),
		login->change == LEDGER_NONE ? "first proven" : ledger_change_name(times.change),
		(long long)(limit / day_ms));
}

static void
check_login(struct audit_eval *eval, const struct audit_login *login)
{
	unsigned shared_max = eval->policy->password_shared_max;
	char name[NAME_SIZE], at[CLOCK_ISO_SIZE];

	audit_login_name(login, name, sizeof(name));
	if (login->secret != NULL)
		check_age(eval, login, name);
	if (login->secret != NULL && shared_max != 0 &&
	    audit_secret_devices(login->secret) > shared_max)
		audit_want(eval, RULE_PASSWORD_SHARED, name, login->last_proven_ms,
			   (double)audit_secret_devices(login->secret), shared_max,
			   "password of %s is in force on more than %u devices", name, shared_max);
	if (login->refused_ms != 0 &&
	    eval->now_ms - login->refused_ms >= eval->policy->refused_after_ms)
		audit_want(eval, RULE_PASSWORD_REFUSED, name, 0, 0, 0,
			   "password of %s was good until then, and is refused since %.19sZ", name,
			   clock_format_iso(login->refused_ms, at, sizeof(at)));
	if (login->default_found_ms != 0)
		audit_want(eval, RULE_PASSWORD_DEFAULT, name, login->default_found_ms, 0, 0,
			   "%s takes a password that its vendor ships, tried on %.10s", name,
			   clock_format_iso(login->default_found_ms, at, sizeof(at)));
}

/* keepwatch's own account may exist. */
static bool
is_own(const struct audit_subject *subject, const char *account)
{
	for (size_t i = 0; i < subject->login_count; i++) {
		if (strcmp(subject->logins[i].account, account) == 0 &&
		    subject->logins[i].secret != NULL)
			return true;
	}
	return false;
}

static bool
may_exist(const struct audit_kind_policy *policy, const char *account)
{
	for (size_t i = 0; i < policy->account_count; i++) {
		if (fnmatch(policy->accounts[i], account, FNM_CASEFOLD) == 0)
			return true;
	}
	return !policy->has_accounts;
}

static void
check_accounts(struct audit_eval *eval)
{
	const struct audit_kind_policy *policy = &eval->policy->kinds[eval->subject->kind];
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_USER, &at)) != NULL) {
		if (may_exist(policy, fact->text) || is_own(eval->subject, fact->text))
			continue;
		audit_want(eval, RULE_ACCOUNT_UNEXPECTED, fact->text, (int64_t)fact->seen_s * 1000,
			   0, 0, "account '%.64s' (%.40s) is not one that policy allows on a %s",
			   fact->text, audit_fact_value(fact),
			   kind_name((enum device_kind)eval->subject->kind));
	}
}

static void
check_anonymous(struct audit_eval *eval)
{
	const struct audit_fact *fact;
	size_t at = 0;

	while ((fact = audit_next_fact(eval->subject, FACT_ANONYMOUS, &at)) != NULL)
		audit_want(eval, RULE_ANONYMOUS_ACCESS, fact->text, (int64_t)fact->seen_s * 1000, 0,
			   0, "%.64s was answered without a login: %.100s", fact->text,
			   audit_fact_value(fact));
}

void
audit_password(struct audit_eval *eval)
{
	for (size_t i = 0; i < eval->subject->login_count; i++)
		check_login(eval, &eval->subject->logins[i]);
	check_accounts(eval);
	check_anonymous(eval);
}

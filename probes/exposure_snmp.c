/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who may read, and who may write, by SNMP v1 and v2c: the configured community, and well-known
 * ones where the site allows it. Each is asked for sysUpTime; one that answers v2c is then asked to
 * set an object that does not exist, which changes nothing and is refused in two ways: noAccess if
 * the community may not write, notWritable or noCreation if it may (RFC 3416 section 4.2.5).
 */
#include "exposure_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_RETRIES = 2 };

static void next_ask(struct exposure *x);

static const char *
name_of(const struct exposure_ask *ask, char out[FACT_INSTANCE_MAX])
{
	snprintf(out, FACT_INSTANCE_MAX, "%s %s", ask->version == SNMP_V1 ? "v1" : "v2c",
		 ask->community[0] == '\0' ? "configured" : ask->community);
	return out;
}

/* ---- whom to ask */

static const struct credential *
configured(const struct exposure *x)
{
	const struct probe_target *target = x->run->target;
	const struct credential *credential =
		device_credential(target->fleet, target->device, USE_SNMP);

	return credential != NULL && credential->snmp.community != NULL &&
			       (credential->snmp.version == SNMP_V1 ||
				credential->snmp.version == SNMP_V2C)
		       ? credential
		       : NULL;
}

static void
add_ask(struct exposure *x, const char *community, size_t len)
{
	static const enum snmp_version_id versions[] = {SNMP_V2C, SNMP_V1};
	char name[FACT_INSTANCE_MAX];

	for (size_t i = 0; i < MEM_COUNT(versions) && x->ask_count < EXPOSURE_ASKS_MAX; i++) {
		struct exposure_ask *ask = &x->asks[x->ask_count++];

		*ask = (struct exposure_ask){.version = versions[i]};
		memcpy(ask->community, community, len);
		ask->is_known = exposure_recall(x->run->target, name_of(ask, name)) != NULL;
	}
}

/* The next member of a list with commas, its length in *len; NULL at the end. */
static const char *
next_member(const char **list, size_t *len)
{
	const char *member = *list + strspn(*list, ", ");

	*len = strcspn(member, ",");
	*list = member + *len;
	return *len > 0 ? member : NULL;
}

/* A guess that is right is worth more than that it is the configured one: it is asked once. */
static bool
is_guessed(const char *list, const struct secret *community)
{
	const char *member;
	size_t len;

	while ((member = next_member(&list, &len)) != NULL) {
		if (secret_len(community) == len &&
		    memcmp(secret_text(community), member, len) == 0)
			return true;
	}
	return false;
}

static void
list_asks(struct exposure *x)
{
	const struct credential *credential = configured(x);
	const char *list = probe_option_text(x->run, OPT_EXPOSURE_COMMUNITIES), *member;
	size_t len;

	if (credential != NULL && !(x->may_guess && is_guessed(list, credential->snmp.community)))
		add_ask(x, "", 0);
	while (x->may_guess && (member = next_member(&list, &len)) != NULL) {
		if (len < EXPOSURE_COMMUNITY_SIZE)
			add_ask(x, member, len);
	}
}

/* ---- asking */

void
exposure_snmp_end(struct exposure *x)
{
	snmpc_cancel(&x->request);
	snmpc_peer_free(x->peer);
	x->peer = NULL;
}

static void
note(struct exposure *x, const char *access)
{
	char name[FACT_INSTANCE_MAX];

	name_of(&x->asks[x->at], name);
	fact_add(exposure_facts(x), FACT_SNMP_ACCESS, name, access);
	exposure_remember(x->run->target, name, access);
}

static void
end_ask(struct exposure *x)
{
	/* the peer is let go outside of its callback */
	x->at++;
	exposure_pause(x, next_ask);
}

static void
on_set(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct exposure *x =
		(struct exposure *)(void *)((char *)request - offsetof(struct exposure, request));
	bool may_write = reply->error_status == SNMPC_NOT_WRITABLE ||
			 reply->error_status == SNMPC_NO_CREATION;

	probe_trace(x->run, "exposure: SNMP v2c, set of nothing: %s, error-status %u",
		    reply->reason == REASON_NONE ? "answered" : reason_text(reply->reason),
		    reply->error_status);
	if (reply->reason == REASON_NONE)
		note(x, may_write ? "write" : "read");
	else /* what was known of it stays */
		x->is_cut[EXPOSURE_SNMP] = true;
	end_ask(x);
}

static void
ask_set(struct exposure *x)
{
	/* SNMPv2-MIB system 127: the group ends with 9, and below it nothing has ever been. */
	static const uint32_t nothing[] = {1, 3, 6, 1, 2, 1, 1, 127, 0};
	static const struct oid_ref oids[] = {OID_REF(nothing)};

	x->request = (struct snmpc_request){
		.peer = x->peer,
		.op = SNMPC_SET,
		.oids = oids,
		.oid_count = 1,
		.timeout_ms = x->run->target->settings->timeout_ms,
		.done = on_set,
	};
	if (snmpc_start(&x->request) == 0)
		return;
	x->is_cut[EXPOSURE_SNMP] = true;
	end_ask(x);
}

static void
on_get(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct exposure *x =
		(struct exposure *)(void *)((char *)request - offsetof(struct exposure, request));
	const struct exposure_ask *ask = &x->asks[x->at];
	char name[FACT_INSTANCE_MAX];

	probe_trace(x->run, "exposure: SNMP %s: %s", name_of(ask, name),
		    reply->reason == REASON_NONE ? "answered" : reason_text(reply->reason));
	if (reply->reason == REASON_LOCAL)
		x->is_cut[EXPOSURE_SNMP] = true;
	/* An agent that knows the community answers, be it with an error (RFC 3584 section 5.2). */
	if (reply->reason != REASON_NONE) {
		end_ask(x);
		return;
	}
	x->has_answered = true;
	x->snmp_answers++;
	if (ask->version == SNMP_V2C) {
		exposure_pause(x, ask_set);
		return;
	}
	note(x, "read");
	end_ask(x);
}

static int
open_peer(struct exposure *x, const struct exposure_ask *ask)
{
	const struct credential *own = configured(x);
	struct credential guess = {.snmp = {.version = ask->version}};
	const char *community = ask->community;
	uint16_t port = (uint16_t)probe_option(x->run, OPT_EXPOSURE_SNMP_PORT);
	int rc;

	if (own != NULL) {
		guess.snmp.port = own->snmp.port;
		if (community[0] == '\0')
			community = secret_text(own->snmp.community);
	}
	rc = secret_new(&guess.snmp.community, community, strlen(community));
	if (rc == 0)
		rc = snmpc_peer_new(&x->peer, x->run->env->snmp, &x->run->target->ip, port, &guess);
	credential_fini(&guess);
	return rc;
}

static void
end_part(struct exposure *x)
{
	char why[RESULT_DETAIL_SIZE];

	if (!x->may_guess) {
		snprintf(why, sizeof(why), "%s%.60s does not allow it (audit: communities)%s",
			 x->site == NULL ? "no site, which" : "site ",
			 x->site == NULL ? "" : x->site->name,
			 x->ask_count > 0 ? "; the configured one was asked" : "");
		/* Of the configured one all is known. */
		if (x->snmp_answers > 0 && !x->is_cut[EXPOSURE_SNMP])
			x->run->result.complete |= 1ull << FACT_SNMP_ACCESS;
		exposure_part_done(x, why);
	} else if (!x->has_answered) {
		exposure_part_done(x, "the device does not answer");
	} else {
		exposure_part_done(x, NULL);
	}
}

static void
next_ask(struct exposure *x)
{
	static const uint32_t uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0}; /* SNMPv2-MIB sysUpTime.0 */
	static const struct oid_ref oids[] = {OID_REF(uptime)};
	const struct exposure_ask *ask = &x->asks[x->at];
	int rc;

	exposure_snmp_end(x);
	if (x->at == x->ask_count) {
		end_part(x);
		return;
	}
	rc = open_peer(x, ask);
	x->request = (struct snmpc_request){
		.peer = x->peer,
		.op = SNMPC_GET,
		.oids = oids,
		.oid_count = 1,
		.retries = ask->is_known || ask->community[0] == '\0' ? KNOWN_RETRIES : 0,
		.timeout_ms = x->run->target->settings->timeout_ms,
		.done = on_get,
	};
	if (rc == 0)
		rc = snmpc_start(&x->request);
	if (rc == 0)
		return;
	probe_trace(x->run, "exposure: SNMP is not asked: %s", err_text(rc));
	x->is_cut[EXPOSURE_SNMP] = true;
	end_ask(x);
}

void
exposure_snmp(struct exposure *x)
{
	list_asks(x);
	next_ask(x);
}

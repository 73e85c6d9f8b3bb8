/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Results as evidence. What is measured of a device at about the same time is told as one poll: a
 * web server that hangs beside a ping that answers says more than both for themselves. So the
 * probes of a device have the same moment in the period; and when something fails, the others are
 * run at once and waited for.
 */
#include "diagnosis.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	SERVICE_GRACE_MS = 500,
	ROUND_SHARE = 5,       /* of the period is waited for the rest of a round */
	BOOT_SLACK_MS = 10000, /* clocks, round trips and seconds cut off */
};

/* ---- what a result says */

/* Of a device that is no switch: which of the services is asked. -1: none of them. */
static int
service_of(enum probe_id probe)
{
	switch (probe) {
	case PROBE_HTTP:
		return 0;
	case PROBE_ONVIF:
		return 1;
	case PROBE_TCP:
		return 2;
	case PROBE_SNMP:
		return 3;
	default:
		return -1;
	}
}

static enum service_state
service_state(const struct probe_result *result)
{
	if (result->outcome == OUTCOME_OK)
		return SERVICE_OK;
	switch (result->reason) {
	case REASON_TIMEOUT:
	case REASON_UNREACHABLE:
	case REASON_LOSS:
		return SERVICE_TIMEOUT;
	case REASON_REFUSED:
	case REASON_RESET:
		return SERVICE_REFUSED;
	case REASON_AUTH:
	case REASON_AUTH_HELD: /* until a login proves that it is accepted again */
	case REASON_LOCKED:
	case REASON_UNKNOWN_USER:
	case REASON_WRONG_DIGEST:
	case REASON_DECRYPTION:
	case REASON_SECURITY_LEVEL:
		return SERVICE_AUTH;
	case REASON_TLS:
	case REASON_TLS_UNTRUSTED:
	case REASON_TLS_PIN:
		return SERVICE_TLS;
	case REASON_HTTP_STATUS:
	case REASON_FAULT:
	case REASON_BAD_REPLY:
	case REASON_NOT_SERVED:
	case REASON_TIME_WINDOW:
	case REASON_ENGINE_ID:
		return SERVICE_ERROR;
	case REASON_SLOW:
		return SERVICE_OK;
	default:
		return SERVICE_NONE;
	}
}

/* Of a switch: whether its management answers at all; a refusal is an answer, but one of the kernel
 * that nobody listens is none of the management. */
static enum snmp_state
snmp_state(const struct probe_result *result)
{
	switch (service_state(result)) {
	case SERVICE_NONE:
		return SNMP_STATE_NONE;
	case SERVICE_TIMEOUT:
	case SERVICE_REFUSED:
		return SNMP_STATE_TIMEOUT;
	default:
		return SNMP_STATE_OK;
	}
}

static uint8_t
small(unsigned n)
{
	return n > UINT8_MAX ? UINT8_MAX : (uint8_t)n;
}

static void
add_ping(struct diagnosis_round *round, unsigned sent, unsigned answered,
	 const struct probe_result *result)
{
	round->at_ms = result->at_ms; /* what the ping measured says when the round was */
	round->has_ping = round->has_any = true;
	round->sent = small(sent);
	round->answered = small(answered);
	round->rtt_us = answered > 0 && result->rtt_us != RTT_NONE ? result->rtt_us : 0;
}

static void
add_snmp(struct diagnosis_round *round, const struct probe_result *result)
{
	enum snmp_state state = snmp_state(result);

	if (state == SNMP_STATE_NONE)
		return;
	round->has_any = true;
	round->snmp = (uint8_t)state;
	round->has_uptime = result->has_uptime;
	round->uptime_s = result->uptime_s;
}

/* A switch that is never pinged is there if anything of it answers. */
static void
add_other(struct diagnosis_round *round, const struct device *device,
	  const struct probe_result *result)
{
	enum service_state state = service_state(result);

	for (size_t i = 0; i < device->probe_count; i++) {
		if (device->probes[i]->probe == PROBE_ICMP)
			return;
	}
	if (state != SERVICE_NONE)
		add_ping(round, 1, state == SERVICE_TIMEOUT ? 0 : 1, result);
}

static void
add_service(struct diagnosis_round *round, int service, const struct probe_result *result)
{
	enum service_state state = service_state(result);

	if (service < 0 || state == SERVICE_NONE)
		return;
	round->has_any = true;
	round->service[service] = (uint8_t)state;
}

static void
add_result(struct diagnosis_device *d, const struct device *device, enum probe_id probe,
	   const struct probe_result *result)
{
	struct diagnosis_round *round = &d->round;

	if (result->outcome == OUTCOME_ERROR)
		return;
	if (!round->has_any)
		round->at_ms = result->at_ms;
	if (probe == PROBE_ICMP)
		add_ping(round, result->sent, result->sent - result->lost, result);
	else if (d->role == NODE_DEVICE)
		add_service(round, service_of(probe), result);
	else if (probe == PROBE_SNMP)
		add_snmp(round, result);
	else
		add_other(round, device, result);
}

/* ---- the round */

static void
tell_round(struct agent_diagnosis *diagnosis, struct diagnosis_device *d)
{
	const struct diagnosis_round *round = &d->round;
	struct evidence evidence = {.node = d->id, .at_ms = round->at_ms};

	if (round->has_any && d->is_told && d->role == NODE_DEVICE) {
		evidence.kind = EVIDENCE_POLL;
		evidence.poll = (struct evidence_poll){
			.sent = round->sent, .answered = round->answered, .rtt_us = round->rtt_us};
		memcpy(evidence.poll.service, round->service, sizeof(evidence.poll.service));
		diagnosis_take(diagnosis, &evidence);
	} else if (round->has_any && d->is_told) {
		evidence.kind = EVIDENCE_SWITCH;
		evidence.sw = (struct evidence_switch){
			.sent = round->sent,
			.answered = round->answered,
			.rtt_us = round->rtt_us,
			.snmp = round->snmp,
			.has_uptime = round->has_uptime,
			.uptime_s = round->uptime_s,
		};
		diagnosis_take(diagnosis, &evidence);
	}
	d->round = (struct diagnosis_round){0};
}

/* Whether more of the device is on its way, or due and waits its turn. A topology takes long and is
 * told for itself. */
static bool
is_more_coming(const struct agent *agent, const struct agent_device *device,
	       const struct agent_probe *ended)
{
	uint64_t now_ms = net_loop_now_ms(agent->loop);

	for (size_t i = 0; i < device->probe_count; i++) {
		size_t index = device->first_probe + i;
		const struct agent_probe *probe = &agent->table->probes[index];

		if (probe == ended || !probe_tells_health(probe->target.settings->probe))
			continue;
		if (probe->is_running || probe->is_expected ||
		    sched_due_ms(agent->table->sched, (sched_id)index) <= now_ms)
			return true;
	}
	return false;
}

/*
 * Silence is told soon. A ping that was answered can wait for a service that takes its time: only
 * both together say that the device lives and the service hangs.
 */
static uint64_t
wait_ms(const struct agent *agent, const struct agent_device *device,
	const struct diagnosis_round *round)
{
	bool is_lost = round->has_ping && round->answered == 0;
	uint32_t wait = DIAGNOSIS_WAIT_MS, period = UINT32_MAX, longest = 0;

	for (size_t i = 0; i < device->probe_count; i++) {
		const struct probe_settings *settings =
			agent->table->probes[device->first_probe + i].target.settings;
		uint32_t tries_ms = settings->timeout_ms * (settings->retries + 1U);

		if (!probe_tells_health(settings->probe))
			continue;
		if (settings->interval_ms < period)
			period = settings->interval_ms;
		if (tries_ms > longest)
			longest = tries_ms;
	}
	if (!is_lost)
		return longest + SERVICE_GRACE_MS < period / 2 ? longest + SERVICE_GRACE_MS
							       : period / 2;
	return period / ROUND_SHARE < wait ? period / ROUND_SHARE : wait;
}

static void
end_or_wait(struct agent_diagnosis *diagnosis, struct diagnosis_device *d,
	    const struct agent_device *device, const struct agent_probe *ended)
{
	bool is_waiting = d->round.told_ms != 0;
	uint64_t until_ms;

	if (!is_more_coming(diagnosis->agent, device, ended)) {
		tell_round(diagnosis, d); /* if it was waited for, it is found told */
		return;
	}
	until_ms = clock_mono_ms() + wait_ms(diagnosis->agent, device, &d->round);
	if (is_waiting) {
		d->round.told_ms = until_ms < d->round.told_ms ? until_ms : d->round.told_ms;
		return;
	}
	if (mem_grow(&diagnosis->waiting, &diagnosis->waiting_cap, diagnosis->waiting_count + 1,
		     sizeof(*diagnosis->waiting)) != 0) {
		tell_round(diagnosis, d);
		return;
	}
	d->round.told_ms = until_ms;
	diagnosis->waiting[diagnosis->waiting_count++] = (uint32_t)(d - diagnosis->devices);
}

/* A service that times out says little unless a ping of the same moment is answered. */
static void
want_ping(struct agent_diagnosis *diagnosis, const struct diagnosis_device *d,
	  const struct agent_device *device, const struct agent_probe *ended,
	  const struct probe_result *result)
{
	struct agent_table *table = diagnosis->agent->table;

	if (d->role != NODE_DEVICE || d->round.has_ping ||
	    service_of(ended->target.settings->probe) < 0 ||
	    service_state(result) != SERVICE_TIMEOUT)
		return;
	for (size_t i = 0; i < device->probe_count; i++) {
		size_t index = device->first_probe + i;
		struct agent_probe *probe = &table->probes[index];

		if (probe->target.settings->probe != PROBE_ICMP || probe->is_running ||
		    probe->is_expected)
			continue;
		probe->is_expected = true;
		sched_expedite(table->sched, (sched_id)index);
		net_loop_kick(diagnosis->agent->loop);
	}
}

void
diagnosis_rounds_tell(struct agent_diagnosis *diagnosis, bool is_all)
{
	uint64_t now_ms = clock_mono_ms();
	size_t kept = 0;

	for (size_t i = 0; i < diagnosis->waiting_count; i++) {
		struct diagnosis_device *d = &diagnosis->devices[diagnosis->waiting[i]];

		if (d->round.told_ms == 0)
			continue;
		if (is_all || now_ms >= d->round.told_ms)
			tell_round(diagnosis, d);
		else
			diagnosis->waiting[kept++] = diagnosis->waiting[i];
	}
	diagnosis->waiting_count = kept;
}

/* A probe that was run again before the round was over: each time is evidence for itself. */
static bool
is_repeated(const struct diagnosis_device *d, enum probe_id probe)
{
	int service = service_of(probe);

	if (probe == PROBE_ICMP)
		return d->round.has_ping;
	if (d->role != NODE_DEVICE)
		return probe == PROBE_SNMP && d->round.snmp != SNMP_STATE_NONE;
	return service >= 0 && d->round.service[service] != SERVICE_NONE;
}

/* ---- facts */

static void
tell_facts(struct agent_diagnosis *diagnosis, struct diagnosis_device *d,
	   const struct probe_result *result)
{
	const char *boot = fact_get(&result->facts, FACT_BOOT_TIME, "");
	const char *offset = fact_get(&result->facts, FACT_CLOCK_OFFSET_MS, "");
	struct evidence evidence = {.node = d->id, .at_ms = result->at_ms};
	int64_t boot_ms;

	/* A switch tells its uptime with every poll. */
	if (boot != NULL && d->role == NODE_DEVICE && clock_parse_time(boot, &boot_ms) == 0 &&
	    llabs(boot_ms - d->boot_ms) > BOOT_SLACK_MS) {
		d->boot_ms = boot_ms;
		evidence.kind = EVIDENCE_BOOT;
		evidence.boot_ms = boot_ms;
		diagnosis_take(diagnosis, &evidence);
	}
	if (offset != NULL) {
		evidence.kind = EVIDENCE_CLOCK;
		evidence.clock_ms = strtoll(offset, NULL, 10);
		diagnosis_take(diagnosis, &evidence);
	}
}

void
agent_diagnosis_result(struct agent *agent, const struct agent_device *device,
		       const struct agent_probe *probe, const struct probe_result *result)
{
	struct agent_diagnosis *diagnosis = agent->diagnosis;
	enum probe_id id = probe->target.settings->probe;
	struct diagnosis_device *d;

	if (diagnosis == NULL || !diagnosis->is_ready || !probe_tells_health(id))
		return;
	d = diagnosis_of(diagnosis, device);
	if (!d->is_told)
		return;
	if (result->facts.count > 0)
		tell_facts(diagnosis, d, result);
	if (is_repeated(d, id))
		tell_round(diagnosis, d);
	add_result(d, device->device, id, result);
	want_ping(diagnosis, d, device, probe, result);
	end_or_wait(diagnosis, d, device, probe);
}

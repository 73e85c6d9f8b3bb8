/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a notification to probes that are run at once: whose it is, what the rules say of it, and a
 * pause between two runs, so that nobody can make the agent wear out a switch by forging traps.
 */
#include "traps.h"

#include "diagnosis.h"
#include "trap_known.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTACHED_MAX = 16, TEXT_SIZE = 128 };

/* ---- what is worth probing */

static uint32_t
pause_ms(const struct agent_traps *traps, const struct agent_probe *probe)
{
	uint32_t pause = traps->agent->table->conf->traps.expedite_ms;

	if (probe->target.settings->probe == PROBE_TOPOLOGY && pause < TRAP_TOPOLOGY_MS)
		return TRAP_TOPOLOGY_MS;
	return pause;
}

static bool
is_paused(const struct agent_traps *traps, size_t index, uint32_t now_ms)
{
	const struct trap_expedition *last = &traps->expeditions[index];

	return last->at_ms != 0 &&
	       now_ms - last->at_ms < pause_ms(traps, &traps->agent->table->probes[index]);
}

static void
expedite_now(struct agent_traps *traps, size_t index, uint32_t now_ms)
{
	struct agent_table *table = traps->agent->table;

	traps->expeditions[index].at_ms = now_ms | 1;
	traps->expedited++;
	if (table->probes[index].target.settings->probe == PROBE_TOPOLOGY)
		agent_want_topology(traps->agent, &table->probes[index]);
	if (!table->probes[index].is_running)
		table->probes[index].is_expected = true;
	/* One that is running began before: it runs again. */
	sched_expedite(table->sched, (sched_id)index);
}

/* What comes within the pause is not lost: the last of a burst tells of the state that stays. */
static void
expedite(struct agent_traps *traps, size_t index)
{
	uint32_t now_ms = (uint32_t)clock_mono_ms();
	struct trap_expedition *expedition = &traps->expeditions[index];

	if (expedition->is_pending)
		return;
	if (!is_paused(traps, index, now_ms)) {
		expedite_now(traps, index, now_ms);
		return;
	}
	if (mem_grow(&traps->pending, &traps->pending_cap, traps->pending_count + 1,
		     sizeof(*traps->pending)) != 0)
		return;
	traps->pending[traps->pending_count++] = (uint32_t)index;
	expedition->is_pending = true;
	traps->postponed++;
}

static void
expedite_pending(struct agent_traps *traps)
{
	uint32_t now_ms = (uint32_t)clock_mono_ms();
	size_t kept = 0;

	for (size_t i = 0; i < traps->pending_count; i++) {
		uint32_t index = traps->pending[i];

		if (is_paused(traps, index, now_ms)) {
			traps->pending[kept++] = index;
			continue;
		}
		traps->expeditions[index].is_pending = false;
		expedite_now(traps, index, now_ms);
	}
	if (kept < traps->pending_count)
		net_loop_kick(traps->agent->loop);
	traps->pending_count = kept;
}

static void
expedite_probes(struct agent_traps *traps, const struct agent_device *device, uint32_t probes)
{
	const struct agent_table *table = traps->agent->table;

	for (size_t i = 0; i < device->probe_count; i++) {
		size_t index = device->first_probe + i;

		if (probes & 1U << table->probes[index].target.settings->probe)
			expedite(traps, index);
	}
}

/* Reachability tells most at least cost, and makes the others worth asking if it fails. */
static void
expedite_attached(struct agent_traps *traps, const struct agent_device *device,
		  const struct trap_details *details)
{
	struct agent *agent = traps->agent;
	struct agent_device *found[ATTACHED_MAX];
	size_t count = agent_topology_devices_at(agent, device, details, found, ATTACHED_MAX);

	for (size_t i = 0; i < count; i++)
		expedite_probes(traps, found[i], 1U << PROBE_ICMP);
}

static bool
have_expeditions(struct agent_traps *traps)
{
	if (traps->expeditions == NULL)
		traps->expeditions =
			calloc(traps->agent->table->probe_count + 1, sizeof(*traps->expeditions));
	return traps->expeditions != NULL;
}

/* ---- what was received */

static void
note_refused(struct agent_traps *traps, const struct agent_device *device, enum reason why)
{
	/* Said in the line of the minute. */
	snprintf(traps->refused, sizeof(traps->refused), "%s",
		 device == NULL ? "(no device)" : device->device->name);
	traps->refusal = why;
}

static void
on_trap(void *arg, const struct trap *trap)
{
	struct agent_traps *traps = arg;
	struct agent *agent = traps->agent;
	const struct trap_settings *settings = &agent->table->conf->traps;
	const struct agent_device *device = trap_device(traps, &trap->about);
	const struct trap_rule *rule;
	struct trap_details details;
	char text[TEXT_SIZE];

	if (!trap->is_authentic) {
		note_refused(traps, device, trap->refusal);
		return;
	}
	if (device == NULL) {
		traps->no_device++;
		return;
	}
	rule = trap_rule_find(settings->rules, settings->rule_count, trap->oid, trap->oid_len);
	if (rule == NULL) {
		traps->no_rule++;
		snprintf(traps->no_rule_of, sizeof(traps->no_rule_of), "%s", device->device->name);
		oid_format(trap->oid, trap->oid_len, traps->no_rule_oid,
			   sizeof(traps->no_rule_oid));
		return;
	}
	if (rule->is_quiet)
		return;
	trap_read_details(rule, trap->varbinds, trap->count, &details);
	trap_event(traps, device, trap_describe(rule, &details, text, sizeof(text)));
	agent_diagnosis_trap(agent, device, rule->name,
			     agent_topology_interface(agent, device, &details));
	if (!have_expeditions(traps))
		return;
	expedite_probes(traps, device, trap_rule_probes(rule));
	if (rule->is_attached)
		expedite_attached(traps, device, &details);
	net_loop_kick(agent->loop);
}

static enum trap_source
on_source(void *arg, const struct ipaddr *from)
{
	struct agent_traps *traps = arg;
	enum trap_source source = trap_source_of(traps, from);

	if (source != TRAP_UNKNOWN || traps->stranger_count == TRAP_STRANGERS)
		return source;
	for (size_t i = 0; i < traps->stranger_count; i++) {
		if (ipaddr_equal(&traps->strangers[i], from))
			return source;
	}
	traps->strangers[traps->stranger_count++] = *from;
	return source;
}

static const struct credential_snmp *
on_credential(void *arg, const struct ipaddr *who, size_t n)
{
	return trap_credential_of(arg, who, n);
}

/* ---- the log line of a minute */

static void
log_strangers(struct agent_traps *traps, uint64_t count)
{
	char names[TRAP_STRANGERS * (IPADDR_TEXT_SIZE + 2)] = "", ip[IPADDR_TEXT_SIZE];
	size_t used = 0;

	for (size_t i = 0; i < traps->stranger_count; i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 i == 0 ? "" : ", ",
					 ipaddr_format(&traps->strangers[i], ip, sizeof(ip)));
	log_notice("traps", "%llu messages from addresses of no device: %s%s",
		   (unsigned long long)count, names,
		   traps->stranger_count == TRAP_STRANGERS ? " and perhaps others" : "");
	traps->stranger_count = 0;
}

static void
log_minute(struct agent_traps *traps)
{
	struct trap_stats now = trap_receiver_stats(traps->receiver);
	const struct trap_stats *then = &traps->told;
	uint64_t dropped = now.over_source - then->over_source + now.over_global -
			   then->over_global + now.kernel_dropped - then->kernel_dropped;

	if (now.unknown > then->unknown)
		log_strangers(traps, now.unknown - then->unknown);
	if (dropped > 0)
		log_warn("traps",
			 "too many: %llu messages dropped, %llu of them for their source's rate, "
			 "%llu by the kernel",
			 (unsigned long long)dropped,
			 (unsigned long long)(now.over_source - then->over_source),
			 (unsigned long long)(now.kernel_dropped - then->kernel_dropped));
	if (now.refused > then->refused)
		log_notice("traps", "%llu refused, the last of %s: %s",
			   (unsigned long long)(now.refused - then->refused), traps->refused,
			   reason_text(traps->refusal));
	if (now.malformed > then->malformed)
		log_notice("traps", "%llu malformed messages",
			   (unsigned long long)(now.malformed - then->malformed));
	if (traps->no_rule > traps->no_rule_told)
		log_info("traps", "%llu without a rule, the last of %s: %s",
			 (unsigned long long)(traps->no_rule - traps->no_rule_told),
			 traps->no_rule_of, traps->no_rule_oid);
	traps->told = now;
	traps->no_rule_told = traps->no_rule;
}

void
agent_traps_tick(struct agent *agent)
{
	struct agent_traps *traps = agent->traps;
	uint64_t now_ms = clock_mono_ms();

	if (traps == NULL)
		return;
	expedite_pending(traps);
	trap_events_tick(traps, now_ms, false);
	if (now_ms - traps->minute_ms >= TRAP_FOLD_MS) {
		traps->minute_ms = now_ms;
		log_minute(traps);
	}
}

/* ---- life */

void
agent_traps_open(struct agent *agent, const struct conf *conf)
{
	static const struct trap_ops ops = {on_source, on_credential, on_trap};
	const struct trap_settings *settings = &conf->traps;
	struct trap_address listen[TRAP_LISTEN_MAX];
	size_t count = 0;
	int rc;

	if (settings->listen_count == 0)
		return;
	agent->traps = calloc(1, sizeof(*agent->traps));
	if (agent->traps == NULL) {
		log_error("traps", "not received: %s", err_text(ERR_NOMEM));
		return;
	}
	agent->traps->agent = agent;
	agent->traps->minute_ms = clock_mono_ms();
	while (count < settings->listen_count && count < TRAP_LISTEN_MAX) {
		listen[count] = (struct trap_address){settings->listen[count].ip,
						      settings->listen[count].port};
		count++;
	}
	/* What cannot be had, such as [::] where there is no IPv6, does not spoil the others. */
	do {
		char ip[IPADDR_TEXT_SIZE];
		size_t failed = 0;

		rc = trap_receiver_open(&agent->traps->receiver, agent->loop, agent->env.snmp,
					listen, count, &ops, agent->traps, &failed);
		if (rc == 0 || rc == ERR_NOMEM)
			break;
		log_error("traps", "not received at %s port %u: %s%s",
			  ipaddr_format(&listen[failed].ip, ip, sizeof(ip)), listen[failed].port,
			  err_text(rc),
			  rc == ERR_PERM ? "; a port below 1024 needs CAP_NET_BIND_SERVICE" : "");
		memmove(&listen[failed], &listen[failed + 1], (--count - failed) * sizeof(*listen));
	} while (count > 0);
	if (rc != 0) {
		free(agent->traps);
		agent->traps = NULL;
	}
}

void
agent_traps_start(struct agent *agent)
{
	uint8_t id[TRAP_ENGINE_ID_MAX];
	char message[512] = "";
	uint32_t boots;
	size_t len;

	if (agent->traps == NULL)
		return;
	if (trap_engine_load(agent->table->conf->database, id, &len, &boots, message,
			     sizeof(message)) != 0)
		log_error("traps", "%s: SNMPv3 informs are not answered", message);
	else
		trap_receiver_set_engine(agent->traps->receiver, id, len, boots);
}

void
agent_traps_stop(struct agent *agent)
{
	if (agent->traps != NULL)
		trap_events_tick(agent->traps, clock_mono_ms(), true);
}

/* What was made of a table. */
static void
forget_table(struct agent_traps *traps)
{
	trap_known_free(traps);
	free(traps->expeditions);
	traps->expeditions = NULL;
	traps->pending_count = 0;
}

void
agent_traps_close(struct agent *agent)
{
	struct agent_traps *traps = agent->traps;

	if (traps == NULL)
		return;
	trap_receiver_close(traps->receiver);
	forget_table(traps);
	free(traps->pending);
	free(traps);
	agent->traps = NULL;
}

void
agent_traps_reload(struct agent *agent, const struct agent_table *old)
{
	const struct trap_settings *now = &agent->table->conf->traps, *then = &old->conf->traps;
	bool is_same = now->listen_count == then->listen_count;

	for (size_t i = 0; is_same && i < now->listen_count; i++)
		is_same = now->listen[i].port == then->listen[i].port &&
			  ipaddr_equal(&now->listen[i].ip, &then->listen[i].ip);
	if (!is_same)
		log_warn("reload", "where traps are received changes only with a restart");
	if (agent->traps == NULL)
		return;
	trap_receiver_forget(agent->traps->receiver);
	forget_table(agent->traps);
}

void
agent_traps_answer(const struct agent *agent, struct buf *out)
{
	const struct agent_traps *traps = agent->traps;
	struct trap_stats stats;

	if (traps == NULL)
		return;
	stats = trap_receiver_stats(traps->receiver);
#define COUNT(name, value) buf_printf(out, "\"" name "\":%llu,", (unsigned long long)(value))
	buf_puts(out, ",\"traps\":{");
	COUNT("received", stats.received);
	COUNT("traps", stats.traps);
	COUNT("informs", stats.informs);
	COUNT("reports", stats.reports);
	COUNT("refused", stats.refused);
	COUNT("repeated", stats.repeated);
	COUNT("malformed", stats.malformed);
	COUNT("unknown_source", stats.unknown);
	COUNT("over_source_rate", stats.over_source);
	COUNT("over_global_rate", stats.over_global);
	COUNT("kernel_dropped", stats.kernel_dropped);
	COUNT("no_device", traps->no_device);
	COUNT("no_rule", traps->no_rule);
	COUNT("events", traps->events);
	COUNT("folded", traps->folded);
	COUNT("expedited", traps->expedited);
	buf_printf(out, "\"postponed\":%llu}", (unsigned long long)traps->postponed);
#undef COUNT
}

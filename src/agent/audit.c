/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit's life in the agent: policy and advisories in, what probes learn in, findings out to
 * the store and the log.
 */
#include "audit.h"

#include "keepwatch/advisory_files.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/ledger_key.h"
#include "keepwatch/log.h"
#include "keepwatch/store_audit.h"
#include "keepwatch/store_incident.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Devices looked at in a second: a fleet of tens of thousands takes a minute or two, and no tick
 * long, whatever a look costs. */
enum { DEVICES_PER_TICK = 500, DEVICES_AT_ONCE = 25, TICK_US = 15000 };

int
agent_audit_new(struct agent *agent)
{
	struct agent_audit *own = calloc(1, sizeof(*own));

	if (own == NULL)
		return ERR_NOMEM;
	if (audit_new(&own->audit) != 0) {
		free(own);
		return ERR_NOMEM;
	}
	agent->audit = own;
	return 0;
}

void
agent_audit_free(struct agent *agent)
{
	struct agent_audit *own = agent->audit;

	if (own == NULL)
		return;
	audit_places_forget(agent);
	agent->audit = NULL;
	audit_free(own->audit);
	advisory_set_free(own->advisories);
	secret_free(own->key);
	free(own);
}

/* ---- in */

int
agent_audit_device(struct agent *agent, const struct agent_device *device)
{
	const struct audit_device row = {
		.id = device->id,
		.kind = device->device->kind,
		.name = device->device->name,
		.address = device->device->address,
		.site = device_site_name(agent->table->conf->fleet, device->device),
		.owner = device->device->owner,
	};

	return audit_device_put(agent->audit->audit, &row);
}

int
agent_audit_restore(struct agent *agent, const struct agent_device *device, enum probe_id probe,
		    const struct fact_list *facts)
{
	/* Seen last before the start; the store knows it to an hour, and the next run will tell. */
	return audit_take_facts(agent->audit->audit, device->id, probe, facts, 0, agent->started_ms,
				true);
}

void
agent_audit_result(struct agent *agent, struct agent_device *device,
		   const struct agent_probe *probe, const struct probe_result *result)
{
	enum probe_id id = probe->target.settings->probe;

	if (agent->audit == NULL)
		return;
	if ((result->facts.count > 0 || result->complete != 0) &&
	    audit_take_facts(agent->audit->audit, device->id, id, &result->facts, result->complete,
			     result->at_ms, false) != 0)
		log_error("audit", "%s: facts not looked at: out of memory", device->device->name);
	agent_audit_login(agent, device, result);
}

void
agent_audit_moved(struct agent *agent)
{
	if (agent->audit != NULL)
		agent->audit->are_places_old = true;
}

/* ---- out */

static void
tell(void *arg, enum audit_step step, const struct finding *finding)
{
	struct agent *agent = arg;
	const char *name = audit_device_name(agent->audit->audit, finding->node);
	int rc;

	agent->audit->steps++;
	if (!agent_batch_open(agent, true))
		return;
	if (step == AUDIT_CONFIRMED) {
		rc = store_batch_findings_confirmed(agent->batch, finding->node,
						    UINT64_C(1) << finding->rule,
						    finding->confirmed_ms);
	} else {
		log_info("finding", "%s: %s%s%s%s: %s", name, finding_rule_words(finding->rule),
			 finding->instance[0] != '\0' ? ", " : "", finding->instance,
			 step == AUDIT_RESOLVED ? ", resolved" : "", finding->evidence);
		rc = store_batch_finding(agent->batch, finding, name);
	}
	if (rc != 0)
		log_error("audit", "%s: a finding was lost: out of memory", name);
}

void
agent_audit_tick(struct agent *agent)
{
	struct agent_audit *own = agent->audit;
	uint64_t start_us, took_us;
	size_t done = 0;
	bool is_more;

	if (own == NULL)
		return;
	start_us = uv_hrtime() / 1000;
	audit_places_tell(agent);
	do {
		/* No room: what is found waits with the devices that are marked. */
		if (!agent_batch_open(agent, true))
			break;
		is_more = audit_run(own->audit, clock_wall_ms(), DEVICES_AT_ONCE, tell, agent);
		took_us = uv_hrtime() / 1000 - start_us;
		done += DEVICES_AT_ONCE;
	} while (is_more && done < DEVICES_PER_TICK && took_us < TICK_US);
	took_us = uv_hrtime() / 1000 - start_us;
	if (took_us > own->worst_us)
		own->worst_us = (uint32_t)took_us;
}

/* ---- what people own: policy, advisories, the ledger's key */

static void
load_advisories(struct agent *agent)
{
	const char *folder = agent->table->conf->advisories_dir;
	struct agent_audit *own = agent->audit;
	struct advisory_loading loading = {0};
	char problem[512] = "";
	int rc = advisory_set_new(&loading.set);

	if (rc == 0)
		rc = advisory_files_read(folder, advisory_take_line, &loading, problem,
					 sizeof(problem));
	/* Those that were read before go on: none would let findings seem to be mended. */
	if (rc != 0) {
		log_error("audit", "advisories: %s", problem[0] != '\0' ? problem : err_text(rc));
		advisory_set_free(loading.set);
		return;
	}
	if (loading.bad > 0)
		log_warn("audit", "%s: %zu lines are no advisories", folder, loading.bad);
	audit_set_advisories(own->audit, loading.set);
	advisory_set_free(own->advisories);
	own->advisories = loading.set;
	if (advisory_set_count(loading.set) > 0)
		log_notice("audit", "%zu advisories", advisory_set_count(loading.set));
}

static void
open_key(struct agent *agent)
{
	char problem[LEDGER_KEY_PROBLEM_SIZE] = "";

	if (agent->audit->key == NULL &&
	    ledger_key_open(&agent->audit->key, agent->table->conf->ledger_key_path, true,
			    problem) != 0)
		log_error("audit", "no password can be proven: %s", problem);
}

/* All that follows from the configuration, at start and after a reload. */
static void
take_conf(struct agent *agent)
{
	audit_set_policy(agent->audit->audit, agent->table->conf->audit);
	load_advisories(agent);
	open_key(agent);
	agent->audit->are_places_old = true;
}

static int
restore_finding(void *arg, const struct finding *finding)
{
	return audit_restore(((struct agent *)arg)->audit->audit, finding);
}

static int
restore_acceptance(void *arg, const struct store_acceptance *acceptance)
{
	struct audit_acceptance row = {
		.rule = acceptance->rule,
		.node = acceptance->node,
		.port = acceptance->port,
		.until_ms = acceptance->until_ms,
	};

	snprintf(row.instance, sizeof(row.instance), "%s",
		 acceptance->instance != NULL ? acceptance->instance : "");
	return audit_accept(((struct agent *)arg)->audit->audit, &row);
}

static int
restore_ledger(void *arg, const struct ledger_entry *entry)
{
	return audit_take_ledger(((struct agent *)arg)->audit->audit, entry);
}

int
agent_audit_load(struct agent *agent, char *message, size_t message_size)
{
	static const struct store_incident_handlers findings = {NULL, restore_finding};
	static const struct store_audit_handlers others = {restore_acceptance, restore_ledger};
	uint64_t start_ms = clock_mono_ms();
	int rc = store_load_incidents(agent->store, &findings, agent, NULL, message, message_size);

	if (rc == 0)
		rc = store_load_audit(agent->store, &others, agent, message, message_size);
	if (rc != 0)
		return rc;
	log_info("audit", "what was stored is taken up, in %llu ms",
		 (unsigned long long)(clock_mono_ms() - start_ms));
	take_conf(agent);
	return 0;
}

/* Probes that are not done any more take what they knew with them. */
static void
forget_probes(struct agent *agent, const struct agent_table *old, const struct agent_device *was,
	      const struct agent_device *is)
{
	static const struct fact_list nothing = {0};

	for (size_t i = 0; i < was->probe_count; i++) {
		enum probe_id id = old->probes[was->first_probe + i].target.settings->probe;
		if (agent_find_probe(agent->table, is, id) == NULL)
			(void)audit_take_facts(agent->audit->audit, was->id, id, &nothing,
					       UINT64_MAX, clock_wall_ms(), false);
	}
}

void
agent_audit_reload(struct agent *agent, const struct agent_table *old)
{
	int rc = 0;

	if (agent->audit == NULL)
		return;
	for (size_t i = 0; i < old->device_count; i++) {
		const struct agent_device *was = &old->devices[i];
		const struct agent_device *is = agent_find(agent->table, was->device->name);

		if (is == NULL)
			audit_device_remove(agent->audit->audit, was->id);
		else
			forget_probes(agent, old, was, is);
	}
	for (size_t i = 0; i < agent->table->device_count && rc == 0; i++)
		rc = agent_audit_device(agent, &agent->table->devices[i]);
	if (rc != 0)
		log_error("audit", "not all devices are looked at: %s", err_text(rc));
	audit_places_forget(agent);
	take_conf(agent);
}

void
agent_audit_describe(const struct agent *agent, struct buf *out)
{
	struct audit_filter all = {0};
	struct audit_count count;

	if (agent->audit == NULL)
		return;
	audit_count(agent->audit->audit, &all, clock_wall_ms(), &count);
	buf_printf(out,
		   ",\"audit\":{\"score\":%d,\"critical\":%zu,\"warning\":%zu,\"notice\":%zu,"
		   "\"accepted\":%zu,\"advisories\":%zu,\"steps\":%llu,\"worst_us\":%u,"
		   "\"memory\":%zu,\"ledger_key\":%s}",
		   count.score, count.open[FINDING_CRITICAL], count.open[FINDING_WARNING],
		   count.open[FINDING_NOTICE], count.accepted,
		   agent->audit->advisories != NULL ? advisory_set_count(agent->audit->advisories)
						    : 0,
		   (unsigned long long)agent->audit->steps, agent->audit->worst_us,
		   audit_memory(agent->audit->audit), agent->audit->key != NULL ? "true" : "false");
}

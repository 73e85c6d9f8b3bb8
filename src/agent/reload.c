/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SIGHUP: the new configuration is taken as a whole or not at all.
 */
#include "agent.h"
#include "audit.h"
#include "diagnosis.h"
#include "traps.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <stdio.h>
#include <string.h>

static void
warn_fixed(const char *what, const char *old, const char *new)
{
	if (strcmp(old == NULL ? "" : old, new == NULL ? "" : new) != 0)
		log_warn("reload", "%s changes from '%s' to '%s' only with a restart", what,
			 old == NULL ? "" : old, new == NULL ? "" : new);
}

static void
put_device_event(struct agent *agent, uint32_t id, enum event_type type, int64_t at_ms)
{
	struct store_event event = {.at_ms = at_ms, .type = type, .device = id, .probe = -1};

	(void)store_batch_event(agent->batch, &event);
}

/* Declares what the new table has, and what it has no longer. */
static int
declare_changes(struct agent *agent, struct agent_table *table, struct agent_table *old)
{
	int64_t now_ms = clock_wall_ms();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < table->device_count; i++) {
		struct agent_device *device = &table->devices[i];

		if (device->id == 0) {
			device->id = store_ids_get(&agent->ids, device->device->name);
			if (device->id == 0)
				return ERR_NOMEM;
			put_device_event(agent, device->id, EVENT_DEVICE_ADDED, now_ms);
		}
		rc = store_batch_device(agent->batch, device->id, table->conf->fleet,
					device->device, now_ms);
	}
	for (size_t i = 0; rc == 0 && i < old->device_count; i++) {
		const struct agent_device *device = &old->devices[i];
		const struct agent_device *still = agent_find(table, device->device->name);

		if (still == NULL) {
			put_device_event(agent, device->id, EVENT_DEVICE_REMOVED, now_ms);
			rc = store_batch_device_removed(agent->batch, device->id, now_ms);
			continue;
		}
		for (size_t p = 0; rc == 0 && p < device->probe_count; p++) {
			enum probe_id id =
				old->probes[device->first_probe + p].target.settings->probe;

			if (agent_find_probe(table, still, id) == NULL)
				rc = store_batch_probe_gone(agent->batch, device->id, id, now_ms);
		}
	}
	return rc;
}

static void
log_problems(const struct conf_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct conf_problem *problem = &problems->items[i];

		log_error("conf", "%s:%u:%u: %s", problem->file, problem->line, problem->column,
			  problem->message);
	}
}

int
agent_reload(struct agent *agent, char *message, size_t message_size)
{
	struct agent_table *old = agent->table, *table = NULL;
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	int rc;

	notify_reloading();
	rc = conf_load(&conf, agent->conf_path, old->conf, &problems);
	if (rc == 0)
		rc = agent_table_new(&table, conf);
	if (rc != 0) {
		log_problems(&problems);
		if (problems.count > 0)
			snprintf(message, message_size, "%s:%u:%u: %s%s", problems.items[0].file,
				 problems.items[0].line, problems.items[0].column,
				 problems.items[0].message,
				 problems.count > 1 ? " (and more, see the log)" : "");
		else
			snprintf(message, message_size, "%s", err_text(rc));
		log_error("reload", "the running configuration stays: %s", message);
		agent_event(agent, EVENT_CONFIG_REJECTED, message);
		conf_free(conf);
		goto out;
	}
	warn_fixed("database", old->conf->database, conf->database);
	warn_fixed("socket", old->conf->socket_path, conf->socket_path);
	warn_fixed("user", old->conf->user, conf->user);
	warn_fixed("group", old->conf->group, conf->group);
	agent_table_cancel(old);
	agent_diagnosis_settle(agent);
	agent_table_inherit(table, old);
	agent->table = table;
	agent->health_params.down_after = conf->down_after;
	agent->health_params.up_after = conf->up_after;
	agent->reloaded_ms = clock_wall_ms();
	if (declare_changes(agent, table, old) != 0)
		log_error("reload", "not all devices could be declared: out of memory");
	agent_topology_reload(agent, old);
	agent_diagnosis_reload(agent, old);
	agent_audit_reload(agent, old);
	agent_traps_reload(agent, old);
	agent_table_free(old);
	snprintf(message, message_size, "%zu devices, %zu probes", table->device_count,
		 table->probe_count);
	log_notice("reload", "configuration taken: %s", message);
	agent_event(agent, EVENT_CONFIG_RELOAD, message);
	net_loop_kick(agent->loop);
out:
	conf_problems_fini(&problems);
	notify_ready(agent);
	return rc;
}

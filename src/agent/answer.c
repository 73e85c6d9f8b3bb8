/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the control socket's verbs answer, but for `check` (check.c).
 */
#include "agent.h"
#include "audit.h"
#include "diagnosis.h"
#include "traps.h"

#include <stdio.h>
#include <string.h>

int
agent_refuse(struct buf *out, const char *what)
{
	buf_puts(out, what);
	buf_puts(out, "\n");
	return 1;
}

void
agent_sign(const struct control_request *request, uint32_t uid, char *out, size_t size)
{
	const char *who = control_field(request, "who");

	if (who != NULL && *who != '\0')
		snprintf(out, size, "%.40s (uid %u)", who, uid);
	else
		snprintf(out, size, "uid %u", uid);
}

static int
answer_status(struct agent *agent, struct buf *out)
{
	struct sched_stats stats = sched_stats(agent->table->sched);

	buf_printf(
		out,
		"{\"version\":\"%s\",\"started_ms\":%lld,\"reloaded_ms\":%lld,\"devices\":%zu,"
		"\"probes\":%zu,\"in_flight\":%u,\"waiting\":%u,\"runs\":%llu,\"late_max_ms\":%u,"
		"\"commits\":%llu,\"commits_failed\":%llu,\"commit_last_us\":%u,"
		"\"commit_worst_us\":%u,\"dropped\":%llu",
		KEEPWATCH_VERSION, (long long)agent->started_ms, (long long)agent->reloaded_ms,
		agent->table->device_count, agent->table->probe_count, stats.in_flight,
		stats.waiting, (unsigned long long)stats.started, stats.late_max_ms,
		(unsigned long long)agent->commits.done, (unsigned long long)agent->commits.failed,
		agent->commits.last_us, agent->commits.worst_us,
		(unsigned long long)agent->dropped);
	agent_topology_describe(agent, out);
	agent_traps_answer(agent, out);
	agent_diagnosis_describe(agent, out);
	agent_audit_describe(agent, out);
	buf_puts(out, "}\n");
	return 0;
}

static int
answer_probe(struct agent *agent, const struct control_request *request, struct buf *out)
{
	const char *name = control_field(request, "name");
	struct agent_device *device = name == NULL ? NULL : agent_find(agent->table, name);

	if (device == NULL) {
		buf_puts(out, "no such device\n");
		return 1;
	}
	agent_probe_now(agent, device);
	buf_printf(out, "%u probes started\n", device->probe_count);
	return 0;
}

static int
answer_reload(struct agent *agent, struct buf *out)
{
	char message[1024] = "";
	int rc = agent_reload(agent, message, sizeof(message));

	buf_puts(out, message);
	buf_puts(out, "\n");
	return rc == 0 ? 0 : 1;
}

int
agent_answer(struct agent *agent, const struct control_request *request, uint32_t uid,
	     struct buf *out)
{
	if (strcmp(request->verb, "check") == 0)
		return agent_check(agent, request, out);
	if (strcmp(request->verb, "status") == 0)
		return answer_status(agent, out);
	if (strcmp(request->verb, "probe") == 0)
		return answer_probe(agent, request, out);
	if (strcmp(request->verb, "reload") == 0)
		return answer_reload(agent, out);
	if (strcmp(request->verb, "incident") == 0)
		return agent_diagnosis_answer(agent, request, uid, out);
	if (strcmp(request->verb, "finding") == 0)
		return agent_audit_answer_finding(agent, request, uid, out);
	if (strcmp(request->verb, "password") == 0)
		return agent_audit_answer_password(agent, request, uid, out);
	if (strcmp(request->verb, "pack") == 0)
		return agent_audit_answer_pack(agent, request, out);
	buf_puts(out, "unknown verb\n");
	return 1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rig of the topology probe's tests.
 */
#include "switch_rig.h"

#include "keepwatch/clock.h"
#include "keepwatch/snmpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WATCHDOG_MS = 60000 };

static void
on_trace(void *arg, const char *line)
{
	struct switch_rig *rig = arg;
	size_t len = strlen(rig->trace);

	snprintf(rig->trace + len, sizeof(rig->trace) - len, "%s\n", line);
}

void
switch_rig_forget(struct switch_rig *rig)
{
	if (rig->target.memory != NULL)
		probe_ops(rig->settings.probe)->forget(&rig->target);
	assert_null(rig->target.memory);
}

void
switch_rig_use(struct switch_rig *rig, enum probe_id probe, enum snmp_version_id version)
{
	const struct probe_spec *spec = probe_spec(probe);

	if (rig->settings.options != NULL)
		switch_rig_forget(rig);
	assert_true(probe_option_count(probe) <= SWITCH_RIG_OPTIONS);
	for (size_t i = 0; i < probe_option_count(probe); i++) {
		const struct option_spec *option =
			option_spec((enum option_id)(spec->first_option + i));

		assert_int_equal(option_parse(option, option->fallback, &rig->options[i], NULL, 0),
				 0);
	}
	rig->settings = (struct probe_settings){
		.probe = probe,
		.timeout_ms = SWITCH_RIG_TIMEOUT_MS,
		.retries = 1,
		.options = rig->options,
	};
	rig->fleet->credentials[0].snmp.version = version;
	rig->target.settings = &rig->settings;
	if (probe == PROBE_TOPOLOGY)
		switch_rig_set(rig, OPT_TOPOLOGY_GAP, 0);
}

void
switch_rig_set(struct switch_rig *rig, enum option_id option, int64_t number)
{
	rig->options[option - probe_spec(rig->settings.probe)->first_option].number = number;
}

static void
make_fleet(struct switch_rig *rig)
{
	struct credential *credential;
	struct device *device;

	rig->fleet = fleet_new();
	assert_non_null(rig->fleet);
	credential = fleet_alloc(rig->fleet, sizeof(*credential));
	assert_non_null(credential);
	memset(credential, 0, sizeof(*credential));
	rig->fleet->credentials = credential;
	rig->fleet->credential_count = 1;
	credential->name = strdup("switches");
	credential->snmp.port = rig->sw.port;
	assert_int_equal(secret_new(&credential->snmp.community, "public", 6), 0);
	device = fleet_add_device(rig->fleet);
	assert_non_null(device);
	device->name = fleet_strdup(rig->fleet, "acc-1");
	device->kind = KIND_SWITCH;
	device->credentials[USE_SNMP] = 0;
	assert_int_equal(fleet_seal(rig->fleet), 0);
	rig->target.fleet = rig->fleet;
	rig->target.device = &rig->fleet->devices[0];
	assert_int_equal(ipaddr_parse("127.0.0.1", &rig->target.ip), 0);
}

int
switch_rig_setup(void **state)
{
	struct switch_rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	assert_int_equal(uv_loop_init(&rig->uv), 0);
	uv_timer_init(&rig->uv, &rig->watchdog);
	rig->watchdog.data = rig;
	assert_int_equal(net_loop_open(&rig->env.loop, &rig->uv, 10), 0);
	net_loop_set_eager(rig->env.loop, true);
	assert_int_equal(snmpc_open(&rig->env.snmp, rig->env.loop), 0);
	rig->env.trace = on_trace;
	rig->env.trace_arg = rig;
	switch_open(&rig->sw, &rig->uv, "public");
	make_fleet(rig);
	switch_rig_use(rig, PROBE_TOPOLOGY, SNMP_V2C);
	result_init(&rig->result);
	*state = rig;
	return 0;
}

int
switch_rig_teardown(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_forget(rig);
	result_fini(&rig->result);
	assert_int_equal(snmpc_stats(rig->env.snmp).in_flight, 0);
	snmpc_close(rig->env.snmp);
	net_loop_close(rig->env.loop);
	switch_close(&rig->sw);
	uv_close((uv_handle_t *)&rig->watchdog, NULL);
	uv_run(&rig->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&rig->uv), 0);
	fleet_free(rig->fleet);
	free(rig);
	return 0;
}

static void
on_ended(struct probe_run *run, void *arg)
{
	struct switch_rig *rig = arg;

	rig->ends++;
	uv_timer_stop(&rig->watchdog);
	result_fini(&rig->result);
	rig->result = run->result;
	result_init(&run->result);
	probe_run_free(run);
}

/* Out of a callback of libuv there is no way back into the test. */
static void
on_watchdog(uv_timer_t *timer)
{
	const struct switch_rig *rig = timer->data;

	fprintf(stderr, "no end within %d ms; heard %u, in flight %zu\n%s", WATCHDOG_MS,
		rig->sw.heard, (size_t)snmpc_stats(rig->env.snmp).in_flight, rig->trace);
	abort();
}

void
switch_rig_turn(struct switch_rig *rig)
{
	uv_run(&rig->uv, UV_RUN_ONCE);
}

struct probe_run *
switch_rig_start(struct switch_rig *rig)
{
	struct probe_run *run;

	rig->ends = 0;
	rig->trace[0] = '\0';
	uv_update_time(&rig->uv);
	uv_timer_start(&rig->watchdog, on_watchdog, WATCHDOG_MS, 0);
	run = probe_run_start(&rig->env, &rig->target, clock_wall_ms(), on_ended, rig);
	assert_non_null(run);
	net_loop_kick(rig->env.loop);
	return run;
}

void
switch_rig_run(struct switch_rig *rig)
{
	switch_rig_start(rig);
	while (rig->ends == 0)
		switch_rig_turn(rig);
	assert_int_equal(rig->ends, 1);
	assert_null(strstr(rig->result.detail, "not finished"));
}

const char *
switch_rig_fact(const struct switch_rig *rig, enum fact_key key, const char *instance)
{
	const char *value = fact_get(&rig->result.facts, key, instance);

	return value != NULL ? value : "(none)";
}

void
switch_rig_fill(struct switch_rig *rig)
{
	switch_put_system(&rig->sw, "1.3.6.1.4.1.32473.7");
	switch_put_ports(&rig->sw, 48);
	switch_put_base_ports(&rig->sw, 0, 48);
	switch_put_qfdb(&rig->sw, 1000, 48);
	switch_put_lldp(&rig->sw, 8, 48);
	switch_put_vlans(&rig->sw, 48);
	switch_put_poe(&rig->sw, 48);
	switch_put_entities(&rig->sw, 60);
}

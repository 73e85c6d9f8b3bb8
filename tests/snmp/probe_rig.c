/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rig of the snmp probe's tests.
 */
#include "probe_rig.h"

#include "keepwatch/clock.h"
#include "keepwatch/snmpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the clock, linked in place of the real one */

int64_t __real_clock_wall_ms(void);
uint64_t __real_net_loop_now_ms(const struct net_loop *loop);
int64_t __wrap_clock_wall_ms(void);
uint64_t __wrap_net_loop_now_ms(const struct net_loop *loop);

static uint64_t *
passed_ms(void)
{
	static uint64_t ms;

	return &ms;
}

int64_t
__wrap_clock_wall_ms(void)
{
	return __real_clock_wall_ms() + (int64_t)*passed_ms();
}

uint64_t
__wrap_net_loop_now_ms(const struct net_loop *loop)
{
	return __real_net_loop_now_ms(loop) + *passed_ms();
}

void
rig_pass(struct rig *rig, int64_t ms, int64_t counted_ms)
{
	*passed_ms() += (uint64_t)ms;
	rig->device.ticks = (uint32_t)((int64_t)rig->device.ticks + counted_ms / 10);
}

/* ---- the rig */

void
rig_set_option(struct rig_config *config, enum option_id option, int64_t number)
{
	config->options[option - probe_spec(PROBE_SNMP)->first_option].number = number;
}

/* One device with one credential (CREDENTIAL_NONE for none); interfaces are off. */
struct rig_config *
rig_config_new(enum snmp_version_id version, const char *community, uint16_t port)
{
	const struct probe_spec *spec = probe_spec(PROBE_SNMP);
	struct rig_config *config = calloc(1, sizeof(*config));
	struct device *device;
	struct credential *credential;

	assert_non_null(config);
	config->fleet = fleet_new();
	assert_non_null(config->fleet);
	config->fleet->credentials = fleet_alloc(config->fleet, sizeof(*credential));
	assert_non_null(config->fleet->credentials);
	credential = config->fleet->credentials;
	memset(credential, 0, sizeof(*credential));
	config->fleet->credential_count = 1;
	credential->name = strdup("switches");
	credential->snmp.version = version;
	credential->snmp.port = port;
	if (community != NULL)
		assert_int_equal(
			secret_new(&credential->snmp.community, community, strlen(community)), 0);
	device = fleet_add_device(config->fleet);
	assert_non_null(device);
	device->name = fleet_strdup(config->fleet, "sw-1");
	device->credentials[USE_SNMP] = 0;
	assert_int_equal(fleet_seal(config->fleet), 0);
	for (size_t i = 0; i < probe_option_count(PROBE_SNMP); i++) {
		const struct option_spec *option = option_spec(spec->first_option + i);

		assert_int_equal(
			option_parse(option, option->fallback, &config->options[i], NULL, 0), 0);
	}
	config->settings = (struct probe_settings){
		.probe = PROBE_SNMP, .timeout_ms = 300, .retries = 1, .options = config->options};
	rig_set_option(config, OPT_SNMP_INTERFACES, 0);
	config->target.fleet = config->fleet;
	config->target.device = &config->fleet->devices[0];
	config->target.settings = &config->settings;
	assert_int_equal(ipaddr_parse("127.0.0.1", &config->target.ip), 0);
	return config;
}

void
rig_config_free(struct rig_config *config)
{
	probe_ops(PROBE_SNMP)->forget(&config->target);
	assert_null(config->target.memory);
	fleet_free(config->fleet);
	free(config);
}

void
rig_use_config(struct rig *rig, enum snmp_version_id version, const char *community, uint16_t port)
{
	if (rig->config != NULL)
		rig_config_free(rig->config);
	rig->config = rig_config_new(version, community, port);
}

static void
on_trace(void *arg, const char *line)
{
	struct rig *rig = arg;
	size_t len = strlen(rig->trace);

	snprintf(rig->trace + len, sizeof(rig->trace) - len, "%s\n", line);
}

int
rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	assert_int_equal(uv_loop_init(&rig->uv), 0);
	assert_int_equal(net_loop_open(&rig->env.loop, &rig->uv, 10), 0);
	net_loop_set_eager(rig->env.loop, true);
	assert_int_equal(snmpc_open(&rig->env.snmp, rig->env.loop), 0);
	rig->env.trace = on_trace;
	rig->env.trace_arg = rig;
	snmp_device_open(&rig->device, &rig->uv, "public");
	rig_use_config(rig, SNMP_V2C, "public", rig->device.port);
	result_init(&rig->result);
	*state = rig;
	return 0;
}

int
rig_teardown(void **state)
{
	struct rig *rig = *state;

	rig_config_free(rig->config);
	assert_int_equal(snmpc_stats(rig->env.snmp).in_flight, 0);
	snmpc_close(rig->env.snmp);
	net_loop_close(rig->env.loop);
	snmp_device_close(&rig->device);
	uv_run(&rig->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&rig->uv), 0);
	result_fini(&rig->result);
	free(rig);
	return 0;
}

void
rig_on_ended(struct probe_run *run, void *arg)
{
	struct rig *rig = arg;

	rig->ends++;
	result_fini(&rig->result);
	rig->result = run->result;
	result_init(&run->result);
	probe_run_free(run);
}

void
rig_run(struct rig *rig)
{
	rig->ends = 0;
	rig->trace[0] = '\0';
	assert_non_null(probe_run_start(&rig->env, &rig->config->target, clock_wall_ms(),
					rig_on_ended, rig));
	net_loop_kick(rig->env.loop);
	while (rig->ends == 0)
		uv_run(&rig->uv, UV_RUN_ONCE);
	assert_int_equal(rig->ends, 1);
	assert_null(strstr(rig->result.detail, "not finished"));
}

const char *
rig_fact(const struct rig *rig, enum fact_key key, const char *instance)
{
	return fact_get(&rig->result.facts, key, instance);
}

const char *
rig_text(const char *text)
{
	return text != NULL ? text : "(none)";
}

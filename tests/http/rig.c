/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rig of the probe tests.
 */
#include "rig.h"

#include "keepwatch/clock.h"
#include "keepwatch/onvif.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GUARD_MS = 20000 };

static void
on_trace(void *arg, const char *line)
{
	struct rig *rig = arg;
	size_t len = strlen(rig->trace);

	snprintf(rig->trace + len, sizeof(rig->trace) - len, "%s\n", line);
}

void
rig_option(struct rig *rig, enum option_id option, const char *text)
{
	size_t i = (size_t)option - (size_t)probe_spec(rig->settings.probe)->first_option;

	free(rig->options[i].text);
	rig->options[i].text = NULL;
	assert_int_equal(option_parse(option_spec(option), text, &rig->options[i], NULL, 0), 0);
}

void
rig_open(struct rig *rig, enum probe_id probe, enum device_kind kind, uint16_t port)
{
	size_t first = (size_t)probe_spec(probe)->first_option, count = probe_option_count(probe);
	char text[8];

	memset(rig, 0, sizeof(*rig));
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(uv_loop_init(&rig->uv), 0);
	assert_int_equal(net_loop_open(&rig->env.loop, &rig->uv, 10), 0);
	assert_int_equal(http_client_open(&rig->env.http, rig->env.loop, NULL), 0);
	assert_int_equal(onvif_writer_new(&rig->env.onvif), 0);
	rig->env.trace = on_trace;
	rig->env.trace_arg = rig;
	rig->settings.probe = probe;
	rig->settings.timeout_ms = 2000;
	rig->settings.options = rig->options;
	assert_true(count <= RIG_OPTIONS_MAX);
	for (size_t i = 0; i < count; i++)
		rig_option(rig, (enum option_id)(first + i),
			   option_spec((enum option_id)(first + i))->fallback);
	snprintf(text, sizeof(text), "%u", port);
	rig_option(rig,
		   probe == PROBE_ONVIF	   ? OPT_ONVIF_PORT
		   : probe == PROBE_VENDOR ? OPT_VENDOR_PORT
					   : OPT_HTTP_PORT,
		   text);
	rig->device.name = "device";
	rig->device.address = "127.0.0.1";
	rig->device.kind = kind;
	for (int i = 0; i < 3; i++)
		rig->device.credentials[i] = CREDENTIAL_NONE;
	assert_int_equal(ipaddr_parse("127.0.0.1", &rig->device.ip), 0);
	rig->fleet.devices = &rig->device;
	rig->fleet.device_count = 1;
	rig->fleet.credentials = &rig->credential;
	rig->fleet.credential_count = 1;
	rig->target = (struct probe_target){
		.fleet = &rig->fleet,
		.device = &rig->device,
		.settings = &rig->settings,
		.ip = rig->device.ip,
	};
	rig->now_ms = clock_wall_ms();
	result_init(&rig->result);
}

void
rig_close(struct rig *rig)
{
	const struct probe_ops *ops = probe_ops(rig->settings.probe);

	ops->forget(&rig->target);
	assert_null(rig->target.memory);
	result_fini(&rig->result);
	for (size_t i = 0; i < RIG_OPTIONS_MAX; i++)
		free(rig->options[i].text);
	secret_free(rig->password);
	onvif_writer_free(rig->env.onvif);
	http_client_close(rig->env.http);
	net_loop_close(rig->env.loop);
	uv_run(&rig->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&rig->uv), 0);
}

void
rig_password(struct rig *rig, const char *password)
{
	secret_free(rig->password);
	assert_int_equal(secret_new(&rig->password, password, strlen(password)), 0);
	rig->credential.generation++;
	rig->credential.onvif.is_set = true;
	rig->credential.onvif.username = (char *)(uintptr_t) "monitor";
	rig->credential.onvif.password = rig->password;
	rig->credential.http = rig->credential.onvif;
	rig->device.credentials[USE_ONVIF] = rig->device.credentials[USE_HTTP] = 0;
}

static void
on_ended(struct probe_run *run, void *arg)
{
	struct rig *rig = arg;

	assert_false(rig->ended);
	rig->ended = true;
	result_fini(&rig->result);
	rig->result = run->result;
	result_init(&run->result);
	probe_run_free(run);
}

static void
on_tick(uv_timer_t *timer)
{
	(void)timer;
}

static struct probe_run *
start(struct rig *rig)
{
	rig->ended = false;
	rig->trace[0] = '\0';
	return probe_run_start(&rig->env, &rig->target, rig->now_ms, on_ended, rig);
}

void
rig_run(struct rig *rig)
{
	uint64_t until = clock_mono_ms() + GUARD_MS;
	uv_timer_t tick;

	/* an inventory interval of 1 ms is to be over */
	while (clock_mono_ms() < rig->ended_ms + 2)
		uv_run(&rig->uv, UV_RUN_NOWAIT);
	assert_non_null(start(rig));
	uv_timer_init(&rig->uv, &tick);
	uv_timer_start(&tick, on_tick, 50, 50);
	while (!rig->ended && clock_mono_ms() < until)
		uv_run(&rig->uv, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&tick, NULL);
	uv_run(&rig->uv, UV_RUN_NOWAIT);
	assert_true(rig->ended);
	rig->ended_ms = clock_mono_ms();
}

void
rig_run_cancelled(struct rig *rig)
{
	struct probe_run *run = start(rig);

	assert_non_null(run);
	uv_run(&rig->uv, UV_RUN_NOWAIT);
	assert_false(rig->ended);
	probe_run_cancel(run);
	assert_true(rig->ended);
}

void
rig_restart(struct rig *rig)
{
	const struct probe_ops *ops = probe_ops(rig->settings.probe);

	ops->forget(&rig->target);
	ops->restore(&rig->target, &rig->result.facts);
}

void
rig_expect(const struct rig *rig, enum outcome outcome, enum reason reason, const char *words)
{
	const struct probe_result *result = &rig->result;

	if (result->outcome != outcome || result->reason != reason ||
	    strstr(result->detail, words) == NULL)
		fail_msg("got %s %s \"%s\", wanted %s %s \"%s\"; trace:\n%s",
			 outcome_name(result->outcome), reason_name(result->reason), result->detail,
			 outcome_name(outcome), reason_name(reason), words, rig->trace);
	/* whatever happens, no secret is told */
	if (rig->password != NULL) {
		assert_null(strstr(rig->trace, secret_text(rig->password)));
		assert_null(strstr(result->detail, secret_text(rig->password)));
	}
}

const char *
rig_fact(const struct rig *rig, enum fact_key key, const char *instance)
{
	const char *value = fact_get(&rig->result.facts, key, instance);

	return value == NULL ? "" : value;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One device with one probe, run by the real runner on a loop of its own, for unit tests of the
 * probes over HTTP.
 */
#ifndef KEEPWATCH_TESTS_HTTP_RIG_H
#define KEEPWATCH_TESTS_HTTP_RIG_H

#include "keepwatch/http.h"
#include "keepwatch/probe.h"

enum { RIG_OPTIONS_MAX = 16 };

struct rig {
	uv_loop_t uv;
	struct probe_env env;
	struct fleet fleet; /* made by hand */
	struct device device;
	struct credential credential;
	struct secret *password;
	struct option_value options[RIG_OPTIONS_MAX];
	struct probe_settings settings;
	struct probe_target target;
	int64_t now_ms; /* wall clock given to the next run */
	char trace[16384];
	/* of the last run */
	struct probe_result result;
	bool ended;
	uint64_t ended_ms;
};

/* kind: KIND_...; the device is 127.0.0.1 at the port; options have their defaults. */
void rig_open(struct rig *rig, enum probe_id probe, enum device_kind kind, uint16_t port);
void rig_close(struct rig *rig);
/* Sets an option as a person would. */
void rig_option(struct rig *rig, enum option_id option, const char *text);
/* Gives the device an ONVIF and HTTP credential "monitor" with this password, of a new generation.
 */
void rig_password(struct rig *rig, const char *password);
/* One run to its end; rig->result is of it. */
void rig_run(struct rig *rig);
/* Starts a run and cancels it after its first request was sent. */
void rig_run_cancelled(struct rig *rig);
/* As after a restart of the agent: what the last result had is all that is known. */
void rig_restart(struct rig *rig);
/* Fails the test unless the last result is like this. words: part of the detail. */
void rig_expect(const struct rig *rig, enum outcome outcome, enum reason reason, const char *words);
const char *rig_fact(const struct rig *rig, enum fact_key key, const char *instance);

#endif

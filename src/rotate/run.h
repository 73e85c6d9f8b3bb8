/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One device's rotation under way: the machine of core.h, driven by its files and conversations.
 */
#ifndef ROTATE_RUN_H
#define ROTATE_RUN_H

#include "folder.h"
#include "talk.h"

#include "keepwatch/net_loop.h"

#include <uv.h>

/* What all runs share. */
struct rotate_engine {
	uv_loop_t uv;
	struct net_loop *loop;
	struct http_client *http;
	struct onvif_writer *writer;
};

int rotate_engine_open(struct rotate_engine *engine);
void rotate_engine_close(struct rotate_engine *engine);

struct rotate_run {
	struct net_timer timer; /* first: WAIT */
	struct rotate_engine *engine;
	const struct rotate_options *options;
	const struct rotate_target *target;
	const struct rotate_folder *folder; /* NULL: a trial */
	struct rotate_result *result;
	void (*done)(struct rotate_run *run);
	void *arg;

	char file[CREDENTIAL_FILE_SIZE];
	struct rotate_core core;
	struct secret *old, *new;
	struct rotate_talk talk, other;
	bool other_said_hello;
	bool is_driving, is_done;
};

/* Begins; run->done comes at once or later. The run is in the caller's memory, zeroed but for the
 * members above `file`. */
void rotate_run_start(struct rotate_run *run);
void rotate_run_fini(struct rotate_run *run);

#endif

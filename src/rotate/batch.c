/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many devices, some at a time: the first that does not end well, or a signal, keeps the others
 * from beginning; those under way end their steps.
 */
#include "run.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUANTUM_MS = 10 };

int
rotate_engine_open(struct rotate_engine *engine)
{
	const struct http_options options = {.forgets = true};
	int rc;

	*engine = (struct rotate_engine){0};
	if (uv_loop_init(&engine->uv) != 0)
		return ERR_IO;
	rc = net_loop_open(&engine->loop, &engine->uv, QUANTUM_MS);
	if (rc == 0) {
		net_loop_set_eager(engine->loop, true);
		rc = http_client_open(&engine->http, engine->loop, &options);
	}
	if (rc == 0)
		rc = onvif_writer_new(&engine->writer);
	if (rc != 0)
		rotate_engine_close(engine);
	return rc;
}

void
rotate_engine_close(struct rotate_engine *engine)
{
	onvif_writer_free(engine->writer);
	if (engine->http != NULL)
		http_client_close(engine->http);
	if (engine->loop != NULL)
		net_loop_close(engine->loop);
	uv_run(&engine->uv, UV_RUN_DEFAULT);
	uv_loop_close(&engine->uv);
}

struct batch {
	struct rotate_engine engine;
	const struct rotate_target *targets;
	size_t count, next, active;
	const struct rotate_options *options;
	struct rotate_result *results;
	struct rotate_run *runs; /* options->parallel of them */
	struct rotate_folder *folders;
	size_t folder_count;
	uv_signal_t signals[2];
	const char *stopped; /* why no other begins; NULL: they do */
};

static const struct rotate_folder *
folder_of(const struct batch *batch, const struct rotate_target *target)
{
	for (size_t i = 0; i < batch->folder_count; i++) {
		if (strcmp(batch->folders[i].path, target->web->password_dir) == 0)
			return &batch->folders[i];
	}
	return NULL;
}

static void
on_done(struct rotate_run *run)
{
	struct batch *batch = run->arg;
	bool is_well =
		run->result->end == ROTATE_END_ROTATED || run->result->end == ROTATE_END_READY;

	/* A trial shows all that stands in the way; what was left is brought to an end. */
	if (!is_well && batch->options->apply && !batch->options->resume && batch->stopped == NULL)
		batch->stopped = "not begun: another device did not end well";
	batch->active--;
}

static void
on_signal(uv_signal_t *handle, int number)
{
	struct batch *batch = handle->data;

	(void)number;
	batch->stopped = "not begun: interrupted";
	uv_signal_stop(handle); /* the next one is not for us: it ends the program */
}

static void
start(struct batch *batch, struct rotate_run *run, size_t i)
{
	*run = (struct rotate_run){
		.engine = &batch->engine,
		.options = batch->options,
		.target = &batch->targets[i],
		.folder = folder_of(batch, &batch->targets[i]),
		.result = &batch->results[i],
		.done = on_done,
		.arg = batch,
	};
	batch->active++;
	rotate_run_start(run);
}

/* Fills the free places; false when nothing is under way and nothing is left. */
static bool
fill(struct batch *batch)
{
	for (unsigned i = 0; i < batch->options->parallel; i++) {
		struct rotate_run *run = &batch->runs[i];

		if (run->is_done)
			rotate_run_fini(run);
		if (run->target != NULL && !run->is_done)
			continue;
		*run = (struct rotate_run){0};
		while (batch->next < batch->count && batch->stopped == NULL) {
			const struct rotate_target *target = &batch->targets[batch->next];
			struct rotate_result *result = &batch->results[batch->next];

			batch->next++;
			if (target->skip == NULL) {
				start(batch, run, batch->next - 1);
				break;
			}
			result->end = ROTATE_END_SKIPPED;
			snprintf(result->words, sizeof(result->words), "%s", target->skip);
		}
	}
	return batch->active > 0 || (batch->next < batch->count && batch->stopped == NULL);
}

static int
open_folders(struct batch *batch, char *why, size_t why_size)
{
	bool is_real = batch->options->apply || batch->options->resume;

	for (size_t i = 0; i < batch->count; i++) {
		const struct rotate_target *target = &batch->targets[i];
		const char *path = target->web != NULL ? target->web->password_dir : NULL;
		struct rotate_folder *folder = &batch->folders[batch->folder_count];
		int rc;

		if (target->skip != NULL || path == NULL || folder_of(batch, target) != NULL)
			continue;
		rc = is_real ? rotate_folder_open(folder, path) : rotate_folder_look(folder, path);
		if (rc != 0) {
			snprintf(why, why_size, "%s", path);
			return rc;
		}
		batch->folder_count++;
	}
	return 0;
}

int
rotate_run(const struct rotate_target *targets, size_t count, const struct rotate_options *options,
	   struct rotate_result *results, char *why, size_t why_size)
{
	static const int ends[] = {SIGINT, SIGTERM};
	struct batch batch = {
		.targets = targets, .count = count, .options = options, .results = results};
	int rc;

	why[0] = '\0';
	for (size_t i = 0; i < count; i++)
		results[i] = (struct rotate_result){.end = ROTATE_END_SKIPPED};
	batch.runs = calloc(options->parallel, sizeof(*batch.runs));
	batch.folders = calloc(count + 1, sizeof(*batch.folders));
	rc = batch.runs == NULL || batch.folders == NULL ? ERR_NOMEM : 0;
	if (rc == 0)
		rc = open_folders(&batch, why, why_size);
	if (rc == 0)
		rc = rotate_engine_open(&batch.engine);
	if (rc != 0)
		goto out;
	for (size_t i = 0; i < MEM_COUNT(ends); i++) {
		uv_signal_init(&batch.engine.uv, &batch.signals[i]);
		batch.signals[i].data = &batch;
		uv_signal_start(&batch.signals[i], on_signal, ends[i]);
	}
	while (fill(&batch)) {
		if (batch.active > 0)
			uv_run(&batch.engine.uv, UV_RUN_ONCE);
	}
	for (unsigned i = 0; i < options->parallel; i++) {
		if (batch.runs[i].target != NULL)
			rotate_run_fini(&batch.runs[i]);
	}
	for (size_t i = batch.next; i < count; i++)
		snprintf(results[i].words, sizeof(results[i].words), "%s",
			 batch.stopped != NULL ? batch.stopped : "");
	for (size_t i = 0; i < MEM_COUNT(ends); i++)
		uv_close((uv_handle_t *)&batch.signals[i], NULL);
	rotate_engine_close(&batch.engine);
out:
	for (size_t i = 0; i < batch.folder_count; i++)
		rotate_folder_close(&batch.folders[i]);
	free(batch.folders);
	free(batch.runs);
	return rc;
}

/* ---- which interface */

struct question {
	bool is_answered;
	enum rotate_answer answer;
};

static void
on_found(void *arg, enum rotate_answer answer, const char *words)
{
	struct question *question = arg;

	(void)words;
	question->is_answered = true;
	question->answer = answer;
}

int
rotate_find_by(const struct rotate_target *target, uint32_t timeout_ms, enum rotate_by *out)
{
	static const enum rotate_by candidates[] = {ROTATE_BY_AXIS, ROTATE_BY_HIKVISION};
	struct rotate_engine engine;
	enum rotate_by found = ROTATE_BY_AUTO;
	int rc = rotate_engine_open(&engine);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < MEM_COUNT(candidates) && rc == 0; i++) {
		struct question question = {0};
		struct rotate_talk talk = {
			.http = engine.http,
			.target = target,
			.place = target->place,
			.by = candidates[i],
			.account = target->web->username,
			.allow_basic = target->web->allow_basic,
			.timeout_ms = timeout_ms,
			.done = on_found,
			.arg = &question,
		};

		rc = rotate_talk_hello(&talk);
		while (rc == 0 && !question.is_answered)
			uv_run(&engine.uv, UV_RUN_ONCE);
		/* A device that asks for a login at every path has both, or neither: undecided. */
		if (rc == 0 && question.answer == ANSWER_YES)
			found = found == ROTATE_BY_AUTO ? candidates[i] : ROTATE_BY_AUTO;
		rotate_talk_close(&talk);
	}
	rotate_engine_close(&engine);
	if (rc == 0)
		*out = found;
	return rc;
}

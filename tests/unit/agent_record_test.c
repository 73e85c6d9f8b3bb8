/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The recorder: what it takes is found again, each file stands alone, old files go, and a folder
 * that cannot be written is tried again.
 */
#include "../../src/agent/record.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/evidence_line.h"
#include "keepwatch/log.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES_MAX = 64, NOW_S = 1700000000 };
#define NOW_MS ((int64_t)NOW_S * 1000)

struct lab {
	char dir[32];
	char names[FILES_MAX][300];
	size_t count;
	unsigned warnings, notices;
};

static void
note(void *arg, enum log_level level, const char *tag, const char *message)
{
	struct lab *lab = arg;

	(void)tag;
	(void)message;
	lab->warnings += level == LOG_LEVEL_WARNING;
	lab->notices += level == LOG_LEVEL_NOTICE;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void
list(struct lab *lab)
{
	DIR *dir = opendir(lab->dir);
	const struct dirent *entry;
	char path[sizeof(lab->names[0])];

	assert_non_null(dir);
	lab->count = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		assert_true(lab->count < FILES_MAX);
		snprintf(path, sizeof(path), "%s/%s", lab->dir, entry->d_name);
		memcpy(lab->names[lab->count++], path, sizeof(path));
	}
	closedir(dir);
	qsort(lab->names, lab->count, sizeof(lab->names[0]), by_name);
}

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	assert_non_null(lab);
	snprintf(lab->dir, sizeof(lab->dir), "/tmp/kw-record.XXXXXX");
	assert_non_null(mkdtemp(lab->dir));
	log_set_sink(note, lab);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	list(lab);
	for (size_t i = 0; i < lab->count; i++)
		assert_int_equal(unlink(lab->names[i]), 0);
	assert_int_equal(rmdir(lab->dir), 0);
	log_set_sink(NULL, NULL);
	free(lab);
	return 0;
}

static struct record *
start(const struct lab *lab, uint64_t file_bytes, uint64_t total_bytes)
{
	struct record_params params = {
		.dir = lab->dir,
		.file_bytes = file_bytes,
		.total_bytes = total_bytes,
		.cycle_ms = 60000,
	};
	struct record *record = NULL;

	assert_int_equal(record_open(&record, &params, NOW_MS), 0);
	return record;
}

static void
tell_nodes(struct record *record)
{
	struct evidence monitor = {.kind = EVIDENCE_NODE, .node = 1, .at_ms = 1, .seen_ms = 1};
	struct evidence camera = monitor, gone = monitor, place = monitor;

	monitor.info.role = NODE_MONITOR;
	monitor.info.name = "monitor";
	record_take(record, &monitor);
	camera.node = 2;
	camera.info.role = NODE_DEVICE;
	camera.info.name = "cam \"one\"";
	record_take(record, &camera);
	camera.node = 3;
	record_take(record, &camera);
	place.kind = EVIDENCE_PLACE;
	place.node = 2;
	place.place = (struct evidence_place){.parent = {1, 7}, .is_seen = true};
	record_take(record, &place);
	gone.kind = EVIDENCE_GONE;
	gone.node = 3;
	record_take(record, &gone);
}

static void
take_poll(struct record *record, int64_t at_ms)
{
	struct evidence poll = {
		.kind = EVIDENCE_POLL, .node = 2, .at_ms = at_ms, .seen_ms = at_ms + 3};

	poll.poll = (struct evidence_poll){.sent = 3, .answered = 2, .rtt_us = 1234};
	record_take(record, &poll);
}

/* Reads a file by itself; the number of its pieces of each kind. */
static void
read_back(const char *path, size_t counts[EVIDENCE_KIND_COUNT])
{
	struct evidence_reader *reader = evidence_reader_new(EVIDENCE_RECORDING);
	FILE *file = fopen(path, "r");
	const struct evidence *evidence;
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;

	assert_non_null(reader);
	assert_non_null(file);
	memset(counts, 0, EVIDENCE_KIND_COUNT * sizeof(*counts));
	while ((len = getline(&line, &cap, file)) > 0) {
		assert_int_equal(line[len - 1], '\n');
		assert_int_equal(evidence_reader_feed(reader, line, (size_t)len - 1), 0);
		while ((evidence = evidence_reader_next(reader)) != NULL)
			counts[evidence->kind]++;
	}
	assert_non_null(evidence_reader_header(reader));
	assert_string_equal(evidence_reader_name(reader, BLAME_NODE, 2), "cam \"one\"");
	free(line);
	fclose(file);
	evidence_reader_free(reader);
}

static void
what_is_taken_is_found(void **state)
{
	struct lab *lab = *state;
	struct record *record = start(lab, 0, 0);
	size_t counts[EVIDENCE_KIND_COUNT];
	struct stat info;

	tell_nodes(record);
	for (int i = 0; i < 10; i++)
		take_poll(record, NOW_MS + i);
	record_tick(record, NOW_MS + 100);
	take_poll(record, NOW_MS + 200);
	record_close(record);
	list(lab);
	assert_int_equal(lab->count, 1);
	assert_non_null(strstr(lab->names[0], "/evidence-20231114T221320Z-00.jsonl"));
	read_back(lab->names[0], counts);
	assert_int_equal(counts[EVIDENCE_POLL], 11);
	assert_int_equal(counts[EVIDENCE_NODE], 3);
	assert_int_equal(stat(lab->names[0], &info), 0);
	assert_int_equal(info.st_mode & 0777 & ~0640, 0);
}

static void
each_file_stands_alone(void **state)
{
	struct lab *lab = *state;
	struct record *record = start(lab, 4096, 3 * 4096);
	size_t counts[EVIDENCE_KIND_COUNT];
	struct record_figures figures;

	tell_nodes(record);
	for (int i = 0; i < 2000; i++) {
		take_poll(record, NOW_MS + i * 100);
		record_tick(record, NOW_MS + i * 100);
	}
	record_describe(record, &figures);
	assert_int_equal(figures.error, 0);
	assert_int_equal(figures.dropped, 0);
	assert_int_equal(figures.lines, 2005);
	assert_in_range(figures.bytes, 4096, 3 * 4096 + 200);
	record_close(record);
	list(lab);
	assert_in_range(lab->count, 2, 3);
	for (size_t i = 0; i < lab->count; i++) {
		read_back(lab->names[i], counts);
		assert_int_equal(counts[EVIDENCE_NODE], 2); /* not the one that has gone */
		assert_int_equal(counts[EVIDENCE_PLACE], 1);
		assert_int_equal(counts[EVIDENCE_GONE], 0);
	}
}

static void
strange_files_are_left_alone(void **state)
{
	struct lab *lab = *state;
	struct record *record;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/a-precious.jsonl", lab->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 20000; i++)
		fputc('x', file);
	fclose(file);
	record = start(lab, 4096, 2 * 4096);
	for (int i = 0; i < 500; i++) {
		take_poll(record, NOW_MS + i * 100);
		record_tick(record, NOW_MS + i * 100);
	}
	record_close(record);
	assert_int_equal(access(path, F_OK), 0);
}

/* A limit of the process on the size of files does what a full disk does. */
static void
a_full_disk(void **state)
{
	struct lab *lab = *state;
	struct record *record = start(lab, 1 << 20, 4 << 20);
	struct rlimit old, small;
	struct record_figures figures;
	size_t counts[EVIDENCE_KIND_COUNT];

	signal(SIGXFSZ, SIG_IGN);
	tell_nodes(record);
	record_tick(record, NOW_MS);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 1024;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 300; i++) {
		take_poll(record, NOW_MS + i * 1000);
		record_tick(record, NOW_MS + i * 1000);
	}
	record_describe(record, &figures);
	assert_int_not_equal(figures.error, 0);
	assert_true(figures.dropped > 100);
	assert_in_range(lab->warnings, 1, 6);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	record_tick(record, NOW_MS + 400000);
	record_describe(record, &figures);
	assert_int_equal(figures.error, 0);
	assert_true(lab->notices > 0);
	take_poll(record, NOW_MS + 400000);
	record_close(record);
	list(lab);
	read_back(lab->names[lab->count - 1], counts);
	assert_int_equal(counts[EVIDENCE_NODE], 2);
	assert_int_equal(counts[EVIDENCE_POLL], 1);
}

static void
bad_folders(void **state)
{
	struct lab *lab = *state;
	struct record_params params = {.dir = "/nonexistent/recordings", .cycle_ms = 60000};
	struct record *record = NULL;

	assert_int_equal(record_open(&record, &params, NOW_MS), ERR_NOTFOUND);
	params.dir = lab->dir;
	params.file_bytes = 100;
	assert_int_equal(record_open(&record, &params, NOW_MS), ERR_INVAL);
	assert_null(record);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_taken_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(each_file_stands_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(strange_files_are_left_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_folders, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reading half: filters, look-ups, events, summaries; snapshots beside a writer; and readers
 * that may write nothing.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, READERS = 100, OTHERS = 65533 };

/* Six devices: hq has two cameras and a switch, lab a camera, a door and one that was removed. */
static void
fill_fleet(struct fixture *f)
{
	uint32_t lobby = fixture_declare(f, "cam-lobby", KIND_CAMERA, 0);
	uint32_t gate = fixture_declare(f, "cam-gate", KIND_CAMERA, 0);
	uint32_t core = fixture_declare(f, "core", KIND_SWITCH, 0);
	uint32_t lab = fixture_declare(f, "cam-lab", KIND_CAMERA, 1);
	uint32_t gone = fixture_declare(f, "gone", KIND_CAMERA, 1);

	fixture_declare(f, "door", KIND_DOOR, 1); /* never probed */
	fixture_state(f, lobby, HEALTH_UP, AT(10));
	fixture_state(f, gate, HEALTH_DOWN, AT(20));
	fixture_state(f, core, HEALTH_UP, AT(30));
	fixture_state(f, lab, HEALTH_DEGRADED, AT(40));
	assert_int_equal(store_batch_device_removed(f->batch, gone, AT(50)), 0);
	for (int i = 0; i < 3; i++) {
		uint32_t id = i == 0 ? lobby : i == 1 ? gate : lab;

		fixture_fact(f, id, PROBE_ONVIF, AT(60), FACT_VENDOR, NULL, "Axis");
		fixture_fact(f, id, PROBE_ONVIF, AT(60), FACT_MODEL, NULL, "P3245");
		fixture_fact(f, id, PROBE_ONVIF, AT(60), FACT_FIRMWARE, NULL,
			     i == 2 ? "9.80" : "10.12");
	}
	fixture_fact(f, lobby, PROBE_ONVIF, AT(61), FACT_CLOCK_OFFSET_MS, NULL, "-7000");
	fixture_fact(f, gate, PROBE_ONVIF, AT(62), FACT_CLOCK_OFFSET_MS, NULL, "12");
	fixture_fact(f, lab, PROBE_ONVIF, AT(63), FACT_CLOCK_OFFSET_MS, NULL, "86400000");
	fixture_fact(f, lab, PROBE_ONVIF, AT(63), FACT_CLOCK_SOURCE, NULL, "manual");
	fixture_fact(f, core, PROBE_SNMP, AT(63), FACT_CLOCK_OFFSET_MS, NULL, "not a number");
	fixture_event(f, 0, EVENT_AGENT_START, AT(0), NULL);
	fixture_event(f, gate, EVENT_DEVICE_STATE, AT(20), "down");
	fixture_event(f, gone, EVENT_DEVICE_REMOVED, AT(50), NULL);
	fixture_event(f, lab, EVENT_DEVICE_STATE, AT(40), "degraded");
	fixture_event(f, 4711, EVENT_DEVICE_STATE, AT(45), "of a device that was forgotten");
	fixture_commit(f);
}

/* Names of the devices that match, joined by blanks, must be `expected`. */
static void
expect_devices(struct reader *reader, struct reader_filter filter, const char *expected)
{
	struct reader_device_list list;
	char names[256] = "";

	assert_int_equal(reader_devices(reader, &filter, &list), 0);
	for (size_t i = 0; i < list.count; i++) {
		size_t len = strlen(names);

		snprintf(names + len, sizeof(names) - len, "%s%s", i == 0 ? "" : " ",
			 list.items[i].name);
	}
	assert_string_equal(names, expected);
	reader_device_list_fini(&list);
}

static void
test_filters(void **state)
{
	const struct reader_filter any = READER_FILTER_ANY;
	struct fixture *f = *state;
	struct reader_filter filter = any;
	struct reader_device_list list;
	struct reader *reader;

	fill_fleet(f);
	reader = fixture_reader(f);
	expect_devices(reader, filter, "cam-gate cam-lobby core cam-lab door");
	filter.with_removed = true;
	expect_devices(reader, filter, "cam-gate cam-lobby core cam-lab door gone");
	filter = any;
	filter.site = "lab";
	expect_devices(reader, filter, "cam-lab door");
	filter.kind = KIND_DOOR;
	expect_devices(reader, filter, "door");
	filter = any;
	filter.name = "cam-*";
	filter.state = HEALTH_DOWN;
	expect_devices(reader, filter, "cam-gate");
	filter = any;
	filter.state = HEALTH_UNKNOWN;
	expect_devices(reader, filter, "door");
	filter = any;
	filter.owner = "it";
	filter.site = "nowhere";
	expect_devices(reader, filter, "");
	assert_int_equal(reader_devices(reader, NULL, &list), 0);
	assert_int_equal(list.items[0].reason, REASON_TIMEOUT);
	assert_true(list.items[0].since_ms == AT(20));
	assert_true(list.items[4].since_ms == AT(0)); /* unknown since it was declared */
	reader_device_list_fini(&list);
	reader_close(reader);
}

static void
test_find(void **state)
{
	struct fixture *f = *state;
	struct reader_device_list list;
	struct reader *reader;

	fill_fleet(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_find(reader, "cam-gate", &list), 0);
	assert_int_equal(list.items[0].health, HEALTH_DOWN);
	reader_device_list_fini(&list);
	assert_int_equal(reader_find(reader, "gone", &list), 0);
	assert_true(list.items[0].removed_ms == AT(50));
	reader_device_list_fini(&list);
	assert_int_equal(reader_find(reader, "nobody", &list), ERR_NOTFOUND);
	assert_non_null(strstr(reader_error(reader), "nobody"));
	assert_int_equal(list.count, 0);
	/* all have the same address */
	assert_int_equal(reader_find(reader, "10.0.0.1", &list), ERR_EXISTS);
	assert_int_equal(list.count, 5);
	reader_device_list_fini(&list);
	reader_close(reader);
}

static void
expect_events(struct reader *reader, struct reader_event_query query, const char *expected)
{
	struct reader_event_list list;
	char times[256] = "";

	assert_int_equal(reader_events(reader, &query, &list), 0);
	for (size_t i = 0; i < list.count; i++) {
		size_t len = strlen(times);

		snprintf(times + len, sizeof(times) - len, "%s%d", i == 0 ? "" : " ",
			 (int)(list.items[i].at_ms / 1000 - T0));
	}
	assert_string_equal(times, expected);
	reader_event_list_fini(&list);
}

static int
stop_at_second(void *arg, const struct reader_event *event)
{
	(void)event;
	return ++*(int *)arg == 2 ? 42 : 0;
}

static void
test_events(void **state)
{
	const struct reader_event_query all = {.devices = READER_FILTER_ANY};
	struct reader_event_query query = all;
	struct fixture *f = *state;
	struct reader *reader;
	int calls = 0;

	fill_fleet(f);
	reader = fixture_reader(f);
	expect_events(reader, all, "0 20 40 45 50");
	query.limit = 2;
	expect_events(reader, query, "45 50");
	query = all;
	query.since_ms = AT(20);
	query.until_ms = AT(50);
	expect_events(reader, query, "20 40 45");
	query = all;
	query.types = UINT64_C(1) << EVENT_DEVICE_STATE | UINT64_C(1) << EVENT_AGENT_START;
	expect_events(reader, query, "0 20 40 45");
	query = all;
	query.devices.site = "lab"; /* also of those that were removed */
	expect_events(reader, query, "40 50");
	query = all;
	query.devices.device = store_ids_find(&f->ids, "cam-gate");
	expect_events(reader, query, "20");
	query = all;
	query.after_id = 3;
	expect_events(reader, query, "40 45");
	assert_int_equal(reader_each_event(reader, &all, stop_at_second, &calls), 42);
	assert_int_equal(calls, 2);
	reader_close(reader);
}

static void
test_summaries(void **state)
{
	struct fixture *f = *state;
	struct reader_spread_list spread;
	struct reader_drift_list drifts;
	struct reader_count_list counts;
	struct reader_filter filter = READER_FILTER_ANY;
	struct reader_agent agent;
	struct reader *reader;

	fill_fleet(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_counts(reader, NULL, &counts), 0);
	assert_int_equal(counts.count, 5);
	assert_string_equal(counts.items[0].site, "hq");
	assert_int_equal(counts.items[0].kind, KIND_CAMERA);
	assert_int_equal(counts.items[0].health, HEALTH_DOWN);
	assert_int_equal(counts.items[0].count, 1);
	reader_count_list_fini(&counts);
	assert_int_equal(reader_spread(reader, NULL, FACT_FIRMWARE, &spread), 0);
	assert_int_equal(spread.count, 3);
	assert_string_equal(spread.items[0].vendor, ""); /* core and door */
	assert_int_equal(spread.items[0].count, 2);
	assert_string_equal(spread.items[1].value, "10.12");
	assert_int_equal(spread.items[1].count, 2);
	assert_string_equal(spread.items[2].value, "9.80");
	assert_string_equal(spread.items[2].model, "P3245");
	reader_spread_list_fini(&spread);
	assert_int_equal(reader_drifts(reader, NULL, 5000, &drifts), 0);
	assert_int_equal(drifts.count, 2);
	assert_string_equal(drifts.items[0].name, "cam-lab");
	assert_string_equal(drifts.items[0].source, "manual");
	assert_true(drifts.items[0].offset_ms == 86400000);
	assert_string_equal(drifts.items[1].name, "cam-lobby");
	assert_true(drifts.items[1].offset_ms == -7000);
	reader_drift_list_fini(&drifts);
	filter.site = "hq";
	assert_int_equal(reader_drifts(reader, &filter, 0, &drifts), 0);
	assert_int_equal(drifts.count, 2);
	reader_drift_list_fini(&drifts);
	assert_int_equal(reader_agent(reader, &agent), 0);
	assert_int_equal(agent.pid, getpid());
	assert_string_equal(agent.version, "test");
	assert_true(agent.started_ms == AT(0));
	assert_int_equal(strlen(agent.id), 32);
	reader_close(reader);
}

/* Two looks inside one report see the same, whatever was written in between. */
static void
test_snapshot(void **state)
{
	struct reader_event_query all = {.devices = READER_FILTER_ANY};
	struct fixture *f = *state;
	struct reader_event_list list;
	struct reader *reader;

	fill_fleet(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_begin(reader), 0);
	fixture_event(f, 0, EVENT_AGENT_STOP, AT(100), NULL);
	fixture_commit(f);
	assert_int_equal(reader_events(reader, &all, &list), 0);
	assert_int_equal(list.count, 5);
	reader_event_list_fini(&list);
	reader_end(reader);
	assert_int_equal(reader_events(reader, &all, &list), 0);
	assert_int_equal(list.count, 6);
	reader_event_list_fini(&list);
	reader_close(reader);
}

/* A reader that holds an old snapshot neither stops commits nor housekeeping. */
static void
test_reader_holds(void **state)
{
	struct store_retention keep = {1000, 1000, 1000};
	struct fixture *f = *state;
	struct reader *reader;

	fill_fleet(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_begin(reader), 0);
	for (int i = 0; i < 500; i++) {
		for (int k = 0; k < 20; k++)
			fixture_event(f, 1, EVENT_DEVICE_STATE, AT(100 + i), "text");
		fixture_commit(f);
		if (i % 50 == 0)
			fixture_maintain(f, &keep, AT(100 + i));
	}
	reader_end(reader);
	reader_close(reader);
	fixture_maintain(f, &keep, AT(1000));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 1);
}

static void
test_nothing_there(void **state)
{
	struct fixture *f = *state;
	struct reader *reader;

	assert_int_equal(reader_open(&reader, "/nonexistent/kw.db", f->message, sizeof(f->message)),
			 ERR_NOTFOUND);
	assert_non_null(strstr(f->message, "has the agent run yet?"));
	assert_int_equal(reader_open(&reader, f->dir, f->message, sizeof(f->message)),
			 ERR_UNSUPPORTED);
}

/* The code of reader_open for a user of that group; with `read`, 0 only if there are events too. */
static int
open_as(struct fixture *f, gid_t group, char *message, size_t size)
{
	struct reader_event_query all = {.devices = READER_FILTER_ANY};
	int fds[2], status = 0, code = 0;
	ssize_t got;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct reader_event_list events;
		struct reader *reader;

		if (setgroups(1, &group) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
			_exit(99);
		code = -reader_open(&reader, f->path, f->message, sizeof(f->message));
		if (code == 0 && (reader_events(reader, &all, &events) != 0 || events.count == 0))
			code = 98;
		if (code == 98)
			snprintf(f->message, sizeof(f->message), "%s", reader_error(reader));
		if (write(fds[1], f->message, strlen(f->message)) < 0)
			code = 97;
		_exit(code);
	}
	close(fds[1]);
	got = read(fds[0], message, size - 1);
	message[got < 0 ? 0 : got] = '\0';
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return -WEXITSTATUS(status);
}

static void
test_unprivileged(void **state)
{
	struct fixture *f = *state;
	struct store_options options = {.create = true, .version = "test", .now_ms = AT(0)};
	char message[READER_MESSAGE_SIZE];
	struct group *group;
	char name[64];
	struct stat st;

	if (geteuid() != 0)
		skip();
	group = getgrgid(READERS);
	if (group == NULL)
		skip();
	snprintf(name, sizeof(name), "%s", group->gr_name);
	options.group = name;
	fixture_close(f);
	fixture_teardown(state);
	fixture_setup_dir(state);
	f = *state;
	assert_int_equal(chmod(f->dir, 0755), 0);
	snprintf(f->path, sizeof(f->path), "%s/new/kw.db", f->dir);
	if (store_open(&f->store, f->path, &options, f->message, sizeof(f->message)) != 0)
		fail_msg("%s", f->message);
	fill_fleet(f);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_gid, READERS);
	/* while the agent runs */
	if (open_as(f, READERS, message, sizeof(message)) != 0)
		fail_msg("%s", message);
	/* while it has copied the log and begins it anew */
	fixture_maintain(f, &(struct store_retention){0, 0, 0}, AT(60));
	fixture_event(f, 0, EVENT_CONFIG_RELOAD, AT(61), NULL);
	fixture_commit(f);
	if (open_as(f, READERS, message, sizeof(message)) != 0)
		fail_msg("%s", message);
	/* after it has ended */
	fixture_close(f);
	if (open_as(f, READERS, message, sizeof(message)) != 0)
		fail_msg("%s", message);
	/* and not for others */
	assert_int_equal(open_as(f, OTHERS, message, sizeof(message)), ERR_PERM);
	assert_non_null(strstr(message, "permission denied: join group"));
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

/* After a crash, with everything still in the log and nobody there who could write. */
static void
test_unprivileged_after_crash(void **state)
{
	struct fixture *f = *state;
	char message[READER_MESSAGE_SIZE];
	struct group *group;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	group = getgrgid(READERS);
	if (group == NULL)
		skip();
	assert_int_equal(chmod(f->dir, 0755), 0);
	fixture_close(f);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store_options options = {
			.create = true, .group = group->gr_name, .now_ms = AT(0)};

		if (store_open(&f->store, f->path, &options, f->message, sizeof(f->message)) != 0)
			_exit(1);
		fill_fleet(f);
		_exit(0); /* without closing */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	if (open_as(f, READERS, message, sizeof(message)) != 0)
		fail_msg("%s", message);
}

/* An agent that is not root: SQLite would leave the log to the agent's own group. */
static void
test_unprivileged_agent(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	struct fixture *f = *state;
	struct group *group;
	char name[400];
	struct stat st;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	group = getgrgid(READERS);
	if (group == NULL)
		skip();
	fixture_close(f);
	assert_int_equal(chown(f->dir, NOBODY, NOBODY), 0);
	snprintf(f->path, sizeof(f->path), "%s/new/kw.db", f->dir);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store_options options = {
			.create = true, .group = group->gr_name, .now_ms = AT(0)};

		if (setgroups(1, &group->gr_gid) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
			_exit(99);
		_exit(store_open(&f->store, f->path, &options, f->message, sizeof(f->message)) == 0
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	for (size_t i = 0; i < MEM_COUNT(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", f->path, suffixes[i]);
		assert_int_equal(stat(name, &st), 0);
		assert_int_equal(st.st_gid, READERS);
		assert_int_equal(st.st_mode & 07777, 0640);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_filters),
		TEST(test_find),
		TEST(test_events),
		TEST(test_summaries),
		TEST(test_snapshot),
		TEST(test_reader_holds),
		TEST(test_nothing_there),
		TEST(test_unprivileged),
		TEST(test_unprivileged_after_crash),
		TEST(test_unprivileged_agent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

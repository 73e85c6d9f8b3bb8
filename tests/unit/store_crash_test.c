/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes wrong around a store: the agent is killed while it writes, the disk is full, a file may
 * grow no further. What was committed stays, what was not can be committed later.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/store_audit.h"
#include "keepwatch/store_incident.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* One batch as the agent's: event, state, facts and rollup that belong together. */
static void
fill(struct fixture *f, uint32_t id, int i)
{
	char value[32];

	struct ledger_entry entry = {.device = id, .account = "admin", .last_proven_ms = AT(i)};
	struct finding finding = {
		.rule = RULE_PORT_OPEN, .node = id, .since_ms = AT(i), .confirmed_ms = AT(i)};

	snprintf(value, sizeof(value), "%d", i);
	snprintf(finding.instance, sizeof(finding.instance), "%d", i);
	assert_int_equal(store_batch_finding(f->batch, &finding, "a"), 0);
	assert_int_equal(store_batch_ledger(f->batch, &entry), 0);
	fixture_event(f, id, EVENT_DEVICE_STATE, AT(i), value);
	fixture_state(f, id, i % 2 == 0 ? HEALTH_UP : HEALTH_DOWN, AT(i));
	fixture_fact(f, id, PROBE_SNMP, AT(i), FACT_FIRMWARE, NULL, value);
	fixture_rollup(f, id, PROBE_ICMP, AT(i * 100), 1, 1, 100);
}

/* Writes until it is killed; tells the number of each batch that is committed. */
static void
write_for_ever(struct fixture *f, int from, int told)
{
	struct store_retention keep = {0, 0, 0};
	uint32_t id;

	if (fixture_open(f) != 0)
		_exit(1);
	id = fixture_declare(f, "a", KIND_CAMERA, 0);
	for (int i = from;; i++) {
		bool more;

		fill(f, id, i);
		fixture_commit(f);
		if (write(told, &i, sizeof(i)) != sizeof(i))
			_exit(1);
		if (i % 7 == 0)
			store_maintain(f->store, &keep, AT(i), &more, f->message,
				       sizeof(f->message));
	}
}

/* Reads numbers until `enough` came, kills the child, reads on to the end. Returns the last one. */
static int
kill_after(pid_t pid, int heard, int enough)
{
	int number = 0, last = 0;

	for (int n = 0; read(heard, &number, sizeof(number)) == sizeof(number); n++) {
		last = number;
		if (n == enough)
			assert_int_equal(kill(pid, SIGKILL), 0);
	}
	return last;
}

static void
test_killed(void **state)
{
	struct fixture *f = *state;
	int next = 1;

	for (int round = 0; round < 8; round++) {
		int fds[2], status, last, count;
		pid_t pid;

		assert_int_equal(pipe(fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(fds[0]);
			write_for_ever(f, next, fds[1]);
		}
		close(fds[1]);
		last = kill_after(pid, fds[0], 5 + round * 9);
		close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		if (fixture_open(f) != 0)
			fail_msg("%s", f->message);
		/* all that it told of is there, and at most the one that it was about to tell */
		count = (int)fixture_sql_int(f->path, "SELECT count(*) FROM event"
						      " WHERE type = 'device-state'");
		assert_true(count == last || count == last + 1);
		assert_int_equal(fixture_sql_int(f->path, "SELECT max(CAST(detail AS INT))"
							  " FROM event"
							  " WHERE type = 'device-state'"),
				 count);
		/* and the parts of a batch belong together */
		assert_true(fixture_sql_int(f->path, "SELECT since FROM state") == AT(count));
		assert_int_equal(fixture_sql_int(f->path, "SELECT value FROM fact"), count);
		assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"),
				 count - 1);
		assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM unit_change"),
				 count - 1);
		assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding"), count);
		assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding_change"),
				 count);
		assert_true(fixture_sql_int(f->path, "SELECT last_proven FROM password_ledger") ==
			    AT(count));
		assert_int_equal(fixture_sql_int(f->path,
						 "SELECT count(*) FROM pragma_integrity_check"
						 " WHERE integrity_check <> 'ok'"),
				 0);
		fixture_close(f);
		next = count + 1;
	}
}

/* An incident that is opened and closed. */
static void
add_incident(struct fixture *f, uint32_t number)
{
	const struct evidence_line line = {.text = "1 of 1 cameras silent"};
	const struct incident_device device = {1, AT(number), 0};
	struct store_incident step = {.incident = number,
				      .at_ms = AT(number),
				      .devices = &device,
				      .device_count = 1,
				      .evidence = &line,
				      .evidence_count = 1};

	assert_int_equal(store_batch_incident(f->batch, &step), 0);
	step.step = INCIDENT_CLOSED;
	assert_int_equal(store_batch_incident(f->batch, &step), 0);
}

/* True if so many are there, with all that belongs to them. */
static bool
has_incidents(struct fixture *f, int count)
{
	return fixture_sql_int(f->path, "SELECT count(*) FROM incident WHERE closed > 0") ==
		       count &&
	       fixture_sql_int(f->path, "SELECT count(*) FROM incident_step") == 2 * count &&
	       fixture_sql_int(f->path, "SELECT count(*) FROM incident_line") == count &&
	       fixture_sql_int(f->path, "SELECT count(*) FROM incident_device") == count;
}

/* Commits batches until one fails; returns its code. The failed batch is in f->batch. */
static int
fill_until_full(struct fixture *f, uint32_t id, int *number)
{
	int rc = 0;

	for (; rc == 0 && *number < 100000; ++*number) {
		for (int k = 0; k < 50; k++)
			fixture_event(f, id, EVENT_DEVICE_STATE, AT(*number),
				      "a somewhat longer text that makes the file grow faster than "
				      "it would otherwise");
		add_incident(f, (uint32_t)*number + 1);
		rc = store_commit(f->store, f->batch, f->message, sizeof(f->message));
		if (rc == 0) {
			store_batch_free(f->batch);
			f->batch = store_batch_new();
		}
	}
	return rc;
}

/* What both kinds of "full" must show, and that the same batch goes in once there is room. */
static int
check_full(struct fixture *f, void (*make_room)(struct fixture *f))
{
	int number = 0, rc;
	int64_t stored;
	uint32_t id = fixture_declare(f, "a", KIND_CAMERA, 0);

	fixture_commit(f);
	rc = fill_until_full(f, id, &number);
	if (rc != ERR_FULL || strstr(f->message, f->path) == NULL) {
		fprintf(stderr, "# %d %s\n", rc, f->message);
		return 1;
	}
	/* rolled back whole, again and again; readers see the stored ones */
	for (int i = 0; i < 3; i++) {
		if (store_commit(f->store, f->batch, f->message, sizeof(f->message)) != ERR_FULL)
			return 2;
	}
	stored = fixture_sql_int(f->path, "SELECT count(*) FROM event");
	if (stored != (number - 1) * 50 || !has_incidents(f, number - 1))
		return 3;
	make_room(f);
	if (store_commit(f->store, f->batch, f->message, sizeof(f->message)) != 0) {
		fprintf(stderr, "# %s\n", f->message);
		return 4;
	}
	stored = fixture_sql_int(f->path, "SELECT count(*) FROM event");
	if (stored != number * 50 || !has_incidents(f, number))
		return 5;
	return fixture_sql_int(f->path, "SELECT count(*) FROM pragma_integrity_check"
					" WHERE integrity_check <> 'ok'") == 0
		       ? 0
		       : 6;
}

static int
wait_for(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
lift_limit(struct fixture *f)
{
	struct rlimit limit;

	(void)f;
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_FSIZE, &limit);
}

static void
test_file_limit(void **state)
{
	struct fixture *f = *state;
	struct rlimit limit;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		getrlimit(RLIMIT_FSIZE, &limit);
		if (fixture_open(f) != 0)
			_exit(20);
		limit.rlim_cur = 1 << 20;
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(check_full(f, lift_limit));
	}
	assert_int_equal(wait_for(pid), 0);
}

static void
remove_ballast(struct fixture *f)
{
	char name[400];

	snprintf(name, sizeof(name), "%s/ballast", f->dir);
	unlink(name);
}

/* A file system of two megabytes of which one is taken. False: not allowed here. */
static bool
mount_small(struct fixture *f)
{
	static const char block[1 << 20];
	char name[400];
	int fd;

	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("small", f->dir, "tmpfs", 0, "size=2m") != 0)
		return false;
	snprintf(name, sizeof(name), "%s/ballast", f->dir);
	fd = open(name, O_CREAT | O_WRONLY, 0600);
	if (write(fd, block, sizeof(block)) != sizeof(block))
		_exit(21);
	close(fd);
	return true;
}

static void
test_disk_full(void **state)
{
	struct fixture *f = *state;
	pid_t pid;
	int code;

	if (geteuid() != 0)
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (!mount_small(f))
			_exit(77);
		if (fixture_open(f) != 0)
			_exit(20);
		_exit(check_full(f, remove_ballast));
	}
	code = wait_for(pid);
	if (code == 77)
		skip();
	assert_int_equal(code, 0);
}

/* The disk is full at start already: said so, and nothing half-made is left that stops the next. */
static void
test_full_at_start(void **state)
{
	struct fixture *f = *state;
	struct rlimit limit;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		getrlimit(RLIMIT_FSIZE, &limit);
		for (rlim_t size = 0; size < 128 * 1024; size += 4096 + 512) {
			limit.rlim_cur = size;
			setrlimit(RLIMIT_FSIZE, &limit);
			if (fixture_open(f) == 0)
				fixture_close(f);
			else if (strstr(f->message, f->path) == NULL)
				_exit(1);
		}
		lift_limit(f);
		if (fixture_open(f) != 0) {
			fprintf(stderr, "# %s\n", f->message);
			_exit(2);
		}
		_exit(0);
	}
	assert_int_equal(wait_for(pid), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup_dir, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_killed),
		TEST(test_file_limit),
		TEST(test_disk_full),
		TEST(test_full_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

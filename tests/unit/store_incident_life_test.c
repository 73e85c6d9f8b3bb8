/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents and findings in the store over time: start, kill, an older version, damage, retention.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_incident.h"
#include "keepwatch/store_incident.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a start gives back. */
struct loaded {
	struct store_known_incident incidents[4];
	struct incident_device devices[4][4];
	char names[4][INCIDENT_NAME_SIZE];
	struct finding findings[4];
	size_t incident_count, finding_count;
	uint32_t next;
	int fail;
};

static int
load_incident(void *arg, const struct store_known_incident *known)
{
	struct loaded *loaded = arg;
	size_t at = loaded->incident_count++;

	assert_true(at < 4 && known->device_count <= 4);
	loaded->incidents[at] = *known;
	for (size_t i = 0; i < known->device_count; i++)
		loaded->devices[at][i] = known->devices[i];
	snprintf(loaded->names[at], sizeof(loaded->names[at]), "%s", known->blame_name);
	return loaded->fail;
}

static int
load_finding(void *arg, const struct finding *finding)
{
	struct loaded *loaded = arg;

	assert_true(loaded->finding_count < 4);
	loaded->findings[loaded->finding_count++] = *finding;
	return 0;
}

static void
load(struct fixture *f, struct loaded *loaded)
{
	const struct store_incident_handlers handlers = {load_incident, load_finding};

	*loaded = (struct loaded){0};
	if (store_load_incidents(f->store, &handlers, loaded, &loaded->next, f->message,
				 sizeof(f->message)) != 0)
		fail_msg("%s", f->message);
}

/* A step with one line of evidence and a device. */
static void
put(struct fixture *f, uint32_t incident, enum incident_step step, int64_t at_s)
{
	static const struct evidence_line line = {AT(5), 2, 0, 4, "cam1 is silent"};
	static const struct incident_device device = {2, AT(3), 0};
	const struct store_incident item = {
		.incident = incident,
		.step = step,
		.at_ms = AT(at_s),
		.verdict = VERDICT_DEVICE_HW,
		.blame = {BLAME_NODE, 2},
		.blame_name = "cam1",
		.team = TEAM_INTEGRATOR,
		.confidence = 0.5F,
		.is_alert = step == INCIDENT_OPENED,
		.since_ms = AT(3),
		.devices = &device,
		.device_count = 1,
		.evidence = &line,
		.evidence_count = 1,
	};

	assert_int_equal(store_batch_incident(f->batch, &item), 0);
}

static void
put_finding(struct fixture *f, uint32_t node, int64_t resolved_s)
{
	const struct finding finding = {
		.rule = RULE_LOSS_RISING,
		.severity = FINDING_WARNING,
		.node = node,
		.port = 7,
		.since_ms = AT(1),
		.confirmed_ms = AT(2),
		.resolved_ms = resolved_s == 0 ? 0 : AT(resolved_s),
		.value = 0.5,
		.limit = 0.25,
		.evidence = "1 % then 2 %",
	};

	assert_int_equal(store_batch_finding(f->batch, &finding, "cam1"), 0);
}

static void
test_load(void **state)
{
	struct fixture *f = *state;
	const struct store_incident_handlers none = {0};
	const struct store_incident_handlers only = {.incident = load_incident};
	struct loaded loaded;
	uint32_t next = 0;

	load(f, &loaded);
	assert_int_equal(loaded.incident_count + loaded.finding_count, 0);
	assert_int_equal(loaded.next, 1);
	put(f, 3, INCIDENT_OPENED, 10);
	put(f, 3, INCIDENT_HEALED, 20);
	put(f, 4, INCIDENT_GROWN, 15);
	put(f, 9, INCIDENT_OPENED, 11);
	put(f, 9, INCIDENT_CLOSED, 12);
	put_finding(f, 2, 0);
	put_finding(f, 3, 0);
	put_finding(f, 3, 9);
	fixture_commit(f);
	fixture_reopen(f);
	load(f, &loaded);
	assert_int_equal(loaded.next, 10);
	assert_int_equal(loaded.incident_count, 2);
	assert_int_equal(loaded.incidents[0].incident, 3);
	assert_int_equal(loaded.incidents[0].verdict, VERDICT_DEVICE_HW);
	assert_int_equal(loaded.incidents[0].blame.id, 2);
	assert_int_equal(loaded.incidents[0].team, TEAM_INTEGRATOR);
	assert_true(loaded.incidents[0].confidence == 0.5F);
	assert_true(loaded.incidents[0].since_ms == AT(3));
	assert_true(loaded.incidents[0].opened_ms == AT(10));
	assert_true(loaded.incidents[0].healed_ms == AT(20));
	assert_true(loaded.incidents[0].was_told && !loaded.incidents[1].was_told);
	assert_string_equal(loaded.names[0], "cam1");
	assert_int_equal(loaded.incidents[1].device_count, 1);
	assert_int_equal(loaded.devices[1][0].device, 2);
	assert_true(loaded.devices[1][0].since_ms == AT(3));
	assert_int_equal(loaded.finding_count, 1);
	assert_int_equal(loaded.findings[0].rule, RULE_LOSS_RISING);
	assert_int_equal(loaded.findings[0].port, 7);
	assert_true(loaded.findings[0].limit == 0.25);
	assert_string_equal(loaded.findings[0].evidence, "1 % then 2 %");
	assert_int_equal(store_load_incidents(f->store, &none, NULL, NULL, f->message, 10), 0);
	assert_int_equal(store_load_incidents(f->store, NULL, NULL, &next, f->message, 10), 0);
	assert_int_equal(next, 10);
	loaded = (struct loaded){.fail = ERR_CANCELED};
	assert_int_equal(store_load_incidents(f->store, &only, &loaded, NULL, f->message, 10),
			 ERR_CANCELED);
	assert_int_equal(loaded.incident_count, 1);
}

/* Numbers go on after what was forgotten. */
static void
test_retention(void **state)
{
	struct fixture *f = *state;
	const struct store_retention ever = {0, 0, 0}, day = {0, 0, 86400000};
	struct loaded loaded;

	put(f, 1, INCIDENT_OPENED, 1); /* still open: kept, however old */
	for (uint32_t id = 2; id <= 60; id++) {
		put(f, id, INCIDENT_OPENED, id);
		put(f, id, INCIDENT_CLOSED, id * 100);
		put_finding(f, id, 0);
		put_finding(f, id, id * 100);
	}
	put_finding(f, 1, 0);
	fixture_commit(f);
	fixture_maintain(f, &ever, AT(100000000));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident"), 60);
	fixture_maintain(f, &day, AT(86400 + 5900 + 1));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident"), 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident_step"), 3);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident_line"), 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident_device"), 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding"), 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM finding_change"), 3);
	fixture_maintain(f, &day, AT(100000000));
	assert_int_equal(fixture_sql_int(f->path, "SELECT id FROM incident"), 1);
	load(f, &loaded);
	assert_int_equal(loaded.next, 61);
}

static void
test_from_version_5(void **state)
{
	struct fixture *f = *state;
	struct reader_device_list devices;
	struct reader *reader;
	struct loaded loaded;
	uint32_t camera = fixture_declare(f, "cam1", KIND_CAMERA, 0);

	fixture_state(f, camera, HEALTH_DOWN, AT(0));
	fixture_commit(f);
	fixture_close(f);
	fixture_drop_incidents(f, 5);
	assert_int_equal(fixture_open(f), 0);
	assert_true(fixture_sql_int(f->path, "PRAGMA user_version") >= 6);
	load(f, &loaded);
	assert_int_equal(loaded.next, 1);
	put(f, 1, INCIDENT_OPENED, 1);
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_devices(reader, NULL, &devices), 0);
	assert_int_equal(devices.count, 1);
	assert_int_equal(devices.items[0].health, HEALTH_DOWN);
	reader_device_list_fini(&devices);
	reader_close(reader);
	load(f, &loaded);
	assert_int_equal(loaded.incident_count, 1);
}

/* Words of a newer program, and of a slip of somebody's hand. */
static void
test_odd_rows(void **state)
{
	struct fixture *f = *state;
	struct reader_incident_query query = READER_INCIDENTS_ALL;
	struct reader_finding_query findings = READER_FINDINGS_OPEN;
	struct reader_incident_step_list steps;
	struct reader_finding_list found;
	struct reader_incident_list list;
	struct evidence_line_list lines;
	struct reader *reader;
	struct loaded loaded;

	put(f, 1, INCIDENT_OPENED, 1);
	put_finding(f, 2, 0);
	fixture_commit(f);
	fixture_close(f);
	assert_int_equal(fixture_sql(f->path,
				     "UPDATE incident SET verdict = 'gremlins', team = 'x',"
				     " blame_type = '', confidence = 'high', site = x'ff00';"
				     "UPDATE incident_step SET step = '?', verdict = 7;"
				     "UPDATE incident_line SET text ="
				     " replace(hex(zeroblob(400)), '0', 'y');"
				     "UPDATE finding SET rule = 'newer-rule', severity = 'odd'"),
			 0);
	assert_int_equal(fixture_open(f), 0);
	load(f, &loaded);
	assert_int_equal(loaded.incident_count, 1);
	assert_int_equal(loaded.incidents[0].verdict, VERDICT_UNDETERMINED);
	assert_int_equal(loaded.finding_count, 0);
	reader = fixture_reader(f);
	assert_int_equal(reader_incidents(reader, &query, &list), 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].verdict, VERDICT_UNDETERMINED);
	assert_int_equal(list.items[0].team, TEAM_NONE);
	assert_int_equal(list.items[0].blame.type, BLAME_NODE);
	reader_incident_list_fini(&list);
	assert_int_equal(reader_incident_steps(reader, 1, &steps), 0);
	assert_int_equal(steps.items[0].step, INCIDENT_REFINED);
	reader_incident_step_list_fini(&steps);
	assert_int_equal(reader_incident_lines(reader, 1, 0, INCIDENT_EVIDENCE, &lines), 0);
	assert_int_equal(strlen(lines.items[0].text), EVIDENCE_TEXT_SIZE - 1);
	evidence_line_list_fini(&lines);
	assert_int_equal(reader_findings(reader, &findings, &found), 0);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.items[0].finding.rule, RULE_COUNT);
	assert_string_equal(found.items[0].rule_name, "newer-rule");
	assert_int_equal(found.items[0].finding.severity, FINDING_NOTICE);
	reader_finding_list_fini(&found);
	reader_close(reader);
}

/* A step is stored whole or not at all, and what was told of as stored is there after a kill. */
static void
test_killed(void **state)
{
	struct fixture *f = *state;
	uint32_t last = 0, next = 0;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fixture_open(f) != 0)
			_exit(1);
		for (uint32_t id = 1;; id++) {
			put(f, id, INCIDENT_OPENED, id);
			put(f, id, INCIDENT_REFINED, id + 1);
			fixture_commit(f);
			if (write(fds[1], &id, sizeof(id)) != sizeof(id))
				_exit(1);
		}
	}
	close(fds[1]);
	while (read(fds[0], &next, sizeof(next)) == sizeof(next)) {
		last = next;
		if (next == 25)
			assert_int_equal(kill(pid, SIGKILL), 0);
	}
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(fixture_open(f), 0);
	assert_true(last >= 25);
	next = (uint32_t)fixture_sql_int(f->path, "SELECT max(id) FROM incident");
	assert_true(next == last || next == last + 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident"), next);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident_step"), 2 * next);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM incident_line"), next);
	fixture_close(f);
}

/* The last answer of a device, for the memory of the diagnosis. */
static int
take_answer(void *arg, const struct store_known *known)
{
	int64_t *answers = arg;

	assert_true(known->id < 70);
	answers[known->id] = known->answer_ms;
	return 0;
}

static void
test_answers(void **state)
{
	struct fixture *f = *state;
	struct store_last last = {OUTCOME_OK, 500, AT(90), AT(90)};
	int64_t answers[70] = {0};
	struct store_ids ids;
	char name[16];

	for (int i = 1; i <= 66; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		fixture_declare(f, name, KIND_CAMERA, 0);
	}
	store_batch_last(f->batch, 5, PROBE_ICMP, &last);
	last = (struct store_last){OUTCOME_FAIL, RTT_NONE, AT(95), 0};
	store_batch_last(f->batch, 5, PROBE_SNMP, &last);
	store_batch_last(f->batch, 6, PROBE_ICMP, &last);
	last.answer_ms = AT(70);
	store_batch_last(f->batch, 65, PROBE_SNMP, &last);
	fixture_commit(f);
	fixture_reopen(f);
	store_ids_init(&ids);
	assert_int_equal(store_load(f->store, &ids, take_answer, answers, f->message, 10), 0);
	store_ids_fini(&ids);
	for (int id = 1; id <= 66; id++) {
		int64_t want = id == 5 ? AT(90) : id == 65 ? AT(70) : 0;

		assert_true(answers[id] == want);
	}
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_load),
		TEST(test_retention),
		TEST(test_from_version_5),
		TEST(test_odd_rows),
		TEST(test_answers),
		cmocka_unit_test_setup_teardown(test_killed, fixture_setup_dir, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fills a database from a script, through the configuration and the store's writer as the agent
 * would: what the tests of the command line read. Script lines are tab-separated; AGE is a duration
 * back from now; "-" is nothing:
 *   state     DEVICE HEALTH REASON AGE FLAPPING(0/1) DETAIL
 *   probe     DEVICE PROBE HEALTH REASON AGE RTT_US ANSWER_AGE DETAIL
 *   fact      DEVICE PROBE KEY INSTANCE AGE VALUE
 *   event     DEVICE TYPE PROBE FROM TO REASON AGE DETAIL
 *   rollup    DEVICE PROBE AGE RUNS UP RTT_US
 *   remove    DEVICE AGE
 *   heartbeat AGE
 *   commit
 *   link      DEVICE PARENT PORT IFINDEX KEY=VALUE...   see set_link for the keys; AGEs as above
 *   unlink    DEVICE PARENT IFINDEX
 *   port      IFINDEX NAME KEY=VALUE...   see set_port; gathered until
 *   ports     SWITCH AGE
 *   evidence  AGE NODE PORT WEIGHT TEXT             gathered until the next incident
 *   decider   TEXT                                  likewise
 *   alt       CLASS BLAME PERCENT                   likewise; BLAME as node:DEVICE, site:NAME
 *   incident  ID STEP AGE KEY=VALUE...              see set_incident
 *   finding   RULE[/INSTANCE] DEVICE PORT SEVERITY AGE CONFIRMED_AGE OVER_AGE VALUE LIMIT TEXT
 *   accept    RULE[/INSTANCE] DEVICE AGE UNTIL WHO WHY   UNTIL: "-" for ever, "+30d" in so long
 *   reopen    RULE[/INSTANCE] DEVICE AGE WHO WHY
 *   ledger    DEVICE USE ACCOUNT PROOF FIRST LAST CHANGE AFTER BEFORE REFUSED DEFAULT WHO WHY
 *   password  DEVICE USE ACCOUNT EVENT AGE AFTER BEFORE WHO WHY
 *   stop      AGE       the agent ended cleanly (else: as if it still ran)
 * "fill_store --many N CONFIG" fills N devices dev-1 ... of the configuration by a fixed pattern;
 * from 20,000 on with N/2 incidents.
 */
#include "fill_store.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY_WITH_INCIDENTS = 20000 };

void
fill_check(int rc, const char *what, const char *message)
{
	if (rc == 0)
		return;
	fprintf(stderr, "fill_store: %s: %s %s\n", what, err_text(rc), message);
	exit(1);
}

int64_t
fill_past(const struct filler *filler, const char *age)
{
	int64_t ms = 0;

	if (strcmp(age, "-") == 0)
		return 0;
	fill_check(clock_parse_duration(age, &ms), age, "");
	return filler->now_ms - ms;
}

const char *
fill_text(const char *field)
{
	return strcmp(field, "-") == 0 ? "" : field;
}

uint32_t
fill_id(struct filler *filler, const char *name)
{
	uint32_t id = store_ids_find(&filler->ids, name);

	if (strcmp(name, "-") == 0)
		return 0;
	fill_check(id == 0 ? ERR_NOTFOUND : 0, name, "");
	return id;
}

static enum probe_id
probe_of(const char *name)
{
	enum probe_id id = PROBE_ICMP;

	fill_check(probe_spec_find(name, &id), name, "");
	return id;
}

static enum reason
reason_of(const char *name)
{
	enum reason reason = REASON_NONE;

	if (strcmp(name, "-") != 0)
		fill_check(reason_parse(name, &reason), name, "");
	return reason;
}

static enum health
health_of(const char *name)
{
	enum health health = HEALTH_UNKNOWN;

	fill_check(health_parse(name, &health), name, "");
	return health;
}

static void
commit(struct filler *filler)
{
	if (!store_batch_is_empty(filler->batch))
		fill_check(store_commit(filler->store, filler->batch, filler->message,
					sizeof(filler->message)),
			   "commit", filler->message);
	store_batch_free(filler->batch);
	filler->batch = store_batch_new();
}

static void
add_state(struct filler *filler, char **f)
{
	struct store_state state = {.health = health_of(f[2]),
				    .reason = reason_of(f[3]),
				    .since_ms = fill_past(filler, f[4]),
				    .is_flapping = f[5][0] == '1'};

	snprintf(state.detail, sizeof(state.detail), "%s", fill_text(f[6]));
	fill_check(store_batch_device_state(filler->batch, fill_id(filler, f[1]), &state), "state",
		   "");
}

static void
add_probe(struct filler *filler, char **f)
{
	uint32_t id = fill_id(filler, f[1]);
	enum probe_id probe = probe_of(f[2]);
	struct store_state state = {.health = health_of(f[3]),
				    .reason = reason_of(f[4]),
				    .since_ms = fill_past(filler, f[5])};
	struct store_last last = {.outcome = state.health == HEALTH_UP	       ? OUTCOME_OK
					     : state.health == HEALTH_DEGRADED ? OUTCOME_DEGRADED
									       : OUTCOME_FAIL,
				  .rtt_us = f[6][0] == '-' ? RTT_NONE
							   : (uint32_t)strtoul(f[6], NULL, 10),
				  .run_ms = filler->now_ms,
				  .answer_ms = fill_past(filler, f[7])};

	snprintf(state.detail, sizeof(state.detail), "%s", fill_text(f[8]));
	fill_check(store_batch_probe_state(filler->batch, id, probe, &state), "probe", "");
	fill_check(store_batch_last(filler->batch, id, probe, &last), "last", "");
}

static void
add_fact(struct filler *filler, char **f)
{
	struct fact_list facts = {0};
	enum fact_key key = FACT_VENDOR;

	fill_check(fact_parse(f[3], &key), f[3], "");
	fill_check(fact_add(&facts, key, fill_text(f[4]), f[6]), "fact", "");
	fill_check(store_batch_facts(filler->batch, fill_id(filler, f[1]), probe_of(f[2]),
				     fill_past(filler, f[5]), &facts, 0),
		   "fact", "");
	fact_list_fini(&facts);
}

static void
add_event(struct filler *filler, char **f)
{
	struct store_event event = {.at_ms = fill_past(filler, f[7]),
				    .device = fill_id(filler, f[1]),
				    .probe = strcmp(f[3], "-") == 0 ? -1 : (int)probe_of(f[3]),
				    .from = fill_text(f[4]),
				    .to = fill_text(f[5]),
				    .reason = reason_of(f[6]),
				    .detail = fill_text(f[8])};

	fill_check(event_parse(f[2], &event.type), f[2], "");
	fill_check(store_batch_event(filler->batch, &event), "event", "");
}

static void
add_rollup(struct filler *filler, char **f)
{
	unsigned long runs = strtoul(f[4], NULL, 10), up = strtoul(f[5], NULL, 10);
	struct rollup_acc acc = {0};

	for (unsigned long i = 0; i < runs; i++)
		rollup_add(&acc, i < up, 1, i < up ? 0 : 1,
			   i < up ? (uint32_t)strtoul(f[6], NULL, 10) : RTT_NONE);
	fill_check(store_batch_rollup(filler->batch, fill_id(filler, f[1]), probe_of(f[2]),
				      fill_past(filler, f[3]), &acc),
		   "rollup", "");
}

static void
obey(struct filler *filler, char *line)
{
	char *f[FIELDS], *rest = line;
	size_t count = 0;

	line[strcspn(line, "\n")] = '\0';
	if (*line == '\0' || *line == '#')
		return;
	while (count < FIELDS && rest != NULL)
		f[count++] = strsep(&rest, "\t");
	for (size_t i = count; i < FIELDS; i++)
		f[i] = "-";
	if (strcmp(f[0], "state") == 0)
		add_state(filler, f);
	else if (strcmp(f[0], "probe") == 0)
		add_probe(filler, f);
	else if (strcmp(f[0], "fact") == 0)
		add_fact(filler, f);
	else if (strcmp(f[0], "event") == 0)
		add_event(filler, f);
	else if (strcmp(f[0], "rollup") == 0)
		add_rollup(filler, f);
	else if (strcmp(f[0], "remove") == 0)
		fill_check(store_batch_device_removed(filler->batch, fill_id(filler, f[1]),
						      fill_past(filler, f[2])),
			   "remove", "");
	else if (strcmp(f[0], "link") == 0)
		fill_link(filler, f);
	else if (strcmp(f[0], "unlink") == 0)
		fill_unlink(filler, f);
	else if (strcmp(f[0], "port") == 0)
		fill_port(filler, f);
	else if (strcmp(f[0], "ports") == 0)
		fill_ports(filler, f);
	else if (strcmp(f[0], "evidence") == 0)
		fill_evidence(filler, f);
	else if (strcmp(f[0], "decider") == 0)
		fill_decider(filler, f);
	else if (strcmp(f[0], "alt") == 0)
		fill_alt(filler, f);
	else if (strcmp(f[0], "incident") == 0)
		fill_incident(filler, f);
	else if (strcmp(f[0], "finding") == 0)
		fill_finding(filler, f);
	else if (strcmp(f[0], "accept") == 0)
		fill_accept(filler, f);
	else if (strcmp(f[0], "reopen") == 0)
		fill_reopen(filler, f);
	else if (strcmp(f[0], "ledger") == 0)
		fill_ledger(filler, f);
	else if (strcmp(f[0], "password") == 0)
		fill_password(filler, f);
	else if (strcmp(f[0], "heartbeat") == 0)
		fill_check(store_batch_heartbeat(filler->batch, fill_past(filler, f[1]), 0),
			   "heartbeat", "");
	else if (strcmp(f[0], "commit") == 0)
		commit(filler);
	else if (strcmp(f[0], "stop") == 0)
		filler->stopped_ms = fill_past(filler, f[1]);
	else
		fill_check(ERR_NOTFOUND, f[0], "");
}

/* A fleet of which 5 % is down, 2 % degraded, 1 % flapping; 48 hang on each that others hang on. */
static void
fill_many(struct filler *filler, size_t count)
{
	static const char *const vendors[] = {"Axis", "Bosch", "Hikvision", "Uniview"};
	char line[256];

	for (size_t i = 1; i <= count; i++) {
		bool down = i % 20 == 0, degraded = i % 50 == 1, flapping = i % 100 == 7;
		const char *health = down ? "down" : degraded ? "degraded" : "up";
		const char *reason = down ? "TIMEOUT" : degraded ? "AUTH" : "-";

		snprintf(line, sizeof(line), "state\tdev-%zu\t%s\t%s\t%zus\t%d\t%s", i, health,
			 reason, 60 + i, flapping, down ? "3 of 3 lost" : "-");
		obey(filler, line);
		snprintf(line, sizeof(line), "probe\tdev-%zu\ticmp\t%s\t%s\t%zus\t%zu\t10s\t-", i,
			 down ? "down" : "up", down ? "TIMEOUT" : "-", 60 + i, 200 + i % 1000);
		obey(filler, line);
		snprintf(line, sizeof(line), "probe\tdev-%zu\tonvif\t%s\t%s\t%zus\t%zu\t10s\t-", i,
			 health, reason, 60 + i, 2000 + i % 1000);
		obey(filler, line);
		snprintf(line, sizeof(line), "fact\tdev-%zu\tonvif\tvendor\t-\t10s\t%s", i,
			 vendors[i % 4]);
		obey(filler, line);
		snprintf(line, sizeof(line), "fact\tdev-%zu\tonvif\tmodel\t-\t10s\tM%zu", i,
			 i % 12);
		obey(filler, line);
		snprintf(line, sizeof(line), "fact\tdev-%zu\tonvif\tfirmware\t-\t10s\t%zu.%zu", i,
			 5 + i % 3, i % 7);
		obey(filler, line);
		snprintf(line, sizeof(line), "fact\tdev-%zu\tonvif\tserial\t-\t10s\tS%zu", i, i);
		obey(filler, line);
		snprintf(line, sizeof(line),
			 "fact\tdev-%zu\tonvif\tmac\teth0\t10s\t00:04:7d:%02zx:%02zx:%02zx", i,
			 i >> 16 & 255, i >> 8 & 255, i & 255);
		obey(filler, line);
		snprintf(line, sizeof(line), "fact\tdev-%zu\tonvif\tclock_offset_ms\t-\t10s\t%d", i,
			 i % 400 == 3 ? -61000 : 12);
		obey(filler, line);
		if (i > 1) {
			snprintf(line, sizeof(line), "link\tdev-%zu\tdev-%zu\tgi1/0/%zu\t%zu", i,
				 (i - 2) / 48 + 1, (i - 2) % 48 + 1, (i - 2) % 48 + 1);
			obey(filler, line);
		}
		if (i % 1000 == 0)
			commit(filler);
	}
	if (count >= MANY_WITH_INCIDENTS)
		fill_many_incidents(filler, count / 2);
	snprintf(line, sizeof(line), "heartbeat\t3s");
	obey(filler, line);
}

int
main(int argc, char **argv)
{
	bool many = argc > 3 && strcmp(argv[1], "--many") == 0;
	struct conf_problems problems = {0};
	struct filler filler = {.now_ms = clock_wall_ms()};
	struct store_options options = {.create = true, .version = "0.1.0"};
	char *line = NULL;
	size_t size = 0;
	int rc;

	if (argc < 2) {
		fputs("usage: fill_store [--many N] CONFIG <SCRIPT\n", stderr);
		return 2;
	}
	rc = conf_load_with(&filler.conf, argv[argc - 1], NULL, CONF_NO_SECRETS, &problems);
	if (rc != 0)
		conf_problems_print(&problems, stderr);
	fill_check(rc, argv[argc - 1], "");
	conf_problems_fini(&problems);
	store_ids_init(&filler.ids);
	options.now_ms = filler.now_ms - 3 * 86400000LL - 2 * 3600000LL;
	fill_check(store_open(&filler.store, filler.conf->database, &options, filler.message,
			      sizeof(filler.message)),
		   "open", filler.message);
	fill_check(store_load(filler.store, &filler.ids, NULL, NULL, filler.message,
			      sizeof(filler.message)),
		   "load", filler.message);
	filler.batch = store_batch_new();
	for (size_t i = 0; i < filler.conf->fleet->device_count; i++) {
		const struct device *device = &filler.conf->fleet->devices[i];

		fill_check(store_batch_device(
				   filler.batch, store_ids_get(&filler.ids, device->name),
				   filler.conf->fleet, device, filler.now_ms - 30 * 86400000LL),
			   "declare", device->name);
	}
	commit(&filler);
	if (many)
		fill_many(&filler, strtoul(argv[2], NULL, 10));
	while (!many && getline(&line, &size, stdin) > 0)
		obey(&filler, line);
	commit(&filler);
	free(line);
	store_batch_free(filler.batch);
	store_ids_fini(&filler.ids);
	conf_free(filler.conf);
	if (filler.stopped_ms == 0) {
		/* As the kernel leaves it when an agent is killed: no clean end is noted. */
		fflush(NULL);
		_exit(0);
	}
	store_close(filler.store, filler.stopped_ms);
	return 0;
}

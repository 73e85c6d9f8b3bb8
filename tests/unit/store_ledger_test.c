/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ledger of passwords in the store: written once, loaded at start, read without its proofs.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/fleet.h"
#include "keepwatch/reader_audit.h"
#include "keepwatch/store_audit.h"

#include <stdio.h>
#include <string.h>

#define PROOF_A "0123456789abcdef0123456789abcdef"
#define PROOF_B "fedcba9876543210fedcba9876543210"
#define PROOF_C "00000000000000000000000000000000"

static struct ledger_entry
make(uint32_t device, uint8_t use, const char *account, const char *proof)
{
	struct ledger_entry entry = {
		.device = device,
		.use = use,
		.first_proven_ms = AT(100),
		.last_proven_ms = AT(200),
		.change = LEDGER_ATTESTED,
		.changed_after_ms = AT(50),
		.changed_before_ms = AT(60),
		.refused_ms = AT(300),
		.default_found_ms = AT(400),
	};

	snprintf(entry.account, sizeof(entry.account), "%s", account);
	snprintf(entry.proof, sizeof(entry.proof), "%s", proof);
	snprintf(entry.who, sizeof(entry.who), "chief");
	snprintf(entry.why, sizeof(entry.why), "yearly \"change\"");
	return entry;
}

static void
put(struct fixture *f, struct ledger_entry entry)
{
	assert_int_equal(store_batch_ledger(f->batch, &entry), 0);
}

static void
commit_twice(struct fixture *f)
{
	assert_int_equal(store_commit(f->store, f->batch, f->message, sizeof(f->message)), 0);
	fixture_commit(f);
}

static void
declare(struct fixture *f)
{
	assert_int_equal(fixture_declare(f, "cam1", KIND_CAMERA, 0), 1);
	assert_int_equal(fixture_declare(f, "cam2", KIND_CAMERA, 1), 2);
	assert_int_equal(fixture_declare(f, "acc1", KIND_SWITCH, 0), 3);
	fixture_commit(f);
}

struct taken {
	struct ledger_entry entries[8];
	size_t count;
};

static int
take(void *arg, const struct ledger_entry *entry)
{
	struct taken *taken = arg;

	assert_true(taken->count < 8);
	taken->entries[taken->count++] = *entry;
	return 0;
}

static void
load(struct fixture *f, struct taken *taken)
{
	const struct store_audit_handlers handlers = {.ledger = take};

	*taken = (struct taken){0};
	assert_int_equal(
		store_load_audit(f->store, &handlers, taken, f->message, sizeof(f->message)), 0);
}

static bool
is_same(const struct ledger_entry *a, const struct ledger_entry *b)
{
	return a->device == b->device && a->use == b->use && strcmp(a->account, b->account) == 0 &&
	       strcmp(a->proof, b->proof) == 0 && a->first_proven_ms == b->first_proven_ms &&
	       a->last_proven_ms == b->last_proven_ms && a->change == b->change &&
	       a->changed_after_ms == b->changed_after_ms &&
	       a->changed_before_ms == b->changed_before_ms && a->refused_ms == b->refused_ms &&
	       a->default_found_ms == b->default_found_ms && strcmp(a->who, b->who) == 0 &&
	       strcmp(a->why, b->why) == 0;
}

/* What went in comes out, all of it; the same again is no write. */
static void
test_round_trip(void **state)
{
	struct fixture *f = *state;
	struct ledger_entry one = make(1, USE_ONVIF, "admin", PROOF_A);
	struct ledger_entry two = make(1, USE_HTTP, "admin", PROOF_B);
	struct taken taken;

	declare(f);
	put(f, one);
	put(f, two);
	put(f, make(3, USE_SNMP, "community", PROOF_A));
	commit_twice(f);
	fixture_reopen(f);
	load(f, &taken);
	assert_int_equal(taken.count, 3);
	assert_true(is_same(&taken.entries[0], &two)); /* by use, as text */
	assert_true(is_same(&taken.entries[1], &one));
	assert_int_equal(taken.entries[2].device, 3);
	put(f, one);
	assert_false(fixture_writes(f));
	one.last_proven_ms = AT(500);
	one.refused_ms = 0;
	put(f, one);
	assert_true(fixture_writes(f));
	load(f, &taken);
	assert_int_equal(taken.count, 3);
	assert_true(is_same(&taken.entries[1], &one));
}

/* Who shares a password, by number; no proof leaves the store. */
static void
test_groups(void **state)
{
	struct fixture *f = *state;
	struct reader_filter lab = {.site = "lab", .kind = -1, .state = -1};
	struct reader_ledger_list list;
	struct reader *reader;

	declare(f);
	put(f, make(1, USE_ONVIF, "admin", PROOF_A));
	put(f, make(1, USE_HTTP, "root", PROOF_B));
	put(f, make(1, USE_ONVIF, "root", PROOF_B)); /* the same device: nobody shares it */
	put(f, make(2, USE_ONVIF, "admin", PROOF_A));
	put(f, make(2, USE_SNMP, "community", ""));
	put(f, make(3, USE_SNMP, "community", PROOF_C));
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_ledger(reader, NULL, &list), 0);
	assert_int_equal(list.count, 6);
	for (size_t i = 0; i < list.count; i++) {
		const char *proof = list.items[i].entry.proof;

		assert_true(*proof == '\0' || strcmp(proof, "proven") == 0);
		assert_int_equal(proof[7], 0); /* nor behind the end */
	}
	assert_string_equal(list.items[0].name, "acc1");
	assert_int_equal(list.items[0].group, 0);
	assert_int_equal(list.items[0].group_devices, 1);
	assert_int_equal(list.items[0].kind, KIND_SWITCH);
	assert_string_equal(list.items[1].name, "cam1");
	assert_string_equal(list.items[1].entry.account, "admin");
	assert_int_equal(list.items[1].group, 1);
	assert_int_equal(list.items[1].group_devices, 2);
	assert_int_equal(list.items[2].group, 0);
	assert_string_equal(list.items[2].entry.why, "yearly \"change\"");
	assert_string_equal(list.items[4].name, "cam2");
	assert_string_equal(list.items[4].site, "lab");
	assert_int_equal(list.items[4].group, 1);
	assert_int_equal(list.items[5].group, 0);
	assert_int_equal(list.items[5].group_devices, 0);
	reader_ledger_list_fini(&list);
	assert_int_equal(reader_ledger(reader, &lab, &list), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.items[0].group_devices, 2); /* also those not asked for */
	reader_ledger_list_fini(&list);
	reader_close(reader);
	/* a device that left shares nothing any more */
	assert_int_equal(store_batch_device_removed(f->batch, 2, AT(5)), 0);
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_ledger(reader, NULL, &list), 0);
	assert_int_equal(list.count, 4);
	assert_int_equal(list.items[1].group, 0);
	reader_ledger_list_fini(&list);
	reader_close(reader);
}

static void
event(struct fixture *f, enum ledger_event type, int64_t at_s)
{
	struct store_ledger_event event = {
		.device = 1,
		.use = USE_ONVIF,
		.account = "admin",
		.event = type,
		.at_ms = AT(at_s),
		.proof = PROOF_A,
		.after_ms = AT(1),
		.before_ms = AT(2),
		.who = "chief",
		.why = "moved in",
	};

	assert_int_equal(store_batch_ledger_event(f->batch, &event), 0);
}

static void
test_events(void **state)
{
	struct fixture *f = *state;
	struct store_retention keep = {1000, 1000, 1000};
	struct reader_ledger_event_list list;
	struct reader *reader;

	declare(f);
	event(f, LEDGER_EVENT_REFUSED, 20);
	event(f, LEDGER_EVENT_FIRST_PROVEN, 10);
	event(f, LEDGER_EVENT_ATTESTED, 30);
	commit_twice(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM password_event"), 3);
	reader = fixture_reader(f);
	assert_int_equal(reader_ledger_events(reader, NULL, 0, &list), 0);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.items[0].event, LEDGER_EVENT_FIRST_PROVEN);
	assert_string_equal(list.items[0].name, "cam1");
	assert_string_equal(list.items[0].account, "admin");
	/* whose word the entry was set by has nothing to do with a refusal */
	assert_int_equal(list.items[1].event, LEDGER_EVENT_REFUSED);
	assert_string_equal(list.items[1].who, "");
	assert_string_equal(list.items[1].why, "");
	assert_true(list.items[1].after_ms == 0 && list.items[1].before_ms == 0);
	assert_int_equal(list.items[2].event, LEDGER_EVENT_ATTESTED);
	assert_true(list.items[2].after_ms == AT(1) && list.items[2].before_ms == AT(2));
	assert_string_equal(list.items[2].who, "chief");
	assert_string_equal(list.items[2].why, "moved in");
	reader_ledger_event_list_fini(&list);
	assert_int_equal(reader_ledger_events(reader, NULL, AT(20), &list), 0);
	assert_int_equal(list.count, 2);
	reader_ledger_event_list_fini(&list);
	reader_close(reader);
	/* history is not rewritten, and stays as long as the device */
	assert_int_not_equal(fixture_sql(f->path, "UPDATE password_event SET at = 1"), 0);
	fixture_maintain(f, &keep, AT(1000000));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM password_event"), 3);
	put(f, make(1, USE_ONVIF, "admin", PROOF_A));
	assert_int_equal(store_batch_device_removed(f->batch, 1, AT(5)), 0);
	fixture_commit(f);
	fixture_maintain(f, &keep, AT(1000000));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM password_event"), 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM password_ledger"), 0);
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_groups),
		TEST(test_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

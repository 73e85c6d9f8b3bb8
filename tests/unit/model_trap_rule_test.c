/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules of notifications: which one is found, and what is read of a trap's varbinds.
 */
#include "keepwatch/trap_rule.h"

#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct trap_rule *
find(const char *oid)
{
	uint32_t ids[OID_MAX];
	size_t len;

	assert_int_equal(oid_parse(oid, ids, OID_MAX, &len), 0);
	return trap_rule_find(NULL, 0, ids, len);
}

static void
every_builtin_rule_is_right(void **state)
{
	const struct trap_rule *rule;
	size_t count = 0;

	(void)state;
	for (; (rule = trap_rule_builtin(count)) != NULL; count++) {
		char names[128];
		size_t expected = 0, found = 0;
		uint32_t probes = trap_rule_probes(rule);

		assert_true(rule->name[0] != '\0' && rule->oid_len >= 9);
		assert_true(rule->subject < TRAP_SUBJECT_COUNT);
		/* Found by its OID, so no other has it. */
		assert_ptr_equal(trap_rule_find(NULL, 0, rule->oid, rule->oid_len), rule);
		/* Every probe that is named is one. */
		snprintf(names, sizeof(names), "%s", rule->is_quiet ? "" : rule->names);
		for (char *save, *name = strtok_r(names, " ", &save); name != NULL;
		     name = strtok_r(NULL, " ", &save))
			expected++;
		for (; probes != 0; probes &= probes - 1)
			found++;
		if (found != expected)
			fail_msg("%s: '%s' are %zu probes", rule->name, rule->names, found);
	}
	assert_true(count > 20);
	assert_string_equal(find("1.3.6.1.6.3.1.1.5.3")->name, "linkDown");
	assert_string_equal(find("1.0.8802.1.1.2.0.0.1")->name, "lldpRemTablesChange");
	assert_string_equal(find("1.3.6.1.2.1.105.0.1")->name, "pethPsePortOnOffNotification");
	assert_true(find("1.3.6.1.6.3.1.1.5.6")->is_quiet);
	assert_int_equal(trap_rule_probes(find("1.3.6.1.6.3.1.1.5.5")), 0);
	assert_false(find("1.3.6.1.6.3.1.1.5.5")->is_quiet);
	assert_null(find("1.3.6.1.6.3.1.1.5.7"));
	assert_null(find("1.3.6.1.6.3.1.1.5"));
	assert_null(find("1.3.6.1.6.3.1.1.5.3.1"));
}

static void
the_longest_rule_wins(void **state)
{
	static const uint32_t wide[] = {1, 3, 6, 1, 6},
			      link_down[] = {1, 3, 6, 1, 6, 3, 1, 1, 5, 3},
			      other[] = {1, 3, 6, 1, 6, 9}, near[] = {1, 3, 6, 1, 7, 1};
	const struct trap_rule own[] = {
		{.name = "wide", .oid = wide, .oid_len = 5, .is_subtree = true},
		{.name = "mine", .oid = link_down, .oid_len = 10, .probes = 1U << PROBE_ICMP},
	};

	(void)state;
	assert_string_equal(trap_rule_find(own, 2, link_down, 10)->name, "mine");
	assert_string_equal(trap_rule_find(own, 1, link_down, 10)->name, "linkDown");
	assert_string_equal(trap_rule_find(own, 2, other, 6)->name, "wide");
	assert_null(trap_rule_find(own, 2, wide, 5)); /* below it only */
	assert_null(trap_rule_find(own, 2, near, 6));
	assert_int_equal(trap_rule_probes(&own[1]), 1U << PROBE_ICMP);
}

struct binding {
	uint32_t oid[20];
	size_t len;
	struct varbind vb;
};

static struct varbind
named(struct binding *bind, const char *oid)
{
	assert_int_equal(oid_parse(oid, bind->oid, MEM_COUNT(bind->oid), &bind->len), 0);
	bind->vb.oid = bind->oid;
	bind->vb.oid_len = bind->len;
	return bind->vb;
}

static struct varbind
number(struct binding *b, const char *oid, int64_t value)
{
	b->vb = (struct varbind){.type = VB_INTEGER, .number = value};
	return named(b, oid);
}

static struct varbind
text(struct binding *b, const char *oid, const char *value)
{
	b->vb = (struct varbind){
		.type = VB_OCTETS, .bytes = (const uint8_t *)value, .bytes_len = strlen(value)};
	return named(b, oid);
}

static void
described(const char *trap, const struct varbind *varbinds, size_t count, const char *expected)
{
	struct trap_details details;
	char out[128];

	trap_read_details(find(trap), varbinds, count, &details);
	assert_string_equal(trap_describe(find(trap), &details, out, sizeof(out)), expected);
}

#define LINK_DOWN "1.3.6.1.6.3.1.1.5.3"

static void
interfaces_are_named(void **state)
{
	struct binding b[4];
	struct varbind v[4];

	(void)state;
	described(LINK_DOWN, NULL, 0, "linkDown");
	v[0] = number(&b[0], "1.3.6.1.2.1.2.2.1.1.3", 3);
	v[1] = text(&b[1], "1.3.6.1.2.1.2.2.1.2.3", "GigabitEthernet0/3");
	v[2] = text(&b[2], "1.3.6.1.2.1.31.1.1.1.1.3", "Gi0/3");
	v[3] = text(&b[3], "1.3.6.1.2.1.31.1.1.1.1.4", "Gi0/4");
	described(LINK_DOWN, v, 1, "linkDown ifIndex 3");
	described(LINK_DOWN, v, 2, "linkDown ifIndex 3 (GigabitEthernet0/3)");
	/* ifName beats ifDescr; that of another interface does not count. */
	described(LINK_DOWN, v, 4, "linkDown ifIndex 3 (Gi0/3)");
	described(LINK_DOWN, v + 1, 1, "linkDown ifIndex 3 (GigabitEthernet0/3)");
	/* ifIndex without instance; of a type that it should not have. */
	v[0] = number(&b[0], "1.3.6.1.2.1.2.2.1.1", 17);
	described(LINK_DOWN, v, 1, "linkDown ifIndex 17");
	v[0] = number(&b[0], "1.3.6.1.2.1.2.2.1.1.5", -5);
	described(LINK_DOWN, v, 1, "linkDown ifIndex 5");
	/* Nothing that a terminal obeys. */
	v[0] = text(&b[0], "1.3.6.1.2.1.2.2.1.2.3", "a\x1b[2Jb\xff");
	described(LINK_DOWN, v, 1, "linkDown ifIndex 3 (a?[2Jb?)");
	/* Cisco's port security and errdisable: by the index of their own tables. */
	v[0] = number(&b[0], "1.3.6.1.4.1.9.9.315.1.2.1.1.10.10003", 1);
	described("1.3.6.1.4.1.9.9.315.0.0.1", v, 1, "cpsSecureMacAddrViolation ifIndex 10003");
	v[0] = number(&b[0], "1.3.6.1.4.1.9.9.548.1.3.1.1.2.10007.0", 9);
	described("1.3.6.1.4.1.9.9.548.0.2", v, 1, "cErrDisableInterfaceEventRev1 ifIndex 10007");
}

static void
poe_ports_are_named(void **state)
{
	struct binding b;
	struct varbind v = number(&b, "1.3.6.1.2.1.105.1.1.1.6.1.24", 3);

	(void)state;
	described("1.3.6.1.2.1.105.0.1", &v, 1, "pethPsePortOnOffNotification PoE port 1.24");
	v = number(&b, "1.3.6.1.2.1.105.1.3.1.1.4.2", 370);
	described("1.3.6.1.2.1.105.0.2", &v, 1, "pethMainPowerUsageOnNotification PSE group 2");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_builtin_rule_is_right),
		cmocka_unit_test(the_longest_rule_wins),
		cmocka_unit_test(interfaces_are_named),
		cmocka_unit_test(poe_ports_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

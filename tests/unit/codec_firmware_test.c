/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware rules: the table that is built in, mistakes in a table and where they are, which rows
 * are for a device, what is read, and what is made of the values.
 */
#include "keepwatch/err.h"
#include "keepwatch/firmware_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEADER "vendor\tsysobjectid\twhen\titem\tobject\toid\tpattern\n"
#define ENTITY "1.3.6.1.2.1.47.1.1.1.1."
#define ACME   "1.3.6.1.4.1.9999"

/* What the agent under test has: OID, then text; "#7" is an INTEGER, "=..." an OID. */
struct object {
	const char *oid, *value;
};

static void
check_no_mistake(struct firmware_rules **rules, const char *text)
{
	struct firmware_complaint complaint;
	int rc = firmware_rules_parse(rules, text, strlen(text), &complaint);

	if (rc != 0)
		fail_msg("%u:%u: %s", complaint.line, complaint.column, complaint.message);
}

static void
take(struct firmware_read *reading, const char *oid_text, const char *value)
{
	uint32_t oid[OID_MAX], value_oid[OID_MAX];
	struct varbind vb = {.oid = oid, .value_oid = value_oid, .type = VB_OCTETS};

	assert_int_equal(oid_parse(oid_text, oid, OID_MAX, &vb.oid_len), 0);
	vb.bytes = (const uint8_t *)value;
	vb.bytes_len = strlen(value);
	if (value[0] == '#') {
		vb.type = VB_INTEGER;
		vb.number = strtoll(value + 1, NULL, 10);
	} else if (value[0] == '=') {
		vb.type = VB_OID;
		assert_int_equal(oid_parse(value + 1, value_oid, OID_MAX, &vb.value_oid_len), 0);
	}
	assert_int_equal(firmware_read_take(reading, &vb), 0);
}

/* Answers what is asked for; returns how many OIDs that was, in all rounds. */
static size_t
answer(struct firmware_read *reading, const struct object *objects)
{
	struct firmware_ask ask;
	size_t count = 0, rounds = 0;
	char oid[512];

	while (firmware_read_next(reading, &ask)) {
		assert_in_range(++rounds, 1, 2);
		count += ask.scalar_count + ask.column_count;
		for (size_t i = 0; i < ask.scalar_count; i++) {
			oid_format(ask.scalars[i].ids, ask.scalars[i].len, oid, sizeof(oid));
			for (const struct object *o = objects; o->oid != NULL; o++) {
				if (strcmp(oid, o->oid) == 0)
					take(reading, oid, o->value);
			}
		}
		for (size_t i = 0; i < ask.column_count; i++) {
			size_t len;

			oid_format(ask.columns[i].ids, ask.columns[i].len, oid, sizeof(oid) - 1);
			len = strlen(oid);
			oid[len++] = '.';
			oid[len] = '\0';
			for (const struct object *o = objects; o->oid != NULL; o++) {
				if (strncmp(oid, o->oid, len) == 0)
					take(reading, o->oid, o->value);
			}
		}
	}
	return count;
}

struct device {
	struct firmware_rules *rules;
	struct firmware_read *reading;
	struct firmware_found found[FIRMWARE_ITEM_COUNT];
	size_t asked;
};

static void
device_read(struct device *device, const char *rows, const char *object_id, const char *descr,
	    const struct object *objects)
{
	char table[4096];

	snprintf(table, sizeof(table), "%s%s", HEADER, rows);
	check_no_mistake(&device->rules, table);
	assert_int_equal(
		firmware_read_new(&device->reading, device->rules, object_id, descr, "host-1"), 0);
	device->asked = answer(device->reading, objects);
	assert_int_equal(firmware_read_conclude(device->reading, device->found), 0);
}

static void
device_free(struct device *device)
{
	firmware_read_free(device->reading);
	firmware_rules_free(device->rules);
}

static const struct object no_objects[] = {{NULL, NULL}};

/* One item of one device; expected NULL: unknown. */
static void
check_one(const char *rows, const char *object_id, const char *descr, const struct object *objects,
	  enum firmware_item item, const char *expected)
{
	struct device device;
	const char *value;

	device_read(&device, rows, object_id, descr, objects);
	value = device.found[item].value;
	if (expected == NULL)
		assert_null(value);
	else
		assert_string_equal(value != NULL ? value : "(unknown)", expected);
	device_free(&device);
}

static void
test_builtin(void **state)
{
	struct firmware_complaint complaint;
	struct firmware_rules *rules;

	(void)state;
	if (firmware_rules_new(&rules, &complaint) != 0)
		fail_msg("schemas/firmware-rules.tsv:%u:%u: %s", complaint.line, complaint.column,
			 complaint.message);
	assert_true(firmware_rules_count(rules) > 0);
	firmware_rules_free(rules);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *words;
	} cases[] = {
		{"vendor\tsysobjectid\twhat\titem\tobject\toid\tpattern\n", 1, 20, "\"when\""},
		{HEADER "A\t" ACME "\t-\tfirmware\tM::x\t" ACME ".1.0\n", 2, 0, "7 columns"},
		{HEADER "A\t" ACME "\t-\tfirmware\tM::x\t" ACME ".1.0\t-\t-\n", 2, 0, "7 columns"},
		{HEADER "# x\n\nA\t1.3.6.x\t-\tfirmware\tM::x\t1.3.6.1.0\t-\n", 4, 3, "1.3.6.x"},
		{HEADER "A\t" ACME "\t(\tfirmware\tM::x\t1.3.6.1.0\t-\n", 2, 20, "("},
		{HEADER "A\t" ACME "\t-\tcolour\tM::x\t1.3.6.1.0\t-\n", 2, 22, "colour"},
		{HEADER "A\t" ACME "\t-\tmodel\tM::x\t-\t-\n", 2, 33, "no object identifier"},
		{HEADER "A\t" ACME "\t-\tmodel\t-\t1.3.6.1.0\t-\n", 2, 28, "no object"},
		{HEADER "A\t" ACME "\t-\tmodel\tM::x\t1.3.6.1.*[x]\t-\n", 2, 43, "COLUMN=PATTERN"},
		{HEADER "A\t" ACME "\t-\tmodel\tM::x\t1.3.6.1.0\t(a) => \\2\n", 2, 50, "group 2"},
		{HEADER "A\t" ACME "\t-\tmodel\tM::x\t1.3.6.1.0?\t-\n", 2, 33, "optional"},
		{HEADER "A\t" ACME "\t-\tmodel\tM::x\t@1.0\t-\n", 2, 33, "@1.0"},
		{HEADER "A\t" ACME "\t-\tmodel\tM::x\t@.\t-\n", 2, 35, "identifier"},
		{HEADER "A\t" ACME "\t-\tvendor\tM::x\t1.3.6.1.0\t-\n", 2, 29, "vendor"},
		{HEADER "\tA\t" ACME "\t-\tmodel\tM::x\t1.3.6.1.0\n", 2, 1, "tab"},
		{HEADER "A \t" ACME "\t-\tmodel\tM::x\t1.3.6.1.0\t-\n", 2, 1, "blanks"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct firmware_rules *rules = NULL;
		struct firmware_complaint complaint = {0};
		int rc = firmware_rules_parse(&rules, cases[i].text, strlen(cases[i].text),
					      &complaint);

		assert_int_equal(rc, ERR_SYNTAX);
		assert_null(rules);
		if (complaint.line != cases[i].line ||
		    (cases[i].column != 0 && complaint.column != cases[i].column) ||
		    strstr(complaint.message, cases[i].words) == NULL)
			fail_msg("case %zu: %u:%u: %s", i, complaint.line, complaint.column,
				 complaint.message);
	}
}

static void
test_longest_prefix(void **state)
{
	static const char rows[] =
		"Acme\t" ACME "\t-\tfirmware\tsysDescr\t-\tgeneral ([0-9.]+)\n"
		"Acme\t" ACME "\t-\tmodel\tsysDescr\t-\t^([A-Z]+)\n"
		"Acme\t" ACME ".7," ACME ".8\t-\tfirmware\tsysDescr\t-\tspecial ([0-9.]+)\n"
		"-\t-\t-\tfirmware\tsysDescr\t-\tanybody ([0-9.]+)\n";
	const char *descr = "ROUTER general 1.0 special 2.0 anybody 3.0";

	(void)state;
	check_one(rows, ACME ".1", descr, no_objects, FIRMWARE_FIRMWARE, "1.0");
	check_one(rows, ACME ".8.4", descr, no_objects, FIRMWARE_FIRMWARE, "2.0");
	/* each item by itself */
	check_one(rows, ACME ".8.4", descr, no_objects, FIRMWARE_MODEL, "ROUTER");
	/* not another row where the special one yields nothing */
	check_one(rows, ACME ".7", "general 1.0", no_objects, FIRMWARE_FIRMWARE, NULL);
	check_one(rows, "1.3.6.1.4.1.5", descr, no_objects, FIRMWARE_FIRMWARE, "3.0");
	check_one(rows, "", descr, no_objects, FIRMWARE_FIRMWARE, "3.0");
	check_one(rows, "1.3.6.1.4.1.99991", descr, no_objects, FIRMWARE_MODEL, NULL);
}

static void
test_relative(void **state)
{
	static const char rows[] =
		"Acme\t" ACME "\t-\tfirmware\tA::version\t@.1.4.0\t-\n"
		"Acme\t" ACME "\t-\tfirmware\tA::version\t@@.1.4.0\t-\n"
		"Acme\t" ACME "\t-\tserial\tA::serial\t@.2.*\t-\n"
		"Acme\t" ACME "\t-\tmodel\tA::a + A::b\t@.1.5.0 + " ACME ".3.0\t-\n";
	static const struct object objects[] = {{ACME ".7.1.4.0", "7.0"}, {ACME ".7.1.5.0", "M"},
						{ACME ".7.2.5", "S5"},	  {ACME ".3.0", "3"},
						{ACME ".1.4.0", "1.0"},	  {NULL, NULL}};

	(void)state;
	check_one(rows, ACME ".7", "", objects, FIRMWARE_FIRMWARE, "7.0");
	check_one(rows, ACME ".7", "", objects, FIRMWARE_SERIAL, "S5");
	check_one(rows, ACME ".7", "", objects, FIRMWARE_MODEL, "M 3");
	/* one up */
	check_one(rows, ACME ".7.101", "", objects, FIRMWARE_FIRMWARE, "7.0");
	check_one(rows, ACME ".7.101", "", objects, FIRMWARE_SERIAL, NULL);
	check_one(rows, ACME ".9", "", objects, FIRMWARE_FIRMWARE, "1.0");
	check_one(rows, ACME ".9.9.9", "", objects, FIRMWARE_FIRMWARE, NULL);
}

static void
test_conditions(void **state)
{
	static const char rows[] =
		"Acme\t" ACME "\t^Switch && !Router\tfirmware\tA::a\t" ACME ".1.0\t-\n"
		"Acme\t" ACME "\thas:" ACME ".2.0=^2\tfirmware\tB::b\t" ACME ".3.0\t-\n"
		"Acme\t" ACME "\thas:" ACME ".4.0\tvendor\t-\t-\t-\n";
	static const struct object objects[] = {
		{ACME ".1.0", "one"}, {ACME ".2.0", "#21"}, {ACME ".3.0", "three"}, {NULL, NULL}};
	static const struct object other[] = {
		{ACME ".2.0", "#31"}, {ACME ".3.0", "three"}, {ACME ".4.0", "four"}, {NULL, NULL}};

	(void)state;
	check_one(rows, ACME, "Switch", objects, FIRMWARE_FIRMWARE, "one");
	check_one(rows, ACME, "Switch and Router", objects, FIRMWARE_FIRMWARE, "three");
	check_one(rows, ACME, "Router", other, FIRMWARE_FIRMWARE, NULL);
	check_one(rows, ACME, "Router", other, FIRMWARE_VENDOR, "Acme");
	check_one(rows, ACME, "Router", no_objects, FIRMWARE_VENDOR, NULL);
}

static void
test_columns(void **state)
{
	static const char rows[] =
		"Acme\t" ACME "\t-\tserial\tENTITY-MIB::entPhysicalSerialNum\t" ENTITY
		"11.*[chassis]\t-\n"
		"Acme\t" ACME "\t-\tmodel\tA::m + A::r\t" ACME ".5.1.2.* + " ACME ".5.1.3.*?\t-\n"
		"Acme\t" ACME "\t-\tfirmware\tA::f\t" ACME ".6.1.2.*[" ACME
		".6.1.1=^active]\t^v(.*)\n";
	static const struct object objects[] = {
		{ENTITY "5.1", "#9"},	      {ENTITY "5.2", "#3"},
		{ENTITY "5.3", "#3"},	      {ENTITY "11.1", "MODULE"},
		{ENTITY "11.2", ""},	      {ENTITY "11.3", "CHASSIS"},
		{ACME ".5.1.2.1", "N/A"},     {ACME ".5.1.2.7.1", "Model"},
		{ACME ".5.1.3.7.1", "rev 2"}, {ACME ".6.1.1.1", "idle"},
		{ACME ".6.1.1.2", "active"},  {ACME ".6.1.2.1", "v1"},
		{ACME ".6.1.2.2", "v2"},      {NULL, NULL}};

	(void)state;
	check_one(rows, ACME, "", objects, FIRMWARE_SERIAL, "CHASSIS");
	check_one(rows, ACME, "", objects, FIRMWARE_MODEL, "Model rev 2");
	check_one(rows, ACME, "", objects, FIRMWARE_FIRMWARE, "2");
	check_one(rows, ACME, "", no_objects, FIRMWARE_FIRMWARE, NULL);
}

static void
test_values(void **state)
{
	static const struct {
		const char *oid, *pattern, *value, *expected;
	} cases[] = {
		{ACME ".1.0", "-", "  5.5.61 \n", "5.5.61"},
		{ACME ".1.0", "-", "5.5.61\xff\xfe", "5.5.61"},
		{ACME ".1.0", "-", "\xff\xfe", NULL},
		{ACME ".1.0", "-", "a\tb", "a b"},
		{ACME ".1.0", "-", "#70100", "70100"},
		{ACME ".1.0", "^(.)0?(.)(..)$ => \\1.\\2.\\3", "#70100", "7.1.00"},
		{ACME ".1.0", "-", "=1.3.6.1.4", "1.3.6.1.4"},
		{ACME ".1.0", "\\.([0-9]+)$", "=1.3.6.1.4", "4"},
		{ACME ".1.0", "(x)|(y) => <\\1\\2\\\\>", "xy", "<x\\>"},
		{ACME ".1.0", "[0-9]+", "a12b", "12"},
		{ACME ".1.0", "^[0-9]+$", "a12b", NULL},
		{ACME ".1.0", "hex:-", "\x0a\x1b", "0a1b"},
		{ACME ".1.0", "bytes:-", "\x0a\x1b", "10.27"},
		{ACME ".1.0", "mac:-", "\x0a\x1b\x2c", "0a:1b:2c"},
		{ACME ".1.0", "-", "Unknown", NULL},
		{ACME ".1.0", "-", "0000-0000", NULL},
		{ACME ".1.0", "-", "---", NULL},
		{ACME ".1.0", "-", "FFFFFF", NULL},
		{ACME ".1.0", "-", "#0", NULL},
		{ACME ".1.0 + " ACME ".2.0", "-", "1", "1 two"},
		{ACME ".1.0 + " ACME ".3.0", "-", "1", NULL},
		{ACME ".1.0 + " ACME ".3.0?", "-", "1", "1"},
		{ACME ".1.0 + sysName", "-", "1", "1 host-1"},
		{"sysDescr + " ACME ".1.0", "-", "1", "A device 1"},
	};
	char rows[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct object objects[] = {
			{ACME ".1.0", cases[i].value}, {ACME ".2.0", "two"}, {NULL, NULL}};

		snprintf(rows, sizeof(rows), "Acme\t" ACME "\t-\tserial\tA::a\t%s\t%s\n",
			 cases[i].oid, cases[i].pattern);
		check_one(rows, ACME, "A device", objects, FIRMWARE_SERIAL, cases[i].expected);
	}
}

/* What two vendors' objects tell of one device is not mixed; what anybody's do may be. */
static void
test_vendors(void **state)
{
	static const char rows[] = "Acme\t" ACME "\t-\tfirmware\tA::f\t" ACME ".1.0\t-\n"
				   "Other\t" ACME "\t-\tserial\tB::s\t" ACME ".2.0\t-\n"
				   "-\t" ACME "\t-\tmodel\tC::m\t" ACME ".3.0\t-\n"
				   "Third\t" ACME "\t-\tvendor\t-\t-\t-\n";
	static const struct object all[] = {
		{ACME ".1.0", "1.2"}, {ACME ".2.0", "SN12"}, {ACME ".3.0", "M3"}, {NULL, NULL}};
	struct device device;

	(void)state;
	device_read(&device, rows, ACME, "", all);
	assert_string_equal(device.found[FIRMWARE_FIRMWARE].value, "1.2");
	assert_string_equal(device.found[FIRMWARE_FIRMWARE].source, "A::f");
	assert_int_equal(device.found[FIRMWARE_FIRMWARE].line, 2);
	assert_null(device.found[FIRMWARE_SERIAL].value);
	assert_string_equal(device.found[FIRMWARE_MODEL].value, "M3");
	assert_null(device.found[FIRMWARE_HARDWARE].value);
	assert_string_equal(device.found[FIRMWARE_VENDOR].value, "Acme");
	device_free(&device);
	check_one(rows, ACME, "", all + 1, FIRMWARE_VENDOR, "Other");
	check_one(rows, ACME, "", all + 2, FIRMWARE_VENDOR, "Third");
	check_one(rows, "", "", all, FIRMWARE_VENDOR, NULL);
}

/* Nothing is asked twice, nor what could change nothing. */
static void
test_economy(void **state)
{
	static const char rows[] =
		"Acme\t" ACME "\t-\tfirmware\tA::f\t" ACME ".1.0\t-\n"
		"Acme\t" ACME "\t-\tfirmware\tENTITY-MIB::e\t" ENTITY "10.*[chassis]\t-\n"
		"Acme\t" ACME "\t-\tmodel\tA::f\t" ACME ".1.0\t^M\n";
	static const struct object objects[] = {{ACME ".1.0", "1.2"}, {NULL, NULL}};
	static const struct object entity[] = {
		{ENTITY "5.1", "#3"}, {ENTITY "10.1", "3.4"}, {NULL, NULL}};
	struct device device;

	(void)state;
	device_read(&device, rows, ACME, "", objects);
	assert_int_equal(device.asked, 1);
	device_free(&device);
	device_read(&device, rows, ACME, "", entity);
	assert_int_equal(device.asked, 3);
	assert_string_equal(device.found[FIRMWARE_FIRMWARE].value, "3.4");
	device_free(&device);
	device_read(&device, rows, "1.3.6.1.4.1.1", "", objects);
	assert_int_equal(device.asked, 0);
	device_free(&device);
}

static void
test_enough(void **state)
{
	static const char rows[] =
		HEADER "Acme\t" ACME "\t-\tserial\tE::s\t" ENTITY "11.*[chassis]\t-\n";
	struct firmware_rules *rules;
	struct firmware_read *reading;
	struct firmware_ask ask;

	(void)state;
	check_no_mistake(&rules, rows);
	assert_int_equal(firmware_read_new(&reading, rules, ACME, "", ""), 0);
	assert_true(firmware_read_next(reading, &ask));
	assert_int_equal(ask.column_count, 2);
	assert_false(firmware_read_is_enough(reading));
	take(reading, ENTITY "5.1", "#9");
	take(reading, ENTITY "11.1", "M1");
	assert_false(firmware_read_is_enough(reading));
	take(reading, ENTITY "5.2", "#3");
	take(reading, ENTITY "11.2", "C1");
	assert_true(firmware_read_is_enough(reading));
	assert_false(firmware_read_next(reading, &ask));
	firmware_read_free(reading);
	firmware_rules_free(rules);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin),	       cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_longest_prefix), cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_relative),       cmocka_unit_test(test_columns),
		cmocka_unit_test(test_values),	       cmocka_unit_test(test_vendors),
		cmocka_unit_test(test_economy),	       cmocka_unit_test(test_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

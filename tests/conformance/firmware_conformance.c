/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * firmware_conformance DUMPDIR ORACLE.tsv DISPUTES.tsv [NAME...]: evaluates the firmware rules over
 * dumps of SNMP agents, without a network, and compares with what the oracle says. One line a
 * device and item: verdict, name, item, what the rules say, what the oracle says, source, line of
 * the table then TAP lines with the shares that must be reached. With NAMEs: only these, and no
 * TAP.
 *
 * Equal is: the same but for case, blanks at the ends, doubled blanks and a leading 'v' or 'V'.
 * Disputed is what the list of disputes names (it says how it is made); shares are of the rest.
 */
#include "snmprec.h"
#include "tap.h"

#include "keepwatch/firmware_rule.h"
#include "keepwatch/mib.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 16 };

struct item_spec {
	enum firmware_item item;
	const char *column; /* of the oracle */
	double right_min, wrong_max;
};

static const struct item_spec specs[] = {
	{FIRMWARE_FIRMWARE, "version", 0.85, 0.01},
	{FIRMWARE_MODEL, "hardware", 0.85, 1},
	{FIRMWARE_SERIAL, "serial", 0.85, 1},
};
enum { SPEC_COUNT = sizeof(specs) / sizeof(specs[0]) };

struct totals {
	unsigned known, right, wrong, unknown; /* known: to the oracle, and not disputed */
	unsigned disputed;
	unsigned extra; /* we say something, the oracle does not */
};

struct session {
	struct firmware_rules *rules;
	const char *dumps, *disputes;
	struct totals totals[SPEC_COUNT];
	unsigned devices, missing;
};

static void
normalise(const char *text, char *out, size_t size)
{
	size_t used = 0;

	while (isspace((unsigned char)*text))
		text++;
	if ((text[0] == 'v' || text[0] == 'V') && isdigit((unsigned char)text[1]))
		text++;
	for (; *text != '\0' && used + 1 < size; text++) {
		bool is_blank = isspace((unsigned char)*text);

		if (is_blank && used > 0 && out[used - 1] == ' ')
			continue;
		out[used++] = is_blank ? ' ' : (char)tolower((unsigned char)*text);
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

static bool
is_equal(const char *a, const char *b)
{
	char left[1024], right[1024];

	normalise(a, left, sizeof(left));
	normalise(b, right, sizeof(right));
	return strcmp(left, right) == 0;
}

/* One holds the other as whole words: "Software 1.3.0.4" and "1.3.0.4". */
static bool
is_part(const char *a, const char *b)
{
	char left[1024], right[1024];
	const char *whole = left, *part = right, *at;

	normalise(a, left, sizeof(left));
	normalise(b, right, sizeof(right));
	if (strlen(right) > strlen(left)) {
		whole = right;
		part = left;
	}
	for (at = whole; (at = strstr(at, part)) != NULL; at++) {
		char before = at > whole ? at[-1] : ' ', behind = at[strlen(part)];

		if ((isspace((unsigned char)before) || ispunct((unsigned char)before) ||
		     before == 'v') &&
		    before != '.' && behind != '.' && !isalnum((unsigned char)behind))
			return part[0] != '\0';
	}
	return false;
}

/*
 * What kind of dispute the list has of this; NULL: none. Its lines: record, item, class, separated
 * by tabs; '#' comments.
 */
static const char *
find_dispute(const struct session *session, const char *name, const char *item, char class[32])
{
	const char *line = session->disputes;
	char key[256];
	int len = snprintf(key, sizeof(key), "%s\t%s\t", name, item);

	for (; line != NULL; line = strchr(line, '\n'), line += line != NULL) {
		if (strncmp(line, key, (size_t)len) == 0 &&
		    sscanf(line + len, "%31[a-z]", class) == 1)
			return class;
	}
	return NULL;
}

/* The same with more or with less around it must be that; other disputes a person judged. */
static bool
is_disputed(const struct session *session, const char *name, const char *item, const char *value,
	    const char *oracle)
{
	char class[32];

	if (find_dispute(session, name, item, class) == NULL)
		return false;
	if (strcmp(class, "joined") == 0 || strcmp(class, "short") == 0)
		return value != NULL && is_part(value, oracle);
	return true;
}

static void
answer(const struct snmprec *dump, struct firmware_read *reading, const struct firmware_ask *ask)
{
	for (size_t i = 0; i < ask->scalar_count; i++) {
		const struct varbind *vb = snmprec_get(dump, &ask->scalars[i]);

		if (vb != NULL)
			firmware_read_take(reading, vb);
	}
	for (size_t i = 0; i < ask->column_count; i++) {
		const struct oid_ref *column = &ask->columns[i];
		size_t at = snmprec_after(dump, column->ids, column->len);

		for (unsigned rows = 0; at < dump->count && rows < FIRMWARE_ROWS_MAX;
		     at++, rows++) {
			const struct varbind *vb = &dump->rows[at].vb;

			if (!oid_has_prefix(vb->oid, vb->oid_len, column->ids, column->len))
				break;
			firmware_read_take(reading, vb);
		}
	}
}

static struct firmware_read *
read_device(struct session *session, const struct snmprec *dump)
{
	struct mib_system system = {.has = 0};
	struct firmware_read *reading;
	struct firmware_ask ask;

	for (int i = 0; i < MIB_SYS_COUNT; i++) {
		const struct varbind *vb = snmprec_get(dump, &mib_system_oids[i]);

		if (vb != NULL)
			mib_system_add(&system, vb);
	}
	if (firmware_read_new(&reading, session->rules, system.object_id, system.descr,
			      system.name) != 0)
		return NULL;
	while (firmware_read_next(reading, &ask))
		answer(dump, reading, &ask);
	return reading;
}

static void
compare(struct session *session, const char *name, size_t spec, const struct firmware_found *found,
	const char *oracle)
{
	struct totals *totals = &session->totals[spec];
	const char *verdict = "-";

	if (oracle[0] != '\0') {
		totals->known++;
		if (found->value != NULL && is_equal(found->value, oracle)) {
			totals->right++;
			verdict = "right";
		} else if (is_disputed(session, name, firmware_item_name(specs[spec].item),
				       found->value, oracle)) {
			totals->known--;
			totals->disputed++;
			verdict = "disputed";
		} else if (found->value == NULL) {
			totals->unknown++;
			verdict = "unknown";
		} else {
			totals->wrong++;
			verdict = "WRONG";
		}
	} else if (found->value != NULL) {
		totals->extra++;
		verdict = "extra";
	}
	printf("# %s\t%s\t%s\t%s\t%s\t%s\t%u\n", verdict, name,
	       firmware_item_name(specs[spec].item), found->value != NULL ? found->value : "-",
	       oracle[0] != '\0' ? oracle : "-", found->source != NULL ? found->source : "-",
	       found->line);
}

static void
check_device(struct session *session, const char *name, const char *const oracle[SPEC_COUNT])
{
	struct firmware_found found[FIRMWARE_ITEM_COUNT];
	struct firmware_read *reading;
	struct snmprec dump;
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s.snmprec", session->dumps, name);
	if (!snmprec_load(&dump, path)) {
		tap_note("no dump of %s", name);
		session->missing++;
		return;
	}
	session->devices++;
	reading = read_device(session, &dump);
	if (reading != NULL && firmware_read_conclude(reading, found) == 0) {
		for (size_t i = 0; i < SPEC_COUNT; i++)
			compare(session, name, i, &found[specs[i].item], oracle[i]);
		for (int i = 0; i < FIRMWARE_ITEM_COUNT; i++) {
			if ((i == FIRMWARE_HARDWARE || i == FIRMWARE_VENDOR) &&
			    found[i].value != NULL)
				printf("# also\t%s\t%s\t%s\t-\t%s\t%u\n", name,
				       firmware_item_name((enum firmware_item)i), found[i].value,
				       found[i].source != NULL ? found[i].source : "-",
				       found[i].line);
		}
	}
	firmware_read_free(reading);
	snmprec_free(&dump);
}

static size_t
split(char *line, char *columns[COLUMNS_MAX])
{
	size_t count = 0;

	while (line != NULL && count < COLUMNS_MAX)
		columns[count++] = strsep(&line, "\t");
	return count;
}

static bool
is_named(const char *name, char **names, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return count == 0;
}

/* The oracle's lines; the first one names its columns, `file` is the first. */
static bool
check_all(struct session *session, char *text, char **names, int name_count)
{
	char *columns[COLUMNS_MAX], *line = strsep(&text, "\n");
	size_t at[SPEC_COUNT] = {0}, count = split(line, columns);

	for (size_t i = 0; i < SPEC_COUNT; i++) {
		while (at[i] < count && strcmp(columns[at[i]], specs[i].column) != 0)
			at[i]++;
		if (at[i] == count)
			return false;
	}
	while ((line = strsep(&text, "\n")) != NULL) {
		const char *oracle[SPEC_COUNT];

		count = split(line, columns);
		if (columns[0][0] == '\0' || !is_named(columns[0], names, name_count))
			continue;
		for (size_t i = 0; i < SPEC_COUNT; i++)
			oracle[i] = at[i] < count ? columns[at[i]] : "";
		check_device(session, columns[0], oracle);
	}
	return true;
}

static void
conclude(const struct session *session, struct tap *tap)
{
	for (size_t i = 0; i < SPEC_COUNT; i++) {
		const struct totals *totals = &session->totals[i];
		double known = totals->known > 0 ? totals->known : 1;
		bool is_ok = totals->known > 0 && totals->right / known >= specs[i].right_min &&
			     totals->wrong / known <= specs[i].wrong_max;

		tap_result(tap, is_ok,
			   "%s: of %u known %u right (%.1f %%), %u wrong (%.1f %%), %u unknown "
			   "(%.1f %%); %u disputed, %u more",
			   firmware_item_name(specs[i].item), totals->known, totals->right,
			   100 * totals->right / known, totals->wrong, 100 * totals->wrong / known,
			   totals->unknown, 100 * totals->unknown / known, totals->disputed,
			   totals->extra);
	}
	tap_result(tap, session->missing == 0, "%u devices read", session->devices);
	printf("1..%d\n", tap->count);
}

int
main(int argc, char **argv)
{
	struct session session = {0};
	struct firmware_complaint complaint;
	struct tap tap = {0};
	char *oracle, *disputes;
	size_t len;
	int rc;

	if (argc < 4) {
		fprintf(stderr, "usage: %s DUMPDIR ORACLE.tsv DISPUTES.tsv [NAME...]\n", argv[0]);
		return 2;
	}
	rc = firmware_rules_new(&session.rules, &complaint);
	if (rc != 0) {
		fprintf(stderr, "schemas/firmware-rules.tsv:%u:%u: %s\n", complaint.line,
			complaint.column, complaint.message);
		return 2;
	}
	session.dumps = argv[1];
	oracle = read_whole(argv[2], &len);
	session.disputes = disputes = read_whole(argv[3], &len);
	if (oracle == NULL || disputes == NULL ||
	    !check_all(&session, oracle, argv + 4, argc - 4)) {
		fprintf(stderr, "%s: no oracle, or %s: no disputes\n", argv[2], argv[3]);
		return 2;
	}
	if (argc == 4)
		conclude(&session, &tap);
	free(oracle);
	free(disputes);
	firmware_rules_free(session.rules);
	return tap.failed > 0;
}

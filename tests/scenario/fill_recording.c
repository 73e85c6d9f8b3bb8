/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fill_recording FOLDER: a recording in two parts, as an agent would write it, through the same
 * encoder: a core switch, two access switches, four cameras on each. Six minutes in, the second
 * access switch goes dark for five, and comes back with a sysUpTime that tells of a restart.
 */
#include "keepwatch/buf.h"
#include "keepwatch/evidence_line.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	CYCLE_MS = 20000,
	MINUTE_MS = 60000,
	DARK_FROM_MS = 6 * MINUTE_MS,
	DARK_TO_MS = 11 * MINUTE_MS,
	PART_MS = 8 * MINUTE_MS, /* the first part ends there, within the outage */
	END_MS = 20 * MINUTE_MS,
	PART_SIZE_MAX = 4 << 20,
	CAMERAS = 8,
};
static const int64_t START_MS = INT64_C(1767225600000); /* 2026-01-01 */

enum { MONITOR = 1, CORE, FIRST_ACCESS, FIRST_CAMERA = FIRST_ACCESS + 2 };

static void
put(struct buf *out, struct evidence *e, int64_t at_ms)
{
	e->at_ms = START_MS + at_ms;
	e->seen_ms = e->at_ms + 40;
	evidence_put(out, e);
}

static void
put_node(struct buf *out, int64_t at_ms, uint32_t node, enum node_role role, uint32_t parent,
	 uint32_t port, const char *name)
{
	struct evidence e = {
		.kind = EVIDENCE_NODE,
		.node = node,
		.info = {.role = (uint8_t)role,
			 .has_ping = true,
			 .has_snmp = role == NODE_CORE || role == NODE_ACCESS,
			 .site = 1,
			 .parent_count = parent != 0,
			 .parents = {{.node = parent, .port = port}},
			 .mac = role == NODE_DEVICE ? UINT64_C(0x020000000000) + node : 0,
			 .ip4 = 0xC0000200 + node,
			 .name = name,
			 .site_name = "harbour"},
	};

	put(out, &e, at_ms);
}

static void
put_fleet(struct buf *out, int64_t at_ms)
{
	char name[32];

	put_node(out, at_ms, MONITOR, NODE_MONITOR, 0, 0, "monitor");
	put_node(out, at_ms, CORE, NODE_CORE, MONITOR, 1, "harbour-core");
	put_node(out, at_ms, FIRST_ACCESS, NODE_ACCESS, CORE, 1, "harbour-acc-1");
	put_node(out, at_ms, FIRST_ACCESS + 1, NODE_ACCESS, CORE, 2, "harbour-acc-2");
	for (uint32_t k = 0; k < CAMERAS; k++) {
		snprintf(name, sizeof(name), "cam-\"%u\"-\xc3\xa4", k + 1);
		put_node(out, at_ms, FIRST_CAMERA + k, NODE_DEVICE, FIRST_ACCESS + k / 4, 1 + k % 4,
			 name);
	}
}

static bool
is_dark(uint32_t node, int64_t at_ms)
{
	bool is_below = node == FIRST_ACCESS + 1 || node >= FIRST_CAMERA + CAMERAS / 2;

	return is_below && at_ms >= DARK_FROM_MS && at_ms < DARK_TO_MS;
}

static void
put_switch(struct buf *out, uint32_t node, int64_t at_ms)
{
	bool dark = is_dark(node, at_ms),
	     restarted = node == FIRST_ACCESS + 1 && at_ms >= DARK_TO_MS;
	struct evidence e = {
		.kind = EVIDENCE_SWITCH,
		.node = node,
		.sw = {.sent = 3,
		       .answered = dark ? 0 : 3,
		       .snmp = dark ? SNMP_STATE_TIMEOUT : SNMP_STATE_OK,
		       .is_walk = !dark,
		       .has_uptime = !dark},
	};

	if (!dark)
		e.sw.uptime_s = (uint32_t)((restarted ? at_ms - DARK_TO_MS + MINUTE_MS
						      : at_ms + 864000000) /
					   1000);
	put(out, &e, at_ms);
}

static void
put_round(struct buf *out, int64_t at_ms)
{
	struct evidence e = {.kind = EVIDENCE_MONITOR,
			     .node = MONITOR,
			     .monitor = {.sent = 3, .answered = 3, .lag_ms = 2}};

	put(out, &e, at_ms);
	for (uint32_t node = CORE; node < FIRST_CAMERA; node++)
		put_switch(out, node, at_ms + node * 500);
	for (uint32_t node = FIRST_CAMERA; node < FIRST_CAMERA + CAMERAS; node++) {
		int64_t own_ms = at_ms + node * 500;
		bool dark = is_dark(node, own_ms);

		e = (struct evidence){
			.kind = EVIDENCE_POLL,
			.node = node,
			.poll = {.sent = 3, .answered = dark ? 0 : 3, .rtt_us = dark ? 0 : 700},
		};
		e.poll.service[0] = dark ? SERVICE_TIMEOUT : SERVICE_OK;
		put(out, &e, own_ms);
	}
}

static int
put_part(const char *folder, int part, int64_t from_ms, int64_t to_ms)
{
	struct evidence_header header = {.cycle_ms = CYCLE_MS, .start_ms = START_MS + from_ms};
	char path[4096];
	struct buf out;
	FILE *file;
	int rc = 1;

	buf_init(&out, PART_SIZE_MAX);
	evidence_put_header(&out, &header);
	put_fleet(&out, from_ms); /* each part stands by itself */
	for (int64_t at_ms = from_ms; at_ms < to_ms; at_ms += CYCLE_MS)
		put_round(&out, at_ms);
	snprintf(path, sizeof(path), "%s/part-%d.jsonl", folder, part);
	file = fopen(path, "w");
	if (file != NULL && out.error == 0 && fwrite(out.data, 1, out.len, file) == out.len)
		rc = 0;
	if (file != NULL && fclose(file) != 0)
		rc = 1;
	buf_fini(&out);
	return rc;
}

int
main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: fill_recording FOLDER\n", stderr);
		return 2;
	}
	return put_part(argv[1], 1, 0, PART_MS) | put_part(argv[1], 2, PART_MS, END_MS);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a recording as evidence; evidence_encode.c says what is in them.
 */
#include "evidence_reader.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <string.h>

/* In the order in which the lines have them. */
/* clang-format off */
#define KEYS(X) \
	X(K, "k") X(N, "n") X(AT, "at") X(SEEN, "seen") X(TX, "tx") X(RX, "rx") \
	X(SVC, "svc") X(SNMP, "snmp") X(WALK, "walk") X(UPTIME_S, "uptime_s") \
	X(USED_MW, "used_mw") X(BUDGET_MW, "budget_mw") X(RTT_US, "rtt_us") X(HINT, "hint") \
	X(PORT, "port") X(UP, "up") X(ADMIN_DOWN, "admin_down") X(POE, "poe") \
	X(SINGLE, "single") X(CHANGED_MS, "changed_ms") X(ERRORS, "errors") X(MW, "mw") \
	X(MACS, "macs") X(LAG_MS, "lag_ms") X(FROM_MS, "from_ms") X(TO_MS, "to_ms") \
	X(BOOT_MS, "boot_ms") X(CLOCK_MS, "clock_ms") X(PARENT, "parent") \
	X(IS_SEEN, "is_seen") X(FROM, "from") X(TO, "to") X(ROLE, "role") X(PING, "ping") \
	X(USES_POE, "uses_poe") X(PARENTS, "parents") X(SITE, "site") X(ZONE, "zone") \
	X(PORTS, "ports") X(PERIOD_MS, "period_ms") X(IP, "ip") X(MAC, "mac") \
	X(NAME, "name") X(SITE_NAME, "site_name") X(ZONE_NAME, "zone_name") \
	X(KEEPWATCH, "keepwatch") X(V, "v") X(CYCLE_MS, "cycle_ms") X(START_MS, "start_ms")
/* clang-format on */

enum key {
#define X(name, text) K_##name,
	KEYS(X)
#undef X
		K_COUNT
};

const struct json_key evidence_recording_keys[] = {
#define X(name, text) {text, sizeof(text) - 1},
	KEYS(X)
#undef X
};
const size_t evidence_recording_key_count = K_COUNT;

_Static_assert((int)K_COUNT <= (int)JSON_KEYS_MAX, "json_line has room for all keys");

static uint32_t
get_u32(struct json_line *line, enum key key)
{
	return (uint32_t)jline_uint(line, key, UINT32_MAX);
}

static uint8_t
get_u8(struct json_line *line, enum key key)
{
	return (uint8_t)jline_uint(line, key, UINT8_MAX);
}

static bool
get_bool(struct json_line *line, enum key key)
{
	return jline_uint(line, key, 1) != 0;
}

/* A short word, NUL-terminated; false if it is not there. */
static bool
get_word(struct json_line *line, enum key key, char out[24])
{
	size_t len;
	const char *text = jline_text(line, key, &len);

	if (text == NULL)
		return false;
	snprintf(out, 24, "%.*s", (int)(len > 23 ? 23 : len), text);
	return true;
}

static void
unknown(struct json_line *line, enum key key, const char *word)
{
	json_line_fail(line, ERR_NOTFOUND, "\"%s\": unknown '%s'", line->keys[key].name, word);
}

/* Pairs of node and port. */
static size_t
get_parents(struct json_line *line, enum key key, struct evidence_parent *parents, size_t most)
{
	int token;
	size_t count = jline_array(line, key, &token);

	if (count % 2 != 0 || count / 2 > most) {
		json_line_fail(line, ERR_SYNTAX,
			       "\"%s\": expected up to %zu pairs of node and port",
			       line->keys[key].name, most);
		return 0;
	}
	for (size_t i = 0; i < count && line->error == 0; i++, token = jline_skip(line, token)) {
		uint64_t number = 0;

		jline_token_uint(line, token, UINT32_MAX, &number);
		if (i % 2 == 0)
			parents[i / 2].node = (uint32_t)number;
		else
			parents[i / 2].port = (uint32_t)number;
	}
	return count / 2;
}

/* Keeps a name, and returns it as kept. */
static const char *
keep_name(struct evidence_reader *reader, enum key key, enum blame_type type, uint32_t id)
{
	size_t len;
	const char *text = jline_text(&reader->line, key, &len);

	if (text == NULL)
		return NULL;
	if (evidence_names_put(&reader->known, type, id, text, len) != 0) {
		json_line_fail(&reader->line, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
		return NULL;
	}
	return evidence_names_get(&reader->known, type, id);
}

static void
read_node(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	struct evidence_node *info = &piece->info;
	enum node_role role = NODE_DEVICE;
	char word[24] = "";

	if (!get_word(line, K_ROLE, word) || node_role_parse(word, &role) != 0)
		unknown(line, K_ROLE, word);
	info->role = (uint8_t)role;
	info->has_snmp = get_bool(line, K_SNMP);
	info->has_ping = get_bool(line, K_PING);
	info->uses_poe = get_bool(line, K_USES_POE);
	info->parent_count =
		(uint8_t)get_parents(line, K_PARENTS, info->parents, EVIDENCE_PARENTS_MAX);
	info->site = get_u32(line, K_SITE);
	info->zone = get_u32(line, K_ZONE);
	info->ports = get_u32(line, K_PORTS);
	info->poe_budget_mw = get_u32(line, K_BUDGET_MW);
	info->period_ms = get_u32(line, K_PERIOD_MS);
	info->mac = jline_mac(line, K_MAC);
	info->ip4 = jline_ip4(line, K_IP);
	if (line->error != 0)
		return;
	info->name = keep_name(reader, K_NAME, BLAME_NODE, piece->node);
	info->site_name = keep_name(reader, K_SITE_NAME, BLAME_SITE, info->site);
	info->zone_name = keep_name(reader, K_ZONE_NAME, BLAME_ZONE, info->zone);
}

static void
read_place(struct evidence_reader *reader, struct evidence *piece)
{
	get_parents(&reader->line, K_PARENT, &piece->place.parent, 1);
	piece->place.is_seen = get_bool(&reader->line, K_IS_SEEN);
}

static void
read_poll(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	struct evidence_poll *poll = &piece->poll;
	enum service_state state = SERVICE_NONE;
	char letters[24] = "";

	poll->sent = get_u8(line, K_TX);
	poll->answered = get_u8(line, K_RX);
	poll->rtt_us = get_u32(line, K_RTT_US);
	get_word(line, K_SVC, letters);
	if (strlen(letters) > EVIDENCE_SERVICES)
		unknown(line, K_SVC, letters);
	for (size_t i = 0; i < EVIDENCE_SERVICES && letters[i] != '\0'; i++) {
		if (service_state_parse(letters[i], &state) != 0)
			unknown(line, K_SVC, letters);
		poll->service[i] = (uint8_t)state;
	}
}

static void
read_switch(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	struct evidence_switch *sw = &piece->sw;
	char word[24];

	sw->sent = get_u8(line, K_TX);
	sw->answered = get_u8(line, K_RX);
	if (get_word(line, K_SNMP, word)) {
		if (strcmp(word, "ok") != 0 && strcmp(word, "timeout") != 0)
			unknown(line, K_SNMP, word);
		sw->snmp = *word == 'o' ? SNMP_STATE_OK : SNMP_STATE_TIMEOUT;
	}
	sw->is_walk = get_bool(line, K_WALK);
	sw->has_uptime = jline_has(line, K_UPTIME_S);
	sw->uptime_s = get_u32(line, K_UPTIME_S);
	sw->poe_used_mw = get_u32(line, K_USED_MW);
	sw->poe_budget_mw = get_u32(line, K_BUDGET_MW);
	sw->rtt_us = get_u32(line, K_RTT_US);
}

static void
read_port(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	struct evidence_port *port = &piece->port;
	enum poe_state poe = POE_STATE_NONE;
	char word[24];
	int token;
	size_t count = jline_array(line, K_MACS, &token);

	port->port = get_u32(line, K_PORT);
	port->is_up = get_bool(line, K_UP);
	port->is_admin_down = get_bool(line, K_ADMIN_DOWN);
	if (get_word(line, K_POE, word) && poe_state_parse(word, &poe) != 0)
		unknown(line, K_POE, word);
	port->poe = (uint8_t)poe;
	port->is_single = get_bool(line, K_SINGLE);
	port->changed_ms = jline_int(line, K_CHANGED_MS);
	port->errors = get_u32(line, K_ERRORS);
	port->power_mw = get_u32(line, K_MW);
	port->has_macs = jline_has(line, K_MACS);
	if (count > EVIDENCE_MACS_MAX) {
		json_line_fail(line, ERR_TOOBIG, "\"macs\": more than %d", EVIDENCE_MACS_MAX);
		return;
	}
	for (size_t i = 0; i < count && line->error == 0; i++, token = jline_skip(line, token))
		jline_token_mac(line, token, &reader->macs[i]);
	port->mac_count = (uint16_t)count;
	port->macs = reader->macs;
}

static void
read_trap(struct evidence_reader *reader, struct evidence *piece)
{
	enum trap_hint hint = TRAP_HINT_LINK_DOWN;
	char word[24] = "";

	if (!get_word(&reader->line, K_HINT, word) || trap_hint_parse(word, &hint) != 0)
		unknown(&reader->line, K_HINT, word);
	piece->trap.hint = (uint8_t)hint;
	piece->trap.port = get_u32(&reader->line, K_PORT);
}

static void
read_arp(struct evidence_reader *reader, struct evidence *piece)
{
	piece->arp.ip4 = jline_ip4(&reader->line, K_IP);
	piece->arp.mac = jline_mac(&reader->line, K_MAC);
}

static void
read_monitor(struct evidence_reader *reader, struct evidence *piece)
{
	piece->monitor.sent = get_u8(&reader->line, K_TX);
	piece->monitor.answered = get_u8(&reader->line, K_RX);
	piece->monitor.lag_ms = get_u32(&reader->line, K_LAG_MS);
}

static void
read_maintenance(struct evidence_reader *reader, struct evidence *piece)
{
	piece->window.from_ms = jline_int(&reader->line, K_FROM_MS);
	piece->window.to_ms = jline_int(&reader->line, K_TO_MS);
}

static void
read_boot(struct evidence_reader *reader, struct evidence *piece)
{
	piece->boot_ms = jline_int(&reader->line, K_BOOT_MS);
}

static void
read_clock(struct evidence_reader *reader, struct evidence *piece)
{
	piece->clock_ms = jline_int(&reader->line, K_CLOCK_MS);
}

static void
read_move(struct evidence_reader *reader, struct evidence *piece)
{
	get_parents(&reader->line, K_FROM, &piece->move.from, 1);
	get_parents(&reader->line, K_TO, &piece->move.to, 1);
}

typedef void read_fn(struct evidence_reader *reader, struct evidence *piece);

static read_fn *const readers[EVIDENCE_KIND_COUNT] = {
	[EVIDENCE_NODE] = read_node,
	[EVIDENCE_PLACE] = read_place,
	[EVIDENCE_POLL] = read_poll,
	[EVIDENCE_SWITCH] = read_switch,
	[EVIDENCE_PORT] = read_port,
	[EVIDENCE_TRAP] = read_trap,
	[EVIDENCE_ARP] = read_arp,
	[EVIDENCE_MONITOR] = read_monitor,
	[EVIDENCE_MAINTENANCE] = read_maintenance,
	[EVIDENCE_BOOT] = read_boot,
	[EVIDENCE_CLOCK] = read_clock,
	[EVIDENCE_MOVE] = read_move,
};

static int
read_header(struct evidence_reader *reader)
{
	struct json_line *line = &reader->line;
	uint32_t version, cycle_ms;

	if (!jline_is(line, K_KEEPWATCH, "evidence"))
		return json_line_fail(line, ERR_SYNTAX,
				      "no recording: it does not begin with "
				      "{\"keepwatch\":\"evidence\"");
	if (!jline_need(line, K_V) || !jline_need(line, K_CYCLE_MS) ||
	    !jline_need(line, K_START_MS))
		return line->error;
	version = get_u32(line, K_V);
	cycle_ms = get_u32(line, K_CYCLE_MS);
	if (line->error == 0 && version != EVIDENCE_LINE_VERSION)
		return json_line_fail(line, ERR_VERSION,
				      "recording of version %u; this program reads %d", version,
				      EVIDENCE_LINE_VERSION);
	if (line->error == 0 && (cycle_ms < 1000 || cycle_ms > 3600000))
		return json_line_fail(line, ERR_RANGE, "\"cycle_ms\": expected 1000..3600000");
	reader->header = (struct evidence_header){.cycle_ms = cycle_ms,
						  .start_ms = jline_int(line, K_START_MS)};
	reader->has_header = line->error == 0;
	return line->error;
}

int
evidence_read_recording(struct evidence_reader *reader)
{
	struct json_line *line = &reader->line;
	struct evidence *piece = &reader->piece;
	enum evidence_kind kind;
	char word[24];

	if (!reader->has_header)
		return read_header(reader);
	if (!jline_need(line, K_K) || !get_word(line, K_K, word))
		return line->error;
	if (evidence_kind_parse(word, &kind) != 0) {
		unknown(line, K_K, word);
		return line->error;
	}
	piece->kind = (uint8_t)kind;
	piece->node = get_u32(line, K_N);
	piece->at_ms = jline_int(line, K_AT);
	piece->seen_ms = jline_int(line, K_SEEN);
	if (piece->node == 0 && kind != EVIDENCE_ARP)
		json_line_fail(line, ERR_SYNTAX, "\"n\" is missing");
	if (readers[kind] != NULL && line->error == 0)
		readers[kind](reader, piece);
	reader->pieces = 1;
	return line->error;
}

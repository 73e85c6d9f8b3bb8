/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scenario format of the diagnosis benchmark as evidence. Nodes and power zones have names
 * only, and get numbers in the order in which they appear. A file of answers is refused by what is
 * in it, whatever its name.
 */
#include "evidence_reader.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <string.h>

/* In the order in which the lines have them. */
/* clang-format off */
#define KEYS(X) \
	X(T, "t") X(M, "m") X(O, "o") X(N, "n") X(TX, "tx") X(RX, "rx") X(SVC, "svc") \
	X(SNMP, "snmp") X(UP, "up") X(PW, "pw") X(P, "p") X(OPER, "oper") X(CHG, "chg") \
	X(ERR, "err") X(POE, "poe") X(MW, "mw") X(TRAP, "trap") X(IP, "ip") X(MAC, "mac") \
	X(LAG, "lag") X(FROM, "from") X(TO, "to") X(TYPE, "type") X(V, "v") \
	X(CYCLE, "cycle") X(T_END, "t_end") X(ID, "id") X(KIND, "kind") X(SITE, "site") \
	X(PARENTS, "parents") X(ICMP, "icmp") X(PORTS, "ports") X(POE_W, "poe_w") \
	X(PZ, "pz")
/* clang-format on */

enum key {
#define X(name, text) K_##name,
	KEYS(X)
#undef X
		K_COUNT
};

const struct json_key evidence_scenario_keys[] = {
#define X(name, text) {text, sizeof(text) - 1},
	KEYS(X)
#undef X
};
const size_t evidence_scenario_key_count = K_COUNT;

_Static_assert((int)K_COUNT <= (int)JSON_KEYS_MAX, "json_line has room for all keys");

/* Watts as mW. */
static uint32_t
watts_at(struct json_line *line, int token)
{
	int64_t power_mw = 0;

	if (jline_token_milli(line, token, &power_mw) && (power_mw < 0 || power_mw > UINT32_MAX)) {
		json_line_fail(line, ERR_RANGE, "a power that is out of range");
		return 0;
	}
	return (uint32_t)power_mw;
}

/* Seconds of the scenario as ms since 1970. */
static int64_t
time_of(struct json_line *line, enum key key)
{
	return EVIDENCE_SCENARIO_ZERO_MS + jline_milli(line, key);
}

static int
unknown(struct json_line *line, int error, enum key key, const char *what)
{
	size_t len = 0;
	const char *text = jline_text(line, key, &len);

	return json_line_fail(line, error, "\"%s\": %s '%.*s'", line->keys[key].name, what,
			      (int)(len > 40 ? 40 : len), text != NULL ? text : "");
}

/* The number of a node that was told, by the text at a token; 0 and the error set if it was not. */
static uint32_t
node_at(struct evidence_reader *reader, int token)
{
	struct json_line *line = &reader->line;
	size_t len;
	const char *name = jline_token_text(line, token, &len);
	uint32_t id = 0;

	if (name != NULL) {
		id = evidence_names_find(&reader->known, BLAME_NODE, name, len);
		if (id == 0)
			json_line_fail(line, ERR_NOTFOUND, "node '%.*s' was not told before",
				       (int)(len > 40 ? 40 : len), name);
	}
	return id;
}

static int
read_meta(struct evidence_reader *reader)
{
	struct json_line *line = &reader->line;
	int64_t cycle_ms, end_ms;
	uint64_t version;

	if (!jline_need(line, K_V) || !jline_need(line, K_CYCLE) || !jline_need(line, K_T_END))
		return line->error;
	version = jline_uint(line, K_V, UINT32_MAX);
	cycle_ms = jline_milli(line, K_CYCLE);
	end_ms = jline_milli(line, K_T_END);
	if (line->error == 0 && version != 1)
		return json_line_fail(line, ERR_VERSION, "version %u of the format is not known",
				      (unsigned)version);
	if (line->error == 0 && (cycle_ms < 1000 || cycle_ms > 3600000 || end_ms < 0))
		return json_line_fail(line, ERR_RANGE, "\"cycle\" or \"t_end\" out of range");
	if (line->error != 0)
		return line->error;
	reader->header = (struct evidence_header){
		.cycle_ms = (uint32_t)cycle_ms,
		.start_ms = EVIDENCE_SCENARIO_ZERO_MS,
		.end_ms = EVIDENCE_SCENARIO_ZERO_MS + end_ms,
	};
	reader->has_header = true;
	return 0;
}

static int
read_role(struct json_line *line, uint8_t *role)
{
	static const struct {
		const char *name;
		enum node_role role;
	} roles[] = {
		{"dev", NODE_DEVICE}, {"acc", NODE_ACCESS}, {"dist", NODE_DIST},
		{"core", NODE_CORE},  {"wan", NODE_WAN},    {"mon", NODE_MONITOR},
	};

	for (size_t i = 0; i < MEM_COUNT(roles); i++) {
		if (jline_is(line, K_KIND, roles[i].name)) {
			*role = roles[i].role;
			return 0;
		}
	}
	return unknown(line, ERR_NOTFOUND, K_KIND, "unknown kind");
}

static void
read_parents(struct evidence_reader *reader, struct evidence_node *info)
{
	struct json_line *line = &reader->line;
	int token;
	size_t count = jline_array(line, K_PARENTS, &token);

	if (count > EVIDENCE_PARENTS_MAX)
		json_line_fail(line, ERR_TOOBIG, "more than %d parents", EVIDENCE_PARENTS_MAX);
	for (size_t i = 0; i < count && line->error == 0; i++, token = jline_skip(line, token)) {
		int node = jline_member(line, token, "n"), port = jline_member(line, token, "p");
		uint64_t number = 0;

		if (node == 0) {
			json_line_fail(line, ERR_SYNTAX, "a parent without \"n\"");
			return;
		}
		if (port != 0)
			jline_token_uint(line, port, UINT32_MAX, &number);
		info->parents[i].node = node_at(reader, node);
		info->parents[i].port = (uint32_t)number;
	}
	info->parent_count = (uint8_t)count;
}

/* The number of the power zone, new or known. */
static uint32_t
read_zone(struct evidence_reader *reader)
{
	size_t len;
	const char *name = jline_text(&reader->line, K_PZ, &len);
	uint32_t zone;

	if (name == NULL)
		return 0;
	zone = evidence_names_find(&reader->known, BLAME_ZONE, name, len);
	if (zone == 0) {
		zone = reader->zone_count + 1;
		if (evidence_names_put(&reader->known, BLAME_ZONE, zone, name, len) != 0) {
			json_line_fail(&reader->line, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
			return 0;
		}
		reader->zone_count = zone;
	}
	return zone;
}

static int
read_name(struct evidence_reader *reader, uint32_t *id)
{
	struct json_line *line = &reader->line;
	size_t len;
	const char *name = jline_text(line, K_ID, &len);

	if (!jline_need(line, K_ID) || name == NULL)
		return line->error;
	if (evidence_names_find(&reader->known, BLAME_NODE, name, len) != 0)
		return unknown(line, ERR_EXISTS, K_ID, "told twice: node");
	*id = reader->node_count + 1;
	if (evidence_names_put(&reader->known, BLAME_NODE, *id, name, len) != 0)
		return json_line_fail(line, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	reader->node_count = *id;
	return 0;
}

static int
read_node(struct evidence_reader *reader)
{
	struct json_line *line = &reader->line;
	struct evidence_node info = {0};
	char site[24];
	uint32_t id = 0;

	if (!reader->has_header)
		return json_line_fail(line, ERR_SYNTAX, "the file does not begin with \"meta\"");
	if (read_role(line, &info.role) != 0)
		return line->error;
	info.has_snmp = jline_uint(line, K_SNMP, 1) != 0;
	info.has_ping = !jline_has(line, K_ICMP) || jline_uint(line, K_ICMP, 1) != 0;
	info.uses_poe = jline_uint(line, K_POE, 1) != 0;
	info.site = (uint32_t)jline_uint(line, K_SITE, UINT32_MAX);
	info.ports = (uint32_t)jline_uint(line, K_PORTS, UINT16_MAX);
	info.mac = jline_mac(line, K_MAC);
	info.ip4 = jline_ip4(line, K_IP);
	if (jline_has(line, K_POE_W))
		info.poe_budget_mw = watts_at(line, line->value[K_POE_W]);
	read_parents(reader, &info);
	info.zone = read_zone(reader);
	if (line->error != 0 || read_name(reader, &id) != 0)
		return line->error;
	snprintf(site, sizeof(site), "site%u", info.site);
	if (evidence_names_put(&reader->known, BLAME_SITE, info.site, site, strlen(site)) != 0)
		return json_line_fail(line, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
	info.name = evidence_names_get(&reader->known, BLAME_NODE, id);
	info.site_name = evidence_names_get(&reader->known, BLAME_SITE, info.site);
	info.zone_name = evidence_names_get(&reader->known, BLAME_ZONE, info.zone);
	reader->piece = (struct evidence){
		.kind = EVIDENCE_NODE,
		.node = id,
		.at_ms = EVIDENCE_SCENARIO_ZERO_MS,
		.seen_ms = EVIDENCE_SCENARIO_ZERO_MS,
		.info = info,
	};
	reader->pieces = 1;
	if (info.role == NODE_MONITOR && reader->monitor == 0)
		reader->monitor = id;
	return 0;
}

static void
read_services(struct json_line *line, uint8_t *service)
{
	size_t len;
	const char *letters = jline_text(line, K_SVC, &len);
	enum service_state state = SERVICE_NONE;

	if (letters == NULL)
		return;
	if (len != 3) {
		unknown(line, ERR_SYNTAX, K_SVC, "expected three letters, not");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (service_state_parse(letters[i], &state) != 0)
			unknown(line, ERR_SYNTAX, K_SVC, "unknown letter in");
		service[i] = (uint8_t)state;
	}
}

static void
read_echo(struct json_line *line, uint8_t *sent, uint8_t *answered)
{
	*sent = (uint8_t)jline_uint(line, K_TX, UINT8_MAX);
	*answered = (uint8_t)jline_uint(line, K_RX, UINT8_MAX);
}

static void
read_dev(struct evidence_reader *reader, struct evidence *piece)
{
	piece->kind = EVIDENCE_POLL;
	read_echo(&reader->line, &piece->poll.sent, &piece->poll.answered);
	read_services(&reader->line, piece->poll.service);
}

/* Every device of the list answered all that it was asked in the slot. */
static void
read_ok(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	int token;
	size_t count = jline_array(line, K_N, &token);

	if (mem_grow(&reader->nodes, &reader->node_cap, count, sizeof(*reader->nodes)) != 0) {
		json_line_fail(line, ERR_NOMEM, "%s", err_text(ERR_NOMEM));
		return;
	}
	for (size_t i = 0; i < count && line->error == 0; i++, token = jline_skip(line, token))
		reader->nodes[i] = node_at(reader, token);
	piece->kind = EVIDENCE_POLL;
	piece->poll = (struct evidence_poll){
		.sent = 3, .answered = 3, .service = {SERVICE_OK, SERVICE_OK, SERVICE_OK}};
	reader->is_batch = true;
	reader->pieces = count;
}

static void
read_sw(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	struct evidence_switch *sw = &piece->sw;
	int token;
	size_t count;

	piece->kind = EVIDENCE_SWITCH;
	read_echo(line, &sw->sent, &sw->answered);
	if (jline_is(line, K_SNMP, "ok"))
		sw->snmp = SNMP_STATE_OK;
	else if (jline_is(line, K_SNMP, "to"))
		sw->snmp = SNMP_STATE_TIMEOUT;
	else if (jline_has(line, K_SNMP) && !jline_is(line, K_SNMP, "na"))
		unknown(line, ERR_NOTFOUND, K_SNMP, "expected ok, to or na, not");
	sw->is_walk = sw->snmp == SNMP_STATE_OK;
	sw->has_uptime = jline_has(line, K_UP);
	if (sw->has_uptime)
		sw->uptime_s = (uint32_t)(jline_milli(line, K_UP) / 1000);
	count = jline_array(line, K_PW, &token);
	if (count == 2) {
		sw->poe_used_mw = watts_at(line, token);
		sw->poe_budget_mw = watts_at(line, jline_skip(line, token));
	} else if (count != 0) {
		json_line_fail(line, ERR_SYNTAX, "\"pw\": expected [used, budget]");
	}
}

static void
read_macs(struct evidence_reader *reader, struct evidence_port *port)
{
	struct json_line *line = &reader->line;
	int token;
	size_t count = jline_array(line, K_MAC, &token);

	port->has_macs = jline_has(line, K_MAC);
	/* A port with more is a downlink, whoever they are. */
	if (count > EVIDENCE_MACS_MAX)
		count = EVIDENCE_MACS_MAX;
	for (size_t i = 0; i < count && line->error == 0; i++, token = jline_skip(line, token))
		jline_token_mac(line, token, &reader->macs[i]);
	port->mac_count = (uint16_t)count;
	port->macs = reader->macs;
}

static void
read_port(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	struct evidence_port *port = &piece->port;
	enum poe_state poe = POE_STATE_NONE;
	char name[16];
	size_t len = 0;
	const char *text = jline_text(line, K_POE, &len);
	int64_t changed_ms = jline_milli(line, K_CHG);

	piece->kind = EVIDENCE_PORT;
	jline_need(line, K_P);
	jline_need(line, K_OPER);
	port->port = (uint32_t)jline_uint(line, K_P, UINT32_MAX);
	port->is_up = jline_uint(line, K_OPER, UINT32_MAX) == 1;
	/* -1: unknown or never. Other negative times are before the start. */
	if (jline_has(line, K_CHG) && changed_ms != -1000)
		port->changed_ms = EVIDENCE_SCENARIO_ZERO_MS + changed_ms;
	port->errors = (uint32_t)jline_uint(line, K_ERR, UINT32_MAX);
	port->power_mw = (uint32_t)jline_uint(line, K_MW, UINT32_MAX);
	if (text != NULL) {
		snprintf(name, sizeof(name), "%.*s", (int)(len > 15 ? 15 : len), text);
		if (poe_state_parse(name, &poe) != 0)
			unknown(line, ERR_NOTFOUND, K_POE, "unknown state");
	}
	port->poe = (uint8_t)poe;
	read_macs(reader, port);
}

static void
read_trap(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	char name[16] = "";
	enum trap_hint hint;
	size_t len = 0;
	const char *text = jline_text(line, K_TRAP, &len);

	piece->kind = EVIDENCE_TRAP;
	if (text != NULL)
		snprintf(name, sizeof(name), "%.*s", (int)(len > 15 ? 15 : len), text);
	if (trap_hint_parse(name, &hint) != 0)
		unknown(line, ERR_NOTFOUND, K_TRAP, "unknown trap");
	else
		piece->trap.hint = (uint8_t)hint;
	piece->trap.port = (uint32_t)jline_uint(line, K_P, UINT32_MAX);
}

static void
read_arp(struct evidence_reader *reader, struct evidence *piece)
{
	piece->kind = EVIDENCE_ARP;
	piece->node = 0; /* "n" is the router that tells */
	jline_need(&reader->line, K_IP);
	jline_need(&reader->line, K_MAC);
	piece->arp.ip4 = jline_ip4(&reader->line, K_IP);
	piece->arp.mac = jline_mac(&reader->line, K_MAC);
}

static void
read_mon(struct evidence_reader *reader, struct evidence *piece)
{
	struct json_line *line = &reader->line;
	int64_t lag_ms = jline_milli(line, K_LAG);

	piece->kind = EVIDENCE_MONITOR;
	piece->node = reader->monitor;
	if (piece->node == 0)
		json_line_fail(line, ERR_NOTFOUND, "there is no node of kind mon");
	read_echo(line, &piece->monitor.sent, &piece->monitor.answered);
	if (lag_ms < 0 || lag_ms > UINT32_MAX)
		unknown(line, ERR_RANGE, K_LAG, "out of range");
	piece->monitor.lag_ms = (uint32_t)lag_ms;
}

static void
read_maint(struct evidence_reader *reader, struct evidence *piece)
{
	piece->kind = EVIDENCE_MAINTENANCE;
	jline_need(&reader->line, K_FROM);
	jline_need(&reader->line, K_TO);
	piece->window.from_ms = time_of(&reader->line, K_FROM);
	piece->window.to_ms = time_of(&reader->line, K_TO);
}

static const struct {
	const char *name;
	bool has_node;
	void (*read)(struct evidence_reader *reader, struct evidence *piece);
} observations[] = {
	{"dev", true, read_dev},   {"sw", true, read_sw},	{"ok", false, read_ok},
	{"port", true, read_port}, {"mon", false, read_mon},	{"trap", true, read_trap},
	{"arp", true, read_arp},   {"maint", true, read_maint},
};

static int
read_observation(struct evidence_reader *reader)
{
	struct json_line *line = &reader->line;
	struct evidence *piece = &reader->piece;

	if (!jline_need(line, K_T) || !jline_need(line, K_M))
		return line->error;
	piece->seen_ms = time_of(line, K_T);
	piece->at_ms = time_of(line, K_M);
	for (size_t i = 0; i < MEM_COUNT(observations); i++) {
		if (!jline_is(line, K_O, observations[i].name))
			continue;
		reader->pieces = 1;
		if (observations[i].has_node && jline_need(line, K_N))
			piece->node = node_at(reader, line->value[K_N]);
		if (line->error == 0)
			observations[i].read(reader, piece);
		return line->error;
	}
	return unknown(line, ERR_NOTFOUND, K_O, "unknown observation");
}

int
evidence_read_scenario(struct evidence_reader *reader)
{
	struct json_line *line = &reader->line;

	if (jline_has(line, K_O))
		return read_observation(reader);
	if (jline_is(line, K_TYPE, "node"))
		return read_node(reader);
	if (jline_is(line, K_TYPE, "meta"))
		return read_meta(reader);
	/* The engine must not see what it is to find out. */
	if (jline_is(line, K_TYPE, "fault") || jline_is(line, K_TYPE, "topo_error") ||
	    jline_is(line, K_TYPE, "benign_reboot"))
		return json_line_fail(line, ERR_REFUSED,
				      "a file of answers (truth), which is for the scorer only");
	return unknown(line, ERR_SYNTAX, K_TYPE, "neither an observation nor a known type:");
}

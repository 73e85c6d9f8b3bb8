/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Evidence as lines of a recording. Members, beside k, n, at, seen:
 * - node: role snmp ping uses_poe parents [node,port,...] site zone ports budget_mw period_ms mac
 *   ip name site_name zone_name
 * - place: parent [node,port] is_seen
 * - poll: tx rx svc (a letter each) rtt_us
 * - switch: tx rx snmp (ok, timeout) walk uptime_s used_mw budget_mw rtt_us
 * - port: port up admin_down poe single changed_ms errors mw macs [...] (if they were read)
 * - trap: hint port
 * - arp: ip mac
 * - monitor: tx rx lag_ms
 * - maintenance: from_ms to_ms
 * - boot: boot_ms; clock: clock_ms
 * - move: from [node,port] to [node,port]
 */
#include "keepwatch/evidence_line.h"

#include "keepwatch/buf.h"

#include <inttypes.h>
#include <string.h>

void
evidence_put_header(struct buf *out, const struct evidence_header *header)
{
	buf_printf(out,
		   "{\"keepwatch\":\"evidence\",\"v\":%d,\"cycle_ms\":%u,\"start_ms\":%" PRId64
		   "}\n",
		   EVIDENCE_LINE_VERSION, header->cycle_ms, header->start_ms);
}

static void
put_number(struct buf *out, const char *key, int64_t number)
{
	if (number != 0)
		buf_printf(out, ",\"%s\":%" PRId64, key, number);
}

static void
put_text(struct buf *out, const char *key, const char *text)
{
	if (text == NULL)
		return;
	buf_printf(out, ",\"%s\":", key);
	buf_put_json_string(out, text, strlen(text));
}

static void
put_mac(struct buf *out, const char *key, mac_addr mac)
{
	char text[MAC_TEXT_SIZE];

	if (mac != MAC_NONE)
		put_text(out, key, mac_format(mac, text));
}

static void
put_ip4(struct buf *out, uint32_t ip4)
{
	if (ip4 != 0)
		buf_printf(out, ",\"ip\":\"%u.%u.%u.%u\"", ip4 >> 24, ip4 >> 16 & 0xff,
			   ip4 >> 8 & 0xff, ip4 & 0xff);
}

/* Pairs of node and port in one list. */
static void
put_parents(struct buf *out, const char *key, const struct evidence_parent *parents, size_t count)
{
	if (count == 0)
		return;
	buf_printf(out, ",\"%s\":", key);
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%c%u,%u", i == 0 ? '[' : ',', parents[i].node, parents[i].port);
	buf_puts(out, "]");
}

static void
put_place(struct buf *out, const char *key, const struct evidence_parent *parent)
{
	put_parents(out, key, parent, parent->node != 0 || parent->port != 0);
}

static void
put_node(struct buf *out, const struct evidence_node *info)
{
	put_text(out, "role", node_role_name((enum node_role)info->role));
	put_number(out, "snmp", info->has_snmp);
	put_number(out, "ping", info->has_ping);
	put_number(out, "uses_poe", info->uses_poe);
	put_parents(out, "parents", info->parents,
		    info->parent_count < EVIDENCE_PARENTS_MAX ? info->parent_count
							      : EVIDENCE_PARENTS_MAX);
	put_number(out, "site", info->site);
	put_number(out, "zone", info->zone);
	put_number(out, "ports", info->ports);
	put_number(out, "budget_mw", info->poe_budget_mw);
	put_number(out, "period_ms", info->period_ms);
	put_mac(out, "mac", info->mac);
	put_ip4(out, info->ip4);
	put_text(out, "name", info->name);
	put_text(out, "site_name", info->site_name);
	put_text(out, "zone_name", info->zone_name);
}

static void
put_poll(struct buf *out, const struct evidence_poll *poll)
{
	char letters[EVIDENCE_SERVICES + 1] = "";

	for (size_t i = 0; i < EVIDENCE_SERVICES; i++)
		letters[i] = service_state_letter((enum service_state)poll->service[i]);
	put_number(out, "tx", poll->sent);
	put_number(out, "rx", poll->answered);
	put_text(out, "svc", letters);
	put_number(out, "rtt_us", poll->rtt_us);
}

static void
put_switch(struct buf *out, const struct evidence_switch *sw)
{
	put_number(out, "tx", sw->sent);
	put_number(out, "rx", sw->answered);
	if (sw->snmp != SNMP_STATE_NONE)
		put_text(out, "snmp", sw->snmp == SNMP_STATE_OK ? "ok" : "timeout");
	put_number(out, "walk", sw->is_walk);
	if (sw->has_uptime)
		buf_printf(out, ",\"uptime_s\":%u", sw->uptime_s);
	put_number(out, "used_mw", sw->poe_used_mw);
	put_number(out, "budget_mw", sw->poe_budget_mw);
	put_number(out, "rtt_us", sw->rtt_us);
}

static void
put_port(struct buf *out, const struct evidence_port *port)
{
	char text[MAC_TEXT_SIZE];

	put_number(out, "port", port->port);
	put_number(out, "up", port->is_up);
	put_number(out, "admin_down", port->is_admin_down);
	if (port->poe != POE_STATE_NONE)
		put_text(out, "poe", poe_state_name((enum poe_state)port->poe));
	put_number(out, "single", port->is_single);
	put_number(out, "changed_ms", port->changed_ms);
	put_number(out, "errors", port->errors);
	put_number(out, "mw", port->power_mw);
	if (!port->has_macs)
		return;
	buf_puts(out, ",\"macs\":[");
	for (size_t i = 0; i < port->mac_count && i < EVIDENCE_MACS_MAX; i++)
		buf_printf(out, "%s\"%s\"", i == 0 ? "" : ",", mac_format(port->macs[i], text));
	buf_puts(out, "]");
}

static void
put_body(struct buf *out, const struct evidence *evidence)
{
	switch ((enum evidence_kind)evidence->kind) {
	case EVIDENCE_NODE:
		put_node(out, &evidence->info);
		break;
	case EVIDENCE_PLACE:
		put_place(out, "parent", &evidence->place.parent);
		put_number(out, "is_seen", evidence->place.is_seen);
		break;
	case EVIDENCE_POLL:
		put_poll(out, &evidence->poll);
		break;
	case EVIDENCE_SWITCH:
		put_switch(out, &evidence->sw);
		break;
	case EVIDENCE_PORT:
		put_port(out, &evidence->port);
		break;
	case EVIDENCE_TRAP:
		put_text(out, "hint", trap_hint_name((enum trap_hint)evidence->trap.hint));
		put_number(out, "port", evidence->trap.port);
		break;
	case EVIDENCE_ARP:
		put_ip4(out, evidence->arp.ip4);
		put_mac(out, "mac", evidence->arp.mac);
		break;
	case EVIDENCE_MONITOR:
		put_number(out, "tx", evidence->monitor.sent);
		put_number(out, "rx", evidence->monitor.answered);
		put_number(out, "lag_ms", evidence->monitor.lag_ms);
		break;
	case EVIDENCE_MAINTENANCE:
		put_number(out, "from_ms", evidence->window.from_ms);
		put_number(out, "to_ms", evidence->window.to_ms);
		break;
	case EVIDENCE_BOOT:
		put_number(out, "boot_ms", evidence->boot_ms);
		break;
	case EVIDENCE_CLOCK:
		put_number(out, "clock_ms", evidence->clock_ms);
		break;
	case EVIDENCE_MOVE:
		put_place(out, "from", &evidence->move.from);
		put_place(out, "to", &evidence->move.to);
		break;
	case EVIDENCE_GONE:
	case EVIDENCE_DUPLICATE:
	case EVIDENCE_KIND_COUNT:
		break;
	}
}

void
evidence_put(struct buf *out, const struct evidence *evidence)
{
	buf_printf(out, "{\"k\":\"%s\"", evidence_kind_name((enum evidence_kind)evidence->kind));
	put_number(out, "n", evidence->node);
	put_number(out, "at", evidence->at_ms);
	put_number(out, "seen", evidence->seen_ms);
	put_body(out, evidence);
	buf_puts(out, "}\n");
}

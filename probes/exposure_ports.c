/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which TCP ports are open: a connect each, two at a time at most, with a pause between. A port
 * that is silent while the device lives is filtered, and not open; whether the device lived to the
 * end is asked at a port that answered before.
 */
#include "exposure_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdio.h>

static void
add_port(struct exposure *x, uint16_t port, enum port_speaks speaks)
{
	static const struct port_service names[] = {
		[PORT_SPEAKS_HTTP] = {"http", PORT_SPEAKS_HTTP},
		[PORT_SPEAKS_HTTPS] = {"https", PORT_SPEAKS_HTTPS},
	};
	bool is_web = speaks == PORT_SPEAKS_HTTP || speaks == PORT_SPEAKS_HTTPS;

	for (size_t i = 0; i < x->port_count; i++) {
		if (x->ports[i].item.port != port)
			continue;
		x->ports[i].is_own = true;
		/* Who uses it knows better than the table. */
		if (is_web && x->ports[i].item.service->speaks != speaks)
			x->ports[i].item.service = &names[speaks];
		return;
	}
	if (x->port_count < EXPOSURE_PORTS_MAX)
		x->ports[x->port_count++] = (struct exposure_port){
			.item = {port, is_web ? &names[speaks] : port_service(port)},
			.is_own = true,
		};
}

/* What the device's other probes connect to. */
static void
add_own(struct exposure *x, const struct probe_settings *settings)
{
	bool https;
	int64_t port;

	switch (settings->probe) {
	case PROBE_ONVIF:
		https = settings_option(settings, OPT_ONVIF_SCHEME)->number == 1;
		port = settings_option(settings, OPT_ONVIF_PORT)->number;
		break;
	case PROBE_HTTP:
		https = settings_option(settings, OPT_HTTP_SCHEME)->number == 1;
		port = settings_option(settings, OPT_HTTP_PORT)->number;
		break;
	case PROBE_VENDOR:
		https = settings_option(settings, OPT_VENDOR_SCHEME)->number == 1;
		port = settings_option(settings, OPT_VENDOR_PORT)->number;
		break;
	case PROBE_TCP:
		add_port(x, (uint16_t)settings_option(settings, OPT_TCP_PORT)->number,
			 PORT_SPEAKS_OTHER);
		return;
	default:
		return;
	}
	add_port(x,
		 (uint16_t)(port != 0 ? port
			    : https   ? 443
				      : 80),
		 https ? PORT_SPEAKS_HTTPS : PORT_SPEAKS_HTTP);
}

bool
exposure_list_ports(struct exposure *x)
{
	const struct device *device = x->run->target->device;
	struct port_item items[PORT_LIST_MAX];
	size_t count = 0;

	if (port_list_parse(probe_option_text(x->run, OPT_EXPOSURE_PORTS), items, &count) != 0)
		return false;
	for (size_t i = 0; i < count && x->may_try_ports; i++)
		x->ports[x->port_count++].item = items[i];
	for (size_t i = 0; i < device->probe_count; i++)
		add_own(x, device->probes[i]);
	return true;
}

/* ---- connects */

static void go_on(struct exposure *x);

static size_t
count_state(const struct exposure *x, enum exposure_port_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < x->port_count; i++)
		count += x->ports[i].state == state;
	return count;
}

bool
exposure_ports_are_known(const struct exposure *x)
{
	return x->has_answered && !x->is_cut[EXPOSURE_PORTS];
}

const char *
exposure_why_none(const struct exposure *x, const char *why)
{
	return x->may_try_ports && exposure_ports_are_known(x) ? NULL : why;
}

static void
tell_ports(struct exposure *x)
{
	size_t untried = count_state(x, EXPOSURE_PORT_UNTRIED);
	char why[RESULT_DETAIL_SIZE];

	x->open = count_state(x, EXPOSURE_PORT_OPEN);
	if (x->port_count == 0 || !x->may_try_ports)
		snprintf(why, sizeof(why), "site %.60s does not allow it (audit: ports)",
			 x->site == NULL ? "" : x->site->name);
	else if (untried > 0)
		snprintf(why, sizeof(why), "the monitoring host could not try %zu of them",
			 untried);
	else if (!x->has_answered)
		snprintf(why, sizeof(why), "none of %zu ports answered", x->port_count);
	else if (x->is_cut[EXPOSURE_PORTS])
		snprintf(why, sizeof(why), "the device fell silent meanwhile");
	else
		why[0] = '\0';
	x->is_cut[EXPOSURE_PORTS] |= untried > 0;
	for (size_t i = 0; i < x->port_count && x->may_try_ports; i++) {
		char instance[8];

		snprintf(instance, sizeof(instance), "%u", x->ports[i].item.port);
		if (x->ports[i].state == EXPOSURE_PORT_OPEN)
			fact_add(exposure_facts(x), FACT_OPEN_PORT, instance,
				 x->ports[i].item.service->name);
	}
	exposure_part_done(x, why[0] == '\0' ? NULL : why);
}

static struct exposure_port *
one_that_answered(struct exposure *x)
{
	for (size_t i = 0; i < x->port_count; i++) {
		if (x->ports[i].state == EXPOSURE_PORT_OPEN ||
		    x->ports[i].state == EXPOSURE_PORT_CLOSED)
			return &x->ports[i];
	}
	return NULL;
}

static void
settle(struct exposure *x, struct exposure_port *port, const struct tcp_connect *connect)
{
	if (connect->rc == 0 || connect->rc == ERR_REFUSED) {
		x->has_answered = true;
		x->answered_at = x->settled + 1;
		if (connect->rtt_us != 0 && connect->rtt_us < x->run->result.rtt_us)
			x->run->result.rtt_us = connect->rtt_us;
	}
	if (x->is_alive_checked) {
		/* the question was about the device, not about the port */
		x->is_cut[EXPOSURE_PORTS] = connect->rc != 0 && connect->rc != ERR_REFUSED;
		return;
	}
	x->settled++;
	switch (connect->rc) {
	case 0:
		port->state = EXPOSURE_PORT_OPEN;
		break;
	case ERR_REFUSED:
		port->state = EXPOSURE_PORT_CLOSED;
		break;
	case ERR_TIMEOUT:
	case ERR_UNREACH:
		port->state = EXPOSURE_PORT_SILENT;
		break;
	default:
		port->state = EXPOSURE_PORT_UNTRIED;
		break;
	}
	probe_trace(x->run, "exposure: port %u (%s): %s", port->item.port, port->item.service->name,
		    connect->rc == 0 ? "open" : err_text(connect->rc));
}

static void
on_connected(struct tcp_connect *connect)
{
	struct exposure_connect *slot = (struct exposure_connect *)connect;
	struct exposure_port *port = slot->port;

	slot->port = NULL;
	settle(slot->x, port, connect);
	go_on(slot->x);
}

static void
begin(struct exposure *x, struct exposure_connect *slot, struct exposure_port *port)
{
	const struct probe_target *target = x->run->target;

	slot->x = x;
	slot->port = port;
	slot->connect = (struct tcp_connect){
		.to = target->ip,
		.port = port->item.port,
		.timeout_ms = target->settings->timeout_ms,
		.done = on_connected,
	};
	x->connected_ms = clock_mono_ms();
	if (tcp_connect_start(x->run->env->tcp, &slot->connect) != 0) {
		slot->port = NULL;
		port->state = EXPOSURE_PORT_UNTRIED;
		x->settled++;
	}
}

static struct exposure_connect *
idle_slot(struct exposure *x, bool *is_any_busy)
{
	struct exposure_connect *idle = NULL;

	*is_any_busy = false;
	for (size_t i = 0; i < EXPOSURE_CONNECTS; i++) {
		if (x->connects[i].port == NULL)
			idle = &x->connects[i];
		else
			*is_any_busy = true;
	}
	return idle;
}

/* Begins what may begin now, waits for what is under way, or ends the part. */
static void
go_on(struct exposure *x)
{
	uint64_t gap_ms = (uint64_t)probe_option(x->run, OPT_EXPOSURE_GAP);
	bool is_busy;
	struct exposure_connect *slot = idle_slot(x, &is_busy);
	bool is_in_doubt = x->has_answered && x->answered_at < x->settled && !x->is_alive_checked;

	if (slot != NULL && x->at < x->port_count) {
		if (x->connected_ms != 0 && clock_mono_ms() < x->connected_ms + gap_ms) {
			exposure_pause(x, go_on);
			return;
		}
		begin(x, slot, &x->ports[x->at++]);
		exposure_pause(x, go_on);
	} else if (!is_busy && is_in_doubt) {
		x->is_alive_checked = true;
		begin(x, slot, one_that_answered(x));
		exposure_pause(x, go_on);
	} else if (!is_busy && x->at >= x->port_count) {
		tell_ports(x);
	}
}

void
exposure_ports(struct exposure *x)
{
	go_on(x);
}

void
exposure_ports_cancel(struct exposure *x)
{
	for (size_t i = 0; i < EXPOSURE_CONNECTS; i++) {
		tcp_connect_cancel(&x->connects[i].connect);
		x->connects[i].port = NULL;
	}
}

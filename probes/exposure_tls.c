/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the open ports that should speak TLS offer: versions and certificate as facts.
 */
#include "exposure_impl.h"
#include "tls_facts.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdio.h>

static void next_port(struct exposure *x);

static void
note(struct exposure *x, enum fact_key key, const char *port, const char *value)
{
	if (value[0] != '\0')
		fact_add(exposure_facts(x), key, port, value);
}

/* A version that this handshake could not tell of is offered if it was the last time. */
static void
note_versions(struct exposure *x, const char *port, const struct tls_scan_result *result)
{
	struct probe_target *target = x->run->target;
	struct buf text;

	buf_init(&text, FACT_VALUE_MAX);
	for (int i = TLS_SCAN_COUNT - 1; i >= 0; i--) {
		const char *name = tls_scan_version_name((enum tls_scan_version)i);
		bool is_unknown = ((result->offered | result->refused) & 1u << i) == 0;

		if ((result->offered & 1u << i) != 0 ||
		    (is_unknown && exposure_has_offered(target, port, name)))
			buf_printf(&text, "%s%s", text.len == 0 ? "" : " ", name);
	}
	if (text.len > 0 && text.error == 0) {
		fact_add(exposure_facts(x), FACT_TLS_VERSIONS, port, text.data);
		exposure_remember(target, port, text.data);
	}
	buf_fini(&text);
}

static void
note_cert(struct exposure *x, const char *port, const struct tls_scan_cert *cert)
{
	char not_after[CLOCK_ISO_SIZE];

	note(x, FACT_TLS_KEY, port, cert->key);
	note(x, FACT_TLS_KEY_TYPE, port, cert->key_type);
	note(x, FACT_TLS_SIGNATURE, port, cert->signature);
	note(x, FACT_TLS_NAMES, port, cert->names);
	note(x, FACT_TLS_ISSUER, port, cert->issuer);
	if (cert->not_after_ms != 0)
		note(x, FACT_TLS_NOT_AFTER, port,
		     clock_format_iso(cert->not_after_ms, not_after, sizeof(not_after)));
}

static void
on_scanned(void *arg, const struct tls_scan_result *result)
{
	struct exposure *x = arg;
	struct exposure_port *port = &x->ports[x->at++];
	char instance[8];

	x->tls = NULL;
	snprintf(instance, sizeof(instance), "%u", port->item.port);
	port->tls = result->offered;
	port->is_no_tls = result->rc == ERR_SYNTAX;
	if (result->offered != 0)
		note_versions(x, instance, result);
	if (result->has_cert)
		note_cert(x, instance, &result->cert);
	/* Of a port that says nothing now the former facts stay. */
	x->is_cut[EXPOSURE_TLS] |= result->offered == 0 && result->rc != 0 && !port->is_no_tls;
	probe_trace(x->run, "exposure: TLS on port %u: %u handshakes, %s%s%s", port->item.port,
		    result->handshakes,
		    result->offered != 0 ? result->cert.key_type : "nothing offered",
		    result->words[0] != '\0' ? "; " : "", result->words);
	exposure_pause(x, next_port);
}

static bool
is_tls(const struct exposure_port *port)
{
	return port->state == EXPOSURE_PORT_OPEN &&
	       (port->item.service->speaks == PORT_SPEAKS_HTTPS ||
		port->item.service->speaks == PORT_SPEAKS_TLS);
}

static void
next_port(struct exposure *x)
{
	const struct probe_target *target = x->run->target;
	struct tls_scan_options options = {
		.to = target->ip,
		.host = target->device->ip.family == 0 ? target->device->address : NULL,
		.timeout_ms = target->settings->timeout_ms,
		.gap_ms = (uint32_t)probe_option(x->run, OPT_EXPOSURE_GAP),
		.done = on_scanned,
		.arg = x,
	};
	int rc;

	while (x->at < x->port_count && !is_tls(&x->ports[x->at]))
		x->at++;
	if (x->at == x->port_count) {
		exposure_part_done(x, x->tls_ports > 0
					      ? NULL
					      : exposure_why_none(x, "no port of TLS is known"));
		return;
	}
	x->tls_ports++;
	options.port = x->ports[x->at].item.port;
	rc = tls_scan_start(&x->tls, x->run->env->loop, &options);
	if (rc != 0) {
		x->is_cut[EXPOSURE_TLS] = true;
		exposure_part_done(x, err_text(rc));
	}
}

void
exposure_tls(struct exposure *x)
{
	x->is_cut[EXPOSURE_TLS] = !exposure_ports_are_known(x);
	if (!x->has_answered)
		exposure_part_done(x, "no port answered");
	else
		next_port(x);
}

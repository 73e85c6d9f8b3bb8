/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS keys to facts and back, and into requests.
 */
#include "tls_facts.h"

#include "keepwatch/clock.h"

#include <stdio.h>

enum { PORT_TEXT_SIZE = 8, HTTPS_PORT = 443 };

static const char *
port_text(int64_t port, char *out)
{
	snprintf(out, PORT_TEXT_SIZE, "%u", port == 0 ? HTTPS_PORT : (unsigned)(uint16_t)port);
	return out;
}

bool
probe_note_tls_key(struct probe_run *run, enum option_id port, const struct http_tls_info *tls)
{
	char instance[PORT_TEXT_SIZE], not_after[CLOCK_ISO_SIZE];

	if (tls->key[0] == '\0')
		return false;
	port_text(probe_option(run, port), instance);
	fact_add(&run->result.facts, FACT_TLS_KEY, instance, tls->key);
	if (tls->not_after_ms != 0)
		fact_add(&run->result.facts, FACT_TLS_NOT_AFTER, instance,
			 clock_format_iso(tls->not_after_ms, not_after, sizeof(not_after)));
	return true;
}

const char *
probe_known_tls_key(const struct probe_target *target, enum option_id scheme, enum option_id port,
		    const struct fact_list *facts)
{
	char instance[PORT_TEXT_SIZE];
	const char *key;

	if (settings_option(target->settings, scheme)->number != 1) /* http|https */
		return NULL;
	key = fact_get(facts, FACT_TLS_KEY,
		       port_text(settings_option(target->settings, port)->number, instance));
	return key != NULL && http_pin_is_valid(key) ? key : NULL;
}

void
probe_set_trust(const struct probe_run *run, const struct tls_options *options, const char *key,
		struct http_request *request)
{
	request->https = probe_option(run, options->scheme) == 1;
	request->trust = (enum tls_trust)probe_option(run, options->trust);
	if (request->trust == TLS_TRUST_PIN)
		request->pin = probe_option_text(run, options->pin);
	else if (request->trust == TLS_TRUST_TOFU && key != NULL && key[0] != '\0')
		request->pin = key;
}

const char *
probe_lacks_pin(const struct probe_run *run, const struct tls_options *options)
{
	if (probe_option(run, options->scheme) == 1 &&
	    probe_option(run, options->trust) == TLS_TRUST_PIN &&
	    !http_pin_is_valid(probe_option_text(run, options->pin)))
		return "trust: pin needs pin: sha256//BASE64";
	return NULL;
}

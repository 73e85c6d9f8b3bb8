/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS of a device's service: whom to trust, and its key as a fact. Shared by the probes that speak
 * HTTPS. The instance is the TCP port, because a device may have several services with a key each.
 */
#ifndef KEEPWATCH_PROBES_TLS_FACTS_H
#define KEEPWATCH_PROBES_TLS_FACTS_H

#include "keepwatch/http.h"
#include "keepwatch/probe.h"

/*
 * Adds FACT_TLS_KEY and FACT_TLS_NOT_AFTER of an accepted peer; false if there was no TLS. A key
 * that was not accepted must not come here: it would be believed after a restart.
 */
bool probe_note_tls_key(struct probe_run *run, enum option_id port,
			const struct http_tls_info *tls);
/* The stored key of the service, or NULL. Borrows from facts. */
const char *probe_known_tls_key(const struct probe_target *target, enum option_id scheme,
				enum option_id port, const struct fact_list *facts);

/* The options of such a probe. */
struct tls_options {
	enum option_id scheme; /* http|https */
	enum option_id trust;  /* in the order of enum tls_trust */
	enum option_id pin;
};

/* https, trust, pin; the key, if one is known (else NULL or ""), is borrowed for TLS_TRUST_TOFU. */
void probe_set_trust(const struct probe_run *run, const struct tls_options *options,
		     const char *key, struct http_request *request);
/* Why no request can be sent, in words; NULL if it can. */
const char *probe_lacks_pin(const struct probe_run *run, const struct tls_options *options);

#endif

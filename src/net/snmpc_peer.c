/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Peers: one small record for each agent that is asked.
 */
#include "snmpc_impl.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(struct snmpc_peer) <= 128, "512 bytes a v2c target, in flight included");
_Static_assert(sizeof(struct snmpc_usm) <= 192, "1 KiB a v3 target");
_Static_assert(sizeof(struct snmpc_request) <= 256, "512 bytes a v2c target, in flight included");

static uint16_t
snmpc_port(uint16_t port, const struct credential *credential)
{
	if (port == 0)
		port = credential->snmp.port;
	return port == 0 ? SNMPC_PORT : port;
}

int
snmpc_peer_new(struct snmpc_peer **out, struct snmpc *snmpc, const struct ipaddr *ip, uint16_t port,
	       const struct credential *credential)
{
	struct snmpc_peer *peer;
	int rc;

	if (ip->family != 4 && ip->family != 6)
		return ERR_INVAL;
	peer = calloc(1, sizeof(*peer));
	if (peer == NULL)
		return ERR_NOMEM;
	peer->snmpc = snmpc;
	peer->ip = *ip;
	peer->port = snmpc_port(port, credential);
	rc = snmpc_socket(snmpc, ip, &peer->socket);
	if (rc == 0)
		rc = snmpc_cred_get(snmpc, &credential->snmp, &peer->cred);
	if (rc != 0) {
		free(peer);
		return rc;
	}
	*out = peer;
	return 0;
}

void
snmpc_peer_free(struct snmpc_peer *peer)
{
	if (peer == NULL)
		return;
	snmpc_usm_free(peer->usm);
	snmpc_cred_put(peer->snmpc, peer->cred);
	free(peer);
}

bool
snmpc_peer_is(const struct snmpc_peer *peer, const struct ipaddr *ip, uint16_t port,
	      const struct credential *credential)
{
	return ipaddr_equal(&peer->ip, ip) && peer->port == snmpc_port(port, credential) &&
	       snmpc_cred_is(peer->cred, &credential->snmp);
}

void
snmpc_peer_engine(const struct snmpc_peer *peer, struct snmpc_engine *out)
{
	const struct snmpc_usm *usm = peer->usm;

	memset(out, 0, sizeof(*out));
	if (usm == NULL)
		return;
	memcpy(out->id, usm->id, usm->id_len);
	out->id_len = usm->id_len;
	out->boots = usm->boots;
	out->time_s = snmpc_usm_time(usm, net_loop_now_ms(peer->snmpc->loop));
}

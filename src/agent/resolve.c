/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses of devices that are declared by name: asked for at start and again every few minutes,
 * on libuv's workers, a few at a time so that a slow name server never keeps the store waiting. A
 * name that fails keeps its last address.
 */
#include "agent.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <stdlib.h>
#include <string.h>

enum {
	RESOLVE_AT_A_TIME = 2,
	RESOLVE_RETRY_MS = 30000,
	RESOLVE_DOWN_MS = 5000,
	RESOLVE_NAME_MAX = 256
};

struct lookup {
	uv_getaddrinfo_t request; /* first */
	struct agent *agent;
	char device[DEVICE_NAME_MAX + 1]; /* by name: a reload may have replaced the tables */
	char address[RESOLVE_NAME_MAX];
};

/* The first usable address of the answer, IPv4 or IPv6 as the resolver orders them (RFC 6724). */
static int
first_address(const struct addrinfo *answer, struct ipaddr *out)
{
	for (const struct addrinfo *ai = answer; ai != NULL; ai = ai->ai_next) {
		if (ipaddr_from_sockaddr(ai->ai_addr, out, NULL) == 0)
			return 0;
	}
	return ERR_NOTFOUND;
}

static void
set_address(struct agent *agent, struct agent_device *device, const struct ipaddr *ip)
{
	char text[IPADDR_TEXT_SIZE];
	struct agent_probe *probes = &agent->table->probes[device->first_probe];

	if (device->probe_count == 0 || ipaddr_equal(&probes[0].target.ip, ip))
		return;
	log_info("resolve", "%s: %s is %s", device->device->name, device->device->address,
		 ipaddr_format(ip, text, sizeof(text)));
	for (size_t i = 0; i < device->probe_count; i++)
		probes[i].target.ip = *ip;
	agent_topology_address(agent, device);
	agent_probe_now(agent, device);
}

static void
on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *answer)
{
	struct lookup *lookup = (struct lookup *)(void *)request;
	struct agent *agent = lookup->agent;
	struct agent_device *device = NULL;
	struct ipaddr ip;

	agent->lookups--;
	if (!agent->is_stopping)
		device = agent_find(agent->table, lookup->device);
	if (device != NULL && strcmp(device->device->address, lookup->address) == 0) {
		device->is_resolving = false;
		device->resolve_at_ms =
			clock_mono_ms() +
			(device->health.state == HEALTH_DOWN ? RESOLVE_RETRY_MS : AGENT_RESOLVE_MS);
		if (status == 0 && first_address(answer, &ip) == 0) {
			set_address(agent, device, &ip);
		} else {
			device->resolve_at_ms = clock_mono_ms() + RESOLVE_RETRY_MS;
			log_warn("resolve", "%s: '%s' has no address: %s", device->device->name,
				 device->device->address,
				 status != 0 ? uv_strerror(status) : "no IPv4 or IPv6 record");
		}
	}
	uv_freeaddrinfo(answer);
	free(lookup);
}

static int
start_lookup(struct agent *agent, struct agent_device *device)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG};
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	int rc;

	if (lookup == NULL)
		return ERR_NOMEM;
	lookup->agent = agent;
	memcpy(lookup->device, device->device->name,
	       strnlen(device->device->name, sizeof(lookup->device) - 1));
	memcpy(lookup->address, device->device->address,
	       strnlen(device->device->address, sizeof(lookup->address) - 1));
	rc = uv_getaddrinfo(&agent->uv, &lookup->request, on_resolved, lookup->address, NULL,
			    &hints);
	if (rc != 0) {
		free(lookup);
		return ERR_IO;
	}
	device->is_resolving = true;
	agent->lookups++;
	return 0;
}

void
agent_resolve_soon(struct agent_device *device)
{
	uint64_t soon_ms = clock_mono_ms() + RESOLVE_DOWN_MS;

	if (device->resolve_at_ms > soon_ms)
		device->resolve_at_ms = soon_ms;
}

void
agent_resolve_tick(struct agent *agent)
{
	struct agent_table *table = agent->table;
	uint64_t now_ms = clock_mono_ms();

	if (table->named_count == 0)
		return;
	for (size_t i = 0; i < table->device_count && agent->lookups < RESOLVE_AT_A_TIME; i++) {
		struct agent_device *device = &table->devices[i];

		if (device->device->ip.family != 0 || device->is_resolving ||
		    device->resolve_at_ms > now_ms)
			continue;
		if (start_lookup(agent, device) != 0)
			return;
	}
}

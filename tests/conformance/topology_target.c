/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings and fleets for programs that run the probe `topology`.
 */
#include "topology_target.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
topology_settings_init(struct topology_settings *settings)
{
	const struct probe_spec *spec = probe_spec(PROBE_TOPOLOGY);
	size_t count = probe_option_count(PROBE_TOPOLOGY);

	memset(settings, 0, sizeof(*settings));
	if (count > TOPOLOGY_OPTIONS_MAX)
		return ERR_TOOBIG;
	for (size_t i = 0; i < count; i++) {
		const struct option_spec *option = option_spec(spec->first_option + i);
		int rc = option_parse(option, option->fallback, &settings->options[i], NULL, 0);

		if (rc != 0)
			return rc;
	}
	settings->settings = (struct probe_settings){.probe = PROBE_TOPOLOGY,
						     .timeout_ms = 500,
						     .retries = 1,
						     .options = settings->options};
	return 0;
}

int
topology_settings_set(struct topology_settings *settings, const char *text)
{
	const char *equals = strchr(text, '=');
	enum option_id option;
	char name[64];

	if (equals == NULL || (size_t)(equals - text) >= sizeof(name))
		return ERR_SYNTAX;
	snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
	if (option_find(PROBE_TOPOLOGY, name, &option) != 0)
		return ERR_NOTFOUND;
	return option_parse(option_spec(option), equals + 1,
			    &settings->options[option - probe_spec(PROBE_TOPOLOGY)->first_option],
			    NULL, 0);
}

struct fleet *
topology_fleet_new(const char *community, uint16_t port, size_t switches)
{
	struct fleet *fleet = fleet_new();
	struct credential *credential;
	char name[32];

	if (fleet == NULL)
		return NULL;
	credential = fleet_alloc(fleet, sizeof(*credential));
	if (credential == NULL)
		goto failed;
	memset(credential, 0, sizeof(*credential));
	fleet->credentials = credential;
	fleet->credential_count = 1;
	credential->name = strdup("read");
	credential->snmp.version = SNMP_V2C;
	credential->snmp.port = port;
	if (credential->name == NULL ||
	    secret_new(&credential->snmp.community, community, strlen(community)) != 0)
		goto failed;
	for (size_t i = 0; i < switches; i++) {
		struct device *device = fleet_add_device(fleet);

		snprintf(name, sizeof(name), "switch-%zu", i);
		if (device == NULL || (device->name = fleet_strdup(fleet, name)) == NULL)
			goto failed;
		device->credentials[USE_SNMP] = 0;
		device->kind = KIND_SWITCH;
	}
	if (fleet_seal(fleet) == 0)
		return fleet;
failed:
	fleet_free(fleet);
	return NULL;
}

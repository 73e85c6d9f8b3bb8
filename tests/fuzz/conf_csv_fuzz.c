/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as the fleet file, beside settings that are right.
 */
#include "keepwatch/conf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char settings[] =
		"fleet: fleet.csv\n"
		"credentials:\n"
		"  - { name: switches, snmp: { version: 2c, community: public } }\n"
		"  - { name: cams, onvif: { username: u, password_file: p } }\n"
		"sites: [ { name: hq }, { name: lab } ]\n"
		"kinds: { door: { probes: [icmp] } }\n";
	const struct conf_text yaml = {"keepwatch.yaml", settings, sizeof(settings) - 1};
	const struct conf_text csv = {"fleet.csv", data, size};
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	int rc = conf_parse(&conf, &yaml, &csv, NULL, CONF_NO_SECRETS, &problems);

	if ((rc == 0) != (conf != NULL) || (rc == 0) != (problems.count == 0))
		abort();
	for (size_t i = 0; conf != NULL && i < conf->fleet->device_count; i++) {
		const struct device *device = &conf->fleet->devices[i];

		/* What conf promises of a device. */
		if (fleet_find(conf->fleet, device->name) != device || device->name[0] == '\0' ||
		    strlen(device->name) > DEVICE_NAME_MAX || device->probe_count == 0 ||
		    device->kind >= KIND_COUNT ||
		    (device->upstream_switch != NULL &&
		     fleet_find(conf->fleet, device->upstream_switch) == NULL))
			abort();
	}
	conf_free(conf);
	conf_problems_fini(&problems);
	return 0;
}

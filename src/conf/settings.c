/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The top level of keepwatch.yaml, its plain sections and the sites.
 */
#include "settings.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { AUDIT_WORD_MAX = 32 };
#define DAY_MS (INT64_C(86400000))

static const struct key poll_keys[] = {
#define POLL(member, type, fallback, low, high, help) \
	KEY(poll_settings, member, #member, type, fallback, low, high, NULL, help)
	POLL(interval, DURATION, "60s", 1000, DAY_MS, "time between two runs of a probe"),
	POLL(timeout, DURATION, "2s", 10, 60000, "wait for one answer"),
	POLL(retries, INT, "2", 0, 10, "further attempts within a run"),
	POLL(down_after, INT, "2", 1, 100, "failed runs in a row until a probe is down"),
	POLL(up_after, INT, "2", 1, 100, "good runs in a row until a probe is up again"),
	POLL(max_in_flight, INT, "1024", 1, 100000, "runs at a time in the whole fleet"),
#undef POLL
};

static void
audit_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	text_list_read(reader, node, "audit", AUDIT_WORD_MAX, target);
}

static const struct key site_keys[] = {
#define SITE(member, type, low, high, help) \
	KEY(site_settings, member, #member, type, NULL, low, high, NULL, help)
	SITE(name, STRING, 1, 128, "the name of the site"),
	SITE(contact, STRING, 1, 255, "whom to call"),
	SITE(uplink, STRING, 1, DEVICE_NAME_MAX, "the router or gateway that connects the site"),
	SITE(max_in_flight, INT, 1, 100000, "runs at a time in this site"),
	SITE(max_rate, INT, 1, 1000000, "runs a second in this site"),
#undef SITE
	{{"audit", OPTION_STRING, NULL, 0, 0, NULL,
	  "what may be tried on the devices of the site: ports, communities"},
	 offsetof(struct site_settings, audit),
	 audit_read},
};

static const struct key retention_keys[] = {
#define KEEP(member, fallback, help) \
	KEY(settings, member, #member, DURATION, fallback, 3600000, 36500 * DAY_MS, NULL, help)
	KEEP(rollup_5m, "30d", "how long 5-minute values are kept"),
	KEEP(rollup_1h, "730d", "how long hourly values are kept"),
	KEEP(events, "730d", "how long events are kept"),
#undef KEEP
};

static const struct key passwords_keys[] = {
	KEY(settings, ledger_key, "ledger_key", STRING, NULL, 1, 4095, NULL,
	    "the file of the key of the password ledger"),
};

static const struct key report_keys[] = {
	KEY(settings, clock_warning, "clock_warning", DURATION, "5s", 0, DAY_MS, NULL,
	    "clock offset that the report lists"),
};

static void
poll_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	table_read(reader, node, "poll", poll_keys, MEM_COUNT(poll_keys), &settings->poll);
}

static void
retention_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	table_read(reader, node, "retention", retention_keys, MEM_COUNT(retention_keys), target);
}

static void
report_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	table_read(reader, node, "report", report_keys, MEM_COUNT(report_keys), target);
}

static void
passwords_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	table_read(reader, node, "passwords", passwords_keys, MEM_COUNT(passwords_keys), target);
}

static void
site_read(struct reader *reader, const yaml_node_t *node, void *arg)
{
	struct settings *settings = arg;
	struct site_settings site = {.at = node_mark(node)};

	if (!table_read(reader, node, "a site", site_keys, MEM_COUNT(site_keys), &site))
		return;
	if (mem_grow(&settings->sites, &settings->site_cap, settings->site_count + 1,
		     sizeof(site)) != 0)
		reader->complaints->out_of_memory = true;
	else
		settings->sites[settings->site_count++] = site;
}

static void
sites_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	list_each(reader, node, "sites", site_read, target);
}

static const struct key top_keys[] = {
#define TEXT(member, fallback, help) \
	KEY(settings, member, #member, STRING, fallback, 1, 4095, NULL, help)
#define SECTION(name, function, help)                                      \
	{                                                                  \
		{name, OPTION_STRING, NULL, 0, 0, NULL, help}, 0, function \
	}
	TEXT(database, "/var/lib/keepwatch/keepwatch.db", "the path of the database"),
	TEXT(fleet, NULL, "the path of the fleet file"),
	TEXT(advisories, "DIR-OF-DATABASE/advisories", "the folder of imported advisories"),
	KEY(settings, socket, "socket", STRING, "/run/keepwatch/control.sock", 1, 4095, NULL,
	    "the path of the control socket"),
	KEY(settings, user, "user", STRING, NULL, 1, 32, NULL, "the user that the agent becomes"),
	KEY(settings, group, "group", STRING, "keepwatch", 1, 32, NULL,
	    "the group that may read the database and use the socket"),
	SECTION("poll", poll_read, "defaults of all probes"),
	SECTION("credentials", credentials_read, "how to log in"),
	SECTION("sites", sites_read, "the sites"),
	SECTION("probes", probes_read, "settings per probe"),
	SECTION("kinds", kinds_read, "settings per kind of device"),
	SECTION("devices", devices_read, "settings per device"),
	SECTION("retention", retention_read, "how long is kept what"),
	SECTION("report", report_read, "what the report lists"),
	SECTION("traps", traps_read, "where SNMP notifications are heard"),
	SECTION("topology", topology_read, "how the topology is learnt"),
	SECTION("policy", policy_read, "what devices and network should be like"),
	SECTION("passwords", passwords_read, "the password ledger"),
	SECTION("diagnosis", diagnosis_read, "how it is worked out what is to blame"),
	SECTION("maintenance", maintenance_read, "announced outages"),
	SECTION("record", record_read, "where evidence is recorded"),
#undef TEXT
#undef SECTION
};

void
settings_read(struct reader *reader, struct settings *settings)
{
	const yaml_node_t *root = tree_root(reader);
	struct mark start = {1, 1};

	if (root == NULL || node_is_null(root)) {
		complain_yaml(reader, start, "empty; expected at least 'fleet: fleet.csv'");
		return;
	}
	table_read(reader, root, "the settings", top_keys, MEM_COUNT(top_keys), settings);
	if (!knob_is_given(&settings->fleet) && root->type == YAML_MAPPING_NODE)
		complain_yaml(reader, node_mark(root),
			      "no key 'fleet'; expected the path of the fleet file, such as "
			      "'fleet: fleet.csv'");
}

void
settings_fini(struct settings *settings)
{
	free(settings->sites);
	free(settings->credentials);
	free(settings->devices);
	strmap_fini(&settings->device_names);
	policy_settings_fini(&settings->policy);
}

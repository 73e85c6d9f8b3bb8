/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way from two files to one configuration, or to all that is wrong with them. A configuration
 * is built beside the running one and handed out complete or not at all.
 */
#include "credentials.h"
#include "file_read.h"
#include "fleet_file.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

/* All that loading needs, until it is done. */
struct loader {
	struct reader reader;
	struct complaints complaints;
	struct settings settings;
	struct secret_reader secrets;
	struct conf *conf;
	char *dir; /* of the settings file; "" if it is the working directory */
	unsigned flags;
	const struct fleet *previous;
};

/* A path of the settings, else the default, resolved; ERR_NOMEM. */
static int
set_path(struct loader *loader, const struct knob *knob, const char *fallback, char **out)
{
	*out = path_resolve(loader->dir, knob->is_set ? knob->text : fallback);
	return *out == NULL ? ERR_NOMEM : 0;
}

/* What lies beside the database unless it is said where. ERR_NOMEM. */
static int
set_beside_database(struct loader *loader)
{
	const struct settings *from = &loader->settings;
	struct conf *conf = loader->conf;
	const char *slash = strrchr(conf->database, '/');
	int dir = slash == NULL ? 0 : (int)(slash + 1 - conf->database);

	if (from->advisories.is_set)
		conf->advisories_dir = path_resolve(loader->dir, from->advisories.text);
	else if (asprintf(&conf->advisories_dir, "%.*sadvisories", dir, conf->database) < 0)
		conf->advisories_dir = NULL;
	if (from->ledger_key.is_set)
		conf->ledger_key_path = path_resolve(loader->dir, from->ledger_key.text);
	else if (asprintf(&conf->ledger_key_path, "%s.key", conf->database) < 0)
		conf->ledger_key_path = NULL;
	return conf->advisories_dir == NULL || conf->ledger_key_path == NULL ? ERR_NOMEM : 0;
}

static int64_t
number_or(const struct knob *knob, int64_t fallback)
{
	return knob->is_set ? knob->number : fallback;
}

static int
build_settings(struct loader *loader)
{
	const struct settings *from = &loader->settings;
	struct conf *conf = loader->conf;
	struct sockaddr_un address;

	if (set_path(loader, &from->database, "/var/lib/keepwatch/keepwatch.db", &conf->database) !=
		    0 ||
	    set_path(loader, &from->fleet, "fleet.csv", &conf->fleet_path) != 0 ||
	    set_path(loader, &from->socket, "/run/keepwatch/control.sock", &conf->socket_path) != 0)
		return ERR_NOMEM;
	if (set_beside_database(loader) != 0)
		return ERR_NOMEM;
	if (strlen(conf->socket_path) >= sizeof(address.sun_path))
		complain_yaml(
			&loader->reader, from->socket.at,
			"socket: a path of %zu bytes; a Unix socket's has at most %zu (unix(7))",
			strlen(conf->socket_path), sizeof(address.sun_path) - 1);
	conf->user = mem_strdup(from->user.text);
	conf->group = strdup(from->group.is_set ? from->group.text : "keepwatch");
	if ((from->user.is_set && conf->user == NULL) || conf->group == NULL)
		return ERR_NOMEM;
	conf->interval_ms = (uint32_t)number_or(&from->poll.interval, 60000);
	conf->timeout_ms = (uint32_t)number_or(&from->poll.timeout, 2000);
	conf->retries = (uint16_t)number_or(&from->poll.retries, 2);
	conf->max_in_flight = (uint32_t)number_or(&from->poll.max_in_flight, CONF_FLEET_IN_FLIGHT);
	conf->down_after = (uint32_t)number_or(&from->poll.down_after, 2);
	conf->up_after = (uint32_t)number_or(&from->poll.up_after, 2);
	conf->keep_5min_ms = number_or(&from->rollup_5m, INT64_C(30) * 86400000);
	conf->keep_hourly_ms = number_or(&from->rollup_1h, INT64_C(730) * 86400000);
	conf->keep_events_ms = number_or(&from->events, INT64_C(730) * 86400000);
	conf->clock_warning_ms = number_or(&from->clock_warning, 5000);
	if (diagnosis_build(&loader->reader, &from->diagnosis, loader->dir, conf) != 0)
		return ERR_NOMEM;
	topology_build(&loader->reader, &from->topology, conf);
	return policy_build(&loader->reader, &loader->settings.policy, conf);
}

/* What may be tried at a site. */
static void
read_audit(struct loader *loader, const struct text_list *list, struct site *site)
{
	for (const struct text_item *item = list->first; item != NULL; item = item->next) {
		const char *text = item->knob.text;

		if (strcmp(text, "ports") == 0)
			site->audit_ports = true;
		else if (strcmp(text, "communities") == 0)
			site->audit_communities = true;
		else
			complain_yaml(&loader->reader, item->knob.at,
				      "audit: %s is not understood; expected ports or communities",
				      quoted(&loader->complaints, text, strlen(text)));
	}
}

static int
build_sites(struct loader *loader)
{
	const struct settings *from = &loader->settings;
	struct fleet *fleet = loader->conf->fleet;
	struct strmap seen = {0};
	int rc = 0;

	if (from->site_count >= SITE_NONE) {
		complain_yaml(&loader->reader, from->sites[0].at, "more than %d sites",
			      SITE_NONE - 1);
		return 0;
	}
	fleet->sites = fleet_alloc(fleet, from->site_count * sizeof(*fleet->sites) + 1);
	if (fleet->sites == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < from->site_count && rc == 0; i++) {
		const struct site_settings *s = &from->sites[i];
		struct site *site = &fleet->sites[fleet->site_count++];
		const struct strmap_entry *first = NULL;

		site->name = fleet_strdup(fleet, s->name.is_set ? s->name.text : "");
		if (s->contact.is_set)
			site->contact = fleet_strdup(fleet, s->contact.text);
		if (s->uplink.is_set)
			site->uplink = fleet_strdup(fleet, s->uplink.text);
		if (site->name == NULL || (s->contact.is_set && site->contact == NULL) ||
		    (s->uplink.is_set && site->uplink == NULL)) {
			rc = ERR_NOMEM;
			break;
		}
		site->max_in_flight = (uint32_t)s->max_in_flight.number;
		site->max_rate = (uint32_t)s->max_rate.number;
		read_audit(loader, &s->audit, site);
		if (s->name.is_set)
			first = strmap_get(&seen, site->name);
		if (!knob_is_given(&s->name))
			complain_yaml(&loader->reader, s->at, "a site without name");
		else if (first != NULL)
			complain_yaml(&loader->reader, s->name.at,
				      "duplicate site %s; first given in line %u",
				      quoted(&loader->complaints, site->name, strlen(site->name)),
				      first->value);
		else if (s->name.is_set)
			rc = strmap_put(&seen, site->name, s->name.at.line);
	}
	strmap_fini(&seen);
	return rc;
}

/* What a set of probes asks for: starts a second, and runs in flight when nothing answers. */
struct demand {
	double rate, dark;
};

static void
add_demand(struct demand *demand, const struct probe_settings *settings)
{
	demand->rate += 1000.0 / settings->interval_ms;
	demand->dark +=
		(double)settings->timeout_ms * (settings->retries + 1) / settings->interval_ms;
}

/* Twice the demand, because what falls silent is retried at once; no less than the usual cap. */
static uint32_t
roomy(double demand, uint32_t usual)
{
	double room = 2 * (demand + 1);

	return room > 1e6 ? 1000000 : room > usual ? (uint32_t)room : usual;
}

/* Caps that were not given: the usual ones, or as much as the devices need in their intervals, also
 * when a whole site falls silent and every run waits for its timeout. Caps that were given and
 * cannot do are mistakes. */
static int
settle_sites(struct loader *loader)
{
	struct fleet *fleet = loader->conf->fleet;
	struct demand *sites = calloc(fleet->site_count + 1, sizeof(*sites));
	struct demand all = {0};

	if (sites == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < fleet->device_count; i++) {
		const struct device *device = &fleet->devices[i];

		for (size_t p = 0; p < device->probe_count; p++) {
			add_demand(&all, device->probes[p]);
			if (device->site != SITE_NONE)
				add_demand(&sites[device->site], device->probes[p]);
		}
	}
	if (!loader->settings.poll.max_in_flight.is_set)
		loader->conf->max_in_flight = roomy(all.dark, CONF_FLEET_IN_FLIGHT);
	for (size_t i = 0; i < fleet->site_count; i++) {
		struct site *site = &fleet->sites[i];
		const struct site_settings *from = &loader->settings.sites[i];

		if (!from->max_rate.is_set)
			site->max_rate = roomy(sites[i].rate, CONF_SITE_RATE);
		else if (sites[i].rate > site->max_rate)
			complain_yaml(&loader->reader, from->max_rate.at,
				      "max_rate: %u runs a second cannot do; the devices of this "
				      "site need %u at their intervals",
				      site->max_rate, (uint32_t)(sites[i].rate + 1));
		if (!from->max_in_flight.is_set)
			site->max_in_flight = roomy(sites[i].dark, CONF_SITE_IN_FLIGHT);
	}
	free(sites);
	return 0;
}

static int
build_fleet(struct loader *loader, const struct conf_text *csv)
{
	struct conf *conf = loader->conf;
	char *data = NULL;
	size_t len = 0;
	int rc = 0;

	if (csv != NULL) {
		loader->complaints.names[CONF_FILE_CSV] = csv->name;
		if (csv->len > CONF_CSV_MAX)
			complain(&loader->complaints, CONF_FILE_CSV, ((struct mark){0, 0}),
				 "larger than %d MiB", CONF_CSV_MAX >> 20);
		else
			rc = fleet_file_read(&loader->reader, &loader->settings, csv->data,
					     csv->len, conf->fleet);
	} else if (!(loader->flags & CONF_NO_FLEET) && loader->settings.fleet.is_set) {
		loader->complaints.names[CONF_FILE_CSV] = conf->fleet_path;
		data = file_read(&loader->complaints, CONF_FILE_CSV, conf->fleet_path, CONF_CSV_MAX,
				 &len);
		if (data != NULL)
			rc = fleet_file_read(&loader->reader, &loader->settings, data, len,
					     conf->fleet);
		free(data);
	}
	return rc;
}

/* Whether the fleet file was, or could not be, read. */
static bool
has_fleet(const struct loader *loader, const struct conf_text *csv)
{
	return csv != NULL || (!(loader->flags & CONF_NO_FLEET) && loader->settings.fleet.is_set);
}

static void
check_uplinks(struct loader *loader)
{
	const struct fleet *fleet = loader->conf->fleet;

	for (size_t i = 0; i < fleet->site_count; i++) {
		const struct knob *uplink = &loader->settings.sites[i].uplink;
		size_t d = 0;

		while (uplink->is_set && d < fleet->device_count &&
		       strcmp(fleet->devices[d].name, uplink->text) != 0)
			d++;
		if (uplink->is_set && d == fleet->device_count)
			complain_yaml(
				&loader->reader, uplink->at,
				"uplink: %s is not in the fleet file; expected a router or gateway",
				quoted(&loader->complaints, uplink->text, strlen(uplink->text)));
	}
}

/* Everything of the configuration, complaints aside. */
static int
build(struct loader *loader, const struct conf_text *csv)
{
	struct conf *conf = loader->conf;
	int rc;

	conf->fleet = fleet_new();
	if (conf->fleet == NULL)
		return ERR_NOMEM;
	rc = build_settings(loader);
	if (rc == 0)
		rc = build_sites(loader);
	if (rc == 0)
		rc = credentials_build(&loader->secrets, &loader->settings, loader->previous,
				       conf->fleet);
	if (rc == 0 && loader->complaints.out_of_memory)
		rc = ERR_NOMEM;
	if (rc == 0)
		rc = traps_build(&loader->reader, &loader->settings.traps, conf);
	if (rc == 0)
		rc = build_fleet(loader, csv);
	if (rc == 0)
		rc = own_passwords_build(&loader->secrets, &loader->settings, loader->previous,
					 conf->fleet);
	if (rc == 0 && has_fleet(loader, csv))
		check_uplinks(loader);
	if (rc == 0)
		rc = maintenance_build(&loader->reader, &loader->settings.diagnosis,
				       has_fleet(loader, csv), conf);
	if (rc == 0 && !complaints_any(&loader->complaints))
		rc = settle_sites(loader);
	if (rc == 0 && !complaints_any(&loader->complaints))
		rc = fleet_seal(conf->fleet);
	return rc;
}

static int
set_names(struct loader *loader, const char *path)
{
	const char *slash = strrchr(path, '/');

	loader->complaints.names[CONF_FILE_YAML] = path;
	loader->complaints.names[CONF_FILE_CSV] = "fleet.csv";
	loader->conf = calloc(1, sizeof(*loader->conf));
	if (loader->conf == NULL)
		return ERR_NOMEM;
	loader->conf->path = strdup(path);
	loader->dir = slash == NULL ? strdup("")
				    : strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return loader->conf->path == NULL || loader->dir == NULL ? ERR_NOMEM : 0;
}

int
conf_parse(struct conf **out, const struct conf_text *yaml, const struct conf_text *csv,
	   const struct conf *previous, unsigned flags, struct conf_problems *problems)
{
	struct loader loader = {
		.flags = flags,
		.previous = previous != NULL ? previous->fleet : NULL,
	};
	int rc, problem;

	complaints_init(&loader.complaints);
	arena_init(&loader.reader.arena);
	loader.reader.complaints = &loader.complaints;
	rc = set_names(&loader, yaml->name);
	loader.secrets =
		(struct secret_reader){.reader = &loader.reader, .dir = loader.dir, .flags = flags};
	if (rc == 0 && yaml->len > CONF_YAML_MAX)
		complain(&loader.complaints, CONF_FILE_YAML, ((struct mark){0, 0}),
			 "larger than %d MiB", CONF_YAML_MAX >> 20);
	else if (rc == 0)
		rc = tree_load(&loader.reader, yaml->data, yaml->len);
	if (rc == 0 && !complaints_any(&loader.complaints)) {
		loader.settings.policy.dir = loader.dir;
		loader.settings.policy.flags = flags;
		settings_read(&loader.reader, &loader.settings);
		rc = loader.complaints.out_of_memory ? ERR_NOMEM : build(&loader, csv);
	}
	if (rc == 0 || rc == ERR_SYNTAX) {
		problem = complaints_finish(&loader.complaints, problems);
		rc = problem != 0 ? problem : rc;
	}
	if (rc == 0) {
		*out = loader.conf;
		loader.conf = NULL;
	}
	conf_free(loader.conf);
	free(loader.dir);
	secret_reader_fini(&loader.secrets);
	settings_fini(&loader.settings);
	tree_fini(&loader.reader);
	arena_fini_wiped(&loader.reader.arena);
	complaints_fini(&loader.complaints);
	return rc;
}

int
conf_load_with(struct conf **out, const char *path, const struct conf *previous, unsigned flags,
	       struct conf_problems *problems)
{
	struct complaints complaints;
	struct conf_text yaml = {.name = path};
	char *data;
	int rc;

	complaints_init(&complaints);
	complaints.names[CONF_FILE_YAML] = path;
	data = file_read(&complaints, CONF_FILE_YAML, path, CONF_YAML_MAX, &yaml.len);
	yaml.data = data;
	if (data != NULL)
		rc = conf_parse(out, &yaml, NULL, previous, flags, problems);
	else
		rc = complaints_finish(&complaints, problems);
	complaints_fini(&complaints);
	if (data != NULL)
		secret_wipe(data, yaml.len);
	free(data);
	return rc;
}

int
conf_load(struct conf **out, const char *path, const struct conf *previous,
	  struct conf_problems *problems)
{
	return conf_load_with(out, path, previous, 0, problems);
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	free(conf->path);
	free(conf->database);
	free(conf->fleet_path);
	free(conf->advisories_dir);
	free(conf->ledger_key_path);
	policy_free(conf->audit);
	free(conf->socket_path);
	free(conf->user);
	free(conf->group);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		free(conf->vlans[kind]);
	trap_settings_fini(&conf->traps);
	diagnosis_fini(&conf->diagnosis);
	fleet_free(conf->fleet);
	free(conf);
}

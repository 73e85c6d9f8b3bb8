/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Finds the device of a one-shot probe: in the fleet by name or address, or just an address.
 */
#include "probe_plan.h"

#include "keepwatch/err.h"
#include "keepwatch/near.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * A configuration that was named must be right. The default one is used if it can be, so that an
 * address can be probed by whoever may not read its secrets.
 */
static int
load_conf(struct probe_plan *plan, const struct cli *cli, bool is_address)
{
	const char *path = cli_config_path(cli);
	bool was_named = args_has(&cli->args, ARG_CONFIG) || getenv("KEEPWATCH_CONFIG") != NULL ||
			 args_has(&cli->args, ARG_CREDENTIAL);
	struct conf_problems problems = {0};
	int rc;

	if (!was_named && access(path, F_OK) != 0)
		return 0;
	rc = conf_load(&plan->conf, path, NULL, &problems);
	if (rc != 0) {
		plan->conf = NULL;
		if (!was_named && is_address) {
			cli_complain(cli,
				     "note: %s cannot be used (keepwatchd -n says why); going "
				     "on without",
				     path);
			rc = 0;
		} else {
			cli_complain(cli, "the configuration cannot be used:");
			conf_problems_print(&problems, stderr);
			rc = CLI_UNREADABLE;
		}
	}
	conf_problems_fini(&problems);
	return rc;
}

static const struct device *
find_in_fleet(const struct fleet *fleet, const char *name, const struct ipaddr *ip)
{
	const struct device *device = fleet_find(fleet, name);

	for (size_t i = 0; device == NULL && i < fleet->device_count; i++) {
		const struct device *other = &fleet->devices[i];

		if (strcmp(other->address, name) == 0 ||
		    (ip->family != 0 && ipaddr_equal(&other->ip, ip)))
			device = other;
	}
	return device;
}

/* First address of a name; the words of the resolver in *why. */
static int
resolve(const char *name, struct ipaddr *out, const char **why)
{
	struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *answer = NULL;
	int status = getaddrinfo(name, NULL, &hints, &answer);
	int rc = ERR_NOTFOUND;

	*why = status != 0 ? gai_strerror(status) : "it has no IPv4 or IPv6 address";
	for (struct addrinfo *ai = answer; ai != NULL && rc != 0; ai = ai->ai_next)
		rc = ipaddr_from_sockaddr(ai->ai_addr, out, NULL);
	if (answer != NULL)
		freeaddrinfo(answer);
	return rc;
}

static int
complain_unknown(const struct probe_plan *plan, const struct cli *cli, const char *name,
		 const char *why)
{
	struct near_best best;

	near_init(&best, name);
	for (size_t i = 0; plan->conf != NULL && i < plan->conf->fleet->device_count; i++)
		near_try(&best, plan->conf->fleet->devices[i].name);
	cli_complain(cli, "'%s' is %s, and no host name either: %s%s%s%s", name,
		     plan->conf != NULL ? "no device of the fleet" : "no address", why,
		     best.name != NULL ? "; did you mean " : "", best.name != NULL ? best.name : "",
		     best.name != NULL ? "?" : "");
	return CLI_NO_DEVICE;
}

/* An address alone: what the command line says it is. */
static int
make_bare(struct probe_plan *plan, const struct cli *cli, const char *name)
{
	const char *kind = args_value(&cli->args, ARG_PROBE_KIND);

	plan->device = (struct device){
		.name = name,
		.address = name,
		.ip = plan->ip,
		.kind = KIND_OTHER,
		.site = SITE_NONE,
		.owner = "",
		.credentials = {CREDENTIAL_NONE, CREDENTIAL_NONE, CREDENTIAL_NONE},
	};
	if (kind != NULL && kind_parse(kind, &plan->device.kind) != 0)
		return cli_usage(
			cli,
			"--kind %s: expected camera, door, nvr, intercom, encoder, switch, "
			"router, ups, server or other",
			kind);
	return 0;
}

int
probe_plan_make(struct probe_plan *plan, const struct cli *cli, const char *name)
{
	const struct device *found = NULL;
	const char *why = "";
	bool is_address;
	int rc;

	memset(plan, 0, sizeof(*plan));
	plan->site = "";
	is_address = ipaddr_parse(name, &plan->ip) == 0;
	rc = load_conf(plan, cli, is_address);
	if (rc != 0)
		return rc;
	if (plan->conf != NULL)
		found = find_in_fleet(plan->conf->fleet, name, &plan->ip);
	if (found != NULL) {
		plan->device = *found;
		plan->site = device_site_name(plan->conf->fleet, found);
		plan->ip = found->ip;
		if (found->ip.family == 0 && resolve(found->address, &plan->ip, &why) != 0) {
			cli_complain(cli, "%s: its address %s cannot be resolved: %s", found->name,
				     found->address, why);
			return CLI_BAD_NEWS;
		}
	} else {
		if (!is_address && resolve(name, &plan->ip, &why) != 0)
			return complain_unknown(plan, cli, name, why);
		rc = make_bare(plan, cli, name);
	}
	if (rc == 0)
		rc = probe_plan_credentials(plan, cli);
	if (rc == 0)
		rc = probe_plan_settings(plan, cli);
	return rc;
}

void
probe_plan_fini(struct probe_plan *plan)
{
	/* Its credentials are on loan from the configuration and from `given`. */
	if (plan->fleet != NULL)
		plan->fleet->credential_count = 0;
	fleet_free(plan->fleet);
	credential_fini(&plan->given);
	conf_free(plan->conf);
}

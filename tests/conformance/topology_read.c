/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads switches through the probe `topology`, over the wire, and writes what it brings home as
 * lines of fields, for topology.py to judge:
 *   topology_read [-v] [-j N] [-t MS] [-o OPTION=VALUE]... PORT FOLDER COMMUNITY...
 * The agents are at 127.0.0.1:PORT, each under its community; FOLDER gets a file for each. N
 * processes share the work (default 8); -t is the timeout of one request; -v tells what goes on.
 */
#include "topology_place.h"
#include "topology_target.h"

#include "keepwatch/probe_once.h"
#include "keepwatch/switch_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS_MAX = 64 };

struct reading {
	struct topology_settings settings;
	struct ipaddr ip;
	uint16_t port;
	const char *folder;
	bool is_verbose;
};

/* Nothing that is written may break a line or a field. */
static void
put_text(FILE *out, const char *text)
{
	putc('\t', out);
	for (; *text != '\0'; text++)
		putc((unsigned char)*text < ' ' ? '?' : *text, out);
}

static void
put_mac(FILE *out, mac_addr mac)
{
	char text[MAC_TEXT_SIZE];

	put_text(out, mac == MAC_NONE ? "" : mac_format(mac, text));
}

static void
put_ports(FILE *out, const struct switch_view *view)
{
	for (size_t i = 0; i < view->port_count; i++) {
		const struct view_port *port = &view->ports[i];

		fprintf(out, "port\t%u", port->if_index);
		put_text(out, port->name);
		put_text(out, port->descr);
		put_text(out, port->alias);
		fprintf(out, "\t%u\t%u\t%u\t%" PRIu64, port->type, port->admin, port->oper,
			port->speed_mbps);
		put_mac(out, port->mac);
		fprintf(out, "\t%u\t%d\t%u\t%u\t%u\t", port->lag, port->is_aggregate,
			port->base_port, port->pvid, port->duplex);
		fprintf(out, "%s\t%d\t%u\t%u\t%d\t%d\n", view_poe_status_name(port->poe.status),
			port->poe.power_class, port->poe.mw, port->poe.denied,
			port->poe.is_overload, port->poe.is_enabled);
		for (uint32_t v = 0; v < port->vlan_count; v++) {
			const struct view_vlan_member *member =
				&view->vlan_members[port->vlan_first + v];

			fprintf(out, "vlan\t%u\t%u\t%d\n", port->if_index, member->vlan,
				member->is_untagged);
		}
	}
}

static void
put_neighbours(FILE *out, const struct switch_view *view)
{
	char text[IPADDR_TEXT_SIZE];

	for (size_t i = 0; i < view->neighbour_count; i++) {
		const struct view_neighbour *neighbour = &view->neighbours[i];

		fprintf(out, "neighbour\t%u\t%s\t%u\t%u\t%u", neighbour->if_index,
			view_protocol_name(neighbour->protocol), neighbour->chassis_subtype,
			neighbour->port_subtype, neighbour->caps);
		put_mac(out, neighbour->chassis_mac);
		put_mac(out, neighbour->port_mac);
		put_text(out, neighbour->address.family == 0
				      ? ""
				      : ipaddr_format(&neighbour->address, text, sizeof(text)));
		put_text(out, neighbour->local_port);
		put_text(out, neighbour->chassis_id);
		put_text(out, neighbour->port_id);
		put_text(out, neighbour->port_descr);
		put_text(out, neighbour->sys_name);
		put_text(out, neighbour->platform);
		put_text(out, neighbour->sys_descr);
		putc('\n', out);
	}
}

static void
put_view(FILE *out, const struct switch_view *view)
{
	char text[IPADDR_TEXT_SIZE];

	for (size_t part = 0; part < VIEW_PART_COUNT; part++)
		fprintf(out, "trust\t%s\t%d\n", view_part_name((enum view_part)part),
			(int)view->trust[part]);
	fprintf(out, "system");
	put_text(out, view->sys_name);
	put_text(out, view->object_id);
	put_mac(out, view->bridge_mac);
	put_mac(out, view->chassis_mac);
	fprintf(out, "\t%u\t%016" PRIx64 "\t%u\n", view->uptime_cs, view->stp_root,
		view->stp_root_if);
	put_ports(out, view);
	put_neighbours(out, view);
	for (size_t i = 0; i < view->fdb_count; i++) {
		fprintf(out, "fdb");
		put_mac(out, view->fdb[i].mac);
		fprintf(out, "\t%u\t%u\t%u\n", view->fdb[i].if_index, view->fdb[i].vlan,
			view->fdb[i].status);
	}
	for (size_t i = 0; i < view->arp_count; i++) {
		fprintf(out, "arp\t%s", ipaddr_format(&view->arp[i].ip, text, sizeof(text)));
		put_mac(out, view->arp[i].mac);
		fprintf(out, "\t%u\n", view->arp[i].if_index);
	}
	for (size_t i = 0; i < view->pse_count; i++)
		fprintf(out, "pse\t%u\t%u\t%u\t%u\n", view->pses[i].group, view->pses[i].status,
			view->pses[i].power_mw, view->pses[i].used_mw);
	for (size_t i = 0; i < view->entity_count; i++) {
		fprintf(out, "entity\t%u\t%u", view->entities[i].index,
			view->entities[i].entity_class);
		put_text(out, view->entities[i].name);
		put_text(out, view->entities[i].serial);
		putc('\n', out);
	}
}

static uint64_t
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* The file appears under its name when it is complete. */
static int
read_one(const struct reading *reading, struct probe_once *once, const char *community)
{
	struct fleet *fleet = topology_fleet_new(community, reading->port, 1);
	struct probe_result result;
	char path[4096], torn[4096];
	FILE *out = NULL;
	uint64_t before;
	int rc = -1;

	if (fleet == NULL)
		return -1;
	snprintf(torn, sizeof(torn), "%s/%s.torn", reading->folder, community);
	snprintf(path, sizeof(path), "%s/%s.view", reading->folder, community);
	before = cpu_us();
	if (probe_once_run(once, fleet, &fleet->devices[0], &reading->settings.settings,
			   &reading->ip, &result) != 0)
		goto out;
	before = cpu_us() - before;
	out = fopen(torn, "w");
	if (out == NULL)
		goto ended;
	fprintf(out, "result\t%s\t%s\t%u\t%u\t%u\t%" PRIu64 "\t%u", outcome_name(result.outcome),
		reason_name(result.reason), result.took_ms, result.sent, result.lost, before,
		probe_run_budget_ms(&reading->settings.settings));
	put_text(out, result.detail);
	putc('\n', out);
	for (size_t i = 0; i < result.facts.count; i++) {
		fprintf(out, "fact\t%d", (int)result.facts.items[i].key);
		put_text(out, result.facts.items[i].instance);
		put_text(out, result.facts.items[i].value);
		putc('\n', out);
	}
	if (result.view != NULL) {
		put_view(out, result.view);
		if (topology_place(out, result.view) != 0)
			goto torn;
	}
	rc = fclose(out) == 0 && rename(torn, path) == 0 ? 0 : -1;
	goto ended;
torn:
	fclose(out);
ended:
	result_fini(&result);
out:
	fleet_free(fleet);
	return rc;
}

static void
trace(void *arg, const char *line)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static int
work(const struct reading *reading, char **communities, size_t count, size_t first, size_t step)
{
	struct probe_once *once;
	int rc = 0;

	if (probe_once_open(&once, reading->is_verbose ? trace : NULL, NULL) != 0)
		return 1;
	for (size_t i = first; i < count && rc == 0; i += step)
		rc = read_one(reading, once, communities[i]);
	probe_once_close(once);
	return rc == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	size_t workers = 8;
	pid_t pids[WORKERS_MAX];
	int option, status, failed = 0;

	if (reading == NULL || topology_settings_init(&reading->settings) != 0 ||
	    ipaddr_parse("127.0.0.1", &reading->ip) != 0)
		return 2;
	while ((option = getopt(argc, argv, "vj:t:o:")) != -1) {
		if (option == 'v')
			reading->is_verbose = true;
		else if (option == 'j')
			workers = strtoul(optarg, NULL, 10);
		else if (option == 't')
			reading->settings.settings.timeout_ms = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option != 'o' || topology_settings_set(&reading->settings, optarg) != 0)
			return 2;
	}
	if (argc - optind < 3 || workers == 0 || workers > WORKERS_MAX)
		return 2;
	reading->port = (uint16_t)strtoul(argv[optind], NULL, 10);
	reading->folder = argv[optind + 1];
	argv += optind + 2;
	for (size_t i = 0; i < workers; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(work(reading, argv, (size_t)(argc - optind - 2), i, workers));
		failed |= pids[i] < 0;
	}
	for (size_t i = 0; i < workers; i++)
		failed |= pids[i] < 0 || waitpid(pids[i], &status, 0) < 0 || status != 0;
	free(reading);
	return failed;
}

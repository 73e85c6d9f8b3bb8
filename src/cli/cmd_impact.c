/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch impact SWITCH[:PORT]: finds what is meant, reads the links and works out what goes
 * dark.
 */
#include "impact.h"

#include "select.h"

#include "keepwatch/conf.h"
#include "keepwatch/err.h"
#include "keepwatch/port_name.h"

#include <stdlib.h>
#include <string.h>

/* What was written, taken apart. */
struct wanted {
	struct reader_device_list found; /* one */
	const char *port;		 /* NULL: the whole switch */
};

/*
 * The whole may be the name of a switch; else what stands before a colon is, the last colon first:
 * names and ports may both have some.
 */
static int
find_target(const struct cli *cli, const char *text, struct wanted *wanted)
{
	size_t len = strlen(text);
	char *name = mem_strdup(text);
	int rc = name == NULL ? ERR_NOMEM : reader_find(cli->reader, name, &wanted->found);

	while (rc == ERR_NOTFOUND) {
		while (len > 0 && text[len - 1] != ':')
			len--;
		if (len <= 1)
			break;
		name[--len] = '\0';
		wanted->port = text + len + 1;
		rc = reader_find(cli->reader, name, &wanted->found);
	}
	if (rc == ERR_NOTFOUND || rc == ERR_EXISTS) {
		/* In the words of the other commands: what stands before the first colon, if any.
		 */
		reader_device_list_fini(&wanted->found);
		if (rc == ERR_NOTFOUND)
			name[strcspn(name, ":")] = '\0';
		rc = select_device(cli, name, &wanted->found);
	} else if (rc == ERR_NOMEM) {
		cli_complain(cli, "%s", err_text(rc));
		rc = CLI_UNREADABLE;
	} else if (rc != 0) {
		rc = cli_reader_failed(cli, rc);
	}
	free(name);
	return rc;
}

/* A port of a switch whose tables were not read, but on which something is told to hang. */
static const struct topo_port *
find_told_port(struct impact_show *show, const char *text)
{
	for (size_t i = 0; i < show->links.count; i++) {
		const struct topo_link *link = &show->links.items[i].link;

		if (link->parent != show->target->id || !port_name_same(link->port, text))
			continue;
		show->told.if_index = link->if_index;
		memcpy(show->told.name, link->port, sizeof(show->told.name));
		return &show->told;
	}
	return NULL;
}

/* The port that is meant, among those of the switch. 0 or an exit code after complaining. */
static int
find_port(const struct cli *cli, struct impact_show *show, const char *text,
	  const struct topo_port **out)
{
	const char *name = show->target->name;
	struct port_choice choice;

	*out = NULL;
	if (text == NULL)
		return 0;
	port_choose(&show->ports, text, &choice);
	if (choice.port == NULL)
		choice.port = find_told_port(show, text);
	if (choice.port == NULL && show->ports.count == 0) {
		cli_complain(cli, "no port '%s' of %s is known; its tables were not read yet", text,
			     name);
		return CLI_NO_DEVICE;
	}
	if (choice.other != NULL) {
		cli_complain(cli, "'%s' may be %s or %s of %s; name one of them", text,
			     choice.port->name, choice.other->name, name);
		return CLI_NO_DEVICE;
	}
	if (choice.port == NULL && choice.near != NULL)
		cli_complain(cli, "%s has no port '%s'; did you mean %s?", name, text, choice.near);
	else if (choice.port == NULL)
		cli_complain(cli, "%s has no port '%s' among %zu; 'keepwatch show %s' lists them",
			     name, text, show->ports.count, name);
	*out = choice.port;
	return choice.port != NULL ? 0 : CLI_NO_DEVICE;
}

const char *
impact_contact(const struct impact_show *show, const char *site)
{
	if (show->conf == NULL)
		return "";
	for (size_t i = 0; i < show->conf->fleet->site_count; i++) {
		const struct site *known = &show->conf->fleet->sites[i];

		if (strcmp(known->name, site) == 0)
			return known->contact != NULL ? known->contact : "";
	}
	return "";
}

static int
read_impact(struct cli *cli, const struct wanted *wanted, struct impact_show *show)
{
	static const struct arg_values none;
	struct selection all = {.cli = cli, .sites = &none, .owners = &none};
	struct reader_filter filter = READER_FILTER_ANY;
	const struct topo_port *port;
	size_t place;
	int rc;

	show->target = &wanted->found.items[0];
	rc = selection_read_all(&all, &show->devices);
	if (rc != 0)
		return rc;
	rc = reader_links(cli->reader, &filter, &show->links);
	filter.device = show->target->id;
	filter.with_removed = true;
	if (rc == 0)
		rc = reader_ports(cli->reader, &filter, &show->ports);
	if (rc != 0)
		return cli_reader_failed(cli, rc);
	rc = find_port(cli, show, wanted->port, &port);
	if (rc != 0)
		return rc;
	rc = topo_tree_build(&show->tree, &show->devices, &show->links, false);
	place = rc == 0 ? topo_tree_find(&show->tree, show->target->id) : TREE_NONE;
	if (rc == 0 && place == TREE_NONE)
		rc = ERR_NOTFOUND;
	if (rc == 0)
		rc = impact_compute(&show->impact, &show->tree, place, &show->ports, port);
	if (rc != 0) {
		cli_complain(cli, "%s", err_text(rc));
		return CLI_UNREADABLE;
	}
	show->conf = cli->conf;
	return 0;
}

int
cmd_impact_run(struct cli *cli)
{
	struct impact_show show = {0};
	struct wanted wanted = {0};
	int rc = cli_open_store(cli);

	if (rc == 0)
		rc = find_target(cli, cli->args.operands.items[0], &wanted);
	if (rc == 0)
		rc = read_impact(cli, &wanted, &show);
	if (rc == 0) {
		if (cli->format == SHEET_JSON)
			impact_write_json(cli, &show);
		else if (cli->format == SHEET_CSV)
			impact_write_csv(cli, &show);
		else
			impact_write_screen(cli, &show);
	}
	impact_fini(&show.impact);
	topo_tree_fini(&show.tree);
	reader_port_list_fini(&show.ports);
	reader_link_list_fini(&show.links);
	reader_device_list_fini(&show.devices);
	reader_device_list_fini(&wanted.found);
	return rc;
}

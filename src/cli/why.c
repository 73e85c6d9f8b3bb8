/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gathers an incident: by its number, or the one that has a device now or had it last.
 */
#include "why.h"

#include "incident_sheet.h"
#include "select.h"

#include "keepwatch/err.h"

#include <string.h>

/* The newest open one that has the device; else the newest that had it. */
static int
choose_incident(struct cli *cli, struct why *why)
{
	struct reader_incident_query query = READER_INCIDENTS_ALL;
	int rc;

	query.devices.device = why->asked.items[0].id;
	query.devices.with_removed = true;
	query.only_open = true;
	rc = reader_incidents(cli->reader, &query, &why->incidents);
	if (rc == 0 && why->incidents.count == 0) {
		query.only_open = false;
		query.limit = 1;
		rc = reader_incidents(cli->reader, &query, &why->incidents);
	}
	if (rc == 0 && why->incidents.count > 0) {
		why->incident = &why->incidents.items[0];
		why->others = why->incidents.count - 1;
	}
	return rc;
}

static int
read_incident(struct cli *cli, struct why *why)
{
	uint32_t id = why->incident->id;
	int rc = reader_incident_devices(cli->reader, id, &why->devices);

	if (rc == 0)
		rc = reader_incident_alts(cli->reader, id, &why->alts);
	if (rc == 0)
		rc = reader_incident_steps(cli->reader, id, &why->steps);
	if (rc == 0)
		rc = reader_incident_lines(cli->reader, id, 0, INCIDENT_EVIDENCE, &why->evidence);
	if (rc == 0)
		rc = reader_incident_lines(cli->reader, id, 0, INCIDENT_DECIDERS, &why->deciders);
	for (size_t i = 0; i < why->devices.count && rc == 0; i++) {
		if (why->devices.items[i].left_ms == 0)
			why->kinds[why->devices.items[i].kind]++;
	}
	return rc == 0 ? why_place_read(why) : rc;
}

int
why_read(struct cli *cli, const char *text, struct why *why)
{
	uint32_t id = 0;
	bool is_number = incident_parse_id(text, &id);
	int rc = ERR_NOTFOUND;

	*why = (struct why){.cli = cli};
	if (is_number)
		rc = reader_incident(cli->reader, id, &why->incidents);
	if (rc == 0) {
		why->incident = &why->incidents.items[0];
	} else if (rc == ERR_NOTFOUND) {
		/* A device may be called by a number, too. */
		if (is_number && reader_find(cli->reader, text, &why->asked) != 0) {
			reader_device_list_fini(&why->asked);
			cli_complain(cli, "no incident %u; 'keepwatch incidents --all' lists them",
				     id);
			return CLI_NO_DEVICE;
		}
		rc = why->asked.count > 0 ? 0 : select_device(cli, text, &why->asked);
		if (rc != 0)
			return rc;
		rc = choose_incident(cli, why);
	}
	if (rc == 0 && why->incident != NULL)
		rc = read_incident(cli, why);
	if (rc == ERR_NOMEM) {
		cli_complain(cli, "%s", err_text(rc));
		return CLI_UNREADABLE;
	}
	return rc != 0 ? cli_reader_failed(cli, rc) : 0;
}

void
why_fini(struct why *why)
{
	why_place_fini(&why->place);
	reader_device_list_fini(&why->asked);
	reader_incident_list_fini(&why->incidents);
	reader_incident_device_list_fini(&why->devices);
	reader_incident_alt_list_fini(&why->alts);
	reader_incident_step_list_fini(&why->steps);
	evidence_line_list_fini(&why->evidence);
	evidence_line_list_fini(&why->deciders);
}

int
why_run(struct cli *cli, const char *text)
{
	struct why why = {0};
	struct sheet sheet;
	int rc = cli_open_store(cli);

	if (rc == 0)
		rc = why_read(cli, text, &why);
	if (rc == 0) {
		if (cli->format == SHEET_JSON) {
			why_write_json(cli, &why);
		} else if (cli->format == SHEET_CSV) {
			sheet_init(&sheet, why_outage_columns, why_outage_column_count);
			why_fill_outages(&why, &sheet, false);
			cli_put_csv(cli, &sheet);
		} else {
			why_write_screen(cli, &why, args_has(&cli->args, ARG_WHY_ALL));
		}
	}
	why_fini(&why);
	return rc;
}

int
cmd_why_run(struct cli *cli)
{
	return why_run(cli, cli->args.operands.items[0]);
}

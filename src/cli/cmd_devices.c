/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch devices: the devices, one a line, or as a tree.
 */
#include "cli.h"
#include "device_sheet.h"
#include "select.h"

#include "keepwatch/err.h"

int
cmd_devices_run(struct cli *cli)
{
	struct reader_device_list devices = {0};
	struct selection selection;
	struct sheet sheet;
	size_t limit;
	int rc;

	if (cli_asked_columns(cli, device_columns, device_column_count))
		return CLI_OK;
	sheet_init(&sheet, device_columns, device_column_count);
	if (args_has(&cli->args, ARG_TREE) && args_has(&cli->args, ARG_SORT)) {
		rc = cli_usage(cli, "--tree has an order of its own; leave out --sort");
		goto out;
	}
	rc = cli_limit(cli, 0, &limit);
	if (rc == 0)
		rc = selection_init(&selection, cli, true);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0)
		rc = selection_read(&selection, &devices);
	if (rc == 0)
		rc = device_sheet_fill(cli, &sheet, &devices);
	if (rc != 0)
		goto out;
	if (args_has(&cli->args, ARG_TREE) && device_sheet_plant(&sheet, &devices) != 0)
		sheet.error = ERR_NOMEM;
	sheet.limit = limit;
	rc = cli_write_sheet(cli, &sheet, "devices");
out:
	sheet_fini(&sheet);
	reader_device_list_fini(&devices);
	return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch password status: how old passwords are at least and at most, how that is known, and
 * what policy allows.
 */
#include "password.h"
#include "password_sheet.h"
#include "select.h"

#include "keepwatch/err.h"

#include <stdlib.h>

/* Those of the devices that are meant. */
static int
fill(const struct selection *selection, const struct reader_ledger_list *ledger,
     struct sheet *sheet)
{
	struct reader_device_list devices = {0};
	struct id_place *ids = NULL;
	int rc = selection_read(selection, &devices);

	if (rc == 0)
		ids = ids_sort(&devices);
	if (rc == 0 && ids == NULL) {
		cli_complain(selection->cli, "%s", err_text(ERR_NOMEM));
		rc = CLI_UNREADABLE;
	}
	for (size_t i = 0; i < ledger->count && rc == 0; i++) {
		if (ids_find(ids, devices.count, ledger->items[i].entry.device) != SIZE_MAX)
			password_age_sheet_add(selection->cli, sheet, &ledger->items[i]);
	}
	if (rc == 0)
		selection_remark(selection, &devices);
	free(ids);
	reader_device_list_fini(&devices);
	return rc;
}

int
password_status_run(struct cli *cli)
{
	struct reader_ledger_list ledger = {0};
	struct selection selection;
	struct sheet sheet;
	int rc;

	if (cli_asked_columns(cli, password_age_columns, password_age_column_count))
		return CLI_OK;
	sheet_init(&sheet, password_age_columns, password_age_column_count);
	rc = selection_init(&selection, cli, true);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0 && (rc = reader_ledger(cli->reader, NULL, &ledger)) != 0)
		rc = cli_reader_failed(cli, rc);
	if (rc == 0)
		rc = fill(&selection, &ledger, &sheet);
	if (rc == 0)
		rc = cli_write_sheet(cli, &sheet, "credentials-age");
	sheet_fini(&sheet);
	reader_ledger_list_fini(&ledger);
	return rc;
}

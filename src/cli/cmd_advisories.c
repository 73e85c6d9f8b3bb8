/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch advisories import|list: what is known to be vulnerable, from files that people brought.
 */
#include "advisories.h"

#include "keepwatch/advisory_files.h"
#include "keepwatch/conf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As the agent finds it: `advisories:`, else a folder beside the database. The caller frees. */
static int
find_folder(struct cli *cli, char **out)
{
	const char *database = args_value(&cli->args, ARG_DATABASE);
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	int rc = 0;

	if (database != NULL && !args_has(&cli->args, ARG_CONFIG)) {
		const char *slash = strrchr(database, '/');
		int len = slash != NULL ? (int)(slash - database) + 1 : 0;

		return asprintf(out, "%.*sadvisories", len, database) < 0 ? CLI_UNREADABLE : 0;
	}
	if (conf_load_with(&conf, cli_config_path(cli), NULL, CONF_NO_SECRETS | CONF_NO_FLEET,
			   &problems) != 0) {
		cli_complain(cli,
			     "the configuration cannot be used, so the folder of advisories is "
			     "not known%s",
			     problems.count > 0 ? ":" : "");
		conf_problems_print(&problems, stderr);
		fputs("Name the configuration with -c FILE, or the database with --database "
		      "FILE.\n",
		      stderr);
		rc = CLI_UNREADABLE;
	} else {
		*out = mem_strdup(conf->advisories_dir);
		rc = *out != NULL ? 0 : CLI_UNREADABLE;
	}
	conf_problems_fini(&problems);
	conf_free(conf);
	return rc;
}

int
advisories_load(struct cli *cli, const char *folder, struct advisory_set **out)
{
	struct advisory_loading loading = {0};
	char problem[4300] = "";
	int rc = advisory_set_new(&loading.set);

	if (rc == 0)
		rc = advisory_files_read(folder, advisory_take_line, &loading, problem,
					 sizeof(problem));
	if (rc != 0) {
		cli_complain(cli, "%s", problem[0] != '\0' ? problem : err_text(rc));
		advisory_set_free(loading.set);
		return CLI_UNREADABLE;
	}
	if (loading.bad > 0)
		cli_complain(cli, "%s: %zu lines are no advisories; they are left out", folder,
			     loading.bad);
	*out = loading.set;
	return 0;
}

int
cmd_advisories_run(struct cli *cli)
{
	const char *what = cli->args.operands.items[0];
	bool is_import = strcmp(what, "import") == 0;
	char *folder = NULL;
	int rc;

	if (!is_import && strcmp(what, "list") != 0)
		return cli_usage(cli, "'%s': expected import or list", what);
	if (is_import && cli->args.operands.count < 2)
		return cli_usage(cli, "no FILE to import");
	if (is_import && (args_has(&cli->args, ARG_EXPLOITED) || args_has(&cli->args, ARG_VENDOR) ||
			  args_has(&cli->args, ARG_COLUMNS) || args_has(&cli->args, ARG_SORT) ||
			  args_has(&cli->args, ARG_LIMIT) || cli->format != SHEET_TABLE))
		return cli_usage(cli, "--exploited, --vendor, --columns, --sort, --limit and "
				      "--format are for 'advisories list'");
	if (!is_import && args_has(&cli->args, ARG_ADVISORIES_ALL))
		return cli_usage(cli, "--all is for 'advisories import'");
	rc = find_folder(cli, &folder);
	if (rc == 0)
		rc = is_import ? advisories_import(cli, folder) : advisories_list(cli, folder);
	free(folder);
	return rc;
}

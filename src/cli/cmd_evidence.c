/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch evidence INCIDENT -o DIR: the pack that IT asks for.
 */
#include "dossier.h"
#include "incident_sheet.h"
#include "pack.h"

#include "keepwatch/err.h"

#include <string.h>

/* What was wrong with the directory, in words that say what to do. */
static int
complain_pack(const struct cli *cli, const char *path, int rc)
{
	switch (rc) {
	case ERR_EXISTS:
		cli_complain(cli, "%s is not empty; name a directory that is not there yet", path);
		break;
	case ERR_INVAL:
		cli_complain(cli,
			     "%s is no directory, or a symbolic link to one; name a directory that "
			     "is not there yet",
			     path);
		break;
	case ERR_NOTFOUND:
		cli_complain(cli, "%s: there is no folder to make it in", path);
		break;
	case ERR_FULL:
		cli_complain(cli, "%s: no space left; nothing was left behind", path);
		break;
	default:
		cli_complain(cli, "%s: %s; nothing was left behind", path, err_text(rc));
		break;
	}
	return CLI_UNREADABLE;
}

static int
write_pack(struct cli *cli, const struct why *why, const char *path)
{
	struct dossier dossier = {0};
	struct pack *pack = NULL;
	int rc = pack_open(&pack, path);

	if (rc == 0)
		rc = dossier_init(&dossier, cli, why, pack);
	if (rc == 0)
		rc = dossier_write(&dossier);
	if (rc == 0)
		rc = pack_commit(pack);
	if (rc != 0)
		rc = complain_pack(cli, path, rc);
	else
		out_printf(cli->out, "incident %u: evidence is in %s; begin with summary.txt\n",
			   why->incident->id, path);
	dossier_fini(&dossier);
	pack_close(pack);
	return rc;
}

int
cmd_evidence_run(struct cli *cli)
{
	const char *text = cli->args.operands.items[0];
	const char *path = args_value(&cli->args, ARG_PACK);
	struct why why = {0};
	uint32_t id;
	int rc = 0;

	if (path == NULL)
		return cli_usage(cli, "-o DIR is missing: the directory to make");
	if (!incident_parse_id(text, &id))
		return cli_usage(cli,
				 "'%s' is no number of an incident; 'keepwatch incidents' lists "
				 "them, 'keepwatch why DEVICE' says which one has a device",
				 text);
	rc = cli_open_store(cli);
	if (rc == 0)
		rc = why_read(cli, text, &why);
	if (rc == 0 && why.incident == NULL) {
		cli_complain(cli, "no incident %u; 'keepwatch incidents --all' lists them", id);
		rc = CLI_NO_DEVICE;
	}
	if (rc == 0)
		rc = write_pack(cli, &why, path);
	why_fini(&why);
	return rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Credentials of a one-shot probe: those of the device in the configuration, one of the
 * configuration by name, or from files named on the command line. No secret is ever an argument.
 */
#include "probe_plan.h"

#include "keepwatch/err.h"
#include "keepwatch/near.h"
#include "keepwatch/secret.h"

#include <string.h>

static int
read_secret(const struct cli *cli, enum arg_id id, struct secret **out)
{
	const char *path = args_value(&cli->args, id);
	int rc = secret_read_file(out, path);

	switch (rc) {
	case 0:
		return 0;
	case ERR_PERM:
		cli_complain(cli,
			     "--%s %s: it may not be read, or others may read it; a secret is for "
			     "its owner and group only (chmod o= %s)",
			     arg_spec(id)->name, path, path);
		break;
	case ERR_INVAL:
		cli_complain(cli, "--%s %s: its first line is empty", arg_spec(id)->name, path);
		break;
	default:
		cli_complain(cli, "--%s %s: %s", arg_spec(id)->name, path, err_text(rc));
		break;
	}
	return CLI_UNREADABLE;
}

static int
parse_version(const struct cli *cli, enum snmp_version_id *out)
{
	const char *text = args_value(&cli->args, ARG_SNMP_VERSION);

	*out = args_has(&cli->args, ARG_SNMP_USER) ? SNMP_V3 : SNMP_V2C;
	if (text == NULL)
		return 0;
	if (strcmp(text, "1") == 0)
		*out = SNMP_V1;
	else if (strcmp(text, "2c") == 0 || strcmp(text, "2") == 0)
		*out = SNMP_V2C;
	else if (strcmp(text, "3") == 0)
		*out = SNMP_V3;
	else
		return cli_usage(cli, "--snmp-version %s: expected 1, 2c or 3", text);
	return 0;
}

static int
read_community(const struct cli *cli, struct credential_snmp *snmp)
{
	if (!args_has(&cli->args, ARG_COMMUNITY_FILE))
		return cli_usage(cli, "SNMP v1 and v2c need --community-file FILE");
	if (args_has(&cli->args, ARG_SNMP_USER))
		return cli_usage(cli, "--snmp-user is for SNMP v3");
	return read_secret(cli, ARG_COMMUNITY_FILE, &snmp->community);
}

static int
read_usm(const struct cli *cli, struct credential_snmp *snmp)
{
	const char *user = args_value(&cli->args, ARG_SNMP_USER);
	const char *auth = args_value(&cli->args, ARG_AUTH);
	const char *priv = args_value(&cli->args, ARG_PRIV);
	int rc = 0;

	if (user == NULL)
		return cli_usage(cli, "SNMP v3 needs --snmp-user NAME");
	snmp->user = mem_strdup(user);
	if (snmp->user == NULL)
		return CLI_UNREADABLE;
	if (auth != NULL && snmp_auth_parse(auth, &snmp->auth) != 0)
		return cli_usage(cli,
				 "--auth %s: expected MD5, SHA-1, SHA-224, SHA-256, SHA-384 or "
				 "SHA-512",
				 auth);
	if (priv != NULL && snmp_priv_parse(priv, &snmp->priv) != 0)
		return cli_usage(cli, "--priv %s: expected DES, AES-128, AES-192 or AES-256", priv);
	if ((snmp->auth != SNMP_AUTH_NONE) != args_has(&cli->args, ARG_AUTH_PASSWORD_FILE))
		return cli_usage(cli, "--auth and --auth-password-file belong together");
	if ((snmp->priv != SNMP_PRIV_NONE) != args_has(&cli->args, ARG_PRIV_PASSWORD_FILE))
		return cli_usage(cli, "--priv and --priv-password-file belong together");
	if (snmp->priv != SNMP_PRIV_NONE && snmp->auth == SNMP_AUTH_NONE)
		return cli_usage(cli, "SNMP v3 has no privacy without authentication: --auth too");
	if (snmp->auth != SNMP_AUTH_NONE)
		rc = read_secret(cli, ARG_AUTH_PASSWORD_FILE, &snmp->auth_password);
	if (rc == 0 && snmp->priv != SNMP_PRIV_NONE)
		rc = read_secret(cli, ARG_PRIV_PASSWORD_FILE, &snmp->priv_password);
	return rc;
}

static int
read_snmp(struct probe_plan *plan, const struct cli *cli)
{
	struct credential_snmp *snmp = &plan->given.snmp;
	enum snmp_version_id version;
	int rc = parse_version(cli, &version);

	if (rc != 0)
		return rc;
	snmp->version = version;
	plan->has_given[USE_SNMP] = true;
	return version == SNMP_V3 ? read_usm(cli, snmp) : read_community(cli, snmp);
}

static int
read_web(struct probe_plan *plan, const struct cli *cli)
{
	struct credential_web *uses[] = {&plan->given.onvif, &plan->given.http};

	if (!args_has(&cli->args, ARG_USER) || !args_has(&cli->args, ARG_PASSWORD_FILE))
		return cli_usage(cli, "--user and --password-file belong together");
	for (size_t i = 0; i < MEM_COUNT(uses); i++) {
		int rc;

		uses[i]->username = mem_strdup(args_value(&cli->args, ARG_USER));
		if (uses[i]->username == NULL)
			return CLI_UNREADABLE;
		rc = read_secret(cli, ARG_PASSWORD_FILE, &uses[i]->password);
		if (rc != 0)
			return rc;
		uses[i]->allow_basic = args_has(&cli->args, ARG_ALLOW_BASIC);
		uses[i]->is_set = true;
	}
	plan->has_given[USE_ONVIF] = plan->has_given[USE_HTTP] = true;
	return 0;
}

static bool
has_use(const struct credential *credential, enum credential_use use)
{
	return use == USE_SNMP	  ? credential->snmp.version != SNMP_NONE
	       : use == USE_ONVIF ? credential->onvif.is_set
				  : credential->http.is_set;
}

/* The credential that --credential names. */
static int
find_named(const struct probe_plan *plan, const struct cli *cli, const struct credential **out)
{
	const char *name = args_value(&cli->args, ARG_CREDENTIAL);
	const struct fleet *fleet = plan->conf != NULL ? plan->conf->fleet : NULL;
	struct near_best best;

	*out = NULL;
	if (name == NULL)
		return 0;
	if (fleet == NULL)
		return cli_usage(cli, "--credential %s: there is no configuration to take it from",
				 name);
	near_init(&best, name);
	for (size_t i = 0; i < fleet->credential_count; i++) {
		near_try(&best, fleet->credentials[i].name);
		/* The first is the one as configured; then come those of single devices. */
		if (*out == NULL && strcmp(fleet->credentials[i].name, name) == 0)
			*out = &fleet->credentials[i];
	}
	if (*out != NULL)
		return 0;
	return cli_usage(cli, "--credential %s: the configuration has none of that name%s%s%s",
			 name, best.name != NULL ? "; did you mean " : "",
			 best.name != NULL ? best.name : "", best.name != NULL ? "?" : "");
}

int
probe_plan_credentials(struct probe_plan *plan, const struct cli *cli)
{
	const struct args *args = &cli->args;
	const struct credential *named;
	struct credential *own;
	int rc = find_named(plan, cli, &named);

	if (rc == 0 && (args_has(args, ARG_COMMUNITY_FILE) || args_has(args, ARG_SNMP_USER) ||
			args_has(args, ARG_SNMP_VERSION)))
		rc = read_snmp(plan, cli);
	if (rc == 0 && (args_has(args, ARG_USER) || args_has(args, ARG_PASSWORD_FILE)))
		rc = read_web(plan, cli);
	if (rc != 0)
		return rc;
	plan->fleet = fleet_new();
	own = plan->fleet != NULL ? fleet_alloc(plan->fleet, sizeof(*own) * 3) : NULL;
	if (own == NULL)
		return CLI_UNREADABLE;
	plan->given.name = mem_strdup("command line");
	plan->given.generation = 1;
	for (int use = USE_SNMP; use <= USE_HTTP; use++) {
		uint16_t declared = plan->device.credentials[use];
		const struct credential *chosen = NULL, *usual = NULL;

		if (declared != CREDENTIAL_NONE)
			usual = &plan->conf->fleet->credentials[declared];
		if (plan->has_given[use])
			chosen = &plan->given;
		else if (named != NULL && usual != NULL && strcmp(usual->name, named->name) == 0)
			chosen = usual; /* with the device's own password, if it has one */
		else if (named != NULL && has_use(named, (enum credential_use)use))
			chosen = named;
		else if (named == NULL)
			chosen = usual;
		plan->device.credentials[use] =
			chosen != NULL ? (uint16_t)use : (uint16_t)CREDENTIAL_NONE;
		if (chosen != NULL)
			own[use] = *chosen; /* a loan: probe_plan_fini does not free it */
	}
	plan->fleet->credentials = own;
	plan->fleet->credential_count = 3;
	if (plan->conf != NULL) { /* a loan as well: what a site allows */
		plan->fleet->sites = plan->conf->fleet->sites;
		plan->fleet->site_count = plan->conf->fleet->site_count;
	}
	return 0;
}

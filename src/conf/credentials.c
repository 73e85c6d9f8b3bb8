/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Building credentials: what belongs together (RFC 3414 section 3.1: no privacy without
 * authentication), their secrets, and the generation that releases held-back logins.
 */
#include "credentials.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { PASSPHRASE_MIN = 8 /* RFC 3414 section 11.2 */, CREDENTIALS_MAX = CREDENTIAL_NONE };

static char *
copy_text(struct secret_reader *r, const struct knob *knob)
{
	char *copy = mem_strdup(knob->text);

	if (copy == NULL && knob->text != NULL)
		r->reader->complaints->out_of_memory = true;
	return copy;
}

/* Complains of keys that the version has no use for. */
static void
refuse_knob(struct secret_reader *r, const struct knob *knob, const char *name, const char *why)
{
	if (knob->is_set)
		complain_yaml(r->reader, knob->at, "%s %s", name, why);
}

static void
build_community(struct secret_reader *r, const struct snmp_settings *from, const char *name,
		struct credential_snmp *to)
{
	struct reader *reader = r->reader;
	const char *why = "belongs to version 3; version 1 and 2c have a community only";

	refuse_knob(r, &from->user, "user", why);
	refuse_knob(r, &from->auth, "auth", why);
	secret_refuse(r, &from->auth_password, "auth_password", why);
	refuse_knob(r, &from->priv, "priv", why);
	secret_refuse(r, &from->priv_password, "priv_password", why);
	refuse_knob(r, &from->context, "context", why);
	secret_check(r, &from->community_from, "community", false);
	if (from->community.is_set && secret_is_given(&from->community_from))
		complain_yaml(reader, secret_mark(&from->community_from),
			      "community and community%s are both given; expected one of them",
			      secret_key_end(&from->community_from));
	else if (!knob_is_given(&from->community) && !secret_is_given(&from->community_from))
		complain_yaml(reader, from->at,
			      "no community; expected community, community_file, "
			      "community_credential or community_command");
	if (from->community.is_set &&
	    (secret_new(&to->community, from->community.text, strlen(from->community.text)) != 0 ||
	     secret_pool_take(r->pool, &to->community) != 0))
		reader->complaints->out_of_memory = true;
	if (to->community == NULL)
		secret_get(r,
			   &(struct secret_want){.from = &from->community_from,
						 .name = "community",
						 .credential = name,
						 .least = 1,
						 .out = &to->community},
			   NULL);
}

static void
parse_protocols(struct secret_reader *r, const struct snmp_settings *from,
		struct credential_snmp *to)
{
	struct reader *reader = r->reader;

	if (from->auth.is_set && snmp_auth_parse(from->auth.text, &to->auth) != 0)
		complain_yaml(reader, from->auth.at,
			      "auth: %s is not understood; expected one of MD5, SHA-1, SHA-224, "
			      "SHA-256, SHA-384, SHA-512, none",
			      quoted(reader->complaints, from->auth.text, strlen(from->auth.text)));
	if (from->priv.is_set && snmp_priv_parse(from->priv.text, &to->priv) != 0)
		complain_yaml(reader, from->priv.at,
			      "priv: %s is not understood; expected one of DES, AES-128, AES-192, "
			      "AES-256, AES-192-C, AES-256-C, none",
			      quoted(reader->complaints, from->priv.text, strlen(from->priv.text)));
}

/* A protocol and its passphrase belong together. The protocol is taken as given even if its name
 * was not understood, so that one mistake is one message. */
static void
check_pair(struct secret_reader *r, const struct knob *protocol, bool is_none,
	   const struct secret_settings *from, const char *protocol_name, const char *name)
{
	secret_check(r, from, name, false);
	if (protocol->is_set && !is_none && !secret_is_given(from))
		complain_yaml(r->reader, protocol->at, "%s without %s_file", protocol_name, name);
	else if (secret_is_given(from) && (!knob_is_given(protocol) || is_none))
		complain_yaml(r->reader, secret_mark(from), "%s%s without %s", name,
			      secret_key_end(from), protocol_name);
}

/* Whether a protocol that was given is "none". */
static bool
is_none(const struct knob *protocol)
{
	return protocol->is_set && strcasecmp(protocol->text, "none") == 0;
}

static void
build_v3(struct secret_reader *r, const struct snmp_settings *from, const char *name,
	 struct credential_snmp *to)
{
	struct reader *reader = r->reader;
	const char *why = "belongs to version 1 and 2c; version 3 has a user";
	bool has_auth = from->auth.is_set && !is_none(&from->auth);
	bool has_priv = from->priv.is_set && !is_none(&from->priv);

	refuse_knob(r, &from->community, "community", why);
	secret_refuse(r, &from->community_from, "community", why);
	if (!knob_is_given(&from->user))
		complain_yaml(reader, from->at, "version 3 without a user");
	parse_protocols(r, from, to);
	if (has_priv && !has_auth)
		complain_yaml(reader, from->priv.at,
			      "priv without auth; SNMPv3 has no privacy without authentication");
	check_pair(r, &from->auth, is_none(&from->auth), &from->auth_password, "auth",
		   "auth_password");
	check_pair(r, &from->priv, is_none(&from->priv), &from->priv_password, "priv",
		   "priv_password");
	to->user = copy_text(r, &from->user);
	to->context = copy_text(r, &from->context);
	if (has_auth)
		secret_get(r,
			   &(struct secret_want){.from = &from->auth_password,
						 .name = "auth_password",
						 .credential = name,
						 .least = PASSPHRASE_MIN,
						 .out = &to->auth_password},
			   NULL);
	if (has_priv)
		secret_get(r,
			   &(struct secret_want){.from = &from->priv_password,
						 .name = "priv_password",
						 .credential = name,
						 .least = PASSPHRASE_MIN,
						 .out = &to->priv_password},
			   NULL);
}

static void
build_snmp(struct secret_reader *r, const struct snmp_settings *from, const char *name,
	   struct credential_snmp *to)
{
	if (from->at.line == 0)
		return;
	to->port = (uint16_t)from->port.number;
	if (!knob_is_given(&from->version))
		complain_yaml(r->reader, from->at, "no SNMP version; expected 1, 2c or 3");
	if (!from->version.is_set)
		return;
	to->version = (enum snmp_version_id)(SNMP_V1 + (int)from->version.number);
	if (to->version == SNMP_V3)
		build_v3(r, from, name, to);
	else
		build_community(r, from, name, to);
}

static void
build_web(struct secret_reader *r, const struct web_settings *from, const char *name,
	  const char *what, struct credential_web *to)
{
	const struct secret_settings *password = &from->password;

	if (from->at.line == 0)
		return;
	if (!knob_is_given(&from->username))
		complain_yaml(r->reader, from->at, "%s without username", what);
	secret_check(r, password, "password", true);
	if (!secret_is_given(password) && !knob_is_given(&password->dir))
		complain_yaml(r->reader, from->at,
			      "%s without password_file, password_credential, password_command or "
			      "password_dir",
			      what);
	to->is_set = true;
	to->username = copy_text(r, &from->username);
	to->allow_basic = from->allow_basic.number != 0;
	if (password->dir.is_set)
		to->password_dir = secret_folder(r, password, "password");
	if (!secret_is_per_device(password))
		secret_get(r,
			   &(struct secret_want){.from = password,
						 .name = "password",
						 .credential = name,
						 .out = &to->password},
			   &to->password_path);
}

static void
build_one(struct secret_reader *r, const struct credential_settings *from, struct credential *to)
{
	struct reader *reader = r->reader;
	const char *name = from->name.is_set ? from->name.text : "";

	if (!knob_is_given(&from->name))
		complain_yaml(reader, from->at, "a credential without name");
	else if (name[strcspn(name, " ;+")] != '\0')
		complain_yaml(reader, from->name.at,
			      "the name of a credential cannot hold blanks, ';' or '+', which "
			      "separate names in the fleet file");
	if (from->snmp.at.line + from->onvif.at.line + from->http.at.line == 0)
		complain_yaml(reader, from->at,
			      "a credential for nothing; expected snmp, onvif or "
			      "http");
	to->name = strdup(name);
	if (to->name == NULL)
		reader->complaints->out_of_memory = true;
	build_snmp(r, &from->snmp, name, &to->snmp);
	build_web(r, &from->onvif, name, "onvif", &to->onvif);
	build_web(r, &from->http, name, "http", &to->http);
}

uint64_t
credential_fresh_generation(void)
{
	uint64_t fresh = 0;

	while (fresh == 0) {
		if (getrandom(&fresh, sizeof(fresh), 0) != (ssize_t)sizeof(fresh))
			fresh = 0;
	}
	return fresh;
}

/* Of an equal credential before, else one that was never used. Those as configured come first, so
 * that the first of a name is not that of a single device. */
static int
set_generations(struct fleet *fleet, const struct fleet *previous)
{
	struct strmap before = {0};
	int rc = 0;

	for (size_t i = 0; previous != NULL && i < previous->credential_count && rc == 0; i++) {
		if (strmap_get(&before, previous->credentials[i].name) == NULL)
			rc = strmap_put(&before, previous->credentials[i].name, (uint32_t)i);
	}
	for (size_t i = 0; i < fleet->credential_count && rc == 0; i++) {
		struct credential *c = &fleet->credentials[i];
		const struct strmap_entry *was =
			c->name != NULL ? strmap_get(&before, c->name) : NULL;

		if (was != NULL && credential_equal(&previous->credentials[was->value], c))
			c->generation = previous->credentials[was->value].generation;
		else
			c->generation = credential_fresh_generation();
	}
	strmap_fini(&before);
	return rc;
}

int
credentials_build(struct secret_reader *r, const struct settings *settings,
		  const struct fleet *previous, struct fleet *fleet)
{
	struct reader *reader = r->reader;
	struct strmap seen = {0};
	int rc;

	if (settings->credential_count >= CREDENTIALS_MAX) {
		complain_yaml(reader, settings->credentials[0].at, "more than %d credentials",
			      CREDENTIALS_MAX - 1);
		return 0;
	}
	fleet->secrets = r->pool = secret_pool_new();
	fleet->credentials =
		fleet_alloc(fleet, settings->credential_count * sizeof(*fleet->credentials) + 1);
	if (fleet->credentials == NULL || fleet->secrets == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < settings->credential_count; i++) {
		const struct credential_settings *from = &settings->credentials[i];
		const struct strmap_entry *first = NULL;

		fleet->credential_count++;
		build_one(r, from, &fleet->credentials[i]);
		if (from->name.is_set)
			first = strmap_get(&seen, from->name.text);
		if (first != NULL)
			complain_yaml(reader, from->name.at,
				      "duplicate credential '%s'; first given in line %u",
				      from->name.text, first->value);
		else if (from->name.is_set &&
			 strmap_put(&seen, from->name.text, from->name.at.line) != 0)
			reader->complaints->out_of_memory = true;
	}
	strmap_fini(&seen);
	rc = secret_run_commands(r);
	return rc != 0 ? rc : set_generations(fleet, previous);
}

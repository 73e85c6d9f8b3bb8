/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Building credentials: what belongs together (RFC 3414 section 3.1: no privacy without
 * authentication), the secret files, and the generation that releases held-back logins.
 */
#include "credentials.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { PASSPHRASE_MIN = 8 /* RFC 3414 section 11.2 */, CREDENTIALS_MAX = CREDENTIAL_NONE };

struct builder {
	struct reader *reader;
	const char *dir;
	unsigned flags;
};

char *
path_resolve(const char *dir, const char *path)
{
	char *out;

	if (path[0] == '/' || dir[0] == '\0')
		return strdup(path);
	return asprintf(&out, "%s/%s", dir, path) < 0 ? NULL : out;
}

/* The secret file's place: beside the settings, else where systemd puts credentials
 * (systemd.exec(5), LoadCredential=) if it is a bare name. malloc. */
static char *
secret_path(const struct builder *builder, const char *name)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char *path = path_resolve(builder->dir, name), *other;
	struct stat st;

	if (path == NULL || strchr(name, '/') != NULL || directory == NULL || *directory == '\0' ||
	    stat(path, &st) == 0)
		return path;
	if (asprintf(&other, "%s/%s", directory, name) < 0)
		other = NULL;
	if (other == NULL || stat(other, &st) == 0) {
		free(path);
		return other;
	}
	free(other);
	return path;
}

static void
complain_of_secret(const struct builder *builder, const struct knob *file, const char *path, int rc)
{
	struct reader *reader = builder->reader;
	const char *shown = quoted(reader->complaints, path, strlen(path));
	struct stat st;

	if (rc == ERR_NOTFOUND)
		complain_yaml(reader, file->at, "secret file %s not found", shown);
	else if (rc == ERR_PERM && stat(path, &st) == 0 && (st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		complain_yaml(reader, file->at,
			      "secret file %s can be read or changed by others (mode %03o); "
			      "run chmod 600 on it",
			      shown, (unsigned)st.st_mode & 0777U);
	else if (rc == ERR_PERM)
		complain_yaml(reader, file->at, "secret file %s may not be read by this user",
			      shown);
	else if (rc == ERR_INVAL)
		complain_yaml(reader, file->at,
			      "secret file %s holds no secret; expected one line of text in a "
			      "regular file",
			      shown);
	else if (rc == ERR_TOOBIG)
		complain_yaml(reader, file->at, "the secret in %s is longer than %d bytes", shown,
			      SECRET_MAX);
	else
		complain_yaml(reader, file->at, "secret file %s: %s", shown, err_text(rc));
}

/* Reads a secret file; a passphrase has a least length. */
static void
read_secret(const struct builder *builder, const struct knob *file, size_t least,
	    struct secret **out)
{
	struct reader *reader = builder->reader;
	struct secret *secret = NULL;
	char *path;
	int rc;

	if (!file->is_set || (builder->flags & CONF_NO_SECRETS))
		return;
	path = secret_path(builder, file->text);
	rc = path == NULL ? ERR_NOMEM : secret_read_file(&secret, path);
	if (rc == ERR_NOMEM) {
		reader->complaints->out_of_memory = true;
	} else if (rc != 0) {
		complain_of_secret(builder, file, path, rc);
	} else if (secret_len(secret) < least) {
		complain_yaml(reader, file->at,
			      "the passphrase in %s is shorter than %zu characters, the least that "
			      "SNMPv3 allows (RFC 3414 section 11.2)",
			      quoted(reader->complaints, path, strlen(path)), least);
		secret_free(secret);
	} else {
		*out = secret;
	}
	free(path);
}

static char *
copy_text(const struct builder *builder, const struct knob *knob)
{
	char *copy = mem_strdup(knob->text);

	if (copy == NULL && knob->text != NULL)
		builder->reader->complaints->out_of_memory = true;
	return copy;
}

/* Complains of keys that the version has no use for. */
static void
refuse_knob(const struct builder *builder, const struct knob *knob, const char *name,
	    const char *why)
{
	if (knob->is_set)
		complain_yaml(builder->reader, knob->at, "%s %s", name, why);
}

static void
build_community(const struct builder *builder, const struct snmp_settings *from,
		struct credential_snmp *to)
{
	struct reader *reader = builder->reader;
	const char *why = "belongs to version 3; version 1 and 2c have a community only";

	refuse_knob(builder, &from->user, "user", why);
	refuse_knob(builder, &from->auth, "auth", why);
	refuse_knob(builder, &from->auth_password_file, "auth_password_file", why);
	refuse_knob(builder, &from->priv, "priv", why);
	refuse_knob(builder, &from->priv_password_file, "priv_password_file", why);
	refuse_knob(builder, &from->context, "context", why);
	if (from->community.is_set && from->community_file.is_set)
		complain_yaml(reader, from->community_file.at,
			      "community and community_file are both given; expected one of them");
	else if (!knob_is_given(&from->community) && !knob_is_given(&from->community_file))
		complain_yaml(reader, from->at,
			      "no community; expected community or community_file");
	if (from->community.is_set &&
	    secret_new(&to->community, from->community.text, strlen(from->community.text)) != 0)
		reader->complaints->out_of_memory = true;
	if (to->community == NULL)
		read_secret(builder, &from->community_file, 1, &to->community);
}

static void
parse_protocols(const struct builder *builder, const struct snmp_settings *from,
		struct credential_snmp *to)
{
	struct reader *reader = builder->reader;

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
check_pair(const struct builder *builder, const struct knob *protocol, bool is_none,
	   const struct knob *file, const char *protocol_name, const char *file_name)
{
	if (protocol->is_set && !is_none && !knob_is_given(file))
		complain_yaml(builder->reader, protocol->at, "%s without %s", protocol_name,
			      file_name);
	else if (file->is_set && (!knob_is_given(protocol) || is_none))
		complain_yaml(builder->reader, file->at, "%s without %s", file_name, protocol_name);
}

/* Whether a protocol that was given is "none". */
static bool
is_none(const struct knob *protocol)
{
	return protocol->is_set && strcasecmp(protocol->text, "none") == 0;
}

static void
build_v3(const struct builder *builder, const struct snmp_settings *from,
	 struct credential_snmp *to)
{
	struct reader *reader = builder->reader;
	const char *why = "belongs to version 1 and 2c; version 3 has a user";
	bool has_auth = from->auth.is_set && !is_none(&from->auth);
	bool has_priv = from->priv.is_set && !is_none(&from->priv);

	refuse_knob(builder, &from->community, "community", why);
	refuse_knob(builder, &from->community_file, "community_file", why);
	if (!knob_is_given(&from->user))
		complain_yaml(reader, from->at, "version 3 without a user");
	parse_protocols(builder, from, to);
	if (has_priv && !has_auth)
		complain_yaml(reader, from->priv.at,
			      "priv without auth; SNMPv3 has no privacy without authentication");
	check_pair(builder, &from->auth, is_none(&from->auth), &from->auth_password_file, "auth",
		   "auth_password_file");
	check_pair(builder, &from->priv, is_none(&from->priv), &from->priv_password_file, "priv",
		   "priv_password_file");
	to->user = copy_text(builder, &from->user);
	to->context = copy_text(builder, &from->context);
	if (has_auth)
		read_secret(builder, &from->auth_password_file, PASSPHRASE_MIN, &to->auth_password);
	if (has_priv)
		read_secret(builder, &from->priv_password_file, PASSPHRASE_MIN, &to->priv_password);
}

static void
build_snmp(const struct builder *builder, const struct snmp_settings *from,
	   struct credential_snmp *to)
{
	if (from->at.line == 0)
		return;
	to->port = (uint16_t)from->port.number;
	if (!knob_is_given(&from->version))
		complain_yaml(builder->reader, from->at, "no SNMP version; expected 1, 2c or 3");
	if (!from->version.is_set)
		return;
	to->version = (enum snmp_version_id)(SNMP_V1 + (int)from->version.number);
	if (to->version == SNMP_V3)
		build_v3(builder, from, to);
	else
		build_community(builder, from, to);
}

static void
build_web(const struct builder *builder, const struct web_settings *from, const char *what,
	  struct credential_web *to)
{
	if (from->at.line == 0)
		return;
	if (!knob_is_given(&from->username))
		complain_yaml(builder->reader, from->at, "%s without username", what);
	if (!knob_is_given(&from->password_file))
		complain_yaml(builder->reader, from->at, "%s without password_file", what);
	to->is_set = true;
	to->username = copy_text(builder, &from->username);
	to->allow_basic = from->allow_basic.number != 0;
	read_secret(builder, &from->password_file, 0, &to->password);
}

/* The generation of an equal credential before, else one that was never used. */
static uint64_t
generation_of(const struct credential *credential, const struct fleet *previous)
{
	uint64_t fresh = 0;

	for (size_t i = 0; previous != NULL && i < previous->credential_count; i++) {
		if (credential_equal(&previous->credentials[i], credential))
			return previous->credentials[i].generation;
	}
	while (fresh == 0) {
		if (getrandom(&fresh, sizeof(fresh), 0) != (ssize_t)sizeof(fresh))
			fresh = 0;
	}
	return fresh;
}

static void
build_one(const struct builder *builder, const struct credential_settings *from,
	  const struct fleet *previous, struct credential *to)
{
	struct reader *reader = builder->reader;

	if (!knob_is_given(&from->name))
		complain_yaml(reader, from->at, "a credential without name");
	else if (from->name.is_set && from->name.text[strcspn(from->name.text, " ;+")] != '\0')
		complain_yaml(reader, from->name.at,
			      "the name of a credential cannot hold blanks, ';' or '+', which "
			      "separate names in the fleet file");
	if (from->snmp.at.line + from->onvif.at.line + from->http.at.line == 0)
		complain_yaml(reader, from->at,
			      "a credential for nothing; expected snmp, onvif or "
			      "http");
	to->name = from->name.is_set ? copy_text(builder, &from->name) : strdup("");
	build_snmp(builder, &from->snmp, &to->snmp);
	build_web(builder, &from->onvif, "onvif", &to->onvif);
	build_web(builder, &from->http, "http", &to->http);
	to->generation = generation_of(to, previous);
}

int
credentials_build(struct reader *reader, const struct settings *settings, const char *dir,
		  unsigned flags, const struct fleet *previous, struct fleet *fleet)
{
	struct builder builder = {reader, dir, flags};
	struct strmap seen = {0};

	if (settings->credential_count >= CREDENTIALS_MAX) {
		complain_yaml(reader, settings->credentials[0].at, "more than %d credentials",
			      CREDENTIALS_MAX - 1);
		return 0;
	}
	fleet->credentials =
		fleet_alloc(fleet, settings->credential_count * sizeof(*fleet->credentials) + 1);
	if (fleet->credentials == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < settings->credential_count; i++) {
		const struct credential_settings *from = &settings->credentials[i];
		const struct strmap_entry *first = NULL;

		fleet->credential_count++;
		build_one(&builder, from, previous, &fleet->credentials[i]);
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
	return 0;
}

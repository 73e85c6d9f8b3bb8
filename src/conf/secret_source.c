/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secrets from files, systemd credentials and folders. Commands are noted here; how they are run is
 * command.c's, what is said of them secret_command.c's.
 */
#include "secret_source.h"

#include "secret_job.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *
path_resolve(const char *dir, const char *path)
{
	char *out;

	if (path[0] == '/' || dir[0] == '\0')
		return strdup(path);
	return asprintf(&out, "%s/%s", dir, path) < 0 ? NULL : out;
}

bool
secret_is_given(const struct secret_settings *from)
{
	return knob_is_given(&from->file) || knob_is_given(&from->credential) ||
	       from->command.at.line > 0;
}

struct mark
secret_mark(const struct secret_settings *from)
{
	return knob_is_given(&from->file)	  ? from->file.at
	       : knob_is_given(&from->credential) ? from->credential.at
	       : from->command.at.line > 0	  ? from->command.at
						  : from->dir.at;
}

const char *
secret_key_end(const struct secret_settings *from)
{
	return knob_is_given(&from->file)	  ? "_file"
	       : knob_is_given(&from->credential) ? "_credential"
						  : "_command";
}

/* Calls for each key that is given: its place and how its name goes on. */
static void
each_given(const struct secret_settings *from, void (*fn)(struct mark at, const char *end, void *),
	   void *arg)
{
	if (knob_is_given(&from->file))
		fn(from->file.at, "_file", arg);
	if (knob_is_given(&from->credential))
		fn(from->credential.at, "_credential", arg);
	if (from->command.at.line > 0)
		fn(from->command.at, "_command", arg);
}

struct refusal {
	struct reader *reader;
	const char *name, *why;
};

static void
refuse(struct mark at, const char *end, void *arg)
{
	const struct refusal *refusal = arg;

	complain_yaml(refusal->reader, at, "%s%s %s", refusal->name, end, refusal->why);
}

void
secret_refuse(struct secret_reader *r, const struct secret_settings *from, const char *name,
	      const char *why)
{
	struct refusal refusal = {r->reader, name, why};

	each_given(from, refuse, &refusal);
}

struct sources {
	struct reader *reader;
	const char *name;
	const char *first; /* the end of the key that was given first; NULL: none yet */
};

static void
note_source(struct mark at, const char *end, void *arg)
{
	struct sources *sources = arg;

	if (sources->first != NULL)
		complain_yaml(sources->reader, at,
			      "%s%s and %s%s are both given; expected one of them", sources->name,
			      sources->first, sources->name, end);
	else
		sources->first = end;
}

void
secret_check(struct secret_reader *r, const struct secret_settings *from, const char *name,
	     bool may_have_device)
{
	struct sources sources = {r->reader, name, NULL};

	each_given(from, note_source, &sources);
	if (from->credential.is_set &&
	    (strchr(from->credential.text, '/') != NULL || from->credential.text[0] == '.'))
		complain_yaml(r->reader, from->credential.at,
			      "%s_credential: %s is no name of a credential; expected one without "
			      "'/', as LoadCredential= gives it (systemd.exec(5))",
			      name,
			      quoted(r->reader->complaints, from->credential.text,
				     strlen(from->credential.text)));
	secret_check_command(r, &from->command, name, may_have_device);
}

/* The secret file's place: beside the settings, else where systemd puts credentials
 * (systemd.exec(5), LoadCredential=) if it is a bare name. malloc. */
static char *
file_path(const struct secret_reader *r, const char *name, bool *is_systemd)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char *path = path_resolve(r->dir, name), *other;
	struct stat st;

	*is_systemd = false;
	if (path == NULL || strchr(name, '/') != NULL || directory == NULL || *directory == '\0' ||
	    stat(path, &st) == 0)
		return path;
	if (asprintf(&other, "%s/%s", directory, name) < 0)
		other = NULL;
	if (other == NULL || stat(other, &st) == 0) {
		*is_systemd = true;
		free(path);
		return other;
	}
	free(other);
	return path;
}

static void
complain_of_file(const struct secret_reader *r, struct mark at, const char *path, int rc)
{
	struct reader *reader = r->reader;
	const char *shown = quoted(reader->complaints, path, strlen(path));
	struct stat st;

	if (rc == ERR_NOTFOUND)
		complain_yaml(reader, at, "secret file %s not found", shown);
	else if (rc == ERR_PERM && stat(path, &st) == 0 && (st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		complain_yaml(reader, at,
			      "secret file %s can be read or changed by others (mode %03o); "
			      "run chmod 600 on it",
			      shown, (unsigned)st.st_mode & 0777U);
	else if (rc == ERR_PERM)
		complain_yaml(reader, at, "secret file %s may not be read by this user", shown);
	else if (rc == ERR_INVAL)
		complain_yaml(reader, at,
			      "secret file %s holds no secret; expected one line of text in a "
			      "regular file",
			      shown);
	else if (rc == ERR_TOOBIG)
		complain_yaml(reader, at, "the secret in %s is longer than %d bytes", shown,
			      SECRET_MAX);
	else
		complain_yaml(reader, at, "secret file %s: %s", shown, err_text(rc));
}

void
secret_keep(struct secret_reader *r, const struct secret_want *want, const char *whence,
	    struct secret *secret)
{
	struct reader *reader = r->reader;

	if (secret_len(secret) < want->least) {
		complain_yaml(reader, secret_mark(want->from),
			      "the passphrase in %s is shorter than %zu characters, the least that "
			      "SNMPv3 allows (RFC 3414 section 11.2)",
			      quoted(reader->complaints, whence, strlen(whence)), want->least);
		secret_free(secret);
		return;
	}
	if (secret_pool_take(r->pool, &secret) != 0)
		reader->complaints->out_of_memory = true;
	*want->out = secret;
}

/* 0, ERR_NOTFOUND, or another error that was complained of. */
static int
read_file(struct secret_reader *r, const struct secret_want *want, struct mark at, const char *path,
	  bool may_miss)
{
	struct secret *secret = NULL;
	int rc = secret_pool_read_file(r->pool, &secret, path);

	if (rc == 0)
		secret_keep(r, want, path, secret);
	else if (rc == ERR_NOMEM)
		r->reader->complaints->out_of_memory = true;
	else if (rc != ERR_NOTFOUND || !may_miss)
		complain_of_file(r, at, path, rc);
	return rc;
}

static void
read_credential(struct secret_reader *r, const struct secret_want *want)
{
	const struct knob *knob = &want->from->credential;
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	const char *shown = quoted(r->reader->complaints, knob->text, strlen(knob->text));
	char *path;

	if (directory == NULL || *directory == '\0') {
		complain_yaml(
			r->reader, knob->at,
			"%s_credential: CREDENTIALS_DIRECTORY is not set, so that there is no "
			"credential %s; it comes from systemd, with LoadCredential= in the "
			"unit (systemd.exec(5))",
			want->name, shown);
		return;
	}
	if (asprintf(&path, "%s/%s", directory, knob->text) < 0) {
		r->reader->complaints->out_of_memory = true;
		return;
	}
	if (read_file(r, want, knob->at, path, true) == ERR_NOTFOUND)
		complain_yaml(r->reader, knob->at,
			      "%s_credential: systemd was given no credential %s; expected "
			      "LoadCredential= with that name in the unit (systemd.exec(5))",
			      want->name, shown);
	free(path);
}

void
secret_get(struct secret_reader *r, const struct secret_want *want, char **path)
{
	const struct secret_settings *from = want->from;
	bool is_systemd;
	char *file;

	if (from->file.is_set) {
		file = file_path(r, from->file.text, &is_systemd);
		if (file == NULL)
			r->reader->complaints->out_of_memory = true;
		else if (!(r->flags & CONF_NO_SECRETS))
			(void)read_file(r, want, from->file.at, file, false);
		if (path != NULL && !is_systemd)
			*path = file;
		else
			free(file);
	} else if (r->flags & CONF_NO_SECRETS) {
		return;
	} else if (from->credential.is_set) {
		read_credential(r, want);
	} else if (from->command.count > 0) {
		secret_note_command(r, want);
	}
}

bool
secret_get_own(struct secret_reader *r, const struct secret_want *want, const char *folder,
	       char **path)
{
	char name[CREDENTIAL_FILE_SIZE], *file = NULL;
	int rc = credential_password_name(want->device, name);

	if (rc != 0)
		return false; /* longer than any file's */
	if (asprintf(&file, "%s/%s", folder, name) < 0) {
		r->reader->complaints->out_of_memory = true;
		return false;
	}
	rc = read_file(r, want, want->from->dir.at, file, true);
	if (rc == 0)
		*path = file;
	else
		free(file);
	return rc != ERR_NOTFOUND;
}

char *
secret_folder(struct secret_reader *r, const struct secret_settings *from, const char *name)
{
	struct reader *reader = r->reader;
	char *folder = path_resolve(r->dir, from->dir.text);
	const char *shown = quoted(reader->complaints, from->dir.text, strlen(from->dir.text));
	struct stat st;

	if (folder == NULL) {
		reader->complaints->out_of_memory = true;
	} else if (r->flags & CONF_NO_SECRETS) {
		return folder;
	} else if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
		complain_yaml(
			reader, from->dir.at,
			"%s_dir: there is no folder %s; make one that only keepwatch may write "
			"to (mkdir -m 700)",
			name, shown);
	} else if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		complain_yaml(reader, from->dir.at,
			      "%s_dir: others may write to %s (mode %03o); run chmod go-w on it",
			      name, shown, (unsigned)st.st_mode & 0777U);
	} else {
		return folder;
	}
	free(folder);
	return NULL;
}

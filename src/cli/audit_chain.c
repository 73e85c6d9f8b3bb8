/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading evidence packs: their manifests, their place in the chain, and the agent's record of
 * them.
 */
#include "audit_chain.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096, PIECE = 65536, SUM_DIGITS = OUT_SHA256_SIZE - 1, NAMES_MOST = 1024 };

int
audit_file_sum(const char *path, char out[OUT_SHA256_SIZE], uint64_t *bytes)
{
	unsigned char piece[PIECE], md[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	FILE *file = fopen(path, "re");
	int rc = file == NULL ? err_from_errno(errno) : digest == NULL ? ERR_NOMEM : 0;
	uint64_t total = 0;
	unsigned len = 0;
	size_t n;

	if (rc == 0 && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1)
		rc = ERR_NOMEM;
	while (rc == 0 && (n = fread(piece, 1, sizeof(piece), file)) > 0) {
		total += n;
		if (EVP_DigestUpdate(digest, piece, n) != 1)
			rc = ERR_NOMEM;
	}
	if (rc == 0 && ferror(file))
		rc = ERR_IO;
	if (rc == 0 && EVP_DigestFinal_ex(digest, md, &len) != 1)
		rc = ERR_NOMEM;
	for (unsigned i = 0; rc == 0 && i < len && i < SUM_DIGITS / 2; i++)
		snprintf(out + 2 * (size_t)i, 3, "%02x", md[i]);
	if (bytes != NULL)
		*bytes = total;
	EVP_MD_CTX_free(digest);
	if (file != NULL)
		(void)fclose(file);
	return rc;
}

static bool
is_sum(const char *text)
{
	return strlen(text) == SUM_DIGITS && strspn(text, "0123456789abcdef") == SUM_DIGITS;
}

/* ---- one pack */

static int
read_link(const json_t *object, struct audit_link *out)
{
	const char *sum = json_string_value(json_object_get(object, "sha256"));

	out->number = json_integer_value(json_object_get(object, "number"));
	if (out->number <= 0 || sum == NULL || !is_sum(sum))
		return ERR_SYNTAX;
	snprintf(out->sha256, sizeof(out->sha256), "%s", sum);
	return 0;
}

int
audit_chain_read(const char *folder, struct audit_chain *out, char problem[CHAIN_PROBLEM_SIZE])
{
	char path[PATH_SIZE];
	const json_t *previous;
	const char *made;
	json_error_t error;
	json_t *root;
	int rc;

	*out = (struct audit_chain){0};
	snprintf(path, sizeof(path), "%s/MANIFEST", folder);
	rc = audit_file_sum(path, out->own.sha256, NULL);
	if (rc != 0) {
		snprintf(problem, CHAIN_PROBLEM_SIZE, "%.400s: %s", path, err_text(rc));
		return rc;
	}
	snprintf(path, sizeof(path), "%s/chain.json", folder);
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL) {
		snprintf(problem, CHAIN_PROBLEM_SIZE, "%.300s:%d:%d: %.160s", path, error.line,
			 error.column, error.text);
		return ERR_SYNTAX;
	}
	out->own.number = json_integer_value(json_object_get(root, "number"));
	made = json_string_value(json_object_get(root, "made"));
	snprintf(out->made, sizeof(out->made), "%s", made != NULL ? made : "");
	previous = json_object_get(root, "previous");
	rc = out->own.number > 0 ? 0 : ERR_SYNTAX;
	if (rc == 0 && json_is_object(previous))
		rc = read_link(previous, &out->previous);
	else if (rc == 0 && !json_is_null(previous))
		rc = ERR_SYNTAX;
	if (rc != 0)
		snprintf(problem, CHAIN_PROBLEM_SIZE, "%.400s: not the chain of an evidence pack",
			 path);
	json_decref(root);
	return rc;
}

/* ---- the agent's record: events "NUMBER SHA256" */

struct searching {
	int64_t number; /* wanted; 0: the last */
	struct audit_link *out;
};

static int
take_event(void *arg, const struct reader_event *event)
{
	struct searching *searching = arg;
	struct audit_link link = {0};
	char *end;

	link.number = strtoll(event->detail, &end, 10);
	if (*end != ' ' || !is_sum(end + 1))
		return 0;
	snprintf(link.sha256, sizeof(link.sha256), "%s", end + 1);
	if (searching->number == 0 || searching->number == link.number)
		*searching->out = link;
	return 0;
}

static int
search(const struct cli *cli, int64_t number, struct audit_link *out)
{
	struct reader_event_query query = {
		.devices = READER_FILTER_ANY,
		.types = UINT64_C(1) << EVENT_AUDIT_PACK,
	};
	struct searching searching = {number, out};

	*out = (struct audit_link){0};
	return reader_each_event(cli->reader, &query, take_event, &searching);
}

int
audit_chain_recorded(const struct cli *cli, struct audit_link *out)
{
	return search(cli, 0, out);
}

int
audit_chain_record_of(const struct cli *cli, int64_t number, struct audit_link *out)
{
	int rc = search(cli, number, out);

	return rc == 0 && out->number == 0 ? ERR_NOTFOUND : rc;
}

/* ---- sums */

struct checking {
	const char *folder;
	void (*each)(void *arg, const char *words);
	void *arg;
	char *names[NAMES_MOST]; /* in the manifest */
	size_t count;
	int wrong;
};

static void
tell(struct checking *checking, const char *name, const char *what)
{
	char words[CHAIN_PROBLEM_SIZE];

	snprintf(words, sizeof(words), "%.300s: %s", name, what);
	checking->wrong++;
	checking->each(checking->arg, words);
}

/* "SUM  NAME" */
static int
check_line(struct checking *checking, char *line)
{
	char path[PATH_SIZE], sum[OUT_SHA256_SIZE];
	char *name = line + SUM_DIGITS + 2;
	int rc;

	if (strlen(line) < SUM_DIGITS + 3 || line[SUM_DIGITS] != ' ' || strchr(name, '/') != NULL ||
	    checking->count == NAMES_MOST)
		return ERR_SYNTAX;
	line[SUM_DIGITS] = '\0';
	if (!is_sum(line))
		return ERR_SYNTAX;
	snprintf(path, sizeof(path), "%s/%s", checking->folder, name);
	rc = audit_file_sum(path, sum, NULL);
	if (rc == ERR_NOTFOUND)
		tell(checking, name, "missing");
	else if (rc != 0)
		tell(checking, name, err_text(rc));
	else if (strcmp(sum, line) != 0)
		tell(checking, name, "changed since the pack was made");
	checking->names[checking->count] = strdup(name);
	return checking->names[checking->count++] == NULL ? ERR_NOMEM : 0;
}

static bool
is_listed(const struct checking *checking, const char *name)
{
	for (size_t i = 0; i < checking->count; i++) {
		if (strcmp(checking->names[i], name) == 0)
			return true;
	}
	return false;
}

/* What is there, but not in the manifest. */
static int
check_others(struct checking *checking)
{
	DIR *folder = opendir(checking->folder);
	const struct dirent *entry;

	if (folder == NULL)
		return err_from_errno(errno);
	while ((entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    strcmp(entry->d_name, "MANIFEST") != 0 && !is_listed(checking, entry->d_name))
			tell(checking, entry->d_name, "was not in the pack when it was made");
	}
	(void)closedir(folder);
	return is_listed(checking, "chain.json") ? 0 : ERR_SYNTAX;
}

int
audit_pack_check(const char *folder, void (*each)(void *arg, const char *words), void *arg,
		 char problem[CHAIN_PROBLEM_SIZE])
{
	struct checking checking = {.folder = folder, .each = each, .arg = arg};
	char path[PATH_SIZE], *line = NULL;
	size_t size = 0, number = 0;
	ssize_t len;
	FILE *file;
	int rc = 0;

	snprintf(path, sizeof(path), "%s/MANIFEST", folder);
	file = fopen(path, "re");
	if (file == NULL)
		rc = err_from_errno(errno);
	while (rc == 0 && (len = getline(&line, &size, file)) > 0) {
		number++;
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		rc = check_line(&checking, line);
	}
	if (rc == 0)
		rc = check_others(&checking);
	if (rc != 0)
		snprintf(problem, CHAIN_PROBLEM_SIZE, "%.400s:%zu: %s", path, number,
			 rc == ERR_SYNTAX ? "not the manifest of an evidence pack" : err_text(rc));
	for (size_t i = 0; i < checking.count; i++)
		free(checking.names[i]);
	free(line);
	if (file != NULL)
		(void)fclose(file);
	return rc != 0 ? rc : checking.wrong;
}

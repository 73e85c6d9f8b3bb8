/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch advisories import: files of publishers become keepwatch's own lines, one file a source.
 * All files are read before anything is written; each file of the folder is replaced whole; one
 * import at a time.
 */
#include "advisories.h"
#include "agent_call.h"

#include "keepwatch/advisory_files.h"
#include "keepwatch/advisory_file.h"
#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REFUSALS_SHOWN = 20, LINE_MAX_SIZE = 16 << 20 };

/* What became of the records of one file. */
struct tally {
	size_t added, replaced, older, strange, refused;
};

struct import {
	struct cli *cli;
	struct advisory_set *set;
	bool takes_all;
	bool is_changed[ADVISORY_SOURCE_COUNT];
	const char *path; /* of the file that is being read */
	struct tally tally;
};

/* ---- what is taken */

/* The ranges about vendors that concern somebody who runs network and security devices. */
static size_t
known_ranges(const struct advisory *advisory, struct advisory_range *out)
{
	const char *vendor = "";
	bool is_known = false;
	size_t count = 0;

	for (size_t i = 0; i < advisory->range_count; i++) {
		const struct advisory_range *range = &advisory->ranges[i];

		/* Runs of the same vendor are the rule. */
		if (strcmp(range->vendor, vendor) != 0) {
			vendor = range->vendor;
			is_known = version_vendor_is_known(vendor);
		}
		if (is_known)
			out[count++] = *range;
	}
	return count;
}

static int
take(void *arg, const struct advisory *advisory)
{
	struct import *import = arg;
	struct advisory copy = *advisory;
	struct advisory_range *ranges = NULL;
	enum advisory_added what = ADVISORY_LEFT;
	int rc = 0;

	/* A CSAF document was chosen by whoever brought it. */
	if (!import->takes_all && advisory->source != ADVISORY_CSAF) {
		ranges = calloc(advisory->range_count + 1, sizeof(*ranges));
		if (ranges == NULL)
			return ERR_NOMEM;
		copy.ranges = ranges;
		copy.range_count = known_ranges(advisory, ranges);
		if (copy.range_count == 0 && !(advisory->source == ADVISORY_KEV &&
					       version_vendor_is_known(advisory->vendor))) {
			import->tally.strange++;
			goto out;
		}
	}
	rc = advisory_set_put(import->set, &copy, &what);
	if (rc != 0)
		goto out;
	import->tally.added += what == ADVISORY_NEW;
	import->tally.replaced += what == ADVISORY_REPLACED;
	import->tally.older += what == ADVISORY_LEFT;
	if (what != ADVISORY_LEFT)
		import->is_changed[advisory->source] = true;
out:
	free(ranges);
	return rc;
}

static void
refuse(void *arg, const char *words)
{
	struct import *import = arg;

	if (import->tally.refused++ < REFUSALS_SHOWN)
		cli_complain(import->cli, "%s: %s", import->path, words);
}

/* ---- reading a file */

static int
read_all(int fd, size_t size, char **out, size_t *len)
{
	char *data = malloc(size + 1);

	if (data == NULL)
		return ENOMEM;
	*len = 0;
	while (*len < size) {
		ssize_t got = read(fd, data + *len, size - *len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int saved = errno;

			free(data);
			return saved;
		}
		if (got == 0)
			break;
		*len += (size_t)got;
	}
	*out = data;
	return 0;
}

/* 0, or an exit code after complaining. */
static int
load_file(struct cli *cli, const char *path, char **data, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = errno;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0)
		error = !S_ISREG(st.st_mode) ? EINVAL
			: st.st_size > ADVISORY_FILE_MAX
				? EFBIG
				: read_all(fd, (size_t)st.st_size, data, len);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && error == 0)
		return 0;
	cli_complain(cli, "%s: %s", path,
		     error == EINVAL  ? "not a regular file"
		     : error == EFBIG ? "larger than 512 MiB"
				      : strerror(error));
	return CLI_UNREADABLE;
}

static void
put_tally(const struct import *import, const struct advisory_file_result *result)
{
	const struct tally *tally = &import->tally;
	struct buf line, name;

	buf_init(&line, 1024);
	buf_init(&name, 8192);
	term_put_text(import->cli->term.has_utf8, &name, import->path, strlen(import->path));
	buf_printf(&line, "%s: %zu new, %zu replaced", advisory_source_name(result->source),
		   tally->added, tally->replaced);
	if (tally->older > 0)
		buf_printf(&line, ", %zu older than what was there", tally->older);
	if (tally->strange > 0)
		buf_printf(&line,
			   ", %zu about no vendor of network or security devices (--all "
			   "takes them)",
			   tally->strange);
	if (result->withdrawn > 0)
		buf_printf(&line, ", %zu withdrawn", result->withdrawn);
	if (tally->refused > 0)
		buf_printf(&line, ", %zu not readable", tally->refused);
	out_printf(import->cli->out, "%s: %s\n", name.data != NULL ? name.data : "", line.data);
	buf_fini(&name);
	buf_fini(&line);
}

static int
import_file(struct import *import, const char *path)
{
	struct advisory_file_sink sink = {take, refuse, import};
	struct advisory_file_result result;
	char *data = NULL;
	size_t len = 0;
	int rc = load_file(import->cli, path, &data, &len);

	if (rc != 0)
		return rc;
	import->path = path;
	memset(&import->tally, 0, sizeof(import->tally));
	rc = advisory_file_read(data, len, &sink, &result);
	free(data);
	if (rc != 0) {
		cli_complain(import->cli, "%s: %s; nothing is imported", path,
			     result.words[0] != '\0' ? result.words : err_text(rc));
		return CLI_UNREADABLE;
	}
	if (import->tally.refused > REFUSALS_SHOWN)
		cli_complain(import->cli, "%s: and %zu more records", path,
			     import->tally.refused - REFUSALS_SHOWN);
	put_tally(import, &result);
	return 0;
}

/* ---- writing the folder */

static int
by_id(const void *left, const void *right)
{
	const struct advisory *a = *(const struct advisory *const *)left,
			      *b = *(const struct advisory *const *)right;
	int order = strcmp(a->id, b->id);

	return order != 0 ? order : strcmp(a->document, b->document);
}

static int
write_lines(struct out *out, const struct advisory **items, size_t count)
{
	struct buf line;
	int rc = 0;

	buf_init(&line, LINE_MAX_SIZE);
	for (size_t i = 0; i < count && rc == 0; i++) {
		buf_reset(&line);
		rc = advisory_format(items[i], &line);
		if (rc == 0) {
			out_put(out, line.data, line.len);
			out_put(out, "\n", 1);
			rc = out_error(out);
		}
	}
	buf_fini(&line);
	return rc;
}

static int
write_source(struct import *import, const char *folder, enum advisory_source source)
{
	size_t total = advisory_set_count(import->set), count = 0;
	const struct advisory **items = calloc(total + 1, sizeof(const struct advisory *));
	struct out *out = NULL;
	char path[4096];
	int rc = items != NULL ? 0 : ERR_NOMEM;

	for (size_t i = 0; i < total && rc == 0; i++) {
		const struct advisory *advisory = advisory_set_at(import->set, i);

		if (advisory->source == source)
			items[count++] = advisory;
	}
	if (rc == 0 && count > 0)
		qsort(items, count, sizeof(const struct advisory *), by_id);
	snprintf(path, sizeof(path), "%s/%s", folder, advisory_files_name(source));
	if (rc == 0)
		rc = out_open_public_file(&out, path);
	if (rc == 0)
		rc = write_lines(out, items, count);
	if (rc == 0)
		rc = out_finish(out);
	if (rc == 0)
		rc = out_commit(out);
	out_close(out);
	free(items);
	if (rc == 0)
		return 0;
	cli_complain(import->cli, "%s: %s; what was there stays", path, err_text(rc));
	return CLI_UNREADABLE;
}

/* Makes the folder if need be, and waits for other imports. The descriptor, or -1 after
 * complaining. */
static int
lock_folder(struct cli *cli, const char *folder)
{
	bool is_new = mkdir(folder, 0755) == 0;
	int fd;

	if (!is_new && errno != EEXIST) {
		cli_complain(cli, "%s: cannot be made: %s", folder, strerror(errno));
		return -1;
	}
	/* Public; the agent reads it under its own user. */
	if (is_new && chmod(folder, 0755) != 0)
		cli_complain(cli, "%s: %s", folder, strerror(errno));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
		int saved = errno;

		if (saved == EINTR)
			continue;
		close(fd);
		errno = saved;
		fd = -1;
	}
	if (fd < 0)
		cli_complain(cli, "%s: %s", folder, strerror(errno));
	return fd;
}

/* ---- and the agent */

static int
tell_agent(struct cli *cli)
{
	struct buf answer;
	int rc;

	/* A database by itself is nobody's in particular. */
	if (args_has(&cli->args, ARG_DATABASE) && !args_has(&cli->args, ARG_CONFIG) &&
	    !args_has(&cli->args, ARG_SOCKET))
		return CLI_OK;
	buf_init(&answer, 1 << 20);
	rc = agent_call_quietly(cli, "reload", &answer);
	if (rc == 0)
		out_puts(cli->out, "The agent has read them.\n");
	else if (rc == ERR_NOTFOUND || rc == ERR_REFUSED)
		out_puts(cli->out, "No agent runs; it reads them when it starts.\n");
	else
		cli_complain(cli, "imported, but the agent does not know yet: %s",
			     rc == ERR_INVAL && answer.len > 0 ? answer.data : err_text(rc));
	buf_fini(&answer);
	return rc == 0 || rc == ERR_NOTFOUND || rc == ERR_REFUSED ? CLI_OK : CLI_UNREADABLE;
}

int
advisories_import(struct cli *cli, const char *folder)
{
	struct import import = {.cli = cli, .takes_all = args_has(&cli->args, ARG_ADVISORIES_ALL)};
	bool is_changed = false;
	int lock = lock_folder(cli, folder), rc;

	if (lock < 0)
		return CLI_UNREADABLE;
	rc = advisories_load(cli, folder, &import.set);
	for (size_t i = 1; i < cli->args.operands.count && rc == 0; i++)
		rc = import_file(&import, cli->args.operands.items[i]);
	for (int i = 0; i < ADVISORY_SOURCE_COUNT && rc == 0; i++) {
		if (import.is_changed[i])
			rc = write_source(&import, folder, (enum advisory_source)i);
		is_changed = is_changed || import.is_changed[i];
	}
	if (rc == 0)
		out_printf(cli->out, "%zu advisories in %s\n", advisory_set_count(import.set),
			   folder);
	advisory_set_free(import.set);
	close(lock);
	return rc == 0 && is_changed ? tell_agent(cli) : rc;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who we are to senders of SNMPv3 informs: an engineID that stays and an engineBoots that only ever
 * grows (RFC 3414 section 2.2.2), in a file beside the database. A file that cannot be read as such
 * makes us another engine, which senders find out by themselves.
 */
#include "traps.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* RFC 3411 SnmpEngineID: an enterprise with the first bit set, format 5 (octets, as the enterprise
 * likes), octets. The number is net-snmp's, whose code makes our messages; 96 random bits are
 * nobody else's. */
static const uint8_t prefix[] = {0x80, 0x00, 0x1f, 0x88, 0x05};
enum { ENGINE_RANDOM = 12, ENGINE_LEN = sizeof(prefix) + ENGINE_RANDOM, FILE_MODE = 0600 };

static const char greeting[] = "keepwatch-engine";

/* "DIR/engine" of "DIR/keepwatch.db"; malloc. */
static char *
file_path(const char *database, const char *ending)
{
	const char *slash = strrchr(database, '/');
	size_t folder = slash == NULL ? 0 : (size_t)(slash - database) + 1;
	size_t size = folder + strlen("engine") + strlen(ending) + 1;
	char *path = malloc(size);

	if (path != NULL)
		snprintf(path, size, "%.*sengine%s", (int)folder, database, ending);
	return path;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at == NULL ? -1 : (int)(at - digits);
}

static bool
parse(const char *text, uint8_t *id, uint32_t *boots)
{
	const char *at = text + strlen(greeting);
	unsigned long value;
	char *end;

	if (strncmp(text, greeting, strlen(greeting)) != 0 || *at++ != ' ')
		return false;
	for (size_t i = 0; i < ENGINE_LEN; i++) {
		int high = hex_digit(at[0]), low = high < 0 ? -1 : hex_digit(at[1]);

		if (low < 0)
			return false;
		id[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	if (*at++ != ' ' || *at < '0' || *at > '9')
		return false;
	value = strtoul(at, &end, 10);
	/* At its largest value an engine is of no use any more (RFC 3414 section 2.2.2). */
	if (*end != '\n' || value >= INT32_MAX)
		return false;
	*boots = (uint32_t)value;
	return memcmp(id, prefix, sizeof(prefix)) == 0;
}

static bool
read_file(const char *path, uint8_t *id, uint32_t *boots)
{
	char text[160];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return parse(text, id, boots);
}

/* Whole or not at all, also when the power fails. */
static int
write_file(const char *path, const char *temporary, const uint8_t *id, uint32_t boots)
{
	char hex[2 * ENGINE_LEN + 1], text[160];
	int fd, rc = 0, n;

	for (size_t i = 0; i < ENGINE_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	n = snprintf(text, sizeof(text), "%s %s %u\n", greeting, hex, boots);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
	if (fd < 0)
		return err_from_errno(errno);
	if (write(fd, text, (size_t)n) != n)
		rc = ERR_IO;
	else if (fsync(fd) != 0)
		rc = err_from_errno(errno);
	close(fd);
	if (rc == 0 && rename(temporary, path) != 0)
		rc = err_from_errno(errno);
	if (rc != 0)
		(void)unlink(temporary);
	return rc;
}

int
trap_engine_load(const char *database, uint8_t id[TRAP_ENGINE_ID_MAX], size_t *len, uint32_t *boots,
		 char *message, size_t message_size)
{
	char *path = file_path(database, ""), *temporary = file_path(database, ".new");
	int rc = ERR_NOMEM;

	if (path == NULL || temporary == NULL)
		goto out;
	if (!read_file(path, id, boots)) {
		memcpy(id, prefix, sizeof(prefix));
		*boots = 0;
		rc = ERR_IO;
		if (getrandom(id + sizeof(prefix), ENGINE_RANDOM, 0) != ENGINE_RANDOM)
			goto out;
	}
	++*boots;
	*len = ENGINE_LEN;
	rc = write_file(path, temporary, id, *boots);
out:
	if (rc != 0)
		snprintf(message, message_size, "%s: %s", path == NULL ? "engine" : path,
			 err_text(rc));
	free(path);
	free(temporary);
	return rc;
}

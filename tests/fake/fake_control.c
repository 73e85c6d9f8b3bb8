/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How tests change a running fake: one line over a Unix stream socket, one answer, which opens with
 * "ok" or "error: ...".
 */
#include "fake.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
unix_socket(const char *path, struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address->sun_path)) {
		errno = ENAMETOOLONG;
		close(fd);
		return -1;
	}
	memcpy(address->sun_path, path, strlen(path));
	return fd;
}

int
fake_control_open(const char *path)
{
	struct sockaddr_un address;
	int fd = unix_socket(path, &address);

	unlink(path);
	if (fd >= 0 &&
	    (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 16) != 0)) {
		close(fd);
		fd = -1;
	}
	if (fd < 0)
		fprintf(stderr, "fake_onvif: %s: %s\n", path, strerror(errno));
	return fd;
}

static void
set_devices(struct fake *fake, const char *name, const char *assignments, FILE *out)
{
	char error[256] = "";
	size_t done = 0;

	for (size_t i = 0; i < fake->count; i++) {
		struct fake_device *device = fake->devices[i];

		if (strcmp(name, "*") != 0 && strcmp(name, device->name) != 0)
			continue;
		if (fake_device_set(device, assignments, error, sizeof(error)) != 0 ||
		    fake_device_apply(device, error, sizeof(error)) != 0) {
			fprintf(out, "error: %s: %s\n", device->name, error);
			return;
		}
		done++;
	}
	if (done == 0)
		fprintf(out, "error: no device %s\n", name);
	else
		fprintf(out, "ok\n");
}

static bool
obey(struct fake *fake, char *line, FILE *out)
{
	char *rest = line, *verb = strsep(&rest, " "), *name = rest ? strsep(&rest, " ") : NULL;
	struct fake_device *device = name != NULL ? fake_find(fake, name) : NULL;

	if (strcmp(verb, "quit") == 0) {
		fprintf(out, "ok\n");
		return true;
	}
	if (strcmp(verb, "list") == 0) {
		fprintf(out, "ok\n");
		for (size_t i = 0; i < fake->count; i++)
			fprintf(out, "%s %u\n", fake->devices[i]->name, fake->devices[i]->port);
	} else if (strcmp(verb, "set") == 0 && name != NULL) {
		set_devices(fake, name, rest != NULL ? rest : "", out);
	} else if (strcmp(verb, "get") == 0 && device != NULL) {
		fprintf(out, "ok\n");
		fake_device_print(device, out);
	} else if (strcmp(verb, "secrets") == 0 && device != NULL) {
		fprintf(out, "ok\n");
		fake_device_print_secrets(device, out);
	} else if (strcmp(verb, "reset") == 0 && device != NULL) {
		fake_device_reset_counters(device);
		fprintf(out, "ok\n");
	} else {
		fprintf(out, "error: expected list, get NAME, secrets NAME, reset NAME, set NAME|* "
			     "key=value..., "
			     "or quit\n");
	}
	return false;
}

bool
fake_control_serve(struct fake *fake, int fd)
{
	char line[8192] = "";
	size_t len = 0;
	ssize_t n;
	FILE *out;
	bool quit = false;

	while (len < sizeof(line) - 1 && memchr(line, '\n', len) == NULL &&
	       (n = recv(fd, line + len, sizeof(line) - 1 - len, 0)) > 0)
		len += (size_t)n;
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	out = fdopen(fd, "w");
	if (out == NULL) {
		close(fd);
		return false;
	}
	quit = obey(fake, line, out);
	fclose(out);
	return quit;
}

int
fake_control_send(const char *path, const char *command)
{
	struct sockaddr_un address;
	char text[8192];
	int fd = unix_socket(path, &address), status = 1;
	bool first = true;
	ssize_t n;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		fprintf(stderr, "fake_onvif: %s: %s\n", path, strerror(errno));
		goto out;
	}
	snprintf(text, sizeof(text), "%s\n", command);
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		goto out;
	while ((n = recv(fd, text, sizeof(text), 0)) > 0) {
		if (first)
			status = n >= 2 && memcmp(text, "ok", 2) == 0 ? 0 : 1;
		first = false;
		fwrite(text, 1, (size_t)n, status == 0 ? stdout : stderr);
	}
out:
	if (fd >= 0)
		close(fd);
	return status;
}

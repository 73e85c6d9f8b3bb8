/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Settings of the simulated devices: the device file, changes at run time, listeners, counters.
 */
#include "fake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int64_t
fake_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
is_one_of(const char *value, const char *choices)
{
	size_t len = strlen(value);

	for (const char *at = choices; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " "))
		if (strncmp(at, value, len) == 0 && (at[len] == ' ' || at[len] == '\0') && len > 0)
			return true;
	return false;
}

static int
check_choices(const struct fake_settings *s, char *error, size_t size)
{
	const struct {
		const char *key, *value, *choices;
	} lists[] = {
		{"kind", s->kind, "camera door"},
		{"auth", s->auth, "none wsse digest either both basic"},
		{"algorithm", s->algorithm, "MD5 SHA-256 both"},
		{"qop", s->qop, "auth none"},
		{"clock", s->clock, "utc month0 no-utc local-as-utc none"},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!is_one_of(lists[i].value, lists[i].choices)) {
			snprintf(error, size, "%s=%s: expected one of %s", lists[i].key,
				 lists[i].value, lists[i].choices);
			return -1;
		}
	if (!fake_misbehaviour_exists(s->misbehave)) {
		snprintf(error, size, "misbehave=%s: unknown", s->misbehave);
		return -1;
	}
	return 0;
}

static int
set_one(struct fake_settings *settings, const char *key, const char *value, char *error,
	size_t size)
{
#define TEXT(name, standard, help)                                             \
	if (strcmp(key, #name) == 0) {                                         \
		snprintf(settings->name, sizeof(settings->name), "%s", value); \
		return 0;                                                      \
	}
#define NUMBER(name, standard, help)                                                   \
	if (strcmp(key, #name) == 0) {                                                 \
		char *end;                                                             \
		long long number = strtoll(value, &end, 10);                           \
		if (end == value || *end != '\0') {                                    \
			snprintf(error, size, "%s=%s: expected a number", key, value); \
			return -1;                                                     \
		}                                                                      \
		settings->name = number;                                               \
		return 0;                                                              \
	}
	FAKE_SETTINGS(TEXT, NUMBER)
#undef TEXT
#undef NUMBER
	snprintf(error, size, "%s: no such key", key);
	return -1;
}

/* Takes the next `key=value` off *text into key and value; 0 at the end, 1, or -1. */
static int
next_assignment(const char **text, char key[FAKE_TEXT], char value[FAKE_TEXT])
{
	const char *at = *text + strspn(*text, " \t\r\n");
	size_t len = 0;
	bool quoted = false;

	if (*at == '\0' || *at == '#')
		return 0;
	while (*at != '=' && *at != '\0' && len < FAKE_TEXT - 1)
		key[len++] = *at++;
	key[len] = '\0';
	if (*at++ != '=')
		return -1;
	for (len = 0; *at != '\0' && (quoted || strchr(" \t\r\n", *at) == NULL); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (len >= FAKE_TEXT - 1)
			return -1;
		value[len++] = *at;
	}
	value[len] = '\0';
	*text = at;
	return quoted ? -1 : 1;
}

int
fake_device_set(struct fake_device *device, const char *assignments, char *error, size_t size)
{
	struct fake_settings *changed;
	char key[FAKE_TEXT], value[FAKE_TEXT];
	int more;

	changed = malloc(sizeof(*changed));
	if (changed == NULL)
		return -1;
	pthread_mutex_lock(&device->lock);
	*changed = device->settings;
	pthread_mutex_unlock(&device->lock);
	while ((more = next_assignment(&assignments, key, value)) > 0) {
		if (set_one(changed, key, value, error, size) != 0)
			goto fail;
	}
	if (more < 0) {
		snprintf(error, size, "expected key=value or key=\"value\"");
		goto fail;
	}
	if (check_choices(changed, error, size) != 0)
		goto fail;
	pthread_mutex_lock(&device->lock);
	device->settings = *changed;
	pthread_mutex_unlock(&device->lock);
	free(changed);
	return 0;
fail:
	free(changed);
	return -1;
}

static struct fake_device *
device_new(const char *name)
{
	struct fake_device *device = calloc(1, sizeof(*device));
	unsigned char random[16];

	if (device == NULL)
		return NULL;
	snprintf(device->name, sizeof(device->name), "%s", name);
	pthread_mutex_init(&device->lock, NULL);
	device->listener = -1;
#define TEXT(key, standard, help) \
	snprintf(device->settings.key, sizeof(device->settings.key), "%s", standard);
#define NUMBER(key, standard, help) device->settings.key = standard;
	FAKE_SETTINGS(TEXT, NUMBER)
#undef TEXT
#undef NUMBER
	if (getentropy(random, sizeof(random)) != 0)
		abort();
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(device->secret + 2 * i, 3, "%02x", random[i]);
	return device;
}

int
fake_load(struct fake *fake, const char *path)
{
	char *line = NULL, name[FAKE_TEXT], error[256];
	size_t cap = 0, number = 0;
	int status = 0;
	FILE *file = fopen(path, "r");

	if (file == NULL) {
		fprintf(stderr, "fake_onvif: %s: %s\n", path, strerror(errno));
		return -1;
	}
	while (getline(&line, &cap, file) > 0) {
		const char *at = line + strspn(line, " \t\r\n");
		size_t len = strcspn(at, " \t\r\n");
		struct fake_device *device;

		number++;
		if (*at == '\0' || *at == '#')
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		device = fake->count < FAKE_DEVICES_MAX ? device_new(name) : NULL;
		if (device == NULL) {
			fprintf(stderr, "fake_onvif: %s:%zu: too many devices\n", path, number);
			status = -1;
			break;
		}
		fake->devices[fake->count++] = device;
		if (fake_device_set(device, at + len, error, sizeof(error)) != 0 ||
		    fake_device_apply(device, error, sizeof(error)) != 0) {
			fprintf(stderr, "fake_onvif: %s:%zu: %s: %s\n", path, number, name, error);
			status = -1;
		}
	}
	free(line);
	fclose(file);
	return status;
}

struct fake_device *
fake_find(struct fake *fake, const char *name)
{
	for (size_t i = 0; i < fake->count; i++)
		if (strcmp(fake->devices[i]->name, name) == 0)
			return fake->devices[i];
	return NULL;
}

/* "10.0.0.1:80" or "[::1]:80"; a socket that listens, or -1. */
static int
open_listener(const char *text, uint16_t *port)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	struct sockaddr_storage bound;
	socklen_t bound_len = sizeof(bound);
	char host[FAKE_TEXT], *colon;
	int fd = -1, on = 1;

	snprintf(host, sizeof(host), "%s", text[0] == '[' ? text + 1 : text);
	colon = strrchr(host, ':');
	if (colon == NULL || colon == host) {
		errno = EINVAL;
		return -1;
	}
	*colon = '\0';
	if (colon[-1] == ']')
		colon[-1] = '\0';
	if (getaddrinfo(host, colon + 1, &hints, &found) != 0) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		setsockopt(fd, SOL_IP, IP_FREEBIND, &on, sizeof(on));
	}
	if (fd >= 0 && (bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 128) != 0 ||
			getsockname(fd, (struct sockaddr *)&bound, &bound_len) != 0)) {
		int saved = errno;

		close(fd);
		errno = saved;
		fd = -1;
	}
	freeaddrinfo(found);
	if (fd >= 0) /* the port is in the same place in both families */
		*port = ntohs(((struct sockaddr_in *)&bound)->sin_port);
	return fd;
}

/* As open_listener, but in another network namespace; this thread comes back from it. */
static int
open_listener_in(const char *netns, const char *text, uint16_t *port)
{
	char path[FAKE_TEXT + 16];
	int home = -1, there = -1, fd = -1, saved;

	if (netns[0] == '\0')
		return open_listener(text, port);
	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	there = open(path, O_RDONLY | O_CLOEXEC);
	if (home >= 0 && there >= 0 && setns(there, CLONE_NEWNET) == 0) {
		fd = open_listener(text, port);
		saved = errno;
		if (setns(home, CLONE_NEWNET) != 0)
			abort();
		errno = saved;
	}
	saved = errno;
	if (home >= 0)
		close(home);
	if (there >= 0)
		close(there);
	errno = saved;
	return fd;
}

static SSL_CTX *
open_tls(const struct fake_settings *settings)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (tls != NULL &&
	    (SSL_CTX_use_certificate_chain_file(tls, settings->tls_cert) != 1 ||
	     SSL_CTX_use_PrivateKey_file(tls, settings->tls_key, SSL_FILETYPE_PEM) != 1)) {
		SSL_CTX_free(tls);
		tls = NULL;
	}
	return tls;
}

static int
read_password(const char *path, char out[FAKE_TEXT])
{
	FILE *file = fopen(path, "r");
	int status = file != NULL && fgets(out, FAKE_TEXT, file) != NULL ? 0 : -1;

	if (status == 0)
		out[strcspn(out, "\r\n")] = '\0';
	if (file != NULL)
		fclose(file);
	return status;
}

int
fake_device_apply(struct fake_device *device, char *error, size_t size)
{
	char password[FAKE_TEXT] = "";
	int status = 0;

	pthread_mutex_lock(&device->lock);
	if (device->settings.password_file[0] == '\0') {
		device->password[0] = device->http_password[0] = device->in_file[0] = '\0';
	} else if (read_password(device->settings.password_file, password) != 0) {
		snprintf(error, size, "password_file: %s", strerror(errno));
		status = -1;
	} else if (strcmp(password, device->in_file) != 0) {
		memcpy(device->in_file, password, sizeof(password));
		memcpy(device->password, password, sizeof(password));
		memcpy(device->http_password, password, sizeof(password));
	}
	SSL_CTX_free(device->tls);
	device->tls = NULL;
	if (device->settings.tls_cert[0] != '\0' &&
	    (device->tls = open_tls(&device->settings)) == NULL) {
		snprintf(error, size, "tls_cert, tls_key: cannot be used");
		status = -1;
	}
	if (device->settings.closed && device->listener >= 0) {
		close(device->listener);
		device->listener = -1;
	} else if (!device->settings.closed && device->listener < 0) {
		device->listener = open_listener_in(device->settings.netns, device->settings.listen,
						    &device->port);
		if (device->listener < 0) {
			snprintf(error, size, "listen=%s: %s", device->settings.listen,
				 strerror(errno));
			status = -1;
		}
	}
	pthread_mutex_unlock(&device->lock);
	return status;
}

void
fake_device_print(struct fake_device *device, FILE *out)
{
	pthread_mutex_lock(&device->lock);
#define X(key) fprintf(out, #key "=%lld\n", (long long)device->counters.key);
	FAKE_COUNTERS(X)
#undef X
	fprintf(out, "port=%u\n", device->port);
	fprintf(out, "is_locked=%d\n", device->locked_until_ms > fake_now_ms());
	fprintf(out, "last_operation=%s\n", device->last_operation);
#define TEXT(key, standard, help)   fprintf(out, #key "=%s\n", device->settings.key);
#define NUMBER(key, standard, help) fprintf(out, #key "=%lld\n", (long long)device->settings.key);
	FAKE_SETTINGS(TEXT, NUMBER)
#undef TEXT
#undef NUMBER
	pthread_mutex_unlock(&device->lock);
}

void
fake_device_print_secrets(struct fake_device *device, FILE *out)
{
	pthread_mutex_lock(&device->lock);
	fake_user_settle(device);
	fprintf(out, "password=%s\nhttp_password=%s\npending=%s\n", device->password,
		device->http_password, device->pending);
	pthread_mutex_unlock(&device->lock);
}

void
fake_device_reset_counters(struct fake_device *device)
{
	int64_t open;

	pthread_mutex_lock(&device->lock);
	open = device->counters.open;
	memset(&device->counters, 0, sizeof(device->counters));
	device->counters.open = device->counters.open_peak = open;
	device->failed_logins = device->locked_until_ms = 0;
	pthread_mutex_unlock(&device->lock);
}

void
fake_print_keys(FILE *out)
{
#define TEXT(key, standard, help)   fprintf(out, "  %-16s %s (%s)\n", #key, help, standard);
#define NUMBER(key, standard, help) fprintf(out, "  %-16s %s (%d)\n", #key, help, standard);
	FAKE_SETTINGS(TEXT, NUMBER)
#undef TEXT
#undef NUMBER
}

void
fake_free(struct fake *fake)
{
	for (size_t i = 0; i < fake->count; i++) {
		struct fake_device *device = fake->devices[i];

		if (device->listener >= 0)
			close(device->listener);
		SSL_CTX_free(device->tls);
		free(device);
	}
	fake->count = 0;
}

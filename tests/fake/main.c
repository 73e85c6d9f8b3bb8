/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fake_onvif: simulated cameras and door controllers, many in one process.
 *   fake_onvif [-k CONTROL] DEVICES    serves until SIGTERM; says "ready" when all listen
 *   fake_onvif -k CONTROL -- COMMAND   sends a command to a running one
 */
#include "fake.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

struct job {
	struct fake_device *device;
	int fd;
};

static void *
serve(void *arg)
{
	struct job job = *(struct job *)arg;

	free(arg);
	fake_http_serve(job.device, job.fd);
	return NULL;
}

static void
start(struct fake_device *device, int fd)
{
	struct job *job = malloc(sizeof(*job));
	pthread_attr_t attributes;
	pthread_t thread;

	if (job == NULL) {
		close(fd);
		return;
	}
	*job = (struct job){device, fd};
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 256 * 1024);
	if (pthread_create(&thread, &attributes, serve, job) != 0) {
		close(fd);
		free(job);
	}
	pthread_attr_destroy(&attributes);
}

/* Serves until a signal or `quit`. */
static int
loop(struct fake *fake, int control)
{
	struct pollfd *fds = calloc(fake->count + 2, sizeof(*fds));
	sigset_t ends;
	int fd;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (fds == NULL)
		return 1;
	fds[0] = (struct pollfd){.fd = signalfd(-1, &ends, SFD_CLOEXEC), .events = POLLIN};
	fds[1] = (struct pollfd){.fd = control, .events = POLLIN};
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		for (size_t i = 0; i < fake->count; i++)
			fds[i + 2] =
				(struct pollfd){.fd = fake->devices[i]->listener, .events = POLLIN};
		if (poll(fds, fake->count + 2, -1) < 0 && errno != EINTR)
			return 1;
		if (fds[0].revents != 0)
			return 0;
		if (fds[1].revents != 0 && (fd = accept(control, NULL, NULL)) >= 0 &&
		    fake_control_serve(fake, fd))
			return 0;
		for (size_t i = 0; i < fake->count; i++) {
			if ((fds[i + 2].revents & POLLIN) == 0 ||
			    fake->devices[i]->listener != fds[i + 2].fd)
				continue;
			fd = accept(fds[i + 2].fd, NULL, NULL);
			if (fd >= 0)
				start(fake->devices[i], fd);
		}
	}
}

static int
usage(FILE *out)
{
	fprintf(out,
		"usage: fake_onvif [-k CONTROL] DEVICES\n"
		"       fake_onvif -k CONTROL -- list | get NAME | secrets NAME | reset NAME |\n"
		"                  set NAME|* KEY=VALUE... | quit\n"
		"       fake_onvif help\n"
		"DEVICES has lines `NAME KEY=VALUE...`. Keys (and what they are at first):\n");
	fake_print_keys(out);
	fprintf(out, "Misbehaviours:\n");
	fake_print_misbehaviours(out);
	return out == stdout ? 0 : 2;
}

int
main(int argc, char **argv)
{
	static struct fake fake;
	const char *control_path = NULL;
	char command[8192] = "";
	int control = -1, option;

	while ((option = getopt(argc, argv, "+k:h")) != -1) {
		if (option == 'k')
			control_path = optarg;
		else
			return usage(option == 'h' ? stdout : stderr);
	}
	if (optind < argc && strcmp(argv[optind], "help") == 0)
		return usage(stdout);
	if (control_path != NULL && optind > 1 && strcmp(argv[optind - 1], "--") == 0) {
		size_t used = 0;

		for (int i = optind; i < argc; i++)
			used += (size_t)snprintf(command + used, sizeof(command) - used, "%s%s",
						 i > optind ? " " : "", argv[i]);
		return fake_control_send(control_path, command);
	}
	if (optind != argc - 1)
		return usage(stderr);
	if (fake_load(&fake, argv[optind]) != 0)
		return 1;
	if (control_path != NULL && (control = fake_control_open(control_path)) < 0)
		return 1;
	for (size_t i = 0; i < fake.count; i++)
		printf("%s %u\n", fake.devices[i]->name, fake.devices[i]->port);
	option = loop(&fake, control);
	if (control_path != NULL)
		unlink(control_path);
	fflush(stdout);
	/* Threads may still serve: what they use must not be freed under them. */
	_exit(option);
}

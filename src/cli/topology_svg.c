/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology as SVG, drawn by dot(1) of Graphviz: run without a shell, fed from memory, and its
 * output taken only if it succeeded.
 */
#include "topology.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { IN, OUT, ERR, STREAMS };

struct drawer {
	struct cli *cli;
	int fds[STREAMS]; /* files in memory: its standard streams */
};

static int
open_files(struct drawer *drawer)
{
	static const char *const names[STREAMS] = {"topology.dot", "topology.svg", "dot-errors"};

	for (int i = 0; i < STREAMS; i++) {
		drawer->fds[i] = memfd_create(names[i], MFD_CLOEXEC);
		if (drawer->fds[i] < 0)
			return -errno;
	}
	return 0;
}

/* The graph, into the file that it will read. */
static int
feed(struct drawer *drawer, struct topology *topology)
{
	int fd = dup(drawer->fds[IN]);
	FILE *stream = fd >= 0 ? fdopen(fd, "w") : NULL;
	struct out *out = NULL;
	int rc;

	if (stream == NULL) {
		if (fd >= 0)
			close(fd);
		return ERR_IO;
	}
	rc = out_open_stream(&out, stream);
	if (rc == 0) {
		topology_write_dot(topology, out);
		rc = out_finish(out);
	}
	out_close(out);
	if (fclose(stream) != 0 && rc == 0)
		rc = ERR_IO;
	if (rc == 0 && lseek(drawer->fds[IN], 0, SEEK_SET) != 0)
		rc = ERR_IO;
	return rc;
}

/* Runs it to its end. The status of waitpid(2), or -1 with errno. */
static int
run_dot(struct drawer *drawer)
{
	char *const argv[] = {"dot", "-Tsvg", NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int status = 0, rc;
	pid_t pid = -1;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	if (posix_spawnattr_init(&attributes) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return -1;
	}
	for (int i = 0; i < STREAMS; i++)
		posix_spawn_file_actions_adddup2(&actions, drawer->fds[i], i);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	rc = posix_spawnp(&pid, "dot", &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (rc != 0) {
		errno = rc;
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return status;
}

/* What it said, for a complaint: the first lines. */
static void
read_errors(const struct drawer *drawer, char *text, size_t size)
{
	ssize_t got = pread(drawer->fds[ERR], text, size - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	text[strcspn(text, "\r")] = '\0';
	while (got > 0 && text[got - 1] == '\n')
		text[--got] = '\0';
}

static int
copy_out(const struct drawer *drawer)
{
	char piece[16384];
	off_t at = 0;
	ssize_t got;

	while ((got = pread(drawer->fds[OUT], piece, sizeof(piece), at)) > 0) {
		out_put(drawer->cli->out, piece, (size_t)got);
		at += got;
	}
	return got < 0 ? ERR_IO : at == 0 ? ERR_TRUNCATED : 0;
}

static int
draw(struct drawer *drawer, struct topology *topology)
{
	char words[2048];
	int status, rc = open_files(drawer);

	if (rc == 0)
		rc = feed(drawer, topology);
	if (rc != 0) {
		cli_complain(drawer->cli, "no room in memory for the graph");
		return CLI_UNREADABLE;
	}
	status = run_dot(drawer);
	if (status == -1) {
		if (errno == ENOENT)
			cli_complain(drawer->cli, "the program 'dot', which draws SVG, is not "
						  "there: install the package graphviz, or take "
						  "--format dot");
		else
			cli_complain(drawer->cli,
				     "the program 'dot' of the package graphviz cannot be run: %s",
				     strerror(errno));
		return CLI_UNREADABLE;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		read_errors(drawer, words, sizeof(words));
		if (WIFSIGNALED(status))
			cli_complain(drawer->cli, "dot was ended by signal %d%s%s",
				     WTERMSIG(status), *words != '\0' ? ":\n" : "", words);
		else
			cli_complain(drawer->cli, "dot failed with exit code %d%s%s",
				     WEXITSTATUS(status), *words != '\0' ? ":\n" : "", words);
		return CLI_UNREADABLE;
	}
	if (copy_out(drawer) != 0) {
		cli_complain(drawer->cli, "dot drew nothing");
		return CLI_UNREADABLE;
	}
	return 0;
}

int
topology_write_svg(struct topology *topology)
{
	struct drawer drawer = {.cli = topology->cli, .fds = {-1, -1, -1}};
	int rc = draw(&drawer, topology);

	for (int i = 0; i < STREAMS; i++) {
		if (drawer.fds[i] >= 0)
			close(drawer.fds[i]);
	}
	return rc;
}

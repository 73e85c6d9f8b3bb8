/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Running commands: each in a process group of its own, so that one that hangs is killed with all
 * that it started; its output is read straight into locked memory.
 */
#include "command.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* One that is running; command NULL: the place is free. */
struct run {
	struct command *command;
	pid_t pid;
	int process, output; /* descriptors: readable when it has ended, and of its output; or -1 */
	struct secret *secret;
	size_t read;
	uint64_t deadline_ms;
	bool was_killed;
};

enum { ENVIRONMENT_MAX = 5 };

static void
free_environment(char **environment)
{
	for (size_t i = 0; i < ENVIRONMENT_MAX; i++)
		free(environment[i]);
}

static int
make_environment(const struct command *command, char **out)
{
	const char *const names[] = {"PATH", "HOME", "KEEPWATCH_CREDENTIAL", "KEEPWATCH_DEVICE"};
	const char *const values[] = {getenv("PATH"), getenv("HOME"), command->credential,
				      command->device};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (values[i] != NULL && asprintf(&out[n], "%s=%s", names[i], values[i]) < 0) {
			out[n] = NULL;
			return ENOMEM;
		}
		n += values[i] != NULL;
	}
	return 0;
}

/* 0 or an errno. */
static int
spawn(struct run *run, int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *environment[ENVIRONMENT_MAX] = {0};
	sigset_t none, all;
	int rc;

	sigemptyset(&none);
	sigfillset(&all);
	rc = posix_spawn_file_actions_init(&actions);
	if (rc != 0)
		return rc;
	rc = posix_spawnattr_init(&attributes);
	if (rc != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return rc;
	}
	rc = make_environment(run->command, environment);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, output, 1);
	if (rc == 0)
		rc = posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (rc == 0)
		rc = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP |
								   POSIX_SPAWN_SETSIGDEF |
								   POSIX_SPAWN_SETSIGMASK);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(&attributes, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(&attributes, &all);
	if (rc == 0)
		rc = posix_spawn(&run->pid, run->command->argv[0], &actions, &attributes,
				 run->command->argv, environment);
	free_environment(environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Starts one; what prevents that is its problem. ERR_NOMEM. */
static int
start(struct run *run, struct command *command)
{
	int ends[2] = {-1, -1}, rc;

	*run = (struct run){.command = command, .process = -1, .output = -1};
	command->was_run = true;
	if (secret_begin(&run->secret) != 0) {
		run->command = NULL;
		return ERR_NOMEM;
	}
	rc = pipe2(ends, O_CLOEXEC) != 0 ? errno : spawn(run, ends[1]);
	close_one(&ends[1]);
	if (rc == 0) {
		run->process = pidfd_open(run->pid, 0);
		if (run->process < 0) {
			rc = errno;
			(void)kill(-run->pid, SIGKILL);
			(void)waitpid(run->pid, NULL, 0);
		}
	}
	if (rc != 0) {
		snprintf(command->problem, sizeof(command->problem), "cannot be run: %s",
			 strerror(rc));
		close_one(&ends[0]);
		secret_free(run->secret);
		run->command = NULL;
		return rc == ENOMEM ? ERR_NOMEM : 0;
	}
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	run->output = ends[0];
	run->deadline_ms = clock_mono_ms() + COMMAND_TIMEOUT_MS;
	return 0;
}

/* Reads what there is; closes the pipe at its end, and where too much comes. */
static void
drain(struct run *run)
{
	while (run->output >= 0) {
		size_t got = 0;
		char rest[256];
		int rc = secret_read(run->secret, run->output, &got);

		if (rc == ERR_BUSY)
			return;
		if (rc == ERR_TOOBIG) { /* the page is full: what follows is of no use */
			ssize_t n = read(run->output, rest, sizeof(rest));

			secret_wipe(rest, sizeof(rest));
			if (n < 0 && errno == EAGAIN)
				return;
			got = n > 0 ? (size_t)n : 0;
			rc = 0;
		}
		run->read += got;
		if (rc != 0 || got == 0 || run->read > COMMAND_OUTPUT_MAX)
			close_one(&run->output);
	}
}

/* It has ended: what came of it. */
static void
finish(struct run *run)
{
	struct command *command = run->command;
	int status = 0, rc;

	drain(run); /* a child of its own may hold the pipe open: that is not waited for */
	close_one(&run->output);
	close_one(&run->process);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	rc = secret_end(run->secret);
	if (run->was_killed)
		snprintf(command->problem, sizeof(command->problem), "took longer than %d s",
			 COMMAND_TIMEOUT_MS / 1000);
	else if (WIFSIGNALED(status))
		snprintf(command->problem, sizeof(command->problem), "was ended by signal %d",
			 WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		snprintf(command->problem, sizeof(command->problem), "ended with exit status %d",
			 WEXITSTATUS(status));
	else if (rc == ERR_TOOBIG)
		snprintf(command->problem, sizeof(command->problem),
			 "printed a line of more than %d bytes", SECRET_MAX);
	else if (rc != 0)
		snprintf(command->problem, sizeof(command->problem),
			 "ended well, but its first line is no secret: empty, or with a NUL");
	else
		command->secret = run->secret;
	if (command->secret == NULL)
		secret_free(run->secret);
	run->command = NULL;
}

/* Waits until one of the runs has something to say, or is late; how many have failed. */
static size_t
attend(struct run *runs)
{
	struct pollfd fds[2 * COMMAND_AT_ONCE];
	uint64_t now_ms = clock_mono_ms(), until_ms = now_ms + COMMAND_TIMEOUT_MS;
	size_t failures = 0;
	int count = 0;

	for (size_t i = 0; i < COMMAND_AT_ONCE; i++) {
		struct run *run = &runs[i];

		if (run->command == NULL)
			continue;
		if (run->deadline_ms <= now_ms && !run->was_killed) {
			(void)kill(-run->pid, SIGKILL);
			run->was_killed = true;
		}
		if (!run->was_killed && run->deadline_ms < until_ms)
			until_ms = run->deadline_ms;
		fds[count++] = (struct pollfd){.fd = run->process, .events = POLLIN};
		if (run->output >= 0)
			fds[count++] = (struct pollfd){.fd = run->output, .events = POLLIN};
	}
	(void)poll(fds, (nfds_t)count, (int)(until_ms - now_ms));
	for (size_t i = 0; i < COMMAND_AT_ONCE; i++) {
		struct pollfd ended = {.fd = runs[i].process, .events = POLLIN};
		struct command *command = runs[i].command;

		if (command == NULL)
			continue;
		drain(&runs[i]);
		if (poll(&ended, 1, 0) == 1) {
			finish(&runs[i]);
			failures += command->secret == NULL;
		}
	}
	return failures;
}

int
commands_run(struct command *commands, size_t count)
{
	struct run runs[COMMAND_AT_ONCE] = {0};
	uint64_t end_ms = clock_mono_ms() + COMMAND_START_MS;
	size_t next = 0, running, failures = 0;
	int rc = 0;

	do {
		running = 0;
		for (size_t i = 0; i < COMMAND_AT_ONCE; i++) {
			while (runs[i].command == NULL && rc == 0 && next < count &&
			       failures < COMMAND_FAILURES_MAX && clock_mono_ms() < end_ms) {
				rc = start(&runs[i], &commands[next++]);
				failures += rc == 0 && runs[i].command == NULL;
			}
			running += runs[i].command != NULL;
		}
		if (running > 0)
			failures += attend(runs);
	} while (running > 0);
	return rc;
}

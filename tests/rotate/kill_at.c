/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kill_at N COMMAND...: runs a command and kills it by SIGKILL at its N-th stop at a system call;
 * each call is two stops, before it is done and after. Counts those of all its threads and
 * children. N 0: never. Prints "killed N" or "ended N", with N the stops that there were; the exit
 * code is 137, or the command's own; 125 if it cannot be traced.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNTRACEABLE = 125, KILLED = 137 };

static int
begin(char **argv)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		/* What the command prints is not ours. */
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(UNTRACEABLE);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return -1;
	if (ptrace(PTRACE_SETOPTIONS, child, NULL,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
			    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK)) != 0)
		return -1;
	ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	return child;
}

int
main(int argc, char **argv)
{
	unsigned long at = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, stops = 0;
	int status, code = 0;
	pid_t first, pid;

	if (argc < 3) {
		fprintf(stderr, "usage: kill_at N COMMAND...\n");
		return UNTRACEABLE;
	}
	first = begin(argv + 2);
	if (first < 0) {
		fprintf(stderr, "kill_at: it cannot be traced: %s\n", strerror(errno));
		return UNTRACEABLE;
	}
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		long signal_number = 0;

		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == first)
				code = WIFEXITED(status) ? WEXITSTATUS(status)
							 : 128 + WTERMSIG(status);
			continue;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (++stops == at)
				kill(first, SIGKILL);
		} else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != SIGSTOP) {
			signal_number = WSTOPSIG(status);
		}
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)signal_number);
	}
	fprintf(stderr, "%s %lu\n", at != 0 && stops >= at ? "killed" : "ended", stops);
	return code;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Progress on standard error, by a thread that wakes once a second, because what takes long (a
 * query, a slow disk) does not call back.
 */
#include "progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct progress {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool is_over, is_joined, is_shown;
	atomic_size_t rows;
	char what[256];
};

static void *
run(void *arg)
{
	struct progress *progress = arg;
	unsigned seconds = 0;
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	pthread_mutex_lock(&progress->lock);
	while (!progress->is_over) {
		size_t rows;

		at.tv_sec++;
		while (!progress->is_over &&
		       pthread_cond_timedwait(&progress->wake, &progress->lock, &at) == 0)
			;
		if (progress->is_over)
			break;
		seconds++;
		rows = atomic_load(&progress->rows);
		if (rows > 0)
			fprintf(stderr, "\r\033[K%s: %zu rows, %us", progress->what, rows, seconds);
		else
			fprintf(stderr, "\r\033[K%s: %us", progress->what, seconds);
		fflush(stderr);
		progress->is_shown = true;
	}
	if (progress->is_shown)
		fputs("\r\033[K", stderr);
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

struct progress *
progress_start(const char *what)
{
	struct progress *progress;
	pthread_condattr_t attr;
	sigset_t all, old;
	int rc;

	if (isatty(STDERR_FILENO) != 1)
		return NULL;
	progress = calloc(1, sizeof(*progress));
	if (progress == NULL)
		return NULL;
	/* The path in it is the user's own; control characters are not expected, but cost nothing
	 * to refuse. */
	for (size_t i = 0; what[i] != '\0' && i + 1 < sizeof(progress->what); i++)
		progress->what[i] = (unsigned char)what[i] < 0x20 ? '?' : what[i];
	pthread_mutex_init(&progress->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&progress->wake, &attr);
	pthread_condattr_destroy(&attr);
	/* Signals are for the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&progress->thread, NULL, run, progress);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc != 0) {
		progress->is_joined = true;
		progress_free(progress);
		return NULL;
	}
	return progress;
}

void
progress_count(struct progress *progress, size_t rows)
{
	if (progress != NULL)
		atomic_store(&progress->rows, rows);
}

void
progress_stop(struct progress *progress)
{
	if (progress == NULL || progress->is_joined)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->is_over = true;
	pthread_cond_signal(&progress->wake);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	progress->is_joined = true;
}

void
progress_free(struct progress *progress)
{
	if (progress == NULL)
		return;
	progress_stop(progress);
	pthread_cond_destroy(&progress->wake);
	pthread_mutex_destroy(&progress->lock);
	free(progress);
}

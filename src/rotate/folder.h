/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files of a rotation (keepwatch/rotate.h says which). All that returns 0 is on disk: files and
 * the folders that name them are synced.
 */
#ifndef ROTATE_FOLDER_H
#define ROTATE_FOLDER_H

#include "core.h"

struct rotate_folder {
	char *path; /* DIR */
	int dir;    /* open folders */
	int work;   /* DIR/.rotate; -1: there is none */
	int lock;
};

/*
 * Makes .rotate if need be, and takes the lock. ERR_BUSY: somebody else has it; ERR_NOTFOUND: no
 * DIR; ERR_PERM: may not, or others may write there.
 */
int rotate_folder_open(struct rotate_folder *folder, const char *path);
/* To look: nothing is made, nothing is locked. */
int rotate_folder_look(struct rotate_folder *folder, const char *path);
void rotate_folder_close(struct rotate_folder *folder);

/* `file`: credential_password_name(). ERR_EXISTS if there is a journal already. */
int rotate_save(const struct rotate_folder *folder, const char *file,
		const struct rotate_journal *journal, const struct secret *old,
		const struct secret *new);
int rotate_record(const struct rotate_folder *folder, const char *file,
		  const struct rotate_journal *journal);
/* ERR_NOTFOUND: there is none; ERR_SYNTAX: it cannot be read. */
int rotate_load(const struct rotate_folder *folder, const char *file, struct rotate_journal *out);
/* NULL for one that is not there any more: it is in place, or is wiped. */
int rotate_secrets(const struct rotate_folder *folder, const char *file, struct secret **old,
		   struct secret **new);
/* NAME.new becomes DIR/NAME; no error if it has. */
int rotate_commit(const struct rotate_folder *folder, const char *file);
/* Wipes and removes both secrets, then the journal. */
int rotate_clean(const struct rotate_folder *folder, const char *file);

#endif

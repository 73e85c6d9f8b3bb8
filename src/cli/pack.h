/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A directory of files that appears whole or not at all: made beside its place under another name,
 * with a MANIFEST of SHA-256 sums, brought to the disk and renamed.
 */
#ifndef CLI_PACK_H
#define CLI_PACK_H

struct out;
struct pack;

/*
 * path: the directory to be; nothing may be there, or an empty directory. ERR_EXISTS: it is not
 * empty; ERR_INVAL: it is no directory, or a symbolic link; ERR_NOTFOUND: the folder that it is to
 * be in; ERR_PERM, ERR_FULL, ERR_IO, ERR_NOMEM.
 */
int pack_open(struct pack **out, const char *path);
/* Begins a file (mode 0640 less the umask); *out is the pack's until pack_end. */
int pack_begin(struct pack *pack, const char *name, struct out **out);
/* Brings it to the disk, and its sum to the manifest. Returns also what went wrong in writing. */
int pack_end(struct pack *pack);
/* MANIFEST, as sha256sum(1) reads it, and the rename. */
int pack_commit(struct pack *pack);
/* Frees; what was not committed is removed. NULL is fine. */
void pack_close(struct pack *pack);

#endif

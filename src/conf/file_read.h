/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole file in memory: the settings, what they include, the fleet.
 */
#ifndef CONF_FILE_READ_H
#define CONF_FILE_READ_H

#include "complaints.h"

/* Reads a regular file of at most max bytes, malloc; NULL with a complaint about the file, whose
 * number is `file`. */
char *file_read(struct complaints *complaints, int file, const char *path, size_t max, size_t *len);

#endif

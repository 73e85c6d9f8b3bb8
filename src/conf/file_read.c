/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading whole files.
 */
#include "file_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
file_read(struct complaints *complaints, int file, const char *path, size_t max, size_t *len)
{
	struct mark whole = {0, 0};
	char *data = NULL;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	size_t have = 0;

	if (fd < 0 || fstat(fd, &st) != 0) {
		complain(complaints, file, whole, "cannot be read: %s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		complain(complaints, file, whole, "not a regular file");
	} else if ((uintmax_t)st.st_size > max) {
		complain(complaints, file, whole, "larger than %zu MiB", max >> 20);
	} else if ((data = malloc((size_t)st.st_size + 1)) == NULL) {
		complaints->out_of_memory = true;
	} else {
		while (have < (size_t)st.st_size) {
			ssize_t n = read(fd, data + have, (size_t)st.st_size - have);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0) {
				complain(complaints, file, whole, "cannot be read: %s",
					 strerror(errno));
				free(data);
				data = NULL;
			}
			if (n <= 0)
				break;
			have += (size_t)n;
		}
		*len = have;
	}
	if (fd >= 0)
		close(fd);
	return data;
}

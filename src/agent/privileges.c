/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From root to an ordinary user once the sockets are open, for those who do not let systemd do it.
 */
#include "agent.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void
privileges_make_parent(const char *path, const char *user, const char *group)
{
	const char *slash = strrchr(path, '/');
	const struct passwd *pw = user == NULL ? NULL : getpwnam(user);
	const struct group *gr = group == NULL ? NULL : getgrnam(group);
	char *folder =
		slash == NULL || slash == path ? NULL : strndup(path, (size_t)(slash - path));

	if (folder == NULL)
		return;
	/* One that is there is left as it is; one that cannot be made fails when it is used. */
	if (mkdir(folder, 0750) == 0 && geteuid() == 0 &&
	    chown(folder, pw == NULL ? (uid_t)-1 : pw->pw_uid,
		  gr == NULL ? (gid_t)-1 : gr->gr_gid) != 0)
		log_warn("agent", "%s: owner not set: %s", folder, strerror(errno));
	free(folder);
}

int
privileges_drop(const char *user, const char *group, char *message, size_t message_size)
{
	const struct passwd *pw;
	gid_t gid;

	if (user == NULL || geteuid() != 0)
		return 0;
	pw = getpwnam(user);
	if (pw == NULL) {
		snprintf(message, message_size,
			 "user '%s' does not exist; create it or leave out `user:`", user);
		return ERR_NOTFOUND;
	}
	gid = pw->pw_gid;
	if (group != NULL) {
		const struct group *gr = getgrnam(group);

		if (gr == NULL) {
			snprintf(message, message_size, "group '%s' does not exist", group);
			return ERR_NOTFOUND;
		}
		gid = gr->gr_gid;
	}
	if (setgroups(1, &gid) != 0 || setgid(gid) != 0 || setuid(pw->pw_uid) != 0) {
		snprintf(message, message_size, "cannot become user '%s': %s", user,
			 strerror(errno));
		return ERR_PERM;
	}
	/* It must not be possible to go back. */
	if (pw->pw_uid != 0 && setuid(0) == 0) {
		snprintf(message, message_size, "user '%s' could become root again", user);
		return ERR_PERM;
	}
	return 0;
}

/* True if this process may give a file to the group (chown(2)). */
static bool
may_give(gid_t gid)
{
	gid_t groups[256];
	int n;

	if (geteuid() == 0 || getegid() == gid)
		return true;
	n = getgroups((int)(sizeof(groups) / sizeof(groups[0])), groups);
	for (int i = 0; i < n; i++) {
		if (groups[i] == gid)
			return true;
	}
	return false;
}

const char *
privileges_group(const char *group)
{
	const struct group *gr = group == NULL ? NULL : getgrnam(group);

	if (gr != NULL && may_give(gr->gr_gid))
		return group;
	if (group != NULL)
		log_notice(
			"agent",
			"group '%s' %s: only this user and root can read the database and use the "
			"control socket",
			group, gr == NULL ? "does not exist" : "is not one of this user");
	return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From root to an ordinary user once the sockets are open, for those who do not let systemd do it;
 * and from CAP_NET_RAW to nothing for those who do. What is left reads what strangers send.
 */
#include "agent.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/secret.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FOLDER_MODE = 0750 };

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
	if (mkdir(folder, FOLDER_MODE) == 0 && geteuid() == 0 &&
	    (chown(folder, pw == NULL ? (uid_t)-1 : pw->pw_uid,
		   gr == NULL ? (gid_t)-1 : gr->gr_gid) != 0 ||
	     chmod(folder, FOLDER_MODE) != 0)) /* whatever the umask: the group must get through */
		log_warn("agent", "%s: owner not set: %s", folder, strerror(errno));
	free(folder);
}

static int
become(const char *user, const char *group, char *message, size_t message_size)
{
	const struct passwd *pw = getpwnam(user);
	gid_t gid;

	if (pw == NULL) {
		snprintf(message, message_size,
			 "user '%s' does not exist; create it or leave out `user:`", user);
		return ERR_NOTFOUND;
	}
	gid = pw->pw_gid;
	if (group != NULL) {
		const struct group *gr = getgrnam(group);

		if (gr == NULL) {
			snprintf(message, message_size,
				 "group '%s' does not exist; create it (addgroup --system %s) or "
				 "set `group:`",
				 group, group);
			return ERR_NOTFOUND;
		}
		gid = gr->gr_gid;
	}
	/* While there is the right to: no program that is run later can have what is not in here.
	 */
	for (int cap = 0; pw->pw_uid != 0 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
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

/* The kernel takes them from who ceases to be root, but not from who was started with some. Of this
 * thread: there is no other yet. */
static int
give_up_capabilities(char *message, size_t message_size)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capset, &header, none) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		snprintf(message, message_size, "cannot give up capabilities: %s", strerror(errno));
		return ERR_PERM;
	}
	return 0;
}

int
privileges_drop(const char *user, const char *group, char *message, size_t message_size)
{
	int rc = 0;

	if (geteuid() == 0 && user != NULL)
		rc = become(user, group, message, message_size);
	/* Root without `user:` stays what it is. */
	if (rc == 0 && geteuid() != 0)
		rc = give_up_capabilities(message, message_size);
	/* Another user is another process to the kernel: it has forgotten (prctl(2),
	 * PR_SET_DUMPABLE). */
	secret_harden_process();
	return rc;
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool privilege_user(const char *user, uid_t *uid, gid_t *gid, char *err, size_t err_size)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (!pw) {
		snprintf(err, err_size, "user %s: %s", user, errno ? strerror(errno) : "no such user");
		return false;
	}
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return true;
}

bool privilege_drop(const char *user, char *err, size_t err_size)
{
	uid_t uid;
	gid_t gid;

	if (!privilege_user(user, &uid, &gid, err, err_size))
		return false;
	if (geteuid() == uid && getuid() == uid)
		return true;
	if (geteuid() != 0) {
		snprintf(err, err_size, "cannot become user %s: only root can", user);
		return false;
	}
	if (initgroups(user, gid) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) {
		snprintf(err, err_size, "cannot become user %s: %s", user, strerror(errno));
		return false;
	}
	if (uid != 0 && (setuid(0) == 0 || seteuid(0) == 0)) {
		snprintf(err, err_size, "cannot become user %s: root's rights came back", user);
		return false;
	}
	return true;
}

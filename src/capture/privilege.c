/* SPDX-License-Identifier: Apache-2.0 */
#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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

/* By the system calls themselves: libcap would be one library more. See capabilities(7). */
static void clear_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	for (int cap = 0; cap <= 63; cap++)
		(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	(void)syscall(SYS_capset, &head, none);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void privilege_forget(bool root)
{
	uid_t uid = 65534;
	gid_t gid = 65534;
	char err[64];

	if (root && geteuid() == 0) {
		(void)privilege_user("nobody", &uid, &gid, err, sizeof(err));
		if (setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0)
			(void)!setresuid(uid, uid, uid);
	}
	clear_capabilities();
}

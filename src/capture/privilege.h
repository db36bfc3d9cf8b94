/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CAPTURE_PRIVILEGE_H
#define CAPTURE_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Becomes `user`, with its groups, for good. Only root can; being that user already is success. */
bool privilege_drop(const char *user, char *err, size_t err_size);

/* False with `err` set when there is no such user. */
bool privilege_user(const char *user, uid_t *uid, gid_t *gid, char *err, size_t err_size);

/* Gives up all capabilities for good, and with `root` also being root: becomes nobody. What cannot be given up stays. */
void privilege_forget(bool root);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names and texts of the error codes, and the way from errno to them.
 */
#include "keepwatch/err.h"

#include <errno.h>
#include <stddef.h>

static const struct {
	const char *name;
	const char *text;
} err_table[ERR_ORDINAL_COUNT] = {
#define X(name, text) [ERR_ORDINAL_##name] = {#name, text},
	ERR_CODES(X)
#undef X
};

const char *
err_name(int code)
{
	if (code == 0)
		return "OK";
	if (code > 0 || code < -(int)ERR_ORDINAL_COUNT)
		return "?";
	return err_table[-1 - code].name;
}

const char *
err_text(int code)
{
	if (code == 0)
		return "no error";
	if (code > 0 || code < -(int)ERR_ORDINAL_COUNT)
		return "unknown error";
	return err_table[-1 - code].text;
}

int
err_from_errno(int errnum)
{
	switch (errnum) {
	case 0:
		return 0;
	case ENOMEM:
		return ERR_NOMEM;
	case EINVAL:
		return ERR_INVAL;
	case ENOENT:
	case ESRCH:
	case ENODEV:
		return ERR_NOTFOUND;
	case EEXIST:
		return ERR_EXISTS;
	case EBUSY:
	case EADDRINUSE:
	case EWOULDBLOCK:
		return ERR_BUSY;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERM;
	case ENOSPC:
	case EDQUOT:
	case EMFILE:
	case ENFILE:
		return ERR_FULL;
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	case ECONNREFUSED:
		return ERR_REFUSED;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
		return ERR_UNREACH;
	case EMSGSIZE:
	case EFBIG:
	case E2BIG:
	case ENAMETOOLONG:
		return ERR_TOOBIG;
	case ERANGE:
	case EOVERFLOW:
		return ERR_RANGE;
	case ECANCELED:
		return ERR_CANCELED;
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return ERR_UNSUPPORTED;
	default:
		return ERR_IO;
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Error codes of the whole program. Functions return 0 or one of these negative codes; a device
 * that does not answer is a result (model/result.h), never one of these.
 */
#ifndef KEEPWATCH_ERR_H
#define KEEPWATCH_ERR_H

#define ERR_CODES(X)                         \
	X(NOMEM, "out of memory")            \
	X(INVAL, "invalid value")            \
	X(RANGE, "value out of range")       \
	X(TOOBIG, "larger than its limit")   \
	X(TRUNCATED, "ends too early")       \
	X(SYNTAX, "malformed")               \
	X(NOTFOUND, "not found")             \
	X(EXISTS, "exists already")          \
	X(BUSY, "in use by somebody else")   \
	X(PERM, "permission denied")         \
	X(IO, "input/output error")          \
	X(FULL, "no space left")             \
	X(TIMEOUT, "timed out")              \
	X(REFUSED, "refused")                \
	X(UNREACH, "unreachable")            \
	X(AUTH, "not authorized")            \
	X(PROTO, "protocol violation")       \
	X(TLS, "TLS failure")                \
	X(VERSION, "version not understood") \
	X(UNSUPPORTED, "not supported")      \
	X(CANCELED, "canceled")              \
	X(STALE, "too old to be believed")

enum err_ordinal {
#define X(name, text) ERR_ORDINAL_##name,
	ERR_CODES(X)
#undef X
		ERR_ORDINAL_COUNT
};

enum err_code {
	ERR_NONE = 0,
#define X(name, text) ERR_##name = -1 - ERR_ORDINAL_##name,
	ERR_CODES(X)
#undef X
};

/* Short name, e.g. "TIMEOUT"; "OK" for 0 and "?" for a code that is not ours. Static storage. */
const char *err_name(int code);

/* Plain words, e.g. "timed out". Static storage. */
const char *err_text(int code);

/* The code nearest to an errno value: ENOSPC is ERR_FULL, EACCES ERR_PERM, unknown ones ERR_IO. */
int err_from_errno(int errnum);

#endif

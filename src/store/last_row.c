/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading a packed row of last runs.
 */
#include "last_row.h"

int
last_row_read(struct sql_call *call, uint32_t chunk, struct series_last *out, size_t *count)
{
	const void *data;
	size_t len;

	*count = 0;
	sql_put_int(call, chunk);
	if (sql_row(call)) {
		data = sql_blob(call, 0, &len);
		if (series_unpack_last(data, len, out, count) != 0)
			*count = 0;
	}
	return sql_done(call);
}

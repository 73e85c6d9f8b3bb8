/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replies of vendors' account interfaces: the first byte chooses the interface and whether it is a
 * list, the rest is the body.
 */
#include "keepwatch/vendor_user.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vendor_user_reply reply;
	enum vendor_user_api api;
	int rc;

	if (size == 0)
		return 0;
	api = (data[0] & 1) != 0 ? VENDOR_USER_HIKVISION : VENDOR_USER_AXIS;
	rc = (data[0] & 2) != 0 ? vendor_user_read_set(api, data + 1, size - 1, &reply)
				: vendor_user_read_list(api, data + 1, size - 1, &reply);
	if (rc != 0)
		return 0;
	if (reply.count > VENDOR_USER_LIST_MAX ||
	    (unsigned)reply.answer >= VENDOR_USER_ANSWER_COUNT)
		abort();
	for (size_t i = 0; i < reply.count; i++) {
		if (strlen(reply.items[i].name) + strlen(reply.items[i].id) +
			    strlen(reply.items[i].level) >
		    4096)
			abort();
	}
	if (strlen(reply.words) > 1024)
		abort();
	vendor_user_reply_fini(&reply);
	return 0;
}

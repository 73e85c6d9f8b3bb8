/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replies of vendors' own interfaces: the first byte chooses the source, the rest is the body.
 */
#include "keepwatch/vendor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vendor_reply reply;

	if (size == 0)
		return 0;
	if (vendor_read_reply((enum vendor_source)((unsigned)(data[0] - '0') % VENDOR_SOURCE_COUNT),
			      data + 1, size - 1, &reply) != 0)
		return 0;
	if (reply.refusal == VENDOR_REFUSED_NONE && reply.vendor[0] == '\0' &&
	    strlen(reply.model) + strlen(reply.firmware) + strlen(reply.serial) == 0)
		abort();
	if (strlen(reply.error) > 1024 || strlen(reply.name) > 1024)
		abort();
	vendor_reply_fini(&reply);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Heads of RTSP replies from anywhere: a reply that is whole stays the same with bytes behind it.
 */
#include "keepwatch/rtsp.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtsp_reply reply = {0}, again = {0};

	if (rtsp_read_reply(data, size, &reply) != 0)
		return 0;
	assert(reply.status > 0 && reply.head_len <= size);
	assert(memchr(reply.server, '\0', sizeof(reply.server)) != NULL);
	assert(rtsp_read_reply(data, reply.head_len, &again) == 0);
	assert(memcmp(&reply, &again, sizeof(reply)) == 0);
	return 0;
}

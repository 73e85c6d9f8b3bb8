/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a finished request says: mean round trip, and the reason of ICMP errors in words.
 */
#include "keepwatch/icmp.h"

#include "keepwatch/mem.h"

#include <string.h>

uint32_t
icmp_echo_rtt_avg_us(const struct icmp_echo *echo)
{
	return echo->received == 0 ? 0 : echo->p.rtt_sum_us / echo->received;
}

bool
icmp_echo_unreachable(const struct icmp_echo *echo, struct icmp_unreachable *out)
{
	if (!echo->is_unreachable)
		return false;
	*out = (struct icmp_unreachable){.rc = echo->p.error_rc,
					 .who.family = echo->p.error_family,
					 .type = echo->p.error_type,
					 .code = echo->p.error_code};
	if (out->who.family != 0)
		memcpy(out->who.bytes, echo->p.error_who, sizeof(out->who.bytes));
	return true;
}

const char *
icmp_unreachable_text(int family, uint8_t type, uint8_t code)
{
	/* RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1 */
	static const char *const v4[] = {
		"network unreachable",
		"host unreachable",
		"protocol unreachable",
		"port unreachable",
		"fragmentation needed",
		"source route failed",
		"network unknown",
		"host unknown",
		"host isolated",
		"network administratively prohibited",
		"host administratively prohibited",
		"network unreachable for this type of service",
		"host unreachable for this type of service",
		"administratively prohibited",
		"host precedence violation",
		"precedence cut off",
	};
	/* RFC 4443 section 3.1 */
	static const char *const v6[] = {
		"no route",
		"administratively prohibited",
		"beyond scope of source address",
		"host unreachable",
		"port unreachable",
		"source address failed policy",
		"route rejected",
	};

	if (type == (family == 6 ? 3 : 11))
		return code == 0 ? "time to live exceeded" : "reassembly time exceeded";
	if (family == 6)
		return type == 1 && code < MEM_COUNT(v6) ? v6[code] : "unreachable";
	return type == 3 && code < MEM_COUNT(v4) ? v4[code] : "unreachable";
}

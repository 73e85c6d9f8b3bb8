/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files that see net-snmp share: its session and its one USM user. net-snmp's lists of
 * users and engines are linear, and it stores every engineID it hears of; so they hold one entry
 * only while one message is worked on.
 */
#ifndef KEEPWATCH_SNMPC_CODEC_H
#define KEEPWATCH_SNMPC_CODEC_H

#include "snmpc_impl.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
/* Not pulled in by the above. */
#include <net-snmp/library/lcd_time.h>
#include <net-snmp/library/snmp_secmod.h>

/* Macros for errstat and errindex, in everybody's way. */
#undef non_repeaters
#undef max_repetitions

struct snmpc_codec {
	netsnmp_session session;
	const struct snmp_secmod_def *usm;
	struct usmUser
		*user; /* net-snmp's list has it; its fields are lent to it for one message */
	u_char *packet;
	size_t packet_len, packet_used; /* at its end */
};

/* Protocol names of credential.h in net-snmp's numbers. */
int snmpc_auth_type(enum snmp_auth auth);
int snmpc_priv_type(enum snmp_priv priv);

/* Makes net-snmp know this one user and engine, with this time. snmpc_usm_remove ends it. */
void snmpc_usm_install(struct snmpc_codec *codec, const struct snmpc_cred *cred,
		       const struct snmpc_usm *usm, uint32_t boots, uint32_t time_s);
void snmpc_usm_remove(struct snmpc_codec *codec, const struct snmpc_usm *usm);

#endif

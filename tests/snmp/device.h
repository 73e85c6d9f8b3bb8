/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fake device with a system group and an interface table, v1 and v2c, on loopback: for what a
 * real snmpd does not do on demand - to restart, to stand still, to lack an object, to fall silent
 * in the middle of a table.
 */
#ifndef KEEPWATCH_TESTS_SNMP_DEVICE_H
#define KEEPWATCH_TESTS_SNMP_DEVICE_H

#include "../../src/net/snmpc_ber.h"
#include "out.h"

#include <stdbool.h>
#include <uv.h>

enum { DEVICE_ROWS = 256, DEVICE_POOL = 256, DEVICE_VENDOR = 24 };

struct device_row {
	uint32_t ids[16];
	size_t len;
	enum varbind_type type;
	uint32_t number;
	char text[32];
	size_t text_len;
};

struct snmp_device {
	int fd;
	uv_poll_t poll;
	uint16_t port;
	const char *community; /* others are not answered */
	uint32_t ticks;	       /* sysUpTime */
	const char *name;      /* sysName */
	uint32_t lacks;	       /* scalars of the system group that it has not: bit 1 << arc */
	unsigned interfaces;
	bool is_silent;
	unsigned table_replies; /* from then on it does not answer for tables; 0: always */
	/* 1.3.6.1.4.1.32473.1.N.0 and the column 1.3.6.1.4.1.32473.2.1.N, from N = 1; NULL: it
	 * lacks it */
	const char *vendor[DEVICE_VENDOR], *units[DEVICE_VENDOR];
	bool is_vendor_silent; /* does not answer for these */
	uint32_t chokes_on;    /* N: a GET for 32473.1.N.0 is a genErr of no object; 0: none */
	/* what it saw */
	unsigned vendor_heard; /* requests for these */
	unsigned heard, gets, walks;
	size_t last_oids;     /* of the last GET */
	int32_t last_version; /* msgVersion: 0 is v1 */
	struct device_row rows[DEVICE_ROWS];
	size_t row_count;
	struct varbind varbinds[DEVICE_POOL];
	uint32_t ids[16384];
};

/* Asserts. */
void snmp_device_open(struct snmp_device *device, uv_loop_t *uv, const char *community);
void snmp_device_close(struct snmp_device *device);

#endif

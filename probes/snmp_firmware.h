/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware, model and serial number over SNMP, read with the system group: which objects, and what
 * follows from them, is the firmware rules' affair (firmware_rule.h); this asks for them. Nothing
 * that goes wrong here is a fault of the device's health.
 */
#ifndef KEEPWATCH_PROBES_SNMP_FIRMWARE_H
#define KEEPWATCH_PROBES_SNMP_FIRMWARE_H

#include "keepwatch/firmware_rule.h"
#include "keepwatch/mib.h"
#include "keepwatch/probe.h"
#include "keepwatch/snmpc.h"

enum {
	SNMP_FIRMWARE_BATCH = 8,    /* scalars in one request */
	SNMP_FIRMWARE_SILENCES = 3, /* readings in a row that ended in silence: it is its way */
};

/* In the run's state; zeroed at first. */
struct snmp_firmware {
	struct probe_run *run;
	struct snmpc_peer *peer;
	void (*done)(struct probe_run *run);
	struct firmware_read *reading; /* NULL: nothing is under way */
	struct firmware_ask ask;
	size_t next; /* scalar behind the batch */
	struct oid_ref batch[SNMP_FIRMWARE_BATCH];
	uint8_t count, size; /* of the batch; of it, asked for at once */
	size_t column;	     /* of the last value of the walk */
	uint8_t *silences;   /* the caller's, across runs */
	uint64_t deadline_ms;
	struct snmpc_request request;
	struct snmpc_walk walk;
};

/*
 * Reads, adds FACT_FIRMWARE, MODEL, SERIAL, HARDWARE and VENDOR with their FACT_SOURCE to the run's
 * result, and calls done, once, maybe before return. Of an agent that falls silent meanwhile
 * nothing is told: facts of half a reading would come and go; unless it always does, which
 * *silences counts.
 */
void snmp_firmware_start(struct snmp_firmware *firmware, struct probe_run *run,
			 struct snmpc_peer *peer, const struct mib_system *system,
			 uint8_t *silences, void (*done)(struct probe_run *run));
/* Without done; also if nothing is under way. */
void snmp_firmware_cancel(struct snmp_firmware *firmware);
/* Longest time that it takes. */
uint32_t snmp_firmware_budget_ms(const struct probe_settings *settings);

#endif

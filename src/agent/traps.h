/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMP notifications in the agent: whose they are and what they make worth probing (traps.c), the
 * events that say so (trap_events.c), and who we are to senders of informs (trap_engine.c). A trap
 * changes no state.
 */
#ifndef KEEPWATCH_AGENT_TRAPS_H
#define KEEPWATCH_AGENT_TRAPS_H

#include "agent.h"

#include "keepwatch/trap.h"
#include "keepwatch/trap_rule.h"

enum {
	TRAP_FOLD_MS = 60000,	  /* the same trap of a device is one event in that time */
	TRAP_EVENTS_MAX = 10,	  /* of one device in that time */
	TRAP_TOPOLOGY_MS = 30000, /* a walk of tables is asked for no more often */
	TRAP_STRANGERS = 4,	  /* named in the log line of a minute */
	TRAP_FOLDS = 512,
	TRAP_CAPS = 256,
};

struct trap_fold {
	uint32_t device; /* store id; 0: free */
	uint32_t hash;
	uint64_t at_ms; /* when its event was stored */
	uint32_t more;
	char text[128];
};

struct trap_cap {
	uint32_t device;
	uint64_t at_ms;
	uint32_t stored, more;
};

/* An address and who has it. */
struct trap_known {
	struct ipaddr ip; /* family 0: free */
	uint32_t device;  /* index; UINT32_MAX: none, a forwarder that is no device */
	bool is_forwarder;
};

struct agent_traps {
	struct agent *agent;
	struct trap_receiver *receiver;
	/* whose is an address; made anew when names may have moved */
	struct trap_known *known;
	size_t known_cap;		 /* a power of two */
	uint32_t *next_device;		 /* another device at the same address, UINT32_MAX: none */
	const struct agent_table *table; /* that it was made of */
	uint64_t known_ms;
	/* by probe, of the table above */
	struct trap_expedition {
		uint32_t at_ms; /* when last; 0: never */
		bool is_pending;
	} * expeditions;
	uint32_t *pending;
	size_t pending_count, pending_cap;
	/* events */
	struct trap_fold folds[TRAP_FOLDS];
	struct trap_cap caps[TRAP_CAPS];
	/* counters */
	uint64_t events, folded, expedited, postponed, no_rule, no_device;
	/* the log line of a minute */
	uint64_t minute_ms;
	struct trap_stats told;
	uint64_t no_rule_told;
	struct ipaddr strangers[TRAP_STRANGERS];
	size_t stranger_count;
	char refused[DEVICE_NAME_MAX + 1], no_rule_of[DEVICE_NAME_MAX + 1];
	enum reason refusal;
	char no_rule_oid[256];
};

/* Binds the sockets, if there are any to be bound; what cannot be had is logged. While there is the
 * right to. */
void agent_traps_open(struct agent *agent, const struct conf *conf);
/* Once privileges are dropped and the table is there: our engine. */
void agent_traps_start(struct agent *agent);
/* The last events, while there is a store. */
void agent_traps_stop(struct agent *agent);
void agent_traps_close(struct agent *agent);
/* Every second: what was postponed, what was folded, and the log. */
void agent_traps_tick(struct agent *agent);
/* The table was replaced; before the old one is freed. */
void agent_traps_reload(struct agent *agent, const struct agent_table *old);
/* ,"traps":{...} if they are received. */
void agent_traps_answer(const struct agent *agent, struct buf *out);

/* trap_events.c */
/* One event, unless the same was told of the device within TRAP_FOLD_MS or there were too many. */
void trap_event(struct agent_traps *traps, const struct agent_device *device, const char *text);
/* Tells how many were folded, once their time is over, or at once. */
void trap_events_tick(struct agent_traps *traps, uint64_t now_ms, bool is_last);

/* trap_engine.c */
/* Reads our engineID and engineBoots from the file beside the database, makes them if there are
 * none, and stores the next engineBoots. 0 or a code, with a message. */
int trap_engine_load(const char *database, uint8_t id[TRAP_ENGINE_ID_MAX], size_t *len,
		     uint32_t *boots, char *message, size_t message_size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabulary of diagnosis, as files, store, reports and exports share it: what can be to blame,
 * whose job that is, what happens to an incident, and the incident itself as a plain value. Names
 * are stable: they are in exports and in the database.
 */
#ifndef KEEPWATCH_INCIDENT_H
#define KEEPWATCH_INCIDENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whose job it is. */
#define TEAMS(X)                                                       \
	X(NONE, "none", "nobody")                                      \
	X(IT_NETWORK, "it_network", "IT network")                      \
	X(PHYSICAL_SECURITY, "physical_security", "physical security") \
	X(INTEGRATOR, "integrator", "integrator")                      \
	X(FACILITIES_POWER, "facilities_power", "facilities (power)")  \
	X(MONITOR_ADMIN, "monitor_admin", "administrator of the monitor")

enum team {
#define X(name, text, words) TEAM_##name,
	TEAMS(X)
#undef X
		TEAM_COUNT
};

/* What is to blame. Columns: machine name, team, is the device innocent (no technician to it),
 * words. */
#define VERDICTS(X)                                                                             \
	X(UNDETERMINED, "undetermined", NONE, 0, "not determined")                              \
	X(DEVICE_HW, "device_hw", INTEGRATOR, 0, "device failed")                               \
	X(DEVICE_SERVICE, "device_service", PHYSICAL_SECURITY, 0,                               \
	  "a service of the device failed")                                                     \
	X(CREDENTIALS, "credentials", PHYSICAL_SECURITY, 0, "login or certificate refused")     \
	X(CABLE_PORT, "cable_port", INTEGRATOR, 0, "cable or connector")                        \
	X(POE_PORT, "poe_port", IT_NETWORK, 1, "PoE of the switch port failed")                 \
	X(POE_BUDGET, "poe_budget", IT_NETWORK, 1, "PoE budget of the switch exhausted")        \
	X(SWITCH_DOWN, "switch_down", IT_NETWORK, 1, "switch down")                             \
	X(MGMT_AGENT, "mgmt_agent", IT_NETWORK, 1, "switch management dead, it still forwards") \
	X(UPLINK, "uplink", IT_NETWORK, 1, "uplink failed")                                     \
	X(WAN, "wan", IT_NETWORK, 1, "site connection lost")                                    \
	X(MONITOR, "monitor", MONITOR_ADMIN, 1, "the monitor itself")                           \
	X(SWITCH_FLAP, "switch_flap", IT_NETWORK, 1, "intermittent switch")                     \
	X(MOVED, "moved", PHYSICAL_SECURITY, 0, "moved to another port")                        \
	X(DUP_IP, "dup_ip", IT_NETWORK, 1, "address used twice")                                \
	X(MAINTENANCE, "maintenance", NONE, 1, "announced maintenance")                         \
	X(POWER_LOSS, "power_loss", FACILITIES_POWER, 1, "power of several switches lost")

enum verdict {
#define X(name, text, team, innocent, words) VERDICT_##name,
	VERDICTS(X)
#undef X
		VERDICT_COUNT
};

/* What a verdict points at: a node (device, switch, the monitor), a whole site, a power zone. */
enum blame_type { BLAME_NODE, BLAME_SITE, BLAME_ZONE };

struct blame {
	uint8_t type; /* enum blame_type */
	uint32_t id;  /* of the node, site or zone, as the evidence numbers them */
};

/* What happens to an incident. */
#define INCIDENT_STEPS(X)                                                                      \
	X(OPENED, "opened")                                                                    \
	X(GROWN, "grown")	 /* other devices, same blame */                               \
	X(REBLAMED, "re-blamed") /* another class or another node */                           \
	X(REFINED, "refined")	 /* same blame, surer or with better evidence */               \
	X(HEALED, "healed")	 /* what was to blame works; devices are still looked after */ \
	X(CLOSED, "closed")                                                                    \
	X(ADOPTED, "adopted") /* closed, because another incident explains it: see `other` */  \
	X(OVERTURNED, "overturned") /* a person said what it was */

enum incident_step {
#define X(name, text) INCIDENT_##name,
	INCIDENT_STEPS(X)
#undef X
		INCIDENT_STEP_COUNT
};

enum {
	INCIDENT_ALTS_MAX = 6,
	EVIDENCE_TEXT_SIZE = 240, /* bytes of one line of evidence with its NUL */
	INCIDENT_NOTE_SIZE = 256,
	INCIDENT_NAME_SIZE = 80,
};

/* A verdict that is not excluded; the first alternatives are the likeliest. */
struct verdict_alt {
	enum verdict verdict;
	struct blame blame;
	float share; /* of the belief, 0..1 */
};

/* One link of the chain of evidence, in words. */
struct evidence_line {
	int64_t at_ms; /* when it was measured; 0: holds throughout */
	uint32_t node; /* whom it speaks of; 0: nobody in particular */
	uint32_t port; /* of that node; 0: none */
	float weight;  /* nats for (positive) or against the verdict; 0: context */
	char text[EVIDENCE_TEXT_SIZE];
};

/* One device of an incident. */
struct incident_device {
	uint32_t device;
	int64_t since_ms; /* first lost poll; 0 if it never was out */
	int64_t until_ms; /* first answer after it; 0: still out */
};

static inline bool
incident_device_is_out(const struct incident_device *device)
{
	return device->since_ms != 0 && device->until_ms == 0;
}

const char *team_name(enum team team);		  /* "it_network" */
const char *team_words(enum team team);		  /* "IT network" */
int team_parse(const char *text, enum team *out); /* ERR_NOTFOUND */
const char *verdict_name(enum verdict verdict);
const char *verdict_words(enum verdict verdict);
enum team verdict_team(enum verdict verdict);
/* True if no technician has to go to the device: the cause is elsewhere. */
bool verdict_is_device_innocent(enum verdict verdict);
int verdict_parse(const char *text, enum verdict *out); /* ERR_NOTFOUND */
const char *incident_step_name(enum incident_step step);
int incident_step_parse(const char *text, enum incident_step *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What early warning keeps of a node, a switch and a port, and what its files share. Of a device
 * there are summaries only: counts of eight hours, levels by time of day, minutes of the last
 * restarts. trend.c takes evidence, trend_judge.c looks at everything every few minutes,
 * trend_found.c turns views into findings that open, change and are resolved.
 */
#ifndef KEEPWATCH_TREND_IMPL_H
#define KEEPWATCH_TREND_IMPL_H

#include "keepwatch/trend.h"

enum {
	TREND_HOURS = 8,
	TREND_BINS = 12,   /* of two hours of the day (UTC) */
	TREND_TIMES = 8,   /* restarts, drop-outs, flaps that are remembered */
	TREND_POINTS = 8,  /* readings of a clock, six hours apart */
	TREND_DAYS = 8,	   /* peaks of a PoE supply */
	TREND_BLOCK = 256, /* nodes that are allocated together */
	TREND_DEPTH = 32,
	TREND_MINUTE = 60 * 1000,
	TREND_HOUR = 60 * TREND_MINUTE,
	TREND_DAY_MINUTES = 24 * 60,
	TREND_WEEK_MINUTES = 7 * TREND_DAY_MINUTES,
	TREND_MONTH_MINUTES = 28 * TREND_DAY_MINUTES, /* older ones are forgotten */
	TREND_NO_POINT = INT16_MIN,
};
#define TREND_NONE UINT32_MAX

/* Minutes since 1970, the last 16 bits, newest first; 0: none. */
struct trend_times {
	uint16_t minute[TREND_TIMES];
};

/* Echoes of polls that had an answer at all; others are outages and drop-outs. */
struct trend_loss {
	uint16_t sent[TREND_HOURS], lost[TREND_HOURS]; /* by hour modulo 8 */
	float base_sent, base_lost;		       /* of the weeks before them */
	float cusum;	/* log likelihood of a risen loss, since `start` */
	uint16_t start; /* minute */
};

/* Round trips as log2 of microseconds: times 1024 where they are whole numbers; 0: not known. */
struct trend_rtt {
	uint16_t bin[TREND_BINS], level[TREND_HOURS];
	float now, spread; /* where samples are, and how far apart */
	float sigma;	   /* how far hours are from the usual level of their time of day */
	uint16_t learnt;   /* hours that the usual levels were learnt from */
	uint8_t samples;   /* of this hour, at most 255 */
};

/* Device minus monitor, as the median of six hours, in 100 ms from `base_ms`. */
struct trend_clock {
	int32_t base_ms, odd_ms;
	int32_t sum; /* of this slot's readings, 100 ms */
	uint16_t slot, count;
	int16_t point[TREND_POINTS]; /* newest last */
	bool is_known, is_odd;
};

enum { TREND_GONE = 1, TREND_OUT = 2, TREND_MAINTAINED = 4, TREND_OUT_BEFORE = 8 };

struct trend_node {
	struct trend_found *found; /* open findings */
	struct trend_switch *sw;   /* NULL until it tells something as a switch */
	uint32_t id, parent, port, child, sibling, zone;
	uint32_t last_s;  /* newest poll */
	uint32_t hour;	  /* newest in loss and rtt */
	int32_t boot_min; /* when it started last; 0 not known */
	uint16_t run_start, out_start;
	uint8_t run; /* echoes lost in a row */
	uint8_t role, flags;
	struct trend_times boots, drops;
	struct trend_loss loss;
	struct trend_rtt rtt;
	struct trend_clock clock;
};

/* A port that has counted errors, or lost its link. */
struct trend_port {
	struct trend_port *next;
	uint32_t port;
	uint32_t walk;	 /* of the switch, up to which its readings are in cusum */
	float cusum;	 /* log likelihood of a port that fails */
	uint32_t errors; /* since the first of these */
	uint16_t bad, readings;
	int64_t first_ms, last_ms; /* with errors; 0: none */
	struct trend_times flaps;
};

struct trend_switch {
	struct trend_port *ports;
	int64_t uptime_ms, pending_boot_ms; /* when it was told; a restart to be confirmed */
	uint32_t uptime_s, walks;
	uint32_t poe_budget_mw, poe_used_mw;
	uint32_t poe_day;
	uint16_t poe_peak[TREND_DAYS]; /* per mille of the budget, by day modulo 8; 0 not known */
	uint16_t poe_readings;
	float poe_level; /* per mille */
};

struct trend_window {
	uint32_t node; /* index */
	int64_t from_ms, to_ms;
};

enum trend_view { TREND_UNKNOWN, TREND_GOOD, TREND_FAIR, TREND_BAD };

/* What a rule says of its subject now. */
struct trend_claim {
	enum trend_view view;
	enum finding_severity severity;
	int64_t since_ms;
	double value, limit;
	char text[EVIDENCE_TEXT_SIZE];
};

struct trend_found {
	struct finding finding;
	struct trend_found *next;
	int64_t good_ms; /* since when it is clearly better; 0: it is not */
	int64_t told_ms;
	bool is_queued;
};

/* Of a subtree, for one rule. */
struct trend_tally {
	uint16_t known, half, bad; /* at most 65535 */
	uint8_t own;		   /* enum trend_view of the node itself */
	bool is_group : 1, is_folded : 1;
};

struct trend {
	trend_name_fn name;
	void *owner;
	uint32_t cycle_ms;
	struct trend_node **blocks;
	uint32_t node_count;
	size_t block_cap;
	uint32_t *slots; /* by hash of id: index + 1 */
	size_t slot_count;
	struct trend_window *windows;
	size_t window_count, window_cap;
	struct trend_tally *tally; /* by node */
	size_t tally_cap;
	struct trend_found **queue;
	size_t queue_count, queue_cap, queue_at;
	size_t found_count, switch_count, port_count;
	int64_t judged_ms, doubt_ms, now_ms;
};

static inline struct trend_node *
trend_at(const struct trend *trend, uint32_t index)
{
	return &trend->blocks[index / TREND_BLOCK][index % TREND_BLOCK];
}

/* trend_tree.c */
uint32_t trend_find(const struct trend *trend, uint32_t id);
/* Whether it, or something that it hangs on, is out or under maintenance. */
bool trend_is_out(const struct trend *trend, uint32_t index);
/* In a window of it or of what it hangs on. */
bool trend_is_maintained(const struct trend *trend, uint32_t index, int64_t at_ms);
struct trend_switch *trend_switch_of(struct trend *trend, struct trend_node *node);

int trend_take_node(struct trend *trend, uint32_t id, const struct evidence_node *info);
void trend_take_gone(struct trend *trend, uint32_t index);
/* parent TREND_NONE: nobody knows where. */
void trend_hang(struct trend *trend, uint32_t index, uint32_t parent, uint32_t port);
int trend_take_window(struct trend *trend, uint32_t index, const struct evidence_window *window);
/* Marks who is under maintenance now, and forgets windows that are long past. */
void trend_look_at_windows(struct trend *trend, int64_t now_ms);

/* trend_times.c */
uint16_t trend_minute(int64_t at_ms);
/* Minutes from `minute` to `now`; those slightly ahead count as 0. */
uint32_t trend_age(uint16_t minute, uint16_t now);
/* Those within `apart` minutes of one that is there are the same. */
void trend_times_add(struct trend_times *times, uint16_t minute, uint32_t apart);
bool trend_times_has(const struct trend_times *times, uint16_t minute, uint32_t apart);
/* How old they are, in minutes. Returns how many there are. */
size_t trend_times_ages(const struct trend_times *times, uint16_t now, uint32_t ages[TREND_TIMES]);
/* Forgets those older than `most` minutes, which is TREND_MONTH_MINUTES or less: older ones could
 * not be told from newer ones. False: none is left. */
bool trend_times_expire(struct trend_times *times, uint16_t now, uint32_t most);
/* How many of the ages are below `within`. */
unsigned trend_count(const uint32_t *ages, size_t count, uint32_t within);
/* Always at the same time of the day: somebody wants it so. */
bool trend_is_schedule(const uint32_t *ages, size_t count);
/* Median of pairwise slopes per step over the y that are not TREND_NO_POINT (Theil-Sen), and the
 * median distance from that line; false if there are fewer than `least`. `order` is Kendall's S,
 * pairs that rise minus pairs that fall. */
bool trend_slope(const int16_t *y, size_t count, size_t least, double *slope, double *distance,
		 int *order, int *points);

/* trend_loss.c, trend_rtt.c */
void trend_loss_add(struct trend_loss *loss, uint32_t hour, uint16_t minute, unsigned sent,
		    unsigned lost);
void trend_loss_roll(struct trend_loss *loss, uint32_t from_hour, uint32_t to_hour);
enum trend_view trend_loss_view(const struct trend *trend, const struct trend_node *node);
void trend_loss_claim(struct trend *trend, uint32_t index, struct trend_claim *claim);
void trend_loss_restore(struct trend_loss *loss, double limit);
double trend_loss_chance(const struct trend_loss *loss); /* that one echo is lost, now */
void trend_rtt_add(struct trend_rtt *rtt, uint32_t rtt_us);
void trend_rtt_roll(struct trend_rtt *rtt, uint32_t from_hour, uint32_t to_hour);
enum trend_view trend_rtt_view(const struct trend *trend, const struct trend_node *node);
void trend_rtt_claim(struct trend *trend, uint32_t index, struct trend_claim *claim);
void trend_rtt_restore(struct trend_rtt *rtt, double limit);

/* trend_poe.c, trend_port.c, trend_clock.c, trend_often.c */
void trend_poe_add(struct trend_switch *sw, const struct evidence_switch *said, int64_t at_ms);
void trend_poe_claim(struct trend *trend, uint32_t index, struct trend_claim *claim);
int trend_port_add(struct trend *trend, struct trend_node *node, const struct evidence_port *row,
		   int64_t at_ms);
int trend_port_flap(struct trend *trend, struct trend_node *node, uint32_t port, int64_t at_ms);
struct trend_port *trend_port_of(struct trend *trend, struct trend_node *node, uint32_t port);
void trend_ports_settle(struct trend *trend, struct trend_node *node);
void trend_port_claim(struct trend *trend, uint32_t index, struct trend_port *port,
		      struct trend_claim *claim);
void trend_clock_add(struct trend_clock *clock, int64_t offset_ms, int64_t at_ms);
void trend_clock_claim(struct trend *trend, uint32_t index, struct trend_claim *claim);
void trend_boot_add(struct trend *trend, uint32_t index, int64_t boot_ms, int64_t at_ms);
void trend_uptime_add(struct trend *trend, uint32_t index, uint32_t uptime_s, int64_t at_ms);
void trend_uptime_settle(struct trend *trend, uint32_t index);
void trend_reboots_claim(struct trend *trend, uint32_t index, struct trend_claim *claim);
/* Drop-outs that the nodes below it share are its own. */
void trend_drops_settle(struct trend *trend, uint32_t index);
void trend_drops_claim(struct trend *trend, uint32_t index, struct trend_claim *claim);
void trend_flaps_claim(struct trend *trend, uint32_t index, struct trend_port *port,
		       struct trend_claim *claim);

/* trend_group.c: LOSS_RISING and RTT_RISING, of single ones and of what they have in common. */
int trend_judge_tree(struct trend *trend, enum finding_rule rule);
/* ", 3 of 8 neighbours on hq-acc-3 the same"; empty if it has none. */
void trend_neighbours(struct trend *trend, uint32_t index, char *out, size_t size);

/* trend_found.c */
int trend_judge(struct trend *trend, enum finding_rule rule, uint32_t index, uint32_t port,
		const struct trend_claim *claim);
bool trend_is_open(const struct trend_node *node, enum finding_rule rule, uint32_t port);
/* Resolves it without asking: told elsewhere, or no longer watched. */
int trend_drop(struct trend *trend, enum finding_rule rule, uint32_t index, const char *why);
int trend_drop_all(struct trend *trend, uint32_t index, const char *why);
void trend_found_begin(struct trend *trend);
void trend_found_free(struct trend *trend, struct trend_node *node);

#endif

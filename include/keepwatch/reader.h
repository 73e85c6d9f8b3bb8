/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The store, reading half: what reports, exports and the one-shot commands ask. Read-only, works
 * for an unprivileged member of the database's group, also while no agent runs, and never blocks
 * the writer. Lists own their strings and are freed by NAME_list_fini; strings are never NULL (""
 * if there is nothing). Times are wall clock in ms since 1970, 0 if there is none. Functions return
 * 0 or a code, in words in reader_error. Not for two threads at a time.
 */
#ifndef KEEPWATCH_READER_H
#define KEEPWATCH_READER_H

#include "keepwatch/kinds.h"
#include "keepwatch/mem.h"
#include "keepwatch/result.h"
#include "keepwatch/rollup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { READER_MESSAGE_SIZE = 512 };

struct reader;

/* ERR_NOTFOUND (has the agent run yet?), ERR_PERM (which group to join), ERR_VERSION (newer or
 * older schema), ERR_UNSUPPORTED (not ours), ERR_SYNTAX (damaged); in words in message. */
int reader_open(struct reader **out, const char *path, char *message, size_t message_size);
void reader_close(struct reader *reader);
/* What the last failed call says, for a person. Borrowed until the next call. */
const char *reader_error(const struct reader *reader);

/*
 * All calls between the two see the same moment of the database. Not to be held for minutes: the
 * WAL cannot shrink meanwhile. Calls outside see the moment of the call.
 */
int reader_begin(struct reader *reader);
void reader_end(struct reader *reader);

struct reader_agent {
	char id[40]; /* of this run of the agent */
	char host[256];
	char version[32];
	int64_t pid;
	int64_t started_ms, heartbeat_ms, config_loaded_ms;
	int64_t stopped_ms; /* 0 unless it ended cleanly */
};

/* ERR_NOTFOUND if no agent ever ran on it. */
int reader_agent(struct reader *reader, struct reader_agent *out);

/* Which devices. All given must match; zeroed with the two -1 means every declared one. */
struct reader_filter {
	const char *site, *owner; /* exact, NULL: any; "" matches devices without */
	const char *name;	  /* glob over the name: * ? [a-z]; NULL: any */
	int kind;		  /* enum device_kind, -1: any */
	int state;		  /* enum health, -1: any */
	uint32_t device;	  /* id, 0: any */
	bool with_removed;	  /* also devices that left the fleet file */
};

#define READER_FILTER_ANY ((struct reader_filter){.kind = -1, .state = -1})

/* A list, its strings in an arena of its own, and NAME_list_fini, which frees and empties it. */
#define READER_LIST(type)                                             \
	struct type##_list {                                          \
		struct type *items;                                   \
		size_t count, cap;                                    \
		struct mem_arena text;                                \
	};                                                            \
	static inline void type##_list_fini(struct type##_list *list) \
	{                                                             \
		arena_fini(&list->text);                              \
		free(list->items);                                    \
		*list = (struct type##_list){0};                      \
	}

struct reader_device {
	uint32_t id;
	enum device_kind kind;
	char *name, *address, *site, *owner;
	char *upstream_switch, *upstream_port;
	char *tags; /* JSON object, "{}" if none */
	int64_t declared_ms, removed_ms;
	/* UNKNOWN since it was declared while nothing was decided. */
	enum health health;
	enum reason reason;
	int64_t since_ms;
	char *detail;
	bool is_flapping;
	int64_t run_ms, answer_ms; /* latest over its probes */
};
READER_LIST(reader_device)

/* By site, then name. filter NULL: READER_FILTER_ANY. */
int reader_devices(struct reader *reader, const struct reader_filter *filter,
		   struct reader_device_list *out);
/* The device of that exact name, else that address, removed or not (declared ones first). One item;
 * ERR_NOTFOUND, or ERR_EXISTS when several share the address (all are in the list). */
int reader_find(struct reader *reader, const char *name_or_address, struct reader_device_list *out);

struct reader_probe {
	uint32_t device;
	char *probe; /* name: "icmp" */
	enum health health;
	enum reason reason;
	int64_t since_ms;
	char *detail;
	bool is_flapping;
	/* last run; run_ms 0: none is stored */
	enum outcome outcome;
	int64_t run_ms, answer_ms;
	uint32_t rtt_us; /* RTT_NONE */
};
READER_LIST(reader_probe)

/* By device id, then probe. */
int reader_probes(struct reader *reader, const struct reader_filter *filter,
		  struct reader_probe_list *out);

struct reader_fact {
	uint32_t device;
	enum fact_key key;
	char *instance, *value;
	char *probe;	  /* that learnt it */
	bool is_shadowed; /* another probe knows the same better: leave it out of reports */
	int64_t first_seen_ms;
	int64_t last_seen_ms; /* exact to about an hour */
	int64_t changed_ms;   /* since when it has this value */
	int64_t gone_ms;      /* 0: it is there */
};
READER_LIST(reader_fact)

/* By device id, key, instance (numbers in order). keys: bit 1 << key, 0: all. */
int reader_facts(struct reader *reader, const struct reader_filter *filter, uint64_t keys,
		 bool with_gone, struct reader_fact_list *out);

/* A value that was: from since_ms until until_ms. */
struct reader_past {
	uint32_t device;
	enum fact_key key;
	char *instance, *value;
	int64_t since_ms, until_ms;
	bool is_gone; /* it ended with the instance, not with another value */
};
READER_LIST(reader_past)

/* Newest first; limit 0: all. since_ms: ended at or after it. */
int reader_history(struct reader *reader, const struct reader_filter *filter, uint64_t keys,
		   int64_t since_ms, size_t limit, struct reader_past_list *out);

struct reader_event {
	int64_t id; /* ascending in the order of writing */
	int64_t at_ms;
	uint32_t device;       /* 0: the agent itself */
	char *name, *site;     /* of the device, "" for the agent */
	enum device_kind kind; /* KIND_OTHER for the agent */
	enum event_type type;  /* EVENT_COUNT if written by a version that knows more */
	char *type_name;
	char *probe, *from, *to, *detail;
	enum reason reason;
};
READER_LIST(reader_event)

struct reader_event_query {
	struct reader_filter devices; /* events of the agent itself only when it is ANY */
	int64_t since_ms, until_ms;   /* since <= at < until; 0: open */
	uint64_t types;		      /* bit 1 << type, 0: all */
	int64_t after_id;	      /* only later ids */
	size_t limit;		      /* the newest so many, 0: all */
};

/* Oldest first. with_removed is implied: what happened, happened. */
int reader_events(struct reader *reader, const struct reader_event_query *query,
		  struct reader_event_list *out);
/* The same one by one, borrowed, for exports of any length; a non-zero return ends it and is
 * returned. */
int reader_each_event(struct reader *reader, const struct reader_event_query *query,
		      int (*each)(void *arg, const struct reader_event *event), void *arg);

/* Points of one series by time; periods without a run are missing. No strings inside. */
READER_LIST(rollup_point)
/* Periods that begin in since_ms <= start < until_ms. HOUR also covers hours not yet stored as
 * such, from their 5-minute rows. probe: its name. */
int reader_series(struct reader *reader, uint32_t device, const char *probe, enum rollup_tier tier,
		  int64_t since_ms, int64_t until_ms, struct rollup_point_list *out);

struct reader_count {
	char *site;
	enum device_kind kind;
	enum health health;
	size_t count, flapping;
};
READER_LIST(reader_count)

/* Devices by site, kind and state; combinations that occur, sorted. */
int reader_counts(struct reader *reader, const struct reader_filter *filter,
		  struct reader_count_list *out);

struct reader_spread {
	char *vendor, *model; /* "" if not known */
	char *value;
	size_t count;
};
READER_LIST(reader_spread)

/* How many devices of each vendor and model have which value (firmware spread); by vendor, model,
 * falling count. Devices without the fact count under "". */
int reader_spread(struct reader *reader, const struct reader_filter *filter, enum fact_key key,
		  struct reader_spread_list *out);

struct reader_drift {
	uint32_t device;
	char *name, *site;
	int64_t offset_ms; /* device minus monitor */
	char *source;	   /* "ntp", "manual", "" */
	int64_t seen_ms;
};
READER_LIST(reader_drift)

/* Devices whose clock is off by at least min_ms, worst first. */
int reader_drifts(struct reader *reader, const struct reader_filter *filter, int64_t min_ms,
		  struct reader_drift_list *out);

#endif

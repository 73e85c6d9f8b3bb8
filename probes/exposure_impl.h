/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the exposure probe share: exposure.c (the run and its parts), exposure_ports.c
 * (which TCP ports are open), exposure_tls.c, exposure_http.c (HTTP and its schemes),
 * exposure_open.c (what is answered without a login), exposure_rtsp.c, exposure_snmp.c,
 * exposure_memory.c. The parts follow one another; a device is asked one thing at a time, with a
 * pause between, and never with a login that could count against an account.
 */
#ifndef KEEPWATCH_PROBES_EXPOSURE_IMPL_H
#define KEEPWATCH_PROBES_EXPOSURE_IMPL_H

#include "keepwatch/http.h"
#include "keepwatch/port_service.h"
#include "keepwatch/probe.h"
#include "keepwatch/rtsp.h"
#include "keepwatch/snmpc.h"
#include "keepwatch/tcp.h"
#include "keepwatch/tcp_talk.h"
#include "keepwatch/tls_scan.h"

enum {
	EXPOSURE_CONNECTS = 2, /* connections to a device at a time */
	EXPOSURE_PORTS_MAX = PORT_LIST_MAX + 4,
	EXPOSURE_WEB_MAX = 8,
	EXPOSURE_ASKS_MAX = 32, /* of SNMP */
	EXPOSURE_COMMUNITY_SIZE = 33,
	EXPOSURE_WHERE_SIZE = 16, /* "https:65535" */
};

/* Parts of the audit, in their order; the texts are instances of FACT_AUDITED. */
#define EXPOSURE_PARTS(X)         \
	X(PORTS, "ports")         \
	X(TLS, "tls")             \
	X(HTTP, "http")           \
	X(ANONYMOUS, "anonymous") \
	X(SNMP, "snmp")

enum exposure_part {
#define X(name, text) EXPOSURE_##name,
	EXPOSURE_PARTS(X)
#undef X
		EXPOSURE_PART_COUNT
};

enum exposure_port_state {
	EXPOSURE_PORT_NEW,
	EXPOSURE_PORT_OPEN,
	EXPOSURE_PORT_CLOSED, /* the device says so */
	EXPOSURE_PORT_SILENT,
	EXPOSURE_PORT_UNTRIED, /* for a reason on our side */
};

struct exposure_port {
	struct port_item item;
	uint8_t state;	    /* enum exposure_port_state */
	bool is_own;	    /* a probe of the device uses it anyway */
	unsigned tls;	    /* bits 1 << enum tls_scan_version that it offers */
	bool is_no_tls;	    /* what answers is not TLS */
	bool is_rtsp;	    /* a stream is described, or wants a login */
	bool basic, digest; /* offered by RTSP */
};

/* An open port at which HTTP is tried. */
struct exposure_web {
	const struct exposure_port *port;
	bool https;
	bool is_http;	 /* it answers HTTP */
	bool is_content; /* with more than a redirect to HTTPS */
	bool is_redirect;
	bool basic, digest;
	char server[HTTP_TEXT_SIZE];
};

struct exposure;

struct exposure_connect {
	struct tcp_connect connect; /* first */
	struct exposure *x;
	struct exposure_port *port; /* NULL: idle */
};

/* A question by SNMP. */
struct exposure_ask {
	char community[EXPOSURE_COMMUNITY_SIZE]; /* "": the configured one */
	enum snmp_version_id version;
	bool is_known; /* answered the last time: asked again on silence */
};

/* Of a run (run->state). */
struct exposure {
	struct probe_run *run;
	const struct site *site; /* NULL: none */
	bool may_try_ports;	 /* else only those that are used anyway */
	bool may_guess;		 /* communities */
	enum exposure_part part;
	void (*next)(struct exposure *x); /* when the pause is over */
	struct net_timer pause, limit;
	uint64_t deadline_ms;
	bool has_answered;				   /* anything at all */
	char why[EXPOSURE_PART_COUNT][RESULT_DETAIL_SIZE]; /* not checked because; "": checked */
	bool is_cut[EXPOSURE_PART_COUNT]; /* something could not be told: facts are only added */

	struct exposure_port ports[EXPOSURE_PORTS_MAX];
	size_t port_count, at; /* at: the port, page or question that is next */
	size_t open;
	struct exposure_connect connects[EXPOSURE_CONNECTS];
	uint64_t connected_ms; /* when the last connect began */
	size_t answered_at;    /* ports that were settled when the device last answered */
	size_t settled;
	bool is_alive_checked;

	struct tls_scan *tls;
	size_t tls_ports;

	struct exposure_web webs[EXPOSURE_WEB_MAX];
	size_t web_count;
	struct exposure_web *web; /* asked now */
	struct http_exchange *exchange;
	bool has_web, has_no_onvif;
	size_t pages; /* answered, whatever they said */

	struct tcp_talk *talk;
	struct buf heard;
	struct exposure_port *rtsp;
	size_t rtsp_at;	   /* path */
	bool is_rtsp_told; /* whether this port wants a login */
	size_t streams;	   /* ports of which it is known */

	struct snmpc_peer *peer;
	struct snmpc_request request;
	struct exposure_ask asks[EXPOSURE_ASKS_MAX];
	size_t ask_count, snmp_answers;
};

/* exposure.c */
struct fact_list *exposure_facts(struct exposure *x);
/* Goes on with `next` after the gap. */
void exposure_pause(struct exposure *x, void (*next)(struct exposure *x));
/* The part is over. why NULL: it was checked. */
void exposure_part_done(struct exposure *x, const char *why);
/* "http:80", "https:443" */
const char *exposure_where(const struct exposure_web *web, char out[EXPOSURE_WHERE_SIZE]);

/* exposure_ports.c: fills x->ports; false if the list cannot be read. */
bool exposure_list_ports(struct exposure *x);
void exposure_ports(struct exposure *x);
void exposure_ports_cancel(struct exposure *x);
/* Every port of the list is known to be open or not. */
bool exposure_ports_are_known(const struct exposure *x);

/* For exposure_part_done, where there is no port to look at: `why` unless it is known that none is
 * open, which is as good as checked. */
const char *exposure_why_none(const struct exposure *x, const char *why);

/* exposure_tls.c, exposure_http.c, exposure_open.c, exposure_snmp.c */
void exposure_tls(struct exposure *x);
void exposure_http(struct exposure *x);
/* Sends to x->web; replies come to `done`. False: noted as not asked. */
bool exposure_http_ask(struct exposure *x, struct http_request *request, const char *path,
		       void (*done)(void *arg, const struct http_reply *reply));
/* Takes what any reply tells of x->web; false if it was none. */
bool exposure_note_web(struct exposure *x, const struct http_reply *reply);
/* Once all requests were made. */
void exposure_tell_webs(struct exposure *x);
void exposure_open(struct exposure *x);

/* exposure_rtsp.c: asks x->rtsp, then calls exposure_open_next. */
void exposure_rtsp(struct exposure *x);
void exposure_open_next(struct exposure *x);

void exposure_snmp(struct exposure *x);
void exposure_snmp_end(struct exposure *x);

/* exposure_memory.c: what a run told, by fact instance; NULL if it told nothing of it. */
const char *exposure_recall(const struct probe_target *target, const char *where);
void exposure_remember(struct probe_target *target, const char *where, const char *words);
/* Whether it told this word ("basic", "TLSv1.0") of the port. */
bool exposure_has_offered(const struct probe_target *target, const char *where, const char *word);
void exposure_forget(struct probe_target *target);
void exposure_restore(struct probe_target *target, const struct fact_list *facts);

#endif

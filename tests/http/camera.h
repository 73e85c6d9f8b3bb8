/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scripted ONVIF device for the probe's unit tests: which login it takes, what its clock says,
 * what it breaks, and exact counts of what it was asked. (tests/fake/ has the full simulated device
 * for the scenarios; this one counts logins and is steered from within the test.)
 */
#ifndef KEEPWATCH_TESTS_HTTP_CAMERA_H
#define KEEPWATCH_TESTS_HTTP_CAMERA_H

#include "server.h"

#include <pthread.h>

enum camera_auth { CAMERA_OPEN, CAMERA_WSSE, CAMERA_DIGEST, CAMERA_BOTH };

struct camera {
	pthread_mutex_t lock; /* of all that follows; tests change it between runs */
	enum camera_auth auth;
	const char *algorithm; /* of Digest; NULL: MD5 */
	const char *password;
	int refusal_status;	  /* of the NotAuthorized fault */
	const char *refusal;	  /* its reason text; NULL: "Sender not authorized" */
	int64_t clock_offset_s;	  /* that it reports */
	int64_t checked_offset_s; /* by which it checks Created */
	int window_s;		  /* of Created; 0: not checked */
	bool month_0;
	bool all_private;	  /* even GetServices wants a login */
	unsigned lock_after;	  /* refused logins; 0: never */
	const char *broken;	  /* operation that answers with broken_reply */
	const char *broken_reply; /* a fault's subcode, "garbage", "stall", "503", "404", "close" */
	const char *xaddr_host;
	unsigned doors, page;

	/* counts */
	unsigned requests, logins, refused, accepted, anonymous_private;
	unsigned service_calls; /* at another path than the device service's */
	char ops[4096];		/* names in order, ";" between */
};

void camera_init(struct camera *camera);
server_script camera_script;

#endif

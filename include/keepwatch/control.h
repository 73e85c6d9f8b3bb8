/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent's control socket: a Unix stream socket, readable by the group `keepwatch`. One request,
 * one answer, then the connection is closed.
 *
 * Request: one line of fields separated by tabs, a verb first, then NAME=VALUE; at most
 * CONTROL_REQUEST_MAX bytes with its line feed.
 *   check	mode=fleet|site|device|incident|audit	name=NAME	warning=RANGE
 *		critical=RANGE	innocent=ok|warning|critical	max_age=SECONDS
 *			how these are, and what is to blame; name of an incident: its number, ""
 *			for all that are open; innocent: what a device is at most that something
 *			else has taken out; of an audit: site=SITE owner=OWNER device=DEVICE, all
 *			that are given
 *   status		what the agent does, as JSON
 *   probe	name=DEVICE	runs the device's probes now
 *   reload		reads the configuration anew
 *   incident	do=close	id=NUMBER	cause=CLASS	note=TEXT	who=NAME
 *			a person says what an open incident was (incident.h, verdict_name): it is
 *			closed as overturned, and does not open again for the same outage; note and
 *			who may be left out, the agent adds the user that asks
 *   finding	do=accept|reopen	rule=RULE	device=DEVICE	port=N	instance=TEXT
 *		until=YYYY-MM-DD	why=TEXT	who=NAME
 *			a person lives with a finding (finding.h, finding_rule_name), until that
 *			day or for ever, or does so no longer; port and instance as it has them
 *   password	do=mark	device=DEVICE	use=onvif|http|snmp	account=NAME	at=TIME	why=TEXT
 *		who=NAME
 *			a person says that the password was changed at that time (RFC 3339)
 *   password	do=rotated	device=DEVICE	use=USE	account=NAME	who=NAME
 *			keepwatch has set the password that is configured now, and proved it
 *   password	do=default	device=DEVICE	use=USE	account=NAME	found=yes|no
 *			an audit of default passwords was done: it took one, or none
 *   pack	do=made	number=N	sha256=HEX	who=NAME
 *			an evidence pack was made: it is put on record
 * Answer: "keepwatch 1 CODE LENGTH\n" and LENGTH bytes. CODE of check is a plugin exit code (0 OK,
 * 1 WARNING, 2 CRITICAL, 3 UNKNOWN) and the bytes are the plugin's output; of the others 0, or 1
 * with the reason in words.
 */
#ifndef KEEPWATCH_CONTROL_H
#define KEEPWATCH_CONTROL_H

#include "keepwatch/buf.h"

#include <stddef.h>

#define CONTROL_SOCKET_DEFAULT "/run/keepwatch/control.sock"
#define CONTROL_GREETING       "keepwatch 1 "

enum {
	CONTROL_REQUEST_MAX = 4096,
	CONTROL_ANSWER_MAX = 1 << 20,
	CONTROL_FIELDS_MAX = 16,
};

/*
 * Sends a request and reads the answer within timeout_ms. ERR_NOTFOUND: no socket there;
 * ERR_REFUSED: nobody listens; ERR_PERM; ERR_TIMEOUT: connected, no whole answer in time;
 * ERR_PROTO: an answer that is not one; ERR_TOOBIG; ERR_IO. answer must be initialised; code gets
 * CODE.
 */
int control_call(const char *socket_path, const char *request, int timeout_ms, int *code,
		 struct buf *answer);

/* A request taken apart in place; pointers into the line. */
struct control_request {
	const char *verb;
	size_t field_count;
	struct {
		const char *name, *value;
	} fields[CONTROL_FIELDS_MAX];
};

/* line is NUL-terminated without its line feed and is changed. ERR_SYNTAX, ERR_TOOBIG. */
int control_request_parse(char *line, struct control_request *out);
/* NULL if the request has no such field. */
const char *control_field(const struct control_request *request, const char *name);

#endif

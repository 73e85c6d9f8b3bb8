/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP ports by what is usually found there on devices of security networks, and lists of them as
 * people write them.
 */
#ifndef KEEPWATCH_PORT_SERVICE_H
#define KEEPWATCH_PORT_SERVICE_H

#include <stddef.h>
#include <stdint.h>

enum port_speaks {
	PORT_SPEAKS_OTHER,
	PORT_SPEAKS_HTTP,
	PORT_SPEAKS_HTTPS,
	PORT_SPEAKS_TLS,
	PORT_SPEAKS_RTSP
};

struct port_service {
	const char *name; /* "telnet", "dahua-sdk" */
	enum port_speaks speaks;
};

struct port_item {
	uint16_t port;
	const struct port_service *service;
};

enum { PORT_LIST_MAX = 64 }; /* members of a list */

/* Never NULL; "unknown" for ports that are not in the table. Static storage. */
const struct port_service *port_service(uint16_t port);

/*
 * "22,80,8000-8010,10443=https": ports and ranges, with the name of a service where it is not the
 * usual one; blanks behind commas. A port that comes again is left out. out has PORT_LIST_MAX
 * members. ERR_SYNTAX, ERR_RANGE (0, above 65535, a range that goes down), ERR_NOTFOUND (no such
 * service), ERR_TOOBIG.
 */
int port_list_parse(const char *text, struct port_item *out, size_t *count);

#endif

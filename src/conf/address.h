/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses of devices as people write them, and what is wrong with the others.
 */
#ifndef CONF_ADDRESS_H
#define CONF_ADDRESS_H

#include "keepwatch/ipaddr.h"

/*
 * NULL if the text, which is not empty, is an IPv4 or IPv6 address (*out filled) or a host name
 * (out->family 0), else what is wrong and what was expected. Static storage.
 */
const char *address_check(const char *text, struct ipaddr *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fleet file: rows into devices.
 */
#ifndef CONF_FLEET_FILE_H
#define CONF_FLEET_FILE_H

#include "settings.h"

/*
 * Adds the devices of the text to the fleet, whose sites and credentials are there already, and
 * plans their probes; complains of what is wrong. 0 or ERR_NOMEM.
 */
int fleet_file_read(struct reader *reader, struct settings *settings, const void *data, size_t len,
		    struct fleet *fleet);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where in a list of devices which id is: lists are in the order of people, facts in that of ids.
 */
#ifndef KEEPWATCH_STORE_DEVICE_PLACES_H
#define KEEPWATCH_STORE_DEVICE_PLACES_H

#include "keepwatch/reader.h"

struct device_place {
	uint32_t id;
	size_t at;
};

struct device_places {
	struct device_place *items; /* by id */
	size_t count;
};

/* ERR_NOMEM. Freed with free(items). */
int device_places_init(struct device_places *places, const struct reader_device_list *devices);
/* SIZE_MAX if it is not in the list. */
size_t device_places_find(const struct device_places *places, uint32_t id);

#endif

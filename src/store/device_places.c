/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Devices of a list by id.
 */
#include "device_places.h"

#include "keepwatch/err.h"

#include <stdlib.h>

static int
compare(const void *left, const void *right)
{
	const struct device_place *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

int
device_places_init(struct device_places *places, const struct reader_device_list *devices)
{
	*places = (struct device_places){calloc(devices->count + 1, sizeof(*places->items)),
					 devices->count};
	if (places->items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < devices->count; i++)
		places->items[i] = (struct device_place){devices->items[i].id, i};
	qsort(places->items, places->count, sizeof(*places->items), compare);
	return 0;
}

size_t
device_places_find(const struct device_places *places, uint32_t id)
{
	const struct device_place key = {.id = id}, *found;

	found = places->items == NULL ? NULL
				      : bsearch(&key, places->items, places->count,
						sizeof(*places->items), compare);
	return found == NULL ? SIZE_MAX : found->at;
}

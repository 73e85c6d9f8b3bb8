/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which devices a command is about: --site --kind --state --owner and name patterns; and those
 * devices, read from the store.
 */
#ifndef CLI_SELECT_H
#define CLI_SELECT_H

#include "cli.h"

struct selection {
	const struct cli *cli;
	unsigned kinds;	 /* bit 1 << kind; 0: all */
	unsigned states; /* bit 1 << health; 0: all */
	bool flapping;	 /* flapping was asked for, beside `states` */
	const struct arg_values *sites, *owners, *patterns, *names; /* NULL or empty: all */
};

/*
 * From the command line; patterns are its operands if with_patterns. 0, or an exit code after
 * complaining (no such kind).
 */
int selection_init(struct selection *selection, const struct cli *cli, bool with_patterns);
/* True if nothing was asked for: all devices. */
bool selection_is_all(const struct selection *selection);
bool selection_has(const struct selection *selection, const struct reader_device *device);

/*
 * The devices of a selection, by site and name. A site or owner that no device has is remarked on
 * standard error, with the nearest one that is there. An exit code after complaining.
 */
int selection_read(const struct selection *selection, struct reader_device_list *out);

/* That remark alone, on devices that were read otherwise. */
void selection_remark(const struct selection *selection, const struct reader_device_list *devices);

/* The same, also those that left the fleet file. */
int selection_read_all(const struct selection *selection, struct reader_device_list *out);

/* The device by name or address. 0; CLI_NO_DEVICE (after suggesting near names), CLI_UNREADABLE. */
int select_device(const struct cli *cli, const char *name, struct reader_device_list *out);

/* The place of a device id in a list, SIZE_MAX if it is not there. Sorted by `ids_sort`. */
struct id_place {
	uint32_t id;
	size_t place;
};
/* A table from id to place, ascending by id; malloc'd, NULL when out of memory. */
struct id_place *ids_sort(const struct reader_device_list *devices);
size_t ids_find(const struct id_place *ids, size_t count, uint32_t id);

/* What was asked for, as members of a JSON object. */
void selection_put_json(const struct selection *selection, struct jsonw *json);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Resolving upstream switches. Port names may hold colons ("xe-0/0/0:1"), and so may names of
 * devices: the longest beginning that names a device is the switch.
 */
#include "upstream.h"

#include "suggest.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { NO_UPSTREAM = UINT32_MAX };

/* A device on the way up. */
struct climber {
	uint32_t parent; /* number of its switch, or NO_UPSTREAM */
	uint32_t walk;	 /* which walk passed here first; 0: none */
	uint32_t cell;	 /* number of the cell that says so */
};

/* The switch's number, with *port set (NULL if none) and the text cut before it; NO_UPSTREAM. */
static uint32_t
find_switch(const struct strmap *names, char *text, char **port)
{
	const struct strmap_entry *entry = strmap_get(names, text);
	/* Nothing longer can be a name. */
	char *colon = text + strnlen(text, DEVICE_NAME_MAX + 1);

	*port = NULL;
	while (entry == NULL) {
		do {
			if (colon == text)
				return NO_UPSTREAM;
			colon--;
		} while (*colon != ':');
		*colon = '\0';
		entry = strmap_get(names, text);
		if (entry == NULL)
			*colon = ':';
		else
			*port = colon + 1;
	}
	return entry->value;
}

static void
complain_unknown(struct complaints *complaints, const struct fleet *fleet,
		 const struct upstream_cell *cell)
{
	size_t len = strcspn(cell->text, ":");
	const char *shown = quoted(complaints, cell->text, len);
	char name[DEVICE_NAME_MAX + 1] = "";
	struct suggest suggest;
	size_t count;

	if (len <= DEVICE_NAME_MAX)
		memcpy(name, cell->text, len);
	suggest_init(&suggest, name);
	count = may_suggest(complaints, fleet->device_count) ? fleet->device_count : 0;
	for (size_t i = 0; i < count; i++) {
		const struct device *device = &fleet->devices[i];

		if (device->kind == KIND_SWITCH || device->kind == KIND_ROUTER)
			suggest_offer(&suggest, device->name);
	}
	complain(complaints, CONF_FILE_CSV, cell->at, "upstream %s is not in the fleet%s", shown,
		 suggest_text(&suggest));
}

/* Resolves one cell; the number of the switch or NO_UPSTREAM. */
static uint32_t
resolve_one(struct complaints *complaints, struct fleet *fleet, const struct strmap *names,
	    const struct upstream_cell *cell)
{
	struct device *device = &fleet->devices[cell->device];
	const struct device *upstream;
	char *port;
	uint32_t found = find_switch(names, cell->text, &port);

	if (found == NO_UPSTREAM) {
		complain_unknown(complaints, fleet, cell);
		return NO_UPSTREAM;
	}
	upstream = &fleet->devices[found];
	if (found == cell->device) {
		complain(complaints, CONF_FILE_CSV, cell->at, "%s is its own upstream",
			 quoted(complaints, device->name, strlen(device->name)));
		return NO_UPSTREAM;
	}
	if (upstream->kind != KIND_SWITCH && upstream->kind != KIND_ROUTER) {
		complain(complaints, CONF_FILE_CSV, cell->at,
			 "upstream %s is a %s; expected a switch or router",
			 quoted(complaints, upstream->name, strlen(upstream->name)),
			 kind_name(upstream->kind));
		return NO_UPSTREAM;
	}
	if (port != NULL && *port == '\0') {
		complain(complaints, CONF_FILE_CSV, cell->at,
			 "no port behind the colon; expected switch:port or the switch alone");
		return NO_UPSTREAM;
	}
	device->upstream_switch = upstream->name;
	device->upstream_port = port;
	return found;
}

/* Says the circle that begins at a device: "a -> b -> a". */
static void
complain_circle(struct complaints *complaints, const struct fleet *fleet,
		const struct climber *climbers, uint32_t start, struct mark at)
{
	char text[512] = "";
	size_t used = 0;
	uint32_t d = start;

	do {
		int n = snprintf(text + used, sizeof(text) - used, "%s -> ",
				 fleet->devices[d].name);
		used += n < 0 ? 0 : (size_t)n;
		d = climbers[d].parent;
	} while (d != start && used < sizeof(text));
	complain(complaints, CONF_FILE_CSV, at, "upstream goes in a circle: %s%s%s", text,
		 d != start ? "... -> " : "", fleet->devices[start].name);
}

/* Walks up from every device once; a walk that meets itself has found a circle. */
static void
find_circles(struct complaints *complaints, const struct fleet *fleet, struct climber *climbers,
	     const struct upstream_cell *cells, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t walk = (uint32_t)i + 1, d = cells[i].device;

		while (d != NO_UPSTREAM && climbers[d].walk == 0) {
			climbers[d].walk = walk;
			d = climbers[d].parent;
		}
		/* Said at the row of a member, which the device that led here may not be. */
		if (d != NO_UPSTREAM && climbers[d].walk == walk)
			complain_circle(complaints, fleet, climbers, d, cells[climbers[d].cell].at);
	}
}

int
upstream_resolve(struct complaints *complaints, struct fleet *fleet, const struct strmap *names,
		 const struct upstream_cell *cells, size_t count)
{
	struct climber *climbers = calloc(fleet->device_count + 1, sizeof(*climbers));

	if (climbers == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < fleet->device_count; i++)
		climbers[i].parent = NO_UPSTREAM;
	for (size_t i = 0; i < count; i++) {
		struct climber *climber = &climbers[cells[i].device];

		climber->parent = resolve_one(complaints, fleet, names, &cells[i]);
		climber->cell = (uint32_t)i;
	}
	find_circles(complaints, fleet, climbers, cells, count);
	free(climbers);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology as stored, reading half of the store; as reader.h.
 */
#ifndef KEEPWATCH_READER_TOPOLOGY_H
#define KEEPWATCH_READER_TOPOLOGY_H

#include "keepwatch/reader.h"
#include "keepwatch/topology.h"

/* No strings outside `link`. */
struct reader_link {
	struct topo_link link;
	int64_t until_ms; /* 0: it holds; else a former one, last confirmed then */
};
READER_LIST(reader_link)

/* Links of the devices that match, by device, the one that holds before spares. */
int reader_links(struct reader *reader, const struct reader_filter *filter,
		 struct reader_link_list *out);
/*
 * The one that held at a moment, for each device (where was this camera in March?): that which
 * began last before it. If its until_ms is before at_ms, it was not confirmed up to then, and
 * nothing later is known: "last seen there at until_ms". Spares are left out.
 */
int reader_links_at(struct reader *reader, const struct reader_filter *filter, int64_t at_ms,
		    struct reader_link_list *out);
/* Former ones that ended at since_ms or later, newest first, spares too; limit 0: all. */
int reader_link_history(struct reader *reader, const struct reader_filter *filter, int64_t since_ms,
			size_t limit, struct reader_link_list *out);

struct reader_port {
	uint32_t device; /* the switch */
	struct topo_port port;
	int64_t seen_ms; /* when its switch was read last, exact to about an hour */
};
READER_LIST(reader_port)

/* Ports of the switches that match, by device, then if_index. */
int reader_ports(struct reader *reader, const struct reader_filter *filter,
		 struct reader_port_list *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ports that count errors, and links that go down and up. A healthy port counts none: each reading
 * with errors is weighed against one without (a CUSUM over readings), so that one burst when a
 * plug is moved is nothing and four readings in a row are sure. Only ports that had something of
 * the kind are kept.
 */
#include "trend_impl.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A failing port has errors in every other reading, a healthy one in one of fifty. */
#define BAD_READING  3.22F  /* log(0.5 / 0.02) */
#define GOOD_READING -0.67F /* log(0.5 / 0.98) */
#define SURE	     12.0F
#define MOST	     16.0F
#define HALF	     4.0F

enum {
	ERRORS_READING = 2,
	ERRORS_LEAST = 10,
	ERRORS_CRITICAL = 1000, /* a reading */
	RECENT_MS = 2 * TREND_HOUR,
	CLEAN_MOST = 1000,
	FLAP_MINUTES = 3,
	BOOT_MINUTES = 5,
	OTHER_PORTS = 3,
	FLAPS_DAY = 4,
	FLAPS_WEEK = 6,
	FLAPS_CRITICAL = 8,
};

static struct trend_port *
find(const struct trend_node *node, uint32_t port)
{
	struct trend_port *at = node->sw == NULL ? NULL : node->sw->ports;

	while (at != NULL && at->port != port)
		at = at->next;
	return at;
}

struct trend_port *
trend_port_of(struct trend *trend, struct trend_node *node, uint32_t port)
{
	struct trend_port *at = find(node, port);

	if (at != NULL)
		return at;
	if (trend_switch_of(trend, node) == NULL)
		return NULL;
	at = calloc(1, sizeof(*at));
	if (at == NULL)
		return NULL;
	at->port = port;
	at->walk = node->sw->walks;
	at->next = node->sw->ports;
	node->sw->ports = at;
	trend->port_count++;
	return at;
}

/* The device that hangs there; TREND_NONE. */
static uint32_t
behind_of(const struct trend *trend, uint32_t index, uint32_t port)
{
	uint32_t behind = TREND_NONE;

	for (uint32_t c = trend_at(trend, index)->child; c != TREND_NONE;
	     c = trend_at(trend, c)->sibling) {
		if (trend_at(trend, c)->port != port)
			continue;
		if (behind != TREND_NONE)
			return TREND_NONE; /* several: none in particular */
		behind = c;
	}
	return behind;
}

static void
read_clean(struct trend_port *port, uint32_t readings)
{
	for (; readings > 0 && port->cusum > 0; readings--) {
		port->cusum += GOOD_READING;
		port->readings++;
	}
	if (port->cusum <= 0) {
		port->cusum = 0;
		port->errors = port->bad = port->readings = 0;
		port->first_ms = 0;
	}
}

/* Readings up to the last walk but one: rows of the last may still be on their way. */
static void
catch_up(struct trend_port *port, uint32_t walks)
{
	uint32_t clean = walks - port->walk;

	if (clean < 2)
		return;
	read_clean(port, clean - 1 < CLEAN_MOST ? clean - 1 : CLEAN_MOST);
	port->walk = walks - 1;
}

static void
read_errors(struct trend_port *port, uint32_t errors, int64_t at_ms)
{
	if (port->first_ms == 0)
		port->first_ms = at_ms;
	port->last_ms = at_ms;
	port->cusum = fminf(port->cusum + BAD_READING, MOST);
	port->errors = errors > UINT32_MAX - port->errors ? UINT32_MAX : port->errors + errors;
	if (port->bad < UINT16_MAX && port->readings < UINT16_MAX) {
		port->bad++;
		port->readings++;
	}
}

int
trend_port_flap(struct trend *trend, struct trend_node *node, uint32_t number, int64_t at_ms)
{
	struct trend_port *port = trend_port_of(trend, node, number);

	if (port == NULL)
		return ERR_NOMEM;
	trend_times_add(&port->flaps, trend_minute(at_ms), FLAP_MINUTES);
	return 0;
}

int
trend_port_add(struct trend *trend, struct trend_node *node, const struct evidence_port *row,
	       int64_t at_ms)
{
	struct trend_port *port;

	if (node->flags & (TREND_OUT | TREND_MAINTAINED))
		return 0;
	if (row->is_up && row->changed_ms > 0 && row->changed_ms <= at_ms &&
	    at_ms - row->changed_ms < RECENT_MS &&
	    trend_port_flap(trend, node, row->port, row->changed_ms) < 0)
		return ERR_NOMEM;
	if (row->errors < ERRORS_READING)
		return 0;
	port = trend_port_of(trend, node, row->port);
	if (port == NULL)
		return ERR_NOMEM;
	catch_up(port, node->sw->walks);
	read_errors(port, row->errors, at_ms);
	port->walk = node->sw->walks;
	return 0;
}

/* Catches up, and forgets what has nothing left to tell. */
void
trend_ports_settle(struct trend *trend, struct trend_node *node)
{
	struct trend_port **at = &node->sw->ports;
	uint16_t now = trend_minute(trend->now_ms);

	while (*at != NULL) {
		struct trend_port *port = *at;
		bool has_flaps = trend_times_expire(&port->flaps, now, TREND_WEEK_MINUTES);

		catch_up(port, node->sw->walks);
		if (port->cusum > 0 || has_flaps ||
		    trend_is_open(node, RULE_PORT_ERRORS, port->port) ||
		    trend_is_open(node, RULE_LINK_FLAPS, port->port)) {
			at = &port->next;
			continue;
		}
		*at = port->next;
		free(port);
		trend->port_count--;
	}
}

/* ", behind it cam-12" */
static void
name_behind(const struct trend *trend, uint32_t index, uint32_t port, char *out, size_t size)
{
	uint32_t behind = behind_of(trend, index, port);

	out[0] = '\0';
	if (behind != TREND_NONE)
		snprintf(out, size, "; behind it %.60s",
			 trend->name(trend->owner, trend_at(trend, behind)->id));
}

void
trend_port_claim(struct trend *trend, uint32_t index, struct trend_port *port,
		 struct trend_claim *claim)
{
	double minutes = (double)(port->last_ms - port->first_ms) / TREND_MINUTE;
	char behind[96];

	*claim = (struct trend_claim){.view = TREND_GOOD};
	if (port->cusum >= HALF)
		claim->view = TREND_FAIR;
	if (trend_is_out(trend, index))
		claim->view = TREND_UNKNOWN;
	if (port->cusum < SURE || port->errors < ERRORS_LEAST || claim->view != TREND_FAIR)
		return;
	name_behind(trend, index, port->port, behind, sizeof(behind));
	claim->view = TREND_BAD;
	claim->since_ms = port->first_ms;
	claim->value = (double)port->errors / port->readings;
	claim->limit = 0;
	claim->severity = claim->value >= ERRORS_CRITICAL ? FINDING_CRITICAL : FINDING_WARNING;
	snprintf(claim->text, sizeof(claim->text),
		 "port %u: %u errors in %u of %u readings over %.*f %s, none before%s", port->port,
		 port->errors, port->bad, port->readings, minutes < 120 ? 0 : 1,
		 minutes < 120 ? minutes : minutes / 60, minutes < 120 ? "min" : "h", behind);
}

static bool
is_own_flap(const struct trend *trend, uint32_t index, const struct trend_port *port,
	    uint16_t minute)
{
	const struct trend_node *node = trend_at(trend, index);
	uint32_t behind = behind_of(trend, index, port->port);
	uint32_t age = trend_age(minute, trend_minute(trend->now_ms));
	unsigned others = 0;

	if (trend_times_has(&node->boots, minute, BOOT_MINUTES) ||
	    trend_is_maintained(trend, behind != TREND_NONE ? behind : index,
				trend->now_ms - (int64_t)age * TREND_MINUTE))
		return false;
	/* A device that restarts takes its link down and up. */
	if (behind != TREND_NONE &&
	    trend_times_has(&trend_at(trend, behind)->boots, minute, BOOT_MINUTES))
		return false;
	for (const struct trend_port *at = node->sw->ports; at != NULL; at = at->next)
		others += at != port && trend_times_has(&at->flaps, minute, FLAP_MINUTES);
	return others < OTHER_PORTS;
}

void
trend_flaps_claim(struct trend *trend, uint32_t index, struct trend_port *port,
		  struct trend_claim *claim)
{
	uint16_t now = trend_minute(trend->now_ms);
	uint32_t ages[TREND_TIMES], oldest = 0;
	unsigned day, week, days = 0;
	size_t count;
	char behind[96];

	*claim = (struct trend_claim){.view = TREND_GOOD};
	count = trend_times_ages(&port->flaps, now, ages);
	if (trend_count(ages, count, TREND_DAY_MINUTES) > 0)
		claim->view = TREND_FAIR;
	if (count < FLAPS_DAY)
		return;
	claim->view = TREND_GOOD;
	count = 0;
	for (size_t i = 0; i < TREND_TIMES; i++)
		if (port->flaps.minute[i] != 0 &&
		    trend_age(port->flaps.minute[i], now) < TREND_WEEK_MINUTES &&
		    is_own_flap(trend, index, port, port->flaps.minute[i])) {
			ages[count] = trend_age(port->flaps.minute[i], now);
			oldest = ages[count] > oldest ? ages[count] : oldest;
			count++;
		}
	day = trend_count(ages, count, TREND_DAY_MINUTES);
	week = trend_count(ages, count, TREND_WEEK_MINUTES);
	for (uint32_t i = 0; i < 7; i++)
		days += trend_count(ages, count, (i + 1) * TREND_DAY_MINUTES) >
			trend_count(ages, count, i * TREND_DAY_MINUTES);
	if (day > 0)
		claim->view = TREND_FAIR;
	if ((day < FLAPS_DAY && (week < FLAPS_WEEK || days < 3)) || trend_is_schedule(ages, count))
		return;
	name_behind(trend, index, port->port, behind, sizeof(behind));
	claim->view = TREND_BAD;
	claim->value = day >= FLAPS_DAY ? day : week;
	claim->limit = day >= FLAPS_DAY ? FLAPS_DAY : FLAPS_WEEK;
	claim->since_ms = trend->now_ms - (int64_t)oldest * TREND_MINUTE;
	claim->severity = day >= FLAPS_CRITICAL ? FINDING_CRITICAL : FINDING_WARNING;
	snprintf(claim->text, sizeof(claim->text),
		 "port %u lost its link %s%u times in 24 h, %u times in the 6 days before, its "
		 "other ports did not%s",
		 port->port, day == TREND_TIMES ? "at least " : "", day, week - day, behind);
}

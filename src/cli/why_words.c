/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is to be done about an incident, in one sentence for the person on call.
 */
#include "why.h"

#include "topo_text.h"

#include "keepwatch/buf.h"

#include <string.h>

/* {name}: what is blamed; {devices}: "the 6 cameras"; {place}: the port that it hangs on. */
static const char *const advices[VERDICT_COUNT] = {
	[VERDICT_UNDETERMINED] =
		"Send nobody yet: see below what would decide. If it lasts, ask IT to "
		"look at {place} first.",
	[VERDICT_DEVICE_HW] = "Send the integrator to {name}: first switch its power off and on at "
			      "{place}; if it stays dark, bring a replacement.",
	[VERDICT_DEVICE_SERVICE] = "Restart {name} from remote: it is on the network, so cable and "
				   "switch are well and nobody has to go there for them.",
	[VERDICT_CREDENTIALS] = "Set the password or certificate of {name} right, there or in the "
				"configuration; cable and switch are well.",
	[VERDICT_CABLE_PORT] = "Send the integrator with a cable tester to the run from {place} to "
			       "{name}: cable and connector before the device.",
	[VERDICT_POE_PORT] =
		"Do not send a technician to {devices}; ask IT to look at PoE of {place}, "
		"or to move the cable to another port.",
	[VERDICT_POE_BUDGET] =
		"Do not send a technician to {devices}; ask IT to give {name} more PoE "
		"power, or to move devices off it.",
	[VERDICT_SWITCH_DOWN] =
		"Do not send a technician to {devices}; ask IT to bring {name} back: "
		"its power first, then its uplink to {place}.",
	[VERDICT_MGMT_AGENT] =
		"Send nobody: {name} still forwards, no device is out for it. Ask IT to "
		"restart its management when it suits.",
	[VERDICT_UPLINK] = "Do not send a technician to {devices}; ask IT to look at the link from "
			   "{name} to {place}: cable, optics, port.",
	[VERDICT_WAN] =
		"Do not send a technician to {devices}; ask IT to look at router and provider "
		"of {name}.",
	[VERDICT_MONITOR] =
		"Believe no alarm of this time; ask the administrator of the monitor to "
		"look at its own network and load.",
	[VERDICT_SWITCH_FLAP] =
		"Do not send a technician to {devices}; ask IT to look at {name}, which "
		"drops out now and then: power supply, heat, firmware, uplink.",
	[VERDICT_MOVED] =
		"Nothing is broken: ask who moved {name}, and correct the fleet file if it is "
		"to stay at {place}.",
	[VERDICT_DUP_IP] =
		"Do not send a technician to {devices}; ask IT who else has the address of "
		"{name}, and to give one of them another.",
	[VERDICT_MAINTENANCE] = "Nothing is to be done until the announced work is over.",
	[VERDICT_POWER_LOSS] =
		"Do not send a technician to {devices}; call facilities about the power "
		"of {name}.",
};

/* "hq-core gi1/0/3": what the cause hangs on; "" if that is not known. */
static void
put_parent(struct buf *buf, const struct why *why)
{
	const struct why_place *place = &why->place;
	const struct topo_link *link;

	if (place->cause == TREE_NONE)
		return;
	link = place->tree.nodes[place->cause].link;
	if (link == NULL || place->parent == TREE_NONE)
		return;
	topo_put_parent(buf, &place->tree, link);
	if (link->port[0] != '\0')
		buf_printf(buf, " port %s", link->port);
}

static void
put_devices(struct buf *buf, const struct why *why)
{
	size_t kinds = 0, count = 0;
	int only = KIND_OTHER;

	for (int k = 0; k < KIND_COUNT; k++) {
		if (why->kinds[k] == 0)
			continue;
		kinds++;
		count += why->kinds[k];
		only = k;
	}
	if (kinds == 1 && only != KIND_OTHER)
		buf_printf(buf, "the %s", topo_kind_word((enum device_kind)only, count));
	else
		buf_printf(buf, "the device%s", count == 1 ? "" : "s");
}

static void
put_place(struct buf *buf, const struct why *why)
{
	size_t before = buf->len;

	put_parent(buf, why);
	if (buf->len == before)
		buf_puts(buf, "what it hangs on");
}

static void
put_sentence(struct buf *buf, const struct why *why, const char *sentence)
{
	static const char name[] = "{name}", devices[] = "{devices}", place[] = "{place}";
	const char *blamed = why->incident->blame_name;

	while (*sentence != '\0') {
		size_t len = strcspn(sentence, "{");

		buf_put(buf, sentence, len);
		sentence += len;
		if (strncmp(sentence, name, strlen(name)) == 0) {
			buf_puts(buf, *blamed != '\0' ? blamed : "it");
			sentence += strlen(name);
		} else if (strncmp(sentence, devices, strlen(devices)) == 0) {
			put_devices(buf, why);
			sentence += strlen(devices);
		} else if (strncmp(sentence, place, strlen(place)) == 0) {
			put_place(buf, why);
			sentence += strlen(place);
		}
	}
}

void
why_put_advice(struct buf *buf, const struct why *why)
{
	const struct reader_incident *incident = why->incident;

	if (incident->adopted_by != 0)
		buf_printf(buf, "See incident %u, which explains it: keepwatch why %u",
			   incident->adopted_by, incident->adopted_by);
	else if (incident->overturned_ms != 0)
		buf_printf(buf, "Nothing: a person closed it as \"%s\".",
			   verdict_words(incident->cause));
	else if (incident->closed_ms != 0)
		buf_puts(buf, "Nothing: it is over.");
	else if (incident->healed_ms != 0)
		buf_puts(buf,
			 "Nothing now: what was to blame works again; it is closed when the last "
			 "device answers.");
	else if (advices[incident->verdict] != NULL)
		put_sentence(buf, why, advices[incident->verdict]);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which open incidents concern what a check asks for, which of them explains a device, and how a
 * device counts by that. All is looked up once a check: a fleet may have many incidents.
 */
#include "check.h"

#include "diagnosis.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { LEVELS_MAX = 32 }; /* of switches above a switch */

enum check_code
check_incident_code(const struct open_incident *incident)
{
	if (incident->verdict == VERDICT_MAINTENANCE)
		return CHECK_OK;
	if (incident->verdict == VERDICT_MONITOR)
		return CHECK_UNKNOWN;
	if (incident->verdict == VERDICT_MGMT_AGENT || incident->is_healed ||
	    incident->out_count == 0)
		return CHECK_WARNING;
	return CHECK_CRITICAL;
}

/* The monitor's own trouble comes before all: what it says of others is not worth much then. */
static int
rank(const struct open_incident *incident)
{
	static const int ranks[] = {
		[CHECK_OK] = 0, [CHECK_WARNING] = 1, [CHECK_CRITICAL] = 2, [CHECK_UNKNOWN] = 3};

	return ranks[check_incident_code(incident)];
}

/* The worst first, then the larger, the surer and the older. */
static int
compare(const struct open_incident *a, const struct open_incident *b)
{
	if (rank(a) != rank(b))
		return rank(a) > rank(b) ? -1 : 1;
	if (a->out_count != b->out_count)
		return a->out_count > b->out_count ? -1 : 1;
	if (a->confidence > b->confidence || a->confidence < b->confidence)
		return a->confidence > b->confidence ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static int
compare_incidents(const void *a, const void *b)
{
	return compare(*(const struct open_incident *const *)a,
		       *(const struct open_incident *const *)b);
}

/* By device; what blames it before what only affects it. */
static int
compare_claims(const void *a, const void *b)
{
	const struct check_claim *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	if (x->is_affected != y->is_affected)
		return x->is_affected ? 1 : -1;
	return compare(x->incident, y->incident);
}

static int
claim_devices(struct check *check, const struct open_incidents *open)
{
	size_t most = open_incidents_count(open);

	for (size_t i = 0; i < open_incidents_count(open); i++)
		most += open_incidents_at(open, i)->device_count;
	check->claims = calloc(most, sizeof(*check->claims));
	if (check->claims == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < open_incidents_count(open); i++) {
		const struct open_incident *incident = open_incidents_at(open, i);

		if (incident->blame.type == BLAME_NODE)
			check->claims[check->claim_count++] = (struct check_claim){
				.device = incident->blame.id, .incident = incident};
		for (size_t d = 0; d < incident->device_count; d++) {
			const struct incident_device *device = &incident->devices[d];

			if (incident_device_is_out(device))
				check->claims[check->claim_count++] =
					(struct check_claim){.device = device->device,
							     .is_affected = true,
							     .incident = incident};
		}
	}
	qsort(check->claims, check->claim_count, sizeof(*check->claims), compare_claims);
	return 0;
}

/* The claim that comes first for the device, NULL: none. */
static const struct check_claim *
claim_of(const struct check *check, uint32_t device)
{
	size_t from = 0, to = check->claim_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (check->claims[middle].device < device)
			from = middle + 1;
		else
			to = middle;
	}
	return from < check->claim_count && check->claims[from].device == device
		       ? &check->claims[from]
		       : NULL;
}

/* Does it take out what hangs on the blamed? */
static bool
cuts_off(const struct open_incident *incident)
{
	return incident->verdict == VERDICT_SWITCH_DOWN || incident->verdict == VERDICT_UPLINK ||
	       incident->verdict == VERDICT_WAN || incident->verdict == VERDICT_POWER_LOSS;
}

/* Incidents tell of devices; a switch that is silent too hangs on what is blamed. */
static const struct open_incident *
incident_above(const struct check *check, const struct agent_device *device)
{
	struct agent_diagnosis *diagnosis = check->agent->diagnosis;
	const struct diagnosis_device *at = diagnosis_of(diagnosis, device);

	for (int level = 0; at != NULL && level < LEVELS_MAX; level++) {
		const struct check_claim *claim = claim_of(check, at->place.parent.node);

		if (claim != NULL && !claim->is_affected && cuts_off(claim->incident))
			return claim->incident;
		at = diagnosis_find(diagnosis, at->place.parent.node);
	}
	return NULL;
}

struct check_view
check_view(const struct check *check, const struct agent_device *device)
{
	struct check_view view = {.state = (enum health)device->health.state};
	const struct check_claim *claim =
		check->claim_count == 0 ? NULL : claim_of(check, device->id);
	bool is_out = view.state == HEALTH_DOWN || view.state == HEALTH_DEGRADED;

	if (claim != NULL && (is_out || !claim->is_affected)) {
		view.incident = claim->incident;
		view.is_innocent =
			claim->is_affected || verdict_is_device_innocent(claim->incident->verdict);
	} else if (check->claim_count > 0 && view.state == HEALTH_DOWN &&
		   (device->device->kind == KIND_SWITCH || device->device->kind == KIND_ROUTER)) {
		view.incident = incident_above(check, device);
		view.is_innocent = view.incident != NULL;
	}
	view.is_announced =
		is_out && view.incident != NULL && view.incident->verdict == VERDICT_MAINTENANCE;
	view.is_problem = !view.is_announced &&
			  (is_out || device->health.is_flapping ||
			   (claim != NULL && !claim->is_affected && !claim->incident->is_healed &&
			    claim->incident->verdict != VERDICT_MAINTENANCE));
	if (view.incident != NULL && is_out) {
		if (view.incident->verdict == VERDICT_MONITOR)
			view.state = HEALTH_UNKNOWN;
		else if (view.incident->verdict == VERDICT_MGMT_AGENT)
			view.state = HEALTH_DEGRADED;
	}
	return view;
}

const struct agent_device *
check_device(const struct check *check, uint32_t id)
{
	const struct agent_diagnosis *diagnosis = check->agent->diagnosis;
	const struct diagnosis_device *device = diagnosis_find(diagnosis, id);

	return device == NULL ? NULL : diagnosis_agent_device(diagnosis, device);
}

static bool
is_asked_for(const struct check *check, uint32_t id)
{
	const struct agent_device *device = check_device(check, id);

	return device != NULL && check_covers(check, device);
}

/* Is one of those that it blames or affects asked for? */
static bool
concerns(const struct check *check, const struct open_incident *incident)
{
	if (check->mode == CHECK_INCIDENT)
		return !check->is_one_incident || check->incident == incident;
	if (check->mode == CHECK_FLEET || incident->verdict == VERDICT_MONITOR)
		return true;
	if (incident->blame.type == BLAME_SITE && check->mode == CHECK_SITE &&
	    strcmp(incident->name, check->name) == 0)
		return true;
	if (incident->blame.type == BLAME_NODE && is_asked_for(check, incident->blame.id))
		return true;
	for (size_t i = 0; i < incident->device_count; i++)
		if (is_asked_for(check, incident->devices[i].device))
			return true;
	return false;
}

int
check_incidents_find(struct check *check)
{
	const struct open_incidents *open = agent_diagnosis_open_incidents(check->agent);
	size_t count = open == NULL ? 0 : open_incidents_count(open);

	if (count == 0)
		return 0;
	check->incidents = calloc(count, sizeof(*check->incidents));
	if (check->incidents == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++)
		if (concerns(check, open_incidents_at(open, i)))
			check->incidents[check->incident_count++] = open_incidents_at(open, i);
	qsort(check->incidents, check->incident_count, sizeof(const struct open_incident *),
	      compare_incidents);
	return claim_devices(check, open);
}

void
check_incidents_fini(struct check *check)
{
	free(check->incidents);
	free(check->claims);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which devices are to be rotated, by which of their logins, where; and which cannot be, and why.
 */
#include "password_rotate.h"

#include "select.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

static int
no_memory(const struct cli *cli)
{
	cli_complain(cli, "%s", err_text(ERR_NOMEM));
	return CLI_UNREADABLE;
}

static int
load(struct rotate_plan *plan, const struct cli *cli)
{
	struct conf_problems problems = {0};
	int rc = conf_load(&plan->conf, cli_config_path(cli), NULL, &problems);

	if (rc != 0) {
		cli_complain(cli, "the configuration cannot be used:");
		conf_problems_print(&problems, stderr);
		plan->conf = NULL;
	}
	conf_problems_fini(&problems);
	return rc != 0 ? CLI_UNREADABLE : 0;
}

/* ---- where the interfaces of a device are */

/* An option of a probe as the device has it, else its default; its text is the arena's. */
static struct option_value
option_of(struct rotate_plan *plan, const struct device *device, enum probe_id probe,
	  enum option_id option)
{
	struct option_value value = {0};

	for (size_t i = 0; i < device->probe_count; i++) {
		if (device->probes[i]->probe == probe)
			return *settings_option(device->probes[i], option);
	}
	if (option_parse(option_spec(option), option_spec(option)->fallback, &value, NULL, 0) ==
		    0 &&
	    value.text != NULL) {
		char *text = arena_strdup(&plan->arena, value.text);

		free(value.text);
		value.text = text;
	}
	return value;
}

static struct rotate_place
place_of(struct rotate_plan *plan, const struct device *device, enum probe_id probe,
	 const enum option_id options[5])
{
	struct rotate_place place = {
		.https = option_of(plan, device, probe, options[0]).number == 1,
		.port = (uint16_t)option_of(plan, device, probe, options[1]).number,
		.path = option_of(plan, device, probe, options[2]).text,
		/* the choices of the option stand in the order of enum tls_trust */
		.trust = (enum tls_trust)option_of(plan, device, probe, options[3]).number,
		.pin = option_of(plan, device, probe, options[4]).text,
	};

	if (place.path == NULL || place.path[0] != '/')
		place.path = "/";
	if (place.trust != TLS_TRUST_PIN)
		place.pin = NULL;
	return place;
}

static const enum option_id onvif_options[] = {OPT_ONVIF_SCHEME, OPT_ONVIF_PORT, OPT_ONVIF_PATH,
					       OPT_ONVIF_TRUST, OPT_ONVIF_PIN};
static const enum option_id http_options[] = {OPT_HTTP_SCHEME, OPT_HTTP_PORT, OPT_HTTP_PATH,
					      OPT_HTTP_TRUST, OPT_HTTP_PIN};

struct rotate_place
rotate_plan_onvif(struct rotate_plan *plan, const struct device *device)
{
	return place_of(plan, device, PROBE_ONVIF, onvif_options);
}

struct rotate_place
rotate_plan_http(struct rotate_plan *plan, const struct device *device)
{
	return place_of(plan, device, PROBE_HTTP, http_options);
}

/* ---- which login */

static const struct credential_web *
web_of(const struct fleet *fleet, const struct device *device, enum credential_use use)
{
	const struct credential *credential = device_credential(fleet, device, use);
	const struct credential_web *web = NULL;

	if (credential != NULL)
		web = use == USE_ONVIF ? &credential->onvif : &credential->http;
	return web != NULL && web->is_set ? web : NULL;
}

static bool
is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* How many devices of the fleet read that file. */
static size_t
sharers(const struct fleet *fleet, const char *path)
{
	size_t count = 0;

	for (size_t i = 0; i < fleet->device_count && path != NULL; i++) {
		const struct credential_web *onvif = web_of(fleet, &fleet->devices[i], USE_ONVIF);
		const struct credential_web *http = web_of(fleet, &fleet->devices[i], USE_HTTP);

		count += (onvif != NULL && is_same(onvif->password_path, path)) ||
			 (http != NULL && is_same(http->password_path, path));
	}
	return count;
}

static const char *
why_no_folder(struct rotate_plan *plan, const struct credential_web *web)
{
	size_t count = sharers(plan->conf->fleet, web->password_path);
	struct buf words;
	char *text;

	buf_init(&words, 512);
	if (web->password_path == NULL)
		buf_puts(&words, "its password comes from no file, and its credential has no "
				 "password_dir: nowhere to write a new one");
	else if (count > 1)
		buf_printf(&words,
			   "its password is shared by %zu devices, and its credential has no "
			   "password_dir",
			   count);
	else
		buf_puts(&words, "its credential has no password_dir");
	text = words.data != NULL ? arena_strdup(&plan->arena, words.data) : NULL;
	buf_fini(&words);
	return text != NULL ? text : "its credential has no password_dir";
}

/* Which of a device's logins is changed, and why it cannot be. */
static void
choose_login(struct rotate_plan *plan, const struct device *device, enum rotate_by by,
	     struct rotate_target *target)
{
	const struct credential_web *onvif = web_of(plan->conf->fleet, device, USE_ONVIF);
	const struct credential_web *http = web_of(plan->conf->fleet, device, USE_HTTP);
	const struct credential_web *other;
	bool by_onvif = by == ROTATE_BY_ONVIF || (by == ROTATE_BY_AUTO && onvif != NULL);

	target->by = by_onvif ? ROTATE_BY_ONVIF : by;
	target->web = by_onvif ? onvif : http;
	other = by_onvif ? http : onvif;
	target->place = by_onvif ? rotate_plan_onvif(plan, device) : rotate_plan_http(plan, device);
	if (target->web == NULL) {
		target->skip = by_onvif ? "it has no ONVIF login"
			       : onvif == NULL && by == ROTATE_BY_AUTO
				       ? "it has no ONVIF or HTTP login"
				       : "it has no HTTP login";
		return;
	}
	if (target->web->password_dir == NULL)
		target->skip = why_no_folder(plan, target->web);
	else if (target->web->password == NULL)
		target->skip = "its password cannot be read";
	if (other == NULL || !is_same(other->password_dir, target->web->password_dir))
		return;
	if (!is_same(other->username, target->web->username))
		target->skip = "ONVIF and HTTP log in as different accounts with one password "
			       "file: give each a password_dir of its own";
	target->other = by_onvif ? rotate_plan_http(plan, device) : rotate_plan_onvif(plan, device);
}

/* ---- which devices */

static bool
is_selected(const struct rotate_plan *plan, const struct selection *selection,
	    const struct device *device)
{
	struct reader_device as_read = {
		.kind = device->kind,
		.name = (char *)device->name,
		.site = (char *)device_site_name(plan->conf->fleet, device),
		.owner = (char *)device->owner,
	};

	return selection_has(selection, &as_read);
}

/*
 * Channels of a recorder are devices of one address: what is set for one is set for all, and only
 * one would have it in its file.
 */
static void
note_twin(struct rotate_plan *plan, const struct device *device, struct rotate_target *target)
{
	const struct fleet *fleet = plan->conf->fleet;

	for (size_t i = 0; i < fleet->device_count && target->skip == NULL; i++) {
		const struct device *other = &fleet->devices[i];
		const struct credential_web *web;
		struct buf words;

		if (other == device || strcmp(other->address, device->address) != 0)
			continue;
		web = web_of(fleet, other, target->by == ROTATE_BY_ONVIF ? USE_ONVIF : USE_HTTP);
		if (web == NULL || !is_same(web->username, target->web->username) ||
		    (target->by == ROTATE_BY_ONVIF ? rotate_plan_onvif(plan, other)
						   : rotate_plan_http(plan, other))
				    .port != target->place.port)
			continue;
		buf_init(&words, 512);
		buf_printf(&words,
			   "%s has the same address and account: its password would change "
			   "as well",
			   other->name);
		target->skip = words.data != NULL ? arena_strdup(&plan->arena, words.data) : NULL;
		buf_fini(&words);
		if (target->skip == NULL)
			target->skip = "another device has the same address and account";
	}
}

static struct rotate_target *
add(struct rotate_plan *plan, const struct device *device, enum rotate_by by)
{
	struct rotate_target *target = &plan->targets[plan->count];

	*target = (struct rotate_target){
		.name = device->name,
		.host = device->ip.family == 0 ? device->address : NULL,
		.ip = device->ip,
	};
	choose_login(plan, device, by, target);
	if (target->skip == NULL && !plan->is_resume)
		note_twin(plan, device, target);
	plan->devices[plan->count++] = device;
	return target;
}

/* Names are resolved here, once: a device is not to become another one midway. */
static void
resolve(struct rotate_target *target)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *answer = NULL;
	int rc = ERR_NOTFOUND;

	if (target->ip.family != 0 || target->skip != NULL)
		return;
	if (getaddrinfo(target->host, NULL, &hints, &answer) == 0) {
		for (struct addrinfo *ai = answer; ai != NULL && rc != 0; ai = ai->ai_next)
			rc = ipaddr_from_sockaddr(ai->ai_addr, &target->ip, NULL);
		freeaddrinfo(answer);
	}
	if (rc != 0)
		target->skip = "its address cannot be resolved";
}

const char **
rotate_plan_dirs(struct rotate_plan *plan)
{
	const struct fleet *fleet = plan->conf->fleet;
	const char **dirs =
		arena_alloc(&plan->arena, (2 * fleet->credential_count + 1) * sizeof(*dirs));
	size_t count = 0;

	for (size_t i = 0; i < 2 * fleet->credential_count && dirs != NULL; i++) {
		const struct credential *credential = &fleet->credentials[i / 2];
		const struct credential_web *web =
			i % 2 == 0 ? &credential->onvif : &credential->http;
		bool is_new = web->is_set && web->password_dir != NULL;

		for (size_t k = 0; k < count && is_new; k++)
			is_new = strcmp(dirs[k], web->password_dir) != 0;
		if (is_new)
			dirs[count++] = web->password_dir;
	}
	return dirs;
}

/* Those that have a journal: by the interface that it began with. */
static int
add_left(struct rotate_plan *plan, const struct cli *cli, const struct selection *selection)
{
	const char **dirs = rotate_plan_dirs(plan);
	struct rotate_left_list left = {0};
	int rc = 0;

	if (dirs == NULL)
		return no_memory(cli);
	for (; *dirs != NULL && rc == 0; dirs++) {
		rc = rotate_list(*dirs, &left);
		if (rc != 0) {
			cli_complain(cli, "%s: %s", *dirs, err_text(rc));
			rc = CLI_UNREADABLE;
		}
		for (size_t i = 0; i < left.count && rc == 0; i++) {
			const struct rotate_left *one = &left.items[i];
			const struct device *device = fleet_find(plan->conf->fleet, one->device);

			if (one->stage == ROTATE_STAGE_COUNT)
				cli_complain(cli, "%s/.rotate/%s.journal cannot be read", *dirs,
					     one->file);
			else if (device == NULL)
				cli_complain(cli,
					     "%s is not in the fleet any more; its passwords are "
					     "%s/.rotate/%s.*",
					     one->device, *dirs, one->file);
			else if (is_selected(plan, selection, device) &&
				 plan->count < plan->conf->fleet->device_count)
				add(plan, device, one->by);
		}
		rotate_left_list_fini(&left);
	}
	return rc;
}

/* ---- the plan */

int
rotate_plan_make(struct rotate_plan *plan, const struct cli *cli, enum rotate_by by, bool resume)
{
	struct selection selection;
	const struct fleet *fleet;
	int rc;

	*plan = (struct rotate_plan){0};
	arena_init(&plan->arena);
	rc = selection_init(&selection, cli, true);
	if (rc == 0 && args_has(&cli->args, ARG_STATE))
		rc = cli_usage(cli, "--state is of no use here; name devices, sites, kinds or "
				    "owners");
	if (rc == 0)
		rc = load(plan, cli);
	if (rc != 0)
		return rc;
	fleet = plan->conf->fleet;
	plan->targets = calloc(fleet->device_count + 1, sizeof(*plan->targets));
	plan->devices = calloc(fleet->device_count + 1, sizeof(*plan->devices));
	plan->results = calloc(fleet->device_count + 1, sizeof(*plan->results));
	plan->held = calloc(fleet->device_count + 1, sizeof(*plan->held));
	plan->vendors = calloc(fleet->device_count + 1, sizeof(*plan->vendors));
	if (plan->targets == NULL || plan->devices == NULL || plan->results == NULL ||
	    plan->held == NULL || plan->vendors == NULL)
		return no_memory(cli);
	plan->is_resume = resume;
	if (resume)
		rc = add_left(plan, cli, &selection);
	for (size_t i = 0; i < fleet->device_count && !resume; i++) {
		if (is_selected(plan, &selection, &fleet->devices[i]))
			add(plan, &fleet->devices[i], by);
	}
	rotate_plan_ask_store(plan);
	for (size_t i = 0; i < plan->count; i++)
		resolve(&plan->targets[i]);
	return rc;
}

int
rotate_plan_find(struct rotate_plan *plan, uint32_t timeout_ms)
{
	int rc = 0;

	for (size_t i = 0; i < plan->count && rc == 0; i++) {
		struct rotate_target *target = &plan->targets[i];

		if (target->skip != NULL || target->by != ROTATE_BY_AUTO)
			continue;
		rc = rotate_find_by(target, timeout_ms, &target->by);
		if (target->by == ROTATE_BY_AUTO)
			target->skip = "it has no interface for accounts that is known (or does "
				       "not answer); --by names one";
	}
	return rc;
}

void
rotate_plan_fini(struct rotate_plan *plan)
{
	free(plan->targets);
	free(plan->devices);
	free(plan->results);
	free(plan->held);
	free(plan->vendors);
	arena_fini(&plan->arena);
	conf_free(plan->conf);
	*plan = (struct rotate_plan){0};
}

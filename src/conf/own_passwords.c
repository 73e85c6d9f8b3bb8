/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passwords of single devices: where a credential has a folder of them (password_dir), or a command
 * that is asked for each (%d), a device gets a credential of its own, with the logins of the shared
 * one but for that password.
 */
#include "credentials.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

/* Credentials that single devices may differ from. */
struct own {
	struct secret_reader *r;
	const struct settings *settings;
	const struct fleet *previous;
	struct fleet *fleet;
	size_t shared; /* credentials as configured: the first ones */
};

static bool
may_differ(const struct web_settings *web)
{
	return web->at.line > 0 &&
	       (web->password.dir.is_set || secret_is_per_device(&web->password));
}

static bool
may_have_own(const struct credential_settings *from)
{
	return may_differ(&from->onvif) || may_differ(&from->http);
}

static char *
copy(struct own *own, const char *text)
{
	char *out = mem_strdup(text);

	if (out == NULL && text != NULL)
		own->r->reader->complaints->out_of_memory = true;
	return out;
}

/* The login of one device; whether its password is its own. */
static bool
build_login(struct own *own, const struct web_settings *from, const struct credential *shared,
	    const struct credential_web *common, const struct device *device,
	    struct credential_web *to)
{
	struct secret_want want = {.from = &from->password,
				   .name = "password",
				   .credential = shared->name,
				   .device = device->name,
				   .out = &to->password};
	struct secret *password = NULL;

	*to = (struct credential_web){.is_set = common->is_set, .allow_basic = common->allow_basic};
	if (!common->is_set)
		return false;
	to->username = copy(own, common->username);
	to->password_dir = copy(own, common->password_dir);
	if (common->password_dir != NULL &&
	    secret_get_own(own->r, &want, common->password_dir, &to->password_path))
		return true;
	if (secret_is_per_device(&from->password)) {
		secret_get(own->r, &want, NULL);
		return true;
	}
	if (common->password == NULL) {
		if (from->password.dir.is_set && !secret_is_given(&from->password))
			complain_yaml(own->r->reader, from->password.dir.at,
				      "password_dir: there is no password of device %s in it, and "
				      "no password_file for those without one",
				      quoted(own->r->reader->complaints, device->name,
					     strlen(device->name)));
		return false;
	}
	to->password_path = copy(own, common->password_path);
	if (secret_new(&password, secret_text(common->password), secret_len(common->password)) !=
		    0 ||
	    secret_pool_take(own->r->pool, &password) != 0)
		own->r->reader->complaints->out_of_memory = true;
	to->password = password;
	return false;
}

/* The credential that a device uses for ONVIF or HTTP, CREDENTIAL_NONE if it cannot have its own.
 */
static uint16_t
differing(const struct own *own, const struct device *device, enum credential_use use)
{
	uint16_t n = device->credentials[use];

	return n == CREDENTIAL_NONE || n >= own->shared || *device->name == '\0' ||
			       !may_have_own(&own->settings->credentials[n])
		       ? CREDENTIAL_NONE
		       : n;
}

/* Makes the credential of one device that uses the shared one n; false if there is no difference.
 */
static bool
build_one(struct own *own, struct device *device, uint16_t n)
{
	struct fleet *fleet = own->fleet;
	const struct credential_settings *from = &own->settings->credentials[n];
	const struct credential *shared = &fleet->credentials[n];
	struct credential *to = &fleet->credentials[fleet->credential_count];
	bool is_own;

	*to = (struct credential){.name = copy(own, shared->name)};
	is_own = build_login(own, &from->onvif, shared, &shared->onvif, device, &to->onvif);
	is_own = build_login(own, &from->http, shared, &shared->http, device, &to->http) || is_own;
	if (!is_own) {
		credential_fini(to);
		return false;
	}
	for (int use = USE_ONVIF; use <= USE_HTTP; use++) {
		if (device->credentials[use] == n)
			device->credentials[use] = (uint16_t)fleet->credential_count;
	}
	fleet->credential_count++;
	return true;
}

/* The generation that the device had before with the same name and logins, else a fresh one. */
static uint64_t
generation_of(const struct own *own, const struct device *device, enum credential_use use)
{
	const struct credential *now = device_credential(own->fleet, device, use);
	const struct device *then =
		own->previous != NULL ? fleet_find(own->previous, device->name) : NULL;
	const struct credential *was =
		then != NULL ? device_credential(own->previous, then, use) : NULL;
	struct credential logins;

	if (was == NULL)
		return credential_fresh_generation();
	logins = *was; /* borrowed */
	logins.snmp = (struct credential_snmp){0};
	return credential_equal(&logins, now) ? was->generation : credential_fresh_generation();
}

static void
set_generations(struct own *own)
{
	for (size_t i = 0; i < own->fleet->device_count; i++) {
		const struct device *device = &own->fleet->devices[i];

		for (int use = USE_ONVIF; use <= USE_HTTP; use++) {
			uint16_t n = device->credentials[use];

			if (n != CREDENTIAL_NONE && n >= own->shared &&
			    own->fleet->credentials[n].generation == 0)
				own->fleet->credentials[n].generation =
					generation_of(own, device, (enum credential_use)use);
		}
	}
}

int
own_passwords_build(struct secret_reader *r, const struct settings *settings,
		    const struct fleet *previous, struct fleet *fleet)
{
	struct own own = {r, settings, previous, fleet, fleet->credential_count};
	struct credential *grown;
	size_t most = 0;
	int rc;

	if (r->flags & CONF_NO_SECRETS)
		return 0;
	for (size_t i = 0; i < fleet->device_count; i++) {
		uint16_t onvif = differing(&own, &fleet->devices[i], USE_ONVIF);
		uint16_t http = differing(&own, &fleet->devices[i], USE_HTTP);

		most += onvif != CREDENTIAL_NONE;
		most += http != CREDENTIAL_NONE && http != onvif;
	}
	if (most == 0)
		return 0;
	/* Room for all; the index of the last is what a device can hold. */
	most = most < CREDENTIAL_NONE - own.shared ? most : CREDENTIAL_NONE - own.shared;
	grown = fleet_alloc(fleet, (own.shared + most) * sizeof(*grown) + 1);
	if (grown == NULL)
		return ERR_NOMEM;
	memcpy(grown, fleet->credentials, own.shared * sizeof(*grown));
	fleet->credentials = grown;
	for (size_t i = 0; i < fleet->device_count; i++) {
		for (int use = USE_ONVIF; use <= USE_HTTP; use++) {
			struct device *device = &fleet->devices[i];
			uint16_t n = differing(&own, device, (enum credential_use)use);

			if (n == CREDENTIAL_NONE ||
			    (use == USE_HTTP && n == device->credentials[USE_ONVIF]))
				continue; /* both were looked at, and are the shared one */
			if (fleet->credential_count == own.shared + most) {
				complain_yaml(r->reader, settings->credentials[n].at,
					      "more than %d credentials, those of devices with a "
					      "password of their own counted",
					      CREDENTIAL_NONE);
				return 0;
			}
			(void)build_one(&own, device, n);
		}
		if (complaints_are_full(r->reader->complaints))
			break;
	}
	rc = secret_run_commands(r);
	if (rc == 0)
		set_generations(&own);
	return rc;
}

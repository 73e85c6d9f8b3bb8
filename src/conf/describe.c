/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The settings in force, in words, for whoever asks why a device is probed as it is. Of a secret it
 * says only that it is there.
 */
#include "keepwatch/conf.h"

#include "keepwatch/clock.h"

#include <string.h>

static const char *
duration(int64_t ms, char *out)
{
	return clock_format_duration(ms, out, CLOCK_DURATION_SIZE);
}

static const char *
presence(const struct secret *secret)
{
	return secret != NULL ? "set" : "not set";
}

static void
describe_credential(const struct credential *credential, FILE *out)
{
	const struct credential_snmp *snmp = &credential->snmp;

	fprintf(out, "credential %s:", credential->name);
	if (snmp->version == SNMP_V3)
		fprintf(out, " snmp 3 user %s auth %s (password %s) priv %s (password %s)",
			snmp->user, snmp_auth_name(snmp->auth), presence(snmp->auth_password),
			snmp_priv_name(snmp->priv), presence(snmp->priv_password));
	else if (snmp->version != SNMP_NONE)
		fprintf(out, " snmp %s community %s", snmp->version == SNMP_V1 ? "1" : "2c",
			presence(snmp->community));
	if (credential->onvif.is_set)
		fprintf(out, " onvif user %s password %s%s", credential->onvif.username,
			presence(credential->onvif.password),
			credential->onvif.allow_basic ? " basic allowed" : "");
	if (credential->http.is_set)
		fprintf(out, " http user %s password %s%s", credential->http.username,
			presence(credential->http.password),
			credential->http.allow_basic ? " basic allowed" : "");
	fputc('\n', out);
}

static void
describe_option(const struct option_spec *spec, const struct option_value *value, FILE *out)
{
	char text[CLOCK_DURATION_SIZE];
	const char *choice = spec->choices;

	fprintf(out, " %s=", spec->name);
	switch (spec->type) {
	case OPTION_INT:
		fprintf(out, "%lld", (long long)value->number);
		break;
	case OPTION_DURATION:
		fputs(duration(value->number, text), out);
		break;
	case OPTION_BOOL:
		fputs(value->number ? "yes" : "no", out);
		break;
	case OPTION_STRING:
		fprintf(out, "'%s'", value->text);
		break;
	case OPTION_ENUM:
		for (int64_t i = 0; i < value->number && choice != NULL; i++) {
			choice = strchr(choice, '|');
			choice = choice == NULL ? NULL : choice + 1;
		}
		if (choice != NULL)
			fprintf(out, "%.*s", (int)strcspn(choice, "|"), choice);
		break;
	}
}

static void
describe_settings(const struct probe_settings *settings, FILE *out)
{
	size_t first = (size_t)probe_spec(settings->probe)->first_option;
	char interval[CLOCK_DURATION_SIZE], timeout[CLOCK_DURATION_SIZE];

	fprintf(out, "  %s every %s, timeout %s, retries %u:", probe_spec(settings->probe)->name,
		duration(settings->interval_ms, interval), duration(settings->timeout_ms, timeout),
		settings->retries);
	for (size_t i = 0; i < probe_option_count(settings->probe); i++)
		describe_option(option_spec((enum option_id)(first + i)), &settings->options[i],
				out);
	fputc('\n', out);
}

static void
describe_device(const struct fleet *fleet, const struct device *device, FILE *out)
{
	static const char *const uses[] = {"snmp", "onvif", "http"};

	fprintf(out, "device %s: %s at %s", device->name, kind_name(device->kind), device->address);
	if (device->site != SITE_NONE)
		fprintf(out, ", site %s", device_site_name(fleet, device));
	if (*device->owner != '\0')
		fprintf(out, ", owner %s", device->owner);
	for (int use = USE_SNMP; use <= USE_HTTP; use++) {
		const struct credential *credential =
			device_credential(fleet, device, (enum credential_use)use);
		if (credential != NULL)
			fprintf(out, ", %s as %s", uses[use], credential->name);
	}
	if (device->upstream_switch != NULL)
		fprintf(out, ", upstream %s", device->upstream_switch);
	if (device->upstream_port != NULL)
		fprintf(out, " port %s", device->upstream_port);
	for (size_t i = 0; i < device->tag_count; i++)
		fprintf(out, ", %s=%s", device->tags[i].key, device->tags[i].value);
	fputc('\n', out);
	for (size_t i = 0; i < device->probe_count; i++)
		describe_settings(device->probes[i], out);
}

/* Kinds of the mask, as they are written. */
static void
describe_topology(const struct conf *conf, FILE *out)
{
	char text[CLOCK_DURATION_SIZE];
	const char *comma = " ";

	fprintf(out, "topology: link_age %s, watch", duration(conf->link_age_ms, text));
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (conf->watched_kinds & 1u << kind) {
			fprintf(out, "%s%s", comma, kind_name((enum device_kind)kind));
			comma = ",";
		}
	}
	fprintf(out, "%s\n", conf->watched_kinds == 0 ? " none" : "");
}

static void
describe_traps(const struct trap_settings *traps, FILE *out)
{
	char text[IPADDR_TEXT_SIZE], pause[CLOCK_DURATION_SIZE];

	if (traps->listen_count == 0)
		return;
	for (size_t i = 0; i < traps->listen_count; i++)
		fprintf(out, "traps heard at %s port %u\n",
			ipaddr_format(&traps->listen[i].ip, text, sizeof(text)),
			traps->listen[i].port);
	for (size_t i = 0; i < traps->forwarder_count; i++)
		fprintf(out, "traps forwarded by %s\n",
			ipaddr_format(&traps->forwarders[i], text, sizeof(text)));
	for (size_t i = 0; i < traps->rule_count; i++)
		fprintf(out, "trap rule %s\n", traps->rules[i].name);
	fprintf(out, "trap pause %s\n", duration(traps->expedite_ms, pause));
}

static void
describe_diagnosis(const struct conf *conf, FILE *out)
{
	const struct conf_diagnosis *diagnosis = &conf->diagnosis;
	char text[CLOCK_DURATION_SIZE], from[CLOCK_ISO_SIZE], to[CLOCK_ISO_SIZE];

	fprintf(out, "diagnosis: %s, cycle %s\n", diagnosis->is_enabled ? "enabled" : "disabled",
		duration(diagnosis->cycle_ms, text));
	for (size_t i = 0; i < diagnosis->window_count; i++) {
		const struct conf_window *window = &diagnosis->windows[i];

		fprintf(out, "maintenance of %s from %s to %s%s%s\n",
			window->is_site ? conf->fleet->sites[window->index].name
					: conf->fleet->devices[window->index].name,
			clock_format_iso(window->from_ms, from, sizeof(from)),
			clock_format_iso(window->to_ms, to, sizeof(to)),
			window->note != NULL ? ": " : "", window->note != NULL ? window->note : "");
	}
	if (diagnosis->record_dir != NULL)
		fprintf(out, "record: %s, %llu MiB a file, %llu MiB in all\n",
			diagnosis->record_dir, (unsigned long long)(diagnosis->record_size >> 20),
			(unsigned long long)(diagnosis->record_total >> 20));
}

void
conf_describe(const struct conf *conf, FILE *out)
{
	const struct fleet *fleet = conf->fleet;
	char text[CLOCK_DURATION_SIZE];

	fprintf(out, "database %s\nfleet %s\nsocket %s\nuser %s\ngroup %s\n", conf->database,
		conf->fleet_path, conf->socket_path,
		conf->user != NULL ? conf->user : "(not changed)", conf->group);
	fprintf(out, "max_in_flight %u, down_after %u, up_after %u\n", conf->max_in_flight,
		conf->down_after, conf->up_after);
	fprintf(out, "retention: rollup_5m %s", duration(conf->keep_5min_ms, text));
	fprintf(out, ", rollup_1h %s", duration(conf->keep_hourly_ms, text));
	fprintf(out, ", events %s\n", duration(conf->keep_events_ms, text));
	fprintf(out, "clock_warning %s\n", duration(conf->clock_warning_ms, text));
	describe_topology(conf, out);
	conf_describe_policy(conf, out);
	describe_traps(&conf->traps, out);
	describe_diagnosis(conf, out);
	for (size_t i = 0; i < fleet->site_count; i++)
		fprintf(out, "site %s: max_in_flight %u, max_rate %u a second%s%s\n",
			fleet->sites[i].name, fleet->sites[i].max_in_flight,
			fleet->sites[i].max_rate,
			fleet->sites[i].contact != NULL ? ", contact " : "",
			fleet->sites[i].contact != NULL ? fleet->sites[i].contact : "");
	for (size_t i = 0; i < fleet->credential_count; i++)
		describe_credential(&fleet->credentials[i], out);
	for (size_t i = 0; i < fleet->device_count; i++)
		describe_device(fleet, &fleet->devices[i], out);
}

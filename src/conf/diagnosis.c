/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading `diagnosis:`, `record:` and `maintenance:`, and building what the agent needs of them.
 */
#include "diagnosis.h"

#include "credentials.h"
#include "settings.h"
#include "suggest.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum {
	WINDOWS_MAX = 1000,
	CYCLE_MIN_MS = 1000,
	CYCLE_MAX_MS = 3600000,
	RECORD_MIB = 16,
	RECORD_TOTAL_MIB = 512,
	NOTE_MAX = 255,
};

static const struct key diagnosis_keys[] = {
	KEY(diagnosis_settings, enabled, "enabled", BOOL, "yes", 0, 1, NULL,
	    "whether it is worked out what is to blame"),
	KEY(diagnosis_settings, cycle, "cycle", DURATION, NULL, CYCLE_MIN_MS, CYCLE_MAX_MS, NULL,
	    "the usual time between two polls of a device"),
};

static const struct key record_keys[] = {
	KEY(diagnosis_settings, dir, "dir", STRING, NULL, 1, 4095, NULL,
	    "the folder that recordings are written to"),
	KEY(diagnosis_settings, size, "size", INT, "16", 1, 1024, NULL, "MiB of one recording"),
	KEY(diagnosis_settings, total, "total", INT, "512", 2, 1048576, NULL,
	    "MiB of all recordings: the oldest are removed"),
};

static const struct key window_keys[] = {
	KEY(window_settings, of, "of", STRING, NULL, 1, DEVICE_NAME_MAX, NULL,
	    "the name of a device or site"),
	KEY(window_settings, from, "from", STRING, NULL, 1, 64, NULL, "when it begins"),
	KEY(window_settings, to, "to", STRING, NULL, 1, 64, NULL, "when it ends"),
	KEY(window_settings, note, "note", STRING, NULL, 0, NOTE_MAX, NULL, "what is done"),
};

/* ---- reading */

void
diagnosis_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	table_read(reader, node, "diagnosis", diagnosis_keys, MEM_COUNT(diagnosis_keys),
		   &settings->diagnosis);
}

void
record_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	settings->diagnosis.record_at = node_mark(node);
	table_read(reader, node, "record", record_keys, MEM_COUNT(record_keys),
		   &settings->diagnosis);
}

static void
read_window(struct reader *reader, const yaml_node_t *node, void *arg)
{
	struct diagnosis_settings *diagnosis = arg;
	struct window_settings *window = arena_alloc(&reader->arena, sizeof(*window));

	if (window == NULL) {
		reader->complaints->out_of_memory = true;
		return;
	}
	window->at = node_mark(node);
	if (!table_read(reader, node, "a window", window_keys, MEM_COUNT(window_keys), window))
		return;
	if (diagnosis->end == NULL)
		diagnosis->end = &diagnosis->first;
	*diagnosis->end = window;
	diagnosis->end = &window->next;
	diagnosis->window_count++;
}

void
maintenance_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct settings *settings = target;

	list_each(reader, node, "maintenance", read_window, &settings->diagnosis);
}

/* ---- building */

int
diagnosis_build(struct reader *reader, const struct diagnosis_settings *from, const char *dir,
		struct conf *conf)
{
	struct conf_diagnosis *out = &conf->diagnosis;
	uint32_t cycle_ms = conf->interval_ms < CYCLE_MIN_MS   ? CYCLE_MIN_MS
			    : conf->interval_ms > CYCLE_MAX_MS ? CYCLE_MAX_MS
							       : conf->interval_ms;

	out->is_enabled = !from->enabled.is_set || from->enabled.number != 0;
	out->cycle_ms = from->cycle.is_set ? (uint32_t)from->cycle.number : cycle_ms;
	out->record_size = (uint64_t)(from->size.is_set ? from->size.number : RECORD_MIB) << 20;
	out->record_total = (uint64_t)(from->total.is_set ? from->total.number : RECORD_TOTAL_MIB)
			    << 20;
	if (from->record_at.line == 0)
		return 0;
	if (!knob_is_given(&from->dir))
		complain_yaml(reader, from->record_at,
			      "record: no key 'dir'; expected the folder that recordings are "
			      "written to");
	if (out->record_total < 2 * out->record_size)
		complain_yaml(reader, knob_is_given(&from->total) ? from->total.at : from->size.at,
			      "total: %llu MiB hold no two recordings of %llu MiB; expected at "
			      "least twice the size",
			      (unsigned long long)(out->record_total >> 20),
			      (unsigned long long)(out->record_size >> 20));
	if (!from->dir.is_set)
		return 0;
	out->record_dir = path_resolve(dir, from->dir.text);
	return out->record_dir == NULL ? ERR_NOMEM : 0;
}

static bool
read_time(struct reader *reader, const struct window_settings *window, const struct knob *knob,
	  const char *name, int64_t *out)
{
	if (!knob_is_given(knob))
		complain_yaml(reader, window->at, "a window without '%s'", name);
	else if (knob->is_set && clock_parse_time(knob->text, out) == 0)
		return true;
	else if (knob->is_set)
		complain_yaml(reader, knob->at,
			      "%s: %s is not understood; expected a time such as 2026-03-01 14:02 "
			      "(local) or 2026-03-01T14:02:00Z",
			      name, quoted(reader->complaints, knob->text, strlen(knob->text)));
	return false;
}

/* Whom the window is about; false with a complaint if there is nobody of that name. */
static bool
find_subject(struct reader *reader, const struct fleet *fleet, const struct knob *of,
	     struct conf_window *out)
{
	struct suggest suggest;
	size_t count;

	for (size_t i = 0; i < fleet->device_count; i++) {
		if (strcmp(fleet->devices[i].name, of->text) == 0) {
			out->index = (uint32_t)i;
			return true;
		}
	}
	for (size_t i = 0; i < fleet->site_count; i++) {
		if (strcmp(fleet->sites[i].name, of->text) == 0) {
			out->index = (uint32_t)i;
			out->is_site = true;
			return true;
		}
	}
	suggest_init(&suggest, of->text);
	for (size_t i = 0; i < fleet->site_count; i++)
		suggest_offer(&suggest, fleet->sites[i].name);
	count = may_suggest(reader->complaints, fleet->device_count) ? fleet->device_count : 0;
	for (size_t i = 0; i < count; i++)
		suggest_offer(&suggest, fleet->devices[i].name);
	complain_yaml(reader, of->at, "of: %s is neither a device nor a site%s",
		      quoted(reader->complaints, of->text, strlen(of->text)),
		      suggest.best != NULL ? suggest_text(&suggest) : "");
	return false;
}

static int
build_window(struct reader *reader, const struct window_settings *from, struct conf *conf)
{
	struct conf_window window = {0};
	bool is_right = true;

	if (!knob_is_given(&from->of)) {
		complain_yaml(reader, from->at, "a window without 'of'");
		is_right = false;
	} else {
		is_right = from->of.is_set && find_subject(reader, conf->fleet, &from->of, &window);
	}
	is_right = read_time(reader, from, &from->from, "from", &window.from_ms) && is_right;
	is_right = read_time(reader, from, &from->to, "to", &window.to_ms) && is_right;
	if (is_right && window.to_ms <= window.from_ms)
		complain_yaml(reader, from->to.at, "to: the window ends before it begins");
	if (!is_right)
		return 0;
	if (from->note.is_set && from->note.text[0] != '\0') {
		window.note = strdup(from->note.text);
		if (window.note == NULL)
			return ERR_NOMEM;
	}
	conf->diagnosis.windows[conf->diagnosis.window_count++] = window;
	return 0;
}

int
maintenance_build(struct reader *reader, const struct diagnosis_settings *from, bool has_fleet,
		  struct conf *conf)
{
	int rc = 0;

	if (from->window_count == 0 || !has_fleet)
		return 0;
	if (from->window_count > WINDOWS_MAX) {
		complain_yaml(reader, from->first->at, "maintenance: more than %d windows",
			      WINDOWS_MAX);
		return 0;
	}
	conf->diagnosis.windows = calloc(from->window_count, sizeof(*conf->diagnosis.windows));
	if (conf->diagnosis.windows == NULL)
		return ERR_NOMEM;
	for (const struct window_settings *w = from->first; w != NULL && rc == 0; w = w->next)
		rc = build_window(reader, w, conf);
	return rc;
}

void
diagnosis_fini(struct conf_diagnosis *diagnosis)
{
	for (size_t i = 0; i < diagnosis->window_count; i++)
		free(diagnosis->windows[i].note);
	free(diagnosis->windows);
	free(diagnosis->record_dir);
}

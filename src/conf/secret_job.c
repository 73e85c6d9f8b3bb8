/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From commands as written to commands as run: `%d` becomes the device's name, `%%` a '%'. And what
 * is said of those that fail: which, and how it ended; never what it printed.
 */
#include "secret_job.h"

#include "command.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 64 };

struct secret_job {
	struct secret_want want;
};

bool
secret_is_per_device(const struct secret_settings *from)
{
	for (const struct text_item *i = from->command.first; i != NULL; i = i->next) {
		for (const char *p = strchr(i->knob.text, '%'); p != NULL; p = strchr(p, '%')) {
			if (p[1] == 'd')
				return true;
			p += p[1] == '\0' ? 1 : 2;
		}
	}
	return false;
}

static void
check_argument(struct secret_reader *r, const struct knob *knob, const char *name,
	       bool may_have_device)
{
	for (const char *p = strchr(knob->text, '%'); p != NULL; p = strchr(p + 2, '%')) {
		if (p[1] == '%' || (p[1] == 'd' && may_have_device))
			continue;
		complain_yaml(r->reader, knob->at,
			      "%s_command: %s is not understood; expected %s%%%% for a '%%'", name,
			      quoted(r->reader->complaints, p, p[1] == '\0' ? 1 : 2),
			      may_have_device ? "%d for the name of the device, or " : "");
		if (p[1] == '\0')
			return;
	}
}

void
secret_check_command(struct secret_reader *r, const struct text_list *command, const char *name,
		     bool may_have_device)
{
	const struct text_item *first = command->first;

	if (command->at.line == 0)
		return;
	if (command->count > ARGUMENTS_MAX)
		complain_yaml(r->reader, command->at, "%s_command: more than %d arguments", name,
			      ARGUMENTS_MAX);
	if (first == NULL)
		return; /* it was complained of when it was read */
	if (first->knob.text[0] != '/')
		complain_yaml(
			r->reader, first->knob.at,
			"%s_command: %s is no absolute path; expected the path of a program, "
			"such as /usr/bin/pass",
			name,
			quoted(r->reader->complaints, first->knob.text, strlen(first->knob.text)));
	for (const struct text_item *i = first; i != NULL; i = i->next)
		check_argument(r, &i->knob, name, may_have_device);
}

void
secret_note_command(struct secret_reader *r, const struct secret_want *want)
{
	if (mem_grow(&r->jobs, &r->job_cap, r->job_count + 1, sizeof(*r->jobs)) != 0)
		r->reader->complaints->out_of_memory = true;
	else
		r->jobs[r->job_count++].want = *want;
}

/* An argument with the device's name in it; of the reader's arena. */
static char *
expand(struct secret_reader *r, const char *text, const char *device)
{
	struct buf buf;
	char *out = NULL;

	buf_init(&buf, 1 << 16);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '%' && p[1] == 'd')
			buf_puts(&buf, device != NULL ? device : "");
		else
			buf_put(&buf, p, 1);
		if (*p == '%' && p[1] != '\0')
			p++;
	}
	if (buf.error == 0)
		out = arena_strndup(&r->reader->arena, buf.len > 0 ? buf.data : "", buf.len);
	buf_fini(&buf);
	return out;
}

static int
prepare(struct secret_reader *r, const struct secret_want *want, struct command *command)
{
	const struct text_list *list = &want->from->command;
	size_t n = 0;

	command->argv = arena_alloc(&r->reader->arena, (list->count + 1) * sizeof(*command->argv));
	if (command->argv == NULL)
		return ERR_NOMEM;
	for (const struct text_item *i = list->first; i != NULL; i = i->next) {
		command->argv[n] = expand(r, i->knob.text, want->device);
		if (command->argv[n++] == NULL)
			return ERR_NOMEM;
	}
	command->credential = want->credential;
	command->device = want->device;
	return 0;
}

static void
complain_of_command(struct secret_reader *r, const struct secret_want *want,
		    const struct command *command)
{
	struct complaints *complaints = r->reader->complaints;
	const char *program = quoted(complaints, command->argv[0], strlen(command->argv[0]));
	const char *device =
		want->device == NULL ? "" : quoted(complaints, want->device, strlen(want->device));

	complain_yaml(r->reader, want->from->command.at, "%s_command: %s%s%s %s", want->name,
		      program, want->device != NULL ? " for device " : "", device,
		      command->problem);
}

int
secret_run_commands(struct secret_reader *r)
{
	struct command *commands;
	size_t left = 0, first_left = 0;
	int rc;

	if (complaints_any(r->reader->complaints))
		r->job_count = 0; /* what is wrong already is not run */
	commands = calloc(r->job_count + 1, sizeof(*commands));
	rc = commands == NULL ? ERR_NOMEM : 0;
	for (size_t i = 0; rc == 0 && i < r->job_count; i++)
		rc = prepare(r, &r->jobs[i].want, &commands[i]);
	if (rc == 0)
		rc = commands_run(commands, r->job_count);
	for (size_t i = 0; commands != NULL && i < r->job_count; i++) {
		const struct secret_want *want = &r->jobs[i].want;

		if (commands[i].secret != NULL) {
			secret_keep(r, want, commands[i].argv[0], commands[i].secret);
		} else if (commands[i].was_run && rc == 0) {
			complain_of_command(r, want, &commands[i]);
		} else if (!commands[i].was_run && left++ == 0) {
			first_left = i;
		}
	}
	if (left > 0 && rc == 0)
		complain_yaml(r->reader, r->jobs[first_left].want.from->command.at,
			      "%s_command: %zu more were not run any more, as those before took "
			      "longer than %d s or failed",
			      r->jobs[first_left].want.name, left, COMMAND_START_MS / 1000);
	free(commands);
	r->job_count = 0;
	return rc;
}

void
secret_reader_fini(struct secret_reader *r)
{
	free(r->jobs);
	*r = (struct secret_reader){0};
}

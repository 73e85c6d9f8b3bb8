/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The devices of the audit, which of them are to be looked at, and the look itself.
 */
#include "audit_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

/* To see whether a device's time has come costs a small part of a look at it. */
enum { LATE_AT_ONCE = 8 };

int
audit_new(struct audit **out)
{
	struct audit *audit = calloc(1, sizeof(*audit));

	if (audit == NULL)
		return ERR_NOMEM;
	audit_policy_init(&audit->defaults);
	audit->policy = &audit->defaults;
	*out = audit;
	return 0;
}

static void
subject_free(struct audit *audit, struct audit_subject *subject)
{
	audit_logins_fini(audit, subject);
	audit_facts_fini(subject);
	audit_open_fini(subject);
	free(subject->name);
	free(subject->parent);
	free(subject->downgraded_from);
	free(subject);
}

void
audit_free(struct audit *audit)
{
	if (audit == NULL)
		return;
	HASH_CLEAR(hh, audit->by_id);
	for (size_t i = 0; i < audit->count; i++)
		subject_free(audit, audit->subjects[i]);
	audit_matches_fini(audit);
	audit_applying_fini(audit);
	audit_accepted_fini(audit);
	free(audit->subjects);
	free(audit->marked);
	free(audit->wanted);
	free(audit);
}

struct audit_subject *
audit_find(const struct audit *audit, uint32_t id)
{
	struct audit_subject *subject = NULL;

	HASH_FIND (hh, audit->by_id, &id, sizeof(id), subject)
		;
	return subject;
}

/* There is always room: audit_device_put has made it. */
void
audit_mark(struct audit *audit, struct audit_subject *subject)
{
	if (subject->is_marked)
		return;
	subject->is_marked = true;
	audit->marked[audit->marked_count++] = subject->index;
}

void
audit_mark_all(struct audit *audit)
{
	for (size_t i = 0; i < audit->count; i++)
		audit_mark(audit, audit->subjects[i]);
}

void
audit_set_policy(struct audit *audit, const struct audit_policy *policy)
{
	audit->policy = policy != NULL ? policy : &audit->defaults;
	audit_applying_fini(audit);
	audit_mark_all(audit);
}

void
audit_set_advisories(struct audit *audit, const struct advisory_set *advisories)
{
	audit->advisories = advisories;
	audit_matches_fini(audit);
	audit_mark_all(audit);
}

char *
audit_pack(const char *const *texts, size_t count, const char **starts)
{
	size_t size = 0;
	char *block, *p;

	for (size_t i = 0; i < count; i++)
		size += (texts[i] != NULL ? strlen(texts[i]) : 0) + 1;
	block = p = malloc(size);
	if (block == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t len = texts[i] != NULL ? strlen(texts[i]) : 0;

		if (len > 0)
			memcpy(p, texts[i], len);
		p[len] = '\0';
		if (starts != NULL)
			starts[i] = p;
		p += len + 1;
	}
	return block;
}

static struct audit_subject *
subject_new(struct audit *audit, uint32_t id)
{
	struct audit_subject *subject;

	if (mem_grow(&audit->subjects, &audit->cap, audit->count + 1, sizeof(void *)) != 0 ||
	    mem_grow(&audit->marked, &audit->marked_cap, audit->count + 1, sizeof(uint32_t)) != 0)
		return NULL;
	subject = calloc(1, sizeof(*subject));
	if (subject == NULL)
		return NULL;
	subject->id = id;
	subject->index = (uint32_t)audit->count;
	HASH_ADD(hh, audit->by_id, id, sizeof(subject->id), subject);
	if (subject->is_lost) {
		free(subject);
		return NULL;
	}
	audit->subjects[audit->count++] = subject;
	return subject;
}

int
audit_device_put(struct audit *audit, const struct audit_device *device)
{
	const char *const texts[] = {device->name, device->address, device->site, device->owner};
	const char *starts[MEM_COUNT(texts)];
	struct audit_subject *subject = audit_find(audit, device->id);
	char *block = audit_pack(texts, MEM_COUNT(texts), starts);

	if (block == NULL)
		return ERR_NOMEM;
	if (subject == NULL)
		subject = subject_new(audit, device->id);
	if (subject == NULL) {
		free(block);
		return ERR_NOMEM;
	}
	free(subject->name);
	subject->name = block;
	subject->address = starts[1];
	subject->site = starts[2];
	subject->owner = starts[3];
	subject->kind = (uint8_t)device->kind;
	if (subject->is_removed)
		audit_logins_leave(audit, subject, false);
	subject->is_removed = false;
	audit_mark(audit, subject);
	return 0;
}

const char *
audit_device_name(const struct audit *audit, uint32_t id)
{
	const struct audit_subject *subject = audit_find(audit, id);

	return subject != NULL ? subject->name : "";
}

void
audit_device_remove(struct audit *audit, uint32_t id)
{
	struct audit_subject *subject = audit_find(audit, id);

	if (subject == NULL || subject->is_removed)
		return;
	audit_logins_leave(audit, subject, true);
	subject->is_removed = true;
	audit_mark(audit, subject);
}

int
audit_take_place(struct audit *audit, uint32_t id, const struct audit_place *place)
{
	struct audit_subject *subject = audit_find(audit, id);
	const char *const texts[] = {place->parent, place->port};
	const char *starts[MEM_COUNT(texts)];
	char *block;

	if (subject == NULL)
		return 0;
	block = audit_pack(texts, MEM_COUNT(texts), starts);
	if (block == NULL)
		return ERR_NOMEM;
	if (subject->parent != NULL && strcmp(subject->parent, starts[0]) == 0 &&
	    strcmp(subject->port, starts[1]) == 0 && subject->vlan == place->vlan &&
	    subject->is_vlan_forbidden == place->is_vlan_forbidden &&
	    subject->is_vlan_shared == place->is_vlan_shared) {
		free(block);
		return 0;
	}
	free(subject->parent);
	subject->parent = block;
	subject->port = block + (starts[1] - starts[0]);
	subject->vlan = place->vlan;
	subject->is_vlan_forbidden = place->is_vlan_forbidden;
	subject->is_vlan_shared = place->is_vlan_shared;
	audit_mark(audit, subject);
	return 0;
}

/* False when out of memory: the device is to be looked at again. */
static bool
evaluate(struct audit *audit, struct audit_subject *subject, int64_t now_ms, audit_emit *emit,
	 void *arg)
{
	struct audit_eval eval = {
		.audit = audit,
		.subject = subject,
		.policy = audit->policy,
		.now_ms = now_ms,
		.vendor = audit_fact(subject, FACT_VENDOR, "", NULL),
		.model = audit_fact(subject, FACT_MODEL, "", NULL),
		.firmware = audit_fact(subject, FACT_FIRMWARE, "", NULL),
	};

	if (subject->first_ms == 0)
		subject->first_ms = now_ms;
	audit->wanted_count = 0;
	audit->is_out_of_memory = false;
	if (!subject->is_removed && audit->policy->is_enabled) {
		audit_firmware(&eval);
		audit_advisories(&eval);
		audit_password(&eval);
		audit_exposure(&eval);
		audit_tls(&eval);
		audit_settings(&eval);
	}
	if (!audit->is_out_of_memory)
		audit_settle(&eval, emit, arg);
	if (audit->is_out_of_memory)
		return false;
	audit_changed_keys_fini(subject); /* those that hold are open now */
	subject->looked_ms = now_ms;
	return true;
}

/* Devices whose time has come, in turn: dates and ages move without anything coming in. */
static void
mark_late(struct audit *audit, int64_t now_ms, size_t most)
{
	for (size_t i = 0; i < most; i++) {
		struct audit_subject *subject = audit->subjects[audit->cursor++ % audit->count];

		if (now_ms - subject->looked_ms >= AUDIT_AGAIN_MS)
			audit_mark(audit, subject);
	}
}

bool
audit_run(struct audit *audit, int64_t now_ms, size_t most, audit_emit *emit, void *arg)
{
	size_t done = 0, count;

	if (most == 0 || most > audit->count)
		most = audit->count;
	mark_late(audit, now_ms, most < audit->count / LATE_AT_ONCE ? most * LATE_AT_ONCE : most);
	count = audit->marked_count < most ? audit->marked_count : most;
	for (; done < count; done++) {
		struct audit_subject *subject = audit->subjects[audit->marked[done]];

		subject->is_marked = false;
		if (!evaluate(audit, subject, now_ms, emit, arg)) {
			subject->is_marked = true;
			break;
		}
	}
	if (done == 0)
		return audit->marked_count > 0;
	audit->marked_count -= done;
	memmove(audit->marked, audit->marked + done, audit->marked_count * sizeof(*audit->marked));
	return audit->marked_count > 0;
}

static size_t
text_size(const char *text)
{
	return text != NULL ? strlen(text) + 1 : 0;
}

static size_t
subject_memory(const struct audit_subject *subject)
{
	size_t bytes = sizeof(*subject) + subject->fact_cap * sizeof(void *) +
		       subject->login_cap * sizeof(struct audit_login) +
		       subject->open_cap * sizeof(struct audit_open) + text_size(subject->name) +
		       text_size(subject->address) + text_size(subject->site) +
		       text_size(subject->owner) + text_size(subject->parent) +
		       text_size(subject->port);

	for (size_t i = 0; i < subject->fact_count; i++)
		bytes += sizeof(struct audit_fact) + subject->facts[i]->value +
			 text_size(audit_fact_value(subject->facts[i]));
	for (size_t i = 0; i < subject->login_count; i++)
		bytes += text_size(subject->logins[i].account) + 2;
	for (size_t i = 0; i < subject->open_count; i++)
		bytes += text_size(subject->open[i].instance);
	return bytes;
}

size_t
audit_memory(const struct audit *audit)
{
	size_t bytes = sizeof(*audit) + audit->cap * sizeof(void *) +
		       audit->marked_cap * sizeof(uint32_t) +
		       audit->wanted_cap * sizeof(struct finding);
	const struct audit_secret *secret, *next;

	for (size_t i = 0; i < audit->count; i++)
		bytes += subject_memory(audit->subjects[i]);
	for (secret = audit->secrets; secret != NULL; secret = next) {
		bytes += sizeof(*secret) + secret->cap * sizeof(*secret->subjects);
		next = secret->hh.next;
	}
	return bytes;
}

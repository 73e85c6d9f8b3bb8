/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `policy:` and the files that it includes: what devices may be like. Checked while it is read,
 * file by file, as every mistake is to name its own; put together when all are read.
 */
#ifndef CONF_POLICY_H
#define CONF_POLICY_H

#include "table.h"

#include "keepwatch/conf.h"

enum { POLICY_DEFAULT = KIND_COUNT, POLICY_KINDS = KIND_COUNT + 1 /* and `default` */ };

/* Single values: each may be given once, in whichever file. Nothing but knobs. */
struct policy_knobs {
	struct knob enabled;
	struct knob max_age[POLICY_KINDS], shared_max, refused_after;
	struct knob min_version, min_rsa, min_ec, expiry_warning;
	struct knob warning, critical;
	struct knob rules[RULE_COUNT];
};

enum { POLICY_KNOBS = sizeof(struct policy_knobs) / sizeof(struct knob) };

struct policy_text {
	struct policy_text *next;
	const char *text;
};

/* Texts in their order; end NULL: not given. */
struct policy_texts {
	struct policy_text *first, **end;
	size_t count;
};

struct policy_firmware {
	struct policy_firmware *next;
	struct audit_firmware_rule rule;
};

struct policy_settings {
	const char *dir; /* of the settings file */
	unsigned flags;
	struct policy_knobs knobs;
	int files[POLICY_KNOBS]; /* that gave them */
	struct policy_texts accounts[POLICY_KINDS];
	uint64_t *ports[POLICY_KINDS]; /* bit v of word v / 64; malloc, as those of VLANs */
	uint64_t *vlans[KIND_COUNT];
	struct policy_firmware *firmware, **firmware_end;
	size_t firmware_count;
	char *names[CONF_INCLUDED_MAX]; /* of files included; malloc */
	size_t name_count;
	struct audit_policy *policy; /* what texts and rules are allocated with; NULL: none yet */
};

/* Reading one file of it. */
struct policy_reader {
	struct policy_knobs knobs;
	struct policy_settings *settings;
	struct text_list include;
};

/* The section, read into a struct settings. */
void policy_read(struct reader *reader, const yaml_node_t *node, void *settings);
void policy_settings_fini(struct policy_settings *settings);
/* conf->audit and conf->vlans, with what no file can tell alone. ERR_NOMEM. */
int policy_build(struct reader *reader, struct policy_settings *from, struct conf *conf);
void policy_free(struct audit_policy *policy);

/* Parts of it: keys of a struct policy_reader. */
void policy_vlans_read(struct reader *reader, const yaml_node_t *node, void *target);
void policy_ports_read(struct reader *reader, const yaml_node_t *node, void *target);
void policy_accounts_read(struct reader *reader, const yaml_node_t *node, void *target);
void policy_firmware_read(struct reader *reader, const yaml_node_t *node, void *target);
/* One file after the other, as files of the same keys; policy_file reads one. */
void policy_include(struct reader *reader, const struct text_list *include,
		    struct policy_settings *settings);
void policy_file(struct reader *reader, const yaml_node_t *node, struct policy_settings *settings);

/* The policy that memory comes from, with its defaults. ERR_NOMEM. */
int policy_make(struct policy_settings *settings);
/* Memory of the policy; NULL with reader->complaints->out_of_memory. */
void *policy_alloc(struct reader *reader, struct policy_settings *settings, size_t size);
const char *policy_strdup(struct reader *reader, struct policy_settings *settings,
			  const char *text);

#endif

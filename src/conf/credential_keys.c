/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `credentials:` as written: the tables of keys. A password in the file itself is refused here.
 */
#include "settings.h"

#include "keepwatch/err.h"

#include <string.h>

enum { ARGUMENT_MAX = 4095 };

/* In place of the value: why it does not belong here. The value is not looked at. */
static void
refuse_password(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct knob *file = target;

	file->at = node_mark(node); /* so that its absence is not complained of as well */
	complain_yaml(reader, node_mark(node),
		      "a password does not belong in this file; put it in a file of its own that "
		      "only keepwatch may read (chmod 600) and name that with password_file, "
		      "auth_password_file or priv_password_file");
}

/* Without help: never suggested. */
#define REFUSED(name, target, file)                                                           \
	{                                                                                     \
		{name, OPTION_STRING, NULL, 0, 0, NULL, NULL}, offsetof(struct target, file), \
			refuse_password                                                       \
	}

static void
command_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct text_list *command = target;

	if (node->type == YAML_SEQUENCE_NODE)
		text_list_read(reader, node, "a command", ARGUMENT_MAX, command);
	else
		complain_yaml(
			reader, node_mark(node),
			"a command is a list: the path of the program and its arguments, "
			"such as [ \"/usr/bin/pass\", \"show\", \"cams\" ]; no shell is asked");
	command->at = node_mark(node);
}

/* Where a secret may come from. */
#define SOURCES(target, member, name, words)                                                   \
	KEY(target, member.file, name "_file", STRING, NULL, 1, 4095, NULL,                    \
	    "a file that holds " words),                                                       \
		KEY(target, member.credential, name "_credential", STRING, NULL, 1, 255, NULL, \
		    "the systemd credential that holds " words),                               \
	{                                                                                      \
		{                                                                              \
			name "_command",                                                       \
			OPTION_STRING,                                                         \
			NULL,                                                                  \
			0,                                                                     \
			0,                                                                     \
			NULL,                                                                  \
			"a command that prints " words},                                       \
			offsetof(struct target, member.command), command_read                  \
	}

static const struct key snmp_keys[] = {
#define TEXT(member, high, help) \
	KEY(snmp_settings, member, #member, STRING, NULL, 1, high, NULL, help)
	KEY(snmp_settings, version, "version", ENUM, NULL, 0, 0, "1|2c|3", "SNMP version"),
	TEXT(community, 255, "the community of version 1 or 2c"),
	SOURCES(snmp_settings, community_from, "community", "the community"),
	TEXT(user, 32, "the user of version 3"),
	TEXT(auth, 32, "an authentication protocol"),
	SOURCES(snmp_settings, auth_password, "auth_password", "the authentication passphrase"),
	TEXT(priv, 32, "a privacy protocol"),
	SOURCES(snmp_settings, priv_password, "priv_password", "the privacy passphrase"),
	TEXT(context, 32, "a context name"),
	KEY(snmp_settings, port, "port", INT, "161", 1, 65535, NULL, "UDP port"),
	REFUSED("password", snmp_settings, auth_password.file),
	REFUSED("auth_password", snmp_settings, auth_password.file),
	REFUSED("priv_password", snmp_settings, priv_password.file),
#undef TEXT
};

static const struct key web_keys[] = {
	KEY(web_settings, username, "username", STRING, NULL, 1, 255, NULL, "a user name"),
	SOURCES(web_settings, password, "password", "the password"),
	KEY(web_settings, password.dir, "password_dir", STRING, NULL, 1, 4095, NULL,
	    "a folder of files that hold the passwords of single devices"),
	KEY(web_settings, allow_basic, "allow_basic", BOOL, "no", 0, 1, NULL,
	    "whether HTTP Basic may be used"),
	REFUSED("password", web_settings, password.file),
};

static void
snmp_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct snmp_settings *snmp = target;

	snmp->at = node_mark(node);
	table_read(reader, node, "snmp", snmp_keys, MEM_COUNT(snmp_keys), snmp);
}

static void
web_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	struct web_settings *web = target;

	web->at = node_mark(node);
	table_read(reader, node, "a login", web_keys, MEM_COUNT(web_keys), web);
}

static const struct key credential_keys[] = {
#define SECTION(member, function)                                              \
	{                                                                      \
		{#member, OPTION_STRING, NULL, 0, 0, NULL, ""},                \
			offsetof(struct credential_settings, member), function \
	}
	KEY(credential_settings, name, "name", STRING, NULL, 1, 128, NULL,
	    "the name that the fleet file uses"),
	SECTION(snmp, snmp_read),
	SECTION(onvif, web_read),
	SECTION(http, web_read),
#undef SECTION
};

static void
credential_read(struct reader *reader, const yaml_node_t *node, void *arg)
{
	struct settings *settings = arg;
	struct credential_settings credential = {.at = node_mark(node)};

	if (!table_read(reader, node, "a credential", credential_keys, MEM_COUNT(credential_keys),
			&credential))
		return;
	if (mem_grow(&settings->credentials, &settings->credential_cap,
		     settings->credential_count + 1, sizeof(credential)) != 0)
		reader->complaints->out_of_memory = true;
	else
		settings->credentials[settings->credential_count++] = credential;
}

void
credentials_read(struct reader *reader, const yaml_node_t *node, void *target)
{
	list_each(reader, node, "credentials", credential_read, target);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * net-snmp as a library without habits: no MIB files, no configuration, no persistent state, no
 * signals, no writing to standard error.
 */
#include "snmpc_codec.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

static int
snmpc_log(int major, int minor, void *message, void *arg)
{
	const struct snmp_log_message *line = message;
	size_t len = strcspn(line->msg, "\n");

	(void)major;
	(void)minor;
	(void)arg;
	log_debug("snmp", "%.*s", (int)len, line->msg);
	return 0;
}

/* netsnmp_init_mib asks the environment and nothing else. */
static void
snmpc_set_env(const char *name, const char *value, char **saved)
{
	*saved = mem_strdup(getenv(name));
	setenv(name, value, 1);
}

static void
snmpc_restore_env(const char *name, char *saved)
{
	if (saved != NULL)
		setenv(name, saved, 1);
	else
		unsetenv(name);
	free(saved);
}

static void
snmpc_init_library(void)
{
	static const int settings[] = {
		NETSNMP_DS_LIB_DONT_READ_CONFIGS,	NETSNMP_DS_LIB_DONT_PERSIST_STATE,
		NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE,
		NETSNMP_DS_LIB_DONT_LOAD_HOST_FILES,	NETSNMP_DS_LIB_ALARM_DONT_USE_SIG,
	};
	char *mibs, *dirs;

	for (size_t i = 0; i < MEM_COUNT(settings); i++)
		netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, settings[i], 1);
	snmp_disable_stderrlog();
	netsnmp_register_loghandler(NETSNMP_LOGHANDLER_CALLBACK, LOG_DEBUG);
	snmpc_set_env("MIBS", "", &mibs);
	snmpc_set_env("MIBDIRS", "/nonexistent", &dirs);
	init_snmp("keepwatch"); /* a second call does nothing */
	snmpc_restore_env("MIBS", mibs);
	snmpc_restore_env("MIBDIRS", dirs);
}

int
snmpc_codec_new(struct snmpc_codec **out)
{
	struct snmpc_codec *codec = calloc(1, sizeof(*codec));
	int rc = ERR_NOMEM;

	if (codec == NULL)
		return ERR_NOMEM;
	snmpc_init_library();
	snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, snmpc_log, codec);
	snmp_sess_init(&codec->session);
	codec->session.version = SNMP_VERSION_3;
	codec->session.securityModel = SNMP_SEC_MODEL_USM;
	codec->session.isAuthoritative = SNMP_SESS_NONAUTHORITATIVE;
	codec->session.rcvMsgMaxSize = SNMPC_DATAGRAM_MAX;
	codec->session.sndMsgMaxSize = SNMPC_DATAGRAM_MAX;
	codec->usm = find_sec_mod(SNMP_SEC_MODEL_USM);
	if (codec->usm == NULL || codec->usm->decode == NULL) {
		rc = ERR_UNSUPPORTED;
		goto out;
	}
	codec->packet_len = 2048;
	codec->packet = malloc(codec->packet_len);
	codec->user = usm_create_user();
	if (codec->packet == NULL || codec->user == NULL)
		goto out;
	/* What it comes with is freed here; later its members are only lent. */
	SNMP_FREE(codec->user->authProtocol);
	SNMP_FREE(codec->user->privProtocol);
	codec->user->name = codec->user->secName = (char *)(uintptr_t) "(idle)";
	codec->user->userStatus = RS_ACTIVE;
	usm_add_user(codec->user);
	*out = codec;
	return 0;
out:
	snmpc_codec_free(codec);
	return rc;
}

void
snmpc_codec_free(struct snmpc_codec *codec)
{
	if (codec == NULL)
		return;
	if (codec->user != NULL) {
		usm_remove_user(codec->user);
		codec->user->name = codec->user->secName = NULL;
		usm_free_user(codec->user);
	}
	snmp_unregister_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, snmpc_log, codec, 1);
	free(codec->packet);
	free(codec);
}

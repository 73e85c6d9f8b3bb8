/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Asks one agent through the command generator and prints what came, for the lab scripts:
 *   snmp_get [-t MS] [-r RETRIES] [-c COUNT] [-p] [-w] [-a ADDRESS,PORT,CREDENTIAL] ADDRESS PORT
 *            CREDENTIAL OID...
 * CREDENTIAL is v1:COMMUNITY, v2c:COMMUNITY or v3:USER:AUTH:AUTHFILE:PRIV:PRIVFILE (protocols by
 * their names, files that hold the passwords). -c asks COUNT times over the same peer, a line each;
 * -p waits for a line on standard input before each but the first; -w walks; -a asks another agent
 * at the same time.
 * A line is the reason's name, a blank, and the values; exit code 0 if the last reason was none.
 */
#include "keepwatch/err.h"
#include "keepwatch/snmpc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SESSIONS = 2 };

struct session {
	struct net_loop *loop;
	struct credential credential;
	struct snmpc_peer *peer;
	struct snmpc_request request;
	struct snmpc_walk walk;
	struct oid_ref oids[SNMPC_OIDS_MAX];
	uint32_t ids[SNMPC_OIDS_MAX][OID_MAX];
	uint8_t oid_count;
	bool is_ended;
	enum reason reason;
};

static void
print_value(const struct varbind *vb)
{
	char text[512];

	printf(" %s=", oid_format(vb->oid, vb->oid_len, text, sizeof(text)));
	switch (vb->type) {
	case VB_INTEGER:
		printf("%" PRId64, vb->number);
		break;
	case VB_OCTETS:
	case VB_OPAQUE:
	case VB_IPADDRESS:
		for (size_t i = 0; i < vb->bytes_len; i++)
			putchar(vb->bytes[i] >= 32 && vb->bytes[i] < 127 ? vb->bytes[i] : '?');
		break;
	case VB_OID:
		fputs(oid_format(vb->value_oid, vb->value_oid_len, text, sizeof(text)), stdout);
		break;
	case VB_COUNTER32:
	case VB_GAUGE32:
	case VB_TIMETICKS:
	case VB_COUNTER64:
		printf("%" PRIu64, vb->unsigned_number);
		break;
	default:
		printf("(%02x)", (unsigned)vb->type);
	}
}

static void
end(struct session *session, enum reason reason)
{
	session->reason = reason;
	session->is_ended = true;
	uv_stop(net_loop_uv(session->loop));
}

static void
on_reply(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct session *session =
		(struct session *)((char *)request - offsetof(struct session, request));

	printf("%s", reply->reason == REASON_NONE ? "OK" : reason_name(reply->reason));
	if (reply->error_status != 0)
		printf(" error=%u/%u", reply->error_status, reply->error_index);
	for (size_t i = 0; i < reply->count; i++)
		print_value(&reply->varbinds[i]);
	printf("\n");
	end(session, reply->reason);
}

static bool
on_varbind(struct snmpc_walk *walk, size_t column, const struct varbind *vb)
{
	(void)walk;
	printf("%zu", column);
	print_value(vb);
	printf("\n");
	return true;
}

static void
on_walked(struct snmpc_walk *walk)
{
	struct session *session = (struct session *)((char *)walk - offsetof(struct session, walk));

	printf("%s%s varbinds=%u exchanges=%u\n",
	       walk->reason == REASON_NONE ? "OK" : reason_name(walk->reason),
	       walk->complete ? " complete" : "", walk->varbinds, walk->exchanges);
	end(session, walk->reason);
}

static int
read_community(const char *text, struct credential_snmp *snmp)
{
	snmp->version = strncmp(text, "v1:", 3) == 0 ? SNMP_V1 : SNMP_V2C;
	text = strchr(text, ':') + 1;
	return secret_new(&snmp->community, text, strlen(text));
}

static int
read_credential(char *text, struct credential_snmp *snmp)
{
	char *part[5] = {NULL};
	int rc;

	if (strncmp(text, "v1:", 3) == 0 || strncmp(text, "v2c:", 4) == 0)
		return read_community(text, snmp);
	if (strncmp(text, "v3:", 3) != 0)
		return ERR_SYNTAX;
	text += 3;
	for (size_t i = 0; i < 5; i++)
		part[i] = strsep(&text, ":");
	if (part[4] == NULL)
		return ERR_SYNTAX;
	snmp->version = SNMP_V3;
	snmp->user = strdup(part[0]);
	rc = snmp_auth_parse(part[1], &snmp->auth);
	if (rc == 0)
		rc = snmp_priv_parse(part[3], &snmp->priv);
	if (rc == 0 && part[2][0] != '\0')
		rc = secret_read_file(&snmp->auth_password, part[2]);
	if (rc == 0 && part[4][0] != '\0')
		rc = secret_read_file(&snmp->priv_password, part[4]);
	return rc;
}

static int
open_session(struct session *session, struct net_loop *loop, struct snmpc *snmpc,
	     const char *address, const char *port, char *credential)
{
	struct ipaddr ip;
	int rc = ipaddr_parse(address, &ip);

	session->loop = loop;
	if (rc == 0)
		rc = read_credential(credential, &session->credential.snmp);
	if (rc == 0)
		rc = snmpc_peer_new(&session->peer, snmpc, &ip, (uint16_t)strtoul(port, NULL, 10),
				    &session->credential);
	return rc;
}

static int
start(struct session *session, bool is_walk, uint32_t timeout_ms, uint16_t retries)
{
	session->is_ended = false;
	if (is_walk) {
		session->walk = (struct snmpc_walk){
			.peer = session->peer,
			.columns = session->oids,
			.column_count = session->oid_count,
			.timeout_ms = timeout_ms,
			.retries = retries,
			.varbind = on_varbind,
			.done = on_walked,
		};
		return snmpc_walk_start(&session->walk);
	}
	session->request = (struct snmpc_request){
		.peer = session->peer,
		.op = SNMPC_GET,
		.oids = session->oids,
		.oid_count = session->oid_count,
		.timeout_ms = timeout_ms,
		.retries = retries,
		.done = on_reply,
	};
	return snmpc_start(&session->request);
}

static void
await(struct net_loop *loop, const struct session *sessions, size_t n)
{
	net_loop_kick(loop);
	for (size_t i = 0; i < n; i++) {
		while (!sessions[i].is_ended)
			uv_run(net_loop_uv(loop), UV_RUN_DEFAULT);
	}
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct session *sessions = calloc(SESSIONS, sizeof(*sessions));
	struct net_loop *loop = NULL;
	struct snmpc *snmpc = NULL;
	uv_loop_t uv;
	uint32_t timeout_ms = 1000;
	uint16_t retries = 1;
	size_t n = 1;
	int count = 1, option, rc = ERR_INVAL;
	bool is_walk = false, is_paced = false;
	char line[16], *also = NULL;

	while ((option = getopt(argc, argv, "t:r:c:a:pw")) != -1) {
		if (option == 't')
			timeout_ms = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'r')
			retries = (uint16_t)strtoul(optarg, NULL, 10);
		else if (option == 'c')
			count = (int)strtol(optarg, NULL, 10);
		else if (option == 'a')
			also = optarg;
		else if (option == 'p')
			is_paced = true;
		else if (option == 'w')
			is_walk = true;
		else
			return 2;
	}
	if (sessions == NULL || argc - optind < 4 || argc - optind - 3 > SNMPC_OIDS_MAX)
		return 2;
	uv_loop_init(&uv);
	for (int i = optind + 3; i < argc; i++) {
		struct oid_ref *ref = &sessions->oids[sessions->oid_count];
		uint32_t *ids = sessions->ids[sessions->oid_count++];

		ref->ids = ids;
		if (oid_parse(argv[i], ids, OID_MAX, &ref->len) != 0)
			goto out;
	}
	if ((rc = net_loop_open(&loop, &uv, 50)) != 0)
		goto out;
	net_loop_set_eager(loop, true);
	if ((rc = snmpc_open(&snmpc, loop)) != 0 ||
	    (rc = open_session(sessions, loop, snmpc, argv[optind], argv[optind + 1],
			       argv[optind + 2])) != 0)
		goto out;
	if (also != NULL) {
		const char *address = strsep(&also, ","), *port = strsep(&also, ",");

		memcpy(sessions[n].oids, sessions->oids, sizeof(sessions->oids));
		sessions[n].oid_count = sessions->oid_count;
		rc = also != NULL ? open_session(&sessions[n], loop, snmpc, address, port, also)
				  : ERR_SYNTAX;
		n++;
	}
	for (int i = 0; i < count && rc == 0; i++) {
		if (is_paced && i > 0 && fgets(line, sizeof(line), stdin) == NULL)
			break;
		for (size_t k = 0; k < n && rc == 0; k++)
			rc = start(&sessions[k], is_walk, timeout_ms, retries);
		if (rc == 0)
			await(loop, sessions, n);
	}
out:
	if (rc != 0)
		printf("ERROR %s\n", err_name(rc));
	for (size_t i = 0; i < SESSIONS; i++) {
		if (rc == 0 && sessions[i].reason != REASON_NONE)
			rc = ERR_IO;
		snmpc_cancel(&sessions[i].request);
		snmpc_walk_cancel(&sessions[i].walk);
		snmpc_peer_free(sessions[i].peer);
	}
	snmpc_close(snmpc);
	if (loop != NULL)
		net_loop_close(loop);
	uv_run(&uv, UV_RUN_DEFAULT);
	uv_loop_close(&uv);
	for (size_t i = 0; i < SESSIONS; i++)
		credential_fini(&sessions[i].credential);
	free(sessions);
	return rc == 0 ? 0 : 1;
}

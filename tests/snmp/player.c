/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays dumps of SNMP agents over v1 and v2c, as many agents as there are dumps behind one socket:
 *   player [-v] [--port N] [--address A] [--max-size N] [MISBEHAVIOUR...] FOLDER|FILE...
 * The community is the name of a dump ("NAME@VLAN" too). Port 0 takes a free one; the first line on
 * standard output is "listening PORT". Address 127.0.0.0/8 answers for every loopback address. On
 * SIGUSR1 it prints "requests N bytes M" of its answers so far; on SIGTERM it ends.
 * Misbehaviours, for all agents as `--NAME[=N]`, or for one request as "NAME[=N]:" before the
 * community: loss=PERCENT of requests ignored; nobulk: GETBULK ignored; generr: GETBULK answered
 * genErr; maxrep=N: GETBULK for more rows ignored; loop=N: behind N instances from the start of its
 * MIB the agent begins anew; stuck=N: there it stays; tiny=N: as --max-size.
 */
#include "player.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { BATCH = 32, REQUEST_MAX = 4096, NEVER = -1 };

struct manners {
	long loss, nobulk, generr, maxrep, loop, stuck, tiny;
};

struct player {
	struct dumps dumps;
	struct manners manners;
	bool is_any_address;
	uint64_t random, requests, bytes;
	struct question question;
	struct answer answers[BATCH];
	uint8_t requests_in[BATCH][REQUEST_MAX];
};

static volatile sig_atomic_t wants_stats, wants_end;

static void
on_signal(int number)
{
	if (number == SIGUSR1)
		wants_stats = 1;
	else
		wants_end = 1;
}

static long *
manner(struct manners *manners, const char *name, size_t len)
{
	const struct {
		const char *name;
		long *at;
	} all[] = {{"loss", &manners->loss},	 {"nobulk", &manners->nobulk},
		   {"generr", &manners->generr}, {"maxrep", &manners->maxrep},
		   {"loop", &manners->loop},	 {"stuck", &manners->stuck},
		   {"tiny", &manners->tiny}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strlen(all[i].name) == len && memcmp(all[i].name, name, len) == 0)
			return all[i].at;
	}
	return NULL;
}

/* Takes "loss=20:" and the like off a community. */
static void
take_manners(struct manners *manners, const char **name, size_t *len)
{
	const char *colon;

	while ((colon = memchr(*name, ':', *len)) != NULL) {
		size_t taken = (size_t)(colon - *name) + 1;
		const char *equals = memchr(*name, '=', taken);
		long *at =
			manner(manners, *name, (size_t)((equals == NULL ? colon : equals) - *name));

		if (at == NULL)
			return;
		*at = equals == NULL ? 1 : strtol(equals + 1, NULL, 10);
		*name += taken;
		*len -= taken;
	}
}

static bool
is_chance(struct player *player, long percent)
{
	/* xorshift64: the same sequence in each run. */
	player->random ^= player->random << 13;
	player->random ^= player->random >> 7;
	player->random ^= player->random << 17;
	return percent != NEVER && (long)(player->random % 100) < percent;
}

/* Where the walk goes from here. */
static size_t
next_of(const struct dump *dump, const struct manners *manners, const uint32_t *ids, size_t len,
	bool is_v1)
{
	size_t at = dump_find(dump, ids, len, false);

	if (manners->loop != NEVER && at >= (size_t)manners->loop)
		at = 0;
	if (manners->stuck != NEVER && at >= (size_t)manners->stuck)
		at = (size_t)manners->stuck < dump->count ? (size_t)manners->stuck : at;
	/* RFC 3584 section 4.2.2.1: v1 has no Counter64, and passes over them. */
	while (is_v1 && at < dump->count && dump->entries[at].tag == TAG_COUNTER64)
		at++;
	return at;
}

static bool
put_entry(struct answer *answer, const struct dump *dump, size_t at)
{
	return answer_put(answer, dump->bytes + dump->entries[at].bytes_at,
			  dump->entries[at].bytes_len);
}

/* GET or GETNEXT of one name. Returns an error-status. */
static uint32_t
put_one(const struct question *question, struct answer *answer, const struct dump *dump,
	const struct manners *manners, const struct asked_oid *oid, bool is_get)
{
	bool is_v1 = question->version == 0;
	uint8_t tag = TAG_END_OF_MIB_VIEW;
	size_t at;

	if (is_get) {
		at = dump_find(dump, oid->ids, oid->len, true);
		if (!dump_is_at(dump, at, oid->ids, oid->len) ||
		    (is_v1 && dump->entries[at].tag == TAG_COUNTER64)) {
			at = dump->count;
			tag = dump_has_prefix(dump, oid->ids, oid->len - 1) ? TAG_NO_SUCH_INSTANCE
									    : TAG_NO_SUCH_OBJECT;
		}
	} else {
		at = next_of(dump, manners, oid->ids, oid->len, is_v1);
	}
	if (at == dump->count && is_v1)
		return ERROR_NO_SUCH_NAME;
	if (at == dump->count)
		return answer_put_name(answer, oid, tag) ? 0 : ERROR_TOO_BIG;
	return put_entry(answer, dump, at) ? 0 : ERROR_TOO_BIG;
}

/* RFC 3416 section 4.2.3, behind the non-repeaters. What does not fit is left out. */
static void
put_repetitions(const struct question *question, struct answer *answer, const struct dump *dump,
		const struct manners *manners, size_t first)
{
	size_t at[PLAYER_ASKED_MAX];
	bool is_more = true;

	for (int64_t r = 0; r < question->max_repetitions && is_more; r++) {
		is_more = false;
		for (size_t i = first; i < question->count; i++) {
			struct asked_oid last = question->oids[i];
			uint8_t raw[6 * PLAYER_OID_MAX + 16];

			if (r == 0) {
				at[i] = next_of(dump, manners, last.ids, last.len, false);
			} else if (at[i] < dump->count) {
				const struct entry *entry = &dump->entries[at[i]];
				size_t next = next_of(dump, manners, dump->ids + entry->ids_at,
						      entry->ids_len, false);

				if (next == dump->count) {
					/* endOfMibView has the name of the last instance. */
					memcpy(last.ids, dump->ids + entry->ids_at,
					       entry->ids_len * sizeof(uint32_t));
					last.raw_len = ber_put_oid(raw, last.ids, entry->ids_len);
					last.raw = raw;
					at[i] = SIZE_MAX;
					if (!answer_put_name(answer, &last, TAG_END_OF_MIB_VIEW))
						return;
					continue;
				}
				at[i] = next;
			} else {
				if (!answer_put_name(answer, &last, TAG_END_OF_MIB_VIEW))
					return;
				continue;
			}
			if (at[i] >= dump->count) {
				if (!answer_put_name(answer, &last, TAG_END_OF_MIB_VIEW))
					return;
				continue;
			}
			if (!put_entry(answer, dump, at[i]))
				return;
			is_more = true;
		}
	}
}

/* False: no answer. */
static bool
answer_question(struct player *player, struct answer *answer, uint8_t **bytes, size_t *len)
{
	const struct question *question = &player->question;
	struct manners manners = player->manners;
	const char *name = question->community;
	size_t name_len = question->community_len, singles = question->count;
	bool is_bulk = question->type == PDU_GETBULK;
	const struct dump *dump;
	uint32_t status = 0, index = 0;

	take_manners(&manners, &name, &name_len);
	dump = dumps_find(&player->dumps, name, name_len);
	if (dump == NULL || is_chance(player, manners.loss) || (is_bulk && manners.nobulk > 0) ||
	    (is_bulk && manners.maxrep != NEVER && question->max_repetitions > manners.maxrep))
		return false;
	answer_begin(answer, question, (size_t)manners.tiny);
	if (is_bulk) {
		status = manners.generr > 0 ? ERROR_GEN : 0;
		singles = question->non_repeaters < 0 ? 0 : (size_t)question->non_repeaters;
		if (singles > question->count)
			singles = question->count;
	}
	for (size_t i = 0; i < singles && status == 0; i++) {
		index = (uint32_t)i + 1;
		status = put_one(question, answer, dump, &manners, &question->oids[i],
				 question->type == PDU_GET);
	}
	if (is_bulk && status == 0)
		put_repetitions(question, answer, dump, &manners, singles);
	if (status == 0 || status == ERROR_TOO_BIG)
		index = 0;
	*bytes = answer_finish(answer, question, status, index, len);
	return true;
}

/* ---- the socket */

static void
serve(struct player *player, int fd)
{
	struct mmsghdr in[BATCH], out[BATCH];
	struct iovec in_iov[BATCH], out_iov[BATCH];
	struct sockaddr_in names[BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control[BATCH];
	int got, n = 0;

	memset(in, 0, sizeof(in));
	memset(out, 0, sizeof(out));
	for (int i = 0; i < BATCH; i++) {
		in_iov[i] = (struct iovec){player->requests_in[i], REQUEST_MAX};
		in[i].msg_hdr.msg_iov = &in_iov[i];
		in[i].msg_hdr.msg_iovlen = 1;
		in[i].msg_hdr.msg_name = &names[i];
		in[i].msg_hdr.msg_namelen = sizeof(names[i]);
		in[i].msg_hdr.msg_control = player->is_any_address ? &control[i] : NULL;
		in[i].msg_hdr.msg_controllen = player->is_any_address ? sizeof(control[i]) : 0;
	}
	got = recvmmsg(fd, in, BATCH, MSG_WAITFORONE, NULL);
	for (int i = 0; i < got; i++) {
		struct answer *answer = &player->answers[n];
		uint8_t *bytes;
		size_t len;

		player->requests++;
		if (question_read(&player->question, player->requests_in[i], in[i].msg_len) != 0 ||
		    !answer_question(player, answer, &bytes, &len))
			continue;
		player->bytes += len;
		out_iov[n] = (struct iovec){bytes, len};
		out[n].msg_hdr = in[i].msg_hdr;
		out[n].msg_hdr.msg_iov = &out_iov[n];
		out[n].msg_hdr.msg_flags = 0;
		if (player->is_any_address) {
			/* The answer comes from the address that was asked, by any interface. */
			struct cmsghdr *cmsg = CMSG_FIRSTHDR(&out[n].msg_hdr);

			if (cmsg != NULL && cmsg->cmsg_type == IP_PKTINFO) {
				struct in_pktinfo info;

				memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
				info.ipi_spec_dst = info.ipi_addr;
				info.ipi_ifindex = 0;
				if (ntohl(info.ipi_addr.s_addr) >> 24 != 127)
					continue;
				memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
			}
		}
		n++;
	}
	for (int sent = 0; sent < n;) {
		int done = sendmmsg(fd, out + sent, (unsigned)(n - sent), 0);

		/* One that cannot be sent is lost, as others are. */
		sent += done > 0 ? done : 1;
	}
}

static int
open_socket(struct player *player, const char *address, uint16_t port)
{
	struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t len = sizeof(name);
	const struct timeval patience = {.tv_usec = 200000};
	const int size = 16 << 20, one = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	player->is_any_address = strcmp(address, "127.0.0.0/8") == 0;
	if (fd < 0 || (!player->is_any_address && inet_pton(AF_INET, address, &name.sin_addr) != 1))
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* A signal that comes just before the wait is not waited out for long. */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (player->is_any_address)
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &len) != 0) {
		close(fd);
		return -1;
	}
	printf("listening %u\n", ntohs(name.sin_port));
	fflush(stdout);
	return fd;
}

static void
print_stats(const struct player *player)
{
	printf("requests %llu bytes %llu\n", (unsigned long long)player->requests,
	       (unsigned long long)player->bytes);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {{"port", required_argument, NULL, 'p'},
						{"address", required_argument, NULL, 'a'},
						{"max-size", required_argument, NULL, 's'},
						{"loss", required_argument, NULL, 'm'},
						{"nobulk", no_argument, NULL, 'm'},
						{"generr", no_argument, NULL, 'm'},
						{"maxrep", required_argument, NULL, 'm'},
						{"loop", required_argument, NULL, 'm'},
						{"stuck", required_argument, NULL, 'm'},
						{"tiny", required_argument, NULL, 'm'},
						{NULL, 0, NULL, 0}};
	const char *address = "127.0.0.1";
	struct player *player = calloc(1, sizeof(*player));
	struct sigaction action = {.sa_handler = on_signal};
	unsigned long port = 1161;
	int option, which, fd;

	if (player == NULL)
		return 1;
	player->random = 88172645463325252U;
	player->manners = (struct manners){NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, 1472};
	while ((option = getopt_long(argc, argv, "v", options, &which)) != -1) {
		if (option == 'v')
			player->dumps.is_verbose = true;
		else if (option == 'p')
			port = strtoul(optarg, NULL, 10);
		else if (option == 'a')
			address = optarg;
		else if (option == 's')
			player->manners.tiny = strtol(optarg, NULL, 10);
		else if (option == 'm')
			*manner(&player->manners, options[which].name,
				strlen(options[which].name)) =
				optarg == NULL ? 1 : strtol(optarg, NULL, 10);
		else
			return 2;
	}
	for (int i = optind; i < argc; i++) {
		if (dumps_add(&player->dumps, argv[i]) != 0) {
			perror(argv[i]);
			return 1;
		}
	}
	dumps_sort(&player->dumps);
	if (player->dumps.count == 0 || port > 65535 || player->manners.tiny < 0 ||
	    player->manners.tiny > PLAYER_MESSAGE_MAX) {
		fprintf(stderr, "player: nothing to play\n");
		return 2;
	}
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	fd = open_socket(player, address, (uint16_t)port);
	if (fd < 0) {
		fprintf(stderr, "player: %s:%lu: %s\n", address, port, strerror(errno));
		return 1;
	}
	while (!wants_end) {
		serve(player, fd);
		if (wants_stats) {
			wants_stats = 0;
			print_stats(player);
		}
	}
	close(fd);
	dumps_free(&player->dumps);
	free(player);
	return 0;
}

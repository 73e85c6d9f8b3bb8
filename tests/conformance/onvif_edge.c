/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The edge files: what each should give, reasoned from its content, and what it may cost. Each is
 * decoded in a child of its own: CPU by getrusage around the call, memory by the growth of the
 * child's peak resident set (ru_maxrss, reset before) over it, which leaves out the file itself.
 */
#include "onvif_check.h"

#include "keepwatch/mem.h"
#include "keepwatch/onvif_reply.h"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CPU_LIMIT_US = 50000, MEMORY_LIMIT_KIB = 16 * 1024 };

struct expected {
	const char *file;
	enum onvif_reply_kind kind;
	int code;	      /* onvif_refusal or onvif_fault_class */
	unsigned oddities;    /* all of these; others are not looked at */
	const char *firmware; /* FirmwareVersion as it should come out */
};

#define REFUSED(file, why)                                              \
	{                                                               \
		file, ONVIF_REPLY_REFUSED, ONVIF_REFUSED_##why, 0, NULL \
	}
#define FAULT(file, what)                                            \
	{                                                            \
		file, ONVIF_REPLY_FAULT, ONVIF_FAULT_##what, 0, NULL \
	}
#define OK(file, odd, fw)                        \
	{                                        \
		file, ONVIF_REPLY_OK, 0, odd, fw \
	}

/* Everywhere the operation asked for is GetDeviceInformation. */
static const struct expected table[] = {
	/* No SOAP message may hold a DTD (SOAP 1.2 part 1, section 5). */
	REFUSED("01-billion-laughs.xml", DOCTYPE),
	REFUSED("02-xxe.xml", DOCTYPE),
	/* Over 64 levels, in the response's place and within an extension that nobody reads. */
	REFUSED("03-deep-100k.xml", TOO_DEEP),
	REFUSED("04-deep-in-skip.xml", TOO_DEEP),
	REFUSED("05-text-4MB.xml", TOO_BIG),
	REFUSED("06-attr-4MB.xml", TOO_BIG),
	REFUSED("07-1M-elements.xml", TOO_BIG),
	/* NUL is no XML character, and what stands behind it is a guess. */
	REFUSED("08-nul-in-text.xml", BAD_CHARACTER),
	/* Undeclared prefixes are common, and the local names are unmistakable. */
	OK("09-undeclared-prefix.xml", ONVIF_ODD_PREFIX, "1.0"),
	OK("10-undeclared-prefix-in-header.xml", ONVIF_ODD_PREFIX, "1.0"),
	/* The bytes are plain ASCII whatever the label says. */
	OK("11-utf16-label-utf8-data.xml", ONVIF_ODD_ENCODING, "1.0"),
	OK("12-utf16le-real.xml", 0, "1.\xc3\xa9"),
	/* Rightly labelled: the character comes out. Wrongly labelled: it cannot be known, the
	 * rest of the reply can. */
	OK("13-latin1.xml", 0, "1.\xc3\xa9"),
	OK("14-latin1-labelled-utf8.xml", ONVIF_ODD_ENCODING, "1.\xef\xbf\xbd"),
	OK("15-gb2312.xml", 0, "\xe6\x91\x84\xe5\x83\x8f\xe6\x9c\xba"),
	OK("16-gb2312-labelled-utf8.xml", ONVIF_ODD_ENCODING, NULL),
	OK("17-bom.xml", 0, "1.0"),
	OK("18-leading-crlf.xml", ONVIF_ODD_LEADING, "1.0"),
	/* SOAP 1.1 in reply to 1.2: the version changes nothing in the content. */
	OK("19-soap11.xml", 0, "1.0"),
	REFUSED("20-html401.xml", HTML),
	REFUSED("21-empty.xml", EMPTY),
	REFUSED("22-text.xml", NOT_XML),
	REFUSED("23-text-http-like.xml", NOT_XML),
	OK("24-xsi-type.xml", 0, "1.0"),
	OK("25-xsi-nil.xml", 0, "1.0"),
	OK("26-cdata.xml", 0, "1.<2>"),
	OK("27-comment-in-text.xml", 0, "1.2"),
	/* All values are there, but the message is not whole. */
	REFUSED("28-truncated.xml", TRUNCATED),
	OK("29-trailing-junk.xml", ONVIF_ODD_TRAILING, "1.0"),
	/* Where an element ends is not known: what belongs to what would be a guess. */
	REFUSED("30-mismatched-tag.xml", MALFORMED),
	/* The sender's meaning is plain; the control character is replaced. */
	OK("31-bad-amp.xml", ONVIF_ODD_CHARACTER, "A&B 1.0"),
	OK("32-ctrl-char.xml", ONVIF_ODD_CHARACTER, "1\xef\xbf\xbd"),
	OK("33-elements-reordered.xml", 0, "1.0"),
	OK("34-dup-element.xml", ONVIF_ODD_DUPLICATE, "1.0"),
	OK("35-default-ns.xml", 0, "1.0"),
	OK("36-children-no-ns.xml", 0, "1.0"),
	OK("37-children-wrong-ns.xml", 0, "1.0"),
	REFUSED("38-other-op.xml", WRONG_OPERATION),
	FAULT("39-fault12.xml", NOT_AUTHORIZED),
	FAULT("40-fault11.xml", NOT_AUTHORIZED),
	FAULT("41-fault-undeclared-ter.xml", NOT_AUTHORIZED),
	/* Code Sender, no subcode, reason "fail": nothing more is known. */
	FAULT("42-multi-lang-reason.xml", SENDER_OTHER),
	REFUSED("43-empty-body.xml", EMPTY_BODY),
	REFUSED("44-no-body.xml", NO_BODY),
	/* SOAP 1.1 section 5 encoding, whose target is not even there: no value at all. */
	REFUSED("45-multiref.xml", INCOMPLETE),
	OK("46-mustunderstand-unknown.xml", 0, "1.0"),
	REFUSED("47-many-xmlns.xml", TOO_MANY_ATTRIBUTES),
	REFUSED("48-many-attrs.xml", TOO_MANY_ATTRIBUTES),
};

struct measured {
	int rc;
	enum onvif_reply_kind kind;
	int code;
	unsigned oddities;
	char firmware[64];
	long cpu_us, memory_kib;
};

static long
cpu_us(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000L +
	       usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
}

/* Gives back pages that the parent freed, and resets the peak (proc(5), clear_refs): both would
 * hide growth. */
static bool
forget_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);
	bool is_ok = fd >= 0;

	malloc_trim(0);
	if (fd >= 0) {
		is_ok = write(fd, "5", 1) == 1;
		close(fd);
	}
	return is_ok;
}

static void
measure(const char *body, size_t len, int fd)
{
	struct rlimit limit = {10, 10};
	struct rusage before, after;
	struct measured m = {.rc = -1};
	struct onvif_reply reply;

	setrlimit(RLIMIT_CPU, &limit);
	if (!forget_peak())
		_exit(1);
	getrusage(RUSAGE_SELF, &before);
	m.rc = onvif_read_reply(ONVIF_GET_DEVICE_INFORMATION, body, len, &reply);
	if (m.rc == 0) {
		m.kind = reply.kind;
		m.oddities = reply.oddities;
		if (m.kind == ONVIF_REPLY_OK)
			snprintf(m.firmware, sizeof(m.firmware), "%s", reply.u.info.firmware);
		else
			m.code = m.kind == ONVIF_REPLY_FAULT ? (int)reply.fault.what
							     : (int)reply.refusal;
		onvif_reply_fini(&reply);
	}
	getrusage(RUSAGE_SELF, &after);
	m.cpu_us = cpu_us(&after) - cpu_us(&before);
	m.memory_kib = after.ru_maxrss - before.ru_maxrss;
	_exit(write(fd, &m, sizeof(m)) == (ssize_t)sizeof(m) ? 0 : 1);
}

static bool
measure_in_child(const char *body, size_t len, struct measured *m)
{
	int fds[2], status = 0;
	bool is_ok;
	pid_t pid;

	if (pipe(fds) != 0)
		return false;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		measure(body, len, fds[1]);
	close(fds[1]);
	is_ok = pid > 0 && read(fds[0], m, sizeof(*m)) == (ssize_t)sizeof(*m);
	close(fds[0]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status != 0)
		is_ok = false;
	return is_ok;
}

static const char *
describe(enum onvif_reply_kind kind, int code)
{
	if (kind == ONVIF_REPLY_OK)
		return "decoded";
	return kind == ONVIF_REPLY_FAULT ? onvif_fault_text((enum onvif_fault_class)code)
					 : onvif_refusal_text((enum onvif_refusal)code);
}

static void
check_edge(struct tap *tap, const struct expected *e, const char *body, size_t len,
	   struct measured *worst)
{
	struct measured m = {0};
	bool is_class, is_cheap;

	if (body == NULL || !measure_in_child(body, len, &m) || m.rc != 0) {
		tap_result(tap, false, "edge %s: cannot be read, or the reader died", e->file);
		return;
	}
	is_class = m.kind == e->kind && (m.kind == ONVIF_REPLY_OK || m.code == e->code) &&
		   (m.oddities & e->oddities) == e->oddities &&
		   (e->firmware == NULL || strcmp(e->firmware, m.firmware) == 0);
	is_cheap = m.cpu_us <= CPU_LIMIT_US && m.memory_kib <= MEMORY_LIMIT_KIB;
	tap_result(tap, is_class && is_cheap, "edge %s: %s, %ld us, %ld KiB", e->file,
		   describe(m.kind, m.code), m.cpu_us, m.memory_kib);
	if (!is_class)
		tap_note("  expected: %s, oddities 0x%x%s%s; got oddities 0x%x, \"%s\"",
			 describe(e->kind, e->code), e->oddities,
			 e->firmware != NULL ? ", firmware " : "",
			 e->firmware != NULL ? e->firmware : "", m.oddities, m.firmware);
	if (m.cpu_us > worst->cpu_us)
		worst->cpu_us = m.cpu_us;
	if (m.memory_kib > worst->memory_kib)
		worst->memory_kib = m.memory_kib;
}

static void
check_file(struct tap *tap, const char *dir, const struct expected *e, struct measured *worst)
{
	char path[4096];
	size_t len = 0;
	char *body;

	snprintf(path, sizeof(path), "%s/%s", dir, e->file);
	body = read_whole(path, &len);
	check_edge(tap, e, body, len, worst);
	free(body);
}

/* Bodies that stay within every limit and make the most of it: what the limits are worth. */
static void
check_generated(struct tap *tap, struct measured *worst)
{
	const char *name;
	struct buf body;

	for (size_t i = 0; (name = generate_edge(i, &body)) != NULL; i++) {
		struct expected e = {name, ONVIF_REPLY_OK, 0, 0, "1.0"};

		check_edge(tap, &e, body.error == 0 ? body.data : NULL, body.len, worst);
		buf_fini(&body);
	}
}

void
check_edges(struct tap *tap, const char *dir)
{
	struct measured worst = {0};
	struct dirent *entry;
	size_t files = 0;
	DIR *d;

	for (size_t i = 0; i < MEM_COUNT(table); i++)
		check_file(tap, dir, &table[i], &worst);
	d = opendir(dir);
	while (d != NULL && (entry = readdir(d)) != NULL)
		files += strstr(entry->d_name, ".xml") != NULL;
	if (d != NULL)
		closedir(d);
	tap_result(tap, files == MEM_COUNT(table), "edge files: %zu there, %zu in the table", files,
		   MEM_COUNT(table));
	check_generated(tap, &worst);
	tap_note("edge files and generated ones: worst CPU %ld us (limit %d), worst memory %ld KiB "
		 "(limit %d)",
		 worst.cpu_us, CPU_LIMIT_US, worst.memory_kib, MEMORY_LIMIT_KIB);
}

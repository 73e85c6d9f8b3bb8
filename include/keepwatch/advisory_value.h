/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An advisory as a plain value: what a source (CISA KEV, NVD, CSAF) says of one vulnerability. What
 * can be done with it is in advisory.h; where it comes from in advisory_file.h.
 */
#ifndef KEEPWATCH_ADVISORY_VALUE_H
#define KEEPWATCH_ADVISORY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADVISORY_SOURCES(X)                                                     \
	X(KEV, "kev")	/* CISA Known Exploited Vulnerabilities, JSON or CSV */ \
	X(NVD, "nvd")	/* NVD CVE API 2.0 JSON */                              \
	X(CSAF, "csaf") /* OASIS CSAF 2.0 */

enum advisory_source {
#define X(name, text) ADVISORY_##name,
	ADVISORY_SOURCES(X)
#undef X
		ADVISORY_SOURCE_COUNT
};

/*
 * Versions of a product. Bounds are "" where there is none; exact "" unless it is one version. With
 * none of them, and not is_all, the source names the product but tells no versions.
 */
struct advisory_range {
	char *vendor, *product; /* as the source names them: "hikvision", "ds-2cd2xx_firmware" */
	char *hardware;		/* it is so on these only: products, separated by '|'; "" on any */
	char *exact;
	char *from, *until; /* from <= or < v <= or < until */
	bool is_from_excluded, is_until_excluded;
	bool is_all; /* every version: said so by the source */
};

struct advisory {
	enum advisory_source source;
	char *id;	/* "CVE-2021-36260" */
	char *document; /* CSAF /document/tracking/id: several may tell of one id; "" in others */
	char *title;	/* short, one line */
	char *remedy;	/* the source's, one line; "" if none */
	bool is_exploited;
	int64_t published_ms, modified_ms, due_ms; /* 0: not told; due: KEV dueDate */
	float cvss;				   /* base score; 0: not told */
	struct advisory_range *ranges;		   /* none: the source names no version (KEV) */
	size_t range_count;
	char *vendor, *product; /* KEV vendorProject and product; "" in others */
};

#endif

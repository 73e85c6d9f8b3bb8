/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which kind of file it is, and its records one after the other: only one is a tree at a time.
 */
#include "keepwatch/advisory_file.h"

#include "advisory_build.h"
#include "advisory_scan.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum kind { NOTHING, KEV, NVD, CSAF, NVD_OLD };

/* The members by which the kinds are told apart. */
struct outline {
	bool has_document, has_catalog, has_items;
	bool is_csaf, is_nvd;
	struct json_span records; /* the array "vulnerabilities" */
};

static int
complain(struct advisory_reader *reader, const char *at, int rc, const char *expected)
{
	size_t line, column;

	json_scan_place(reader->start, at, &line, &column);
	snprintf(reader->result->words, ADVISORY_WORDS_SIZE, "%zu:%zu: %s%s%s", line, column,
		 rc == ERR_TRUNCATED ? "it ends too early" : err_text(rc),
		 expected[0] != '\0' ? "; expected " : "", expected);
	return rc;
}

/* All of the file is walked, so that one that is cut off is refused as a whole. */
static int
read_outline(struct advisory_reader *reader, const char *data, size_t len, struct outline *out)
{
	struct json_span name, value;
	struct json_scan scan;

	memset(out, 0, sizeof(*out));
	json_scan_init(&scan, data, len);
	while (json_scan_member(&scan, &name, &value)) {
		if (json_span_is(&name, "document"))
			out->has_document = true;
		else if (json_span_is(&name, "catalogVersion"))
			out->has_catalog = true;
		else if (json_span_is(&name, "CVE_Items"))
			out->has_items = true;
		else if (json_span_is(&name, "format"))
			out->is_nvd = json_span_is(&value, "\"NVD_CVE\"");
		else if (json_span_is(&name, "vulnerabilities"))
			out->records = value;
	}
	return scan.error != 0 ? complain(reader, scan.p, scan.error, scan.what) : 0;
}

static enum kind
kind_of(const struct outline *outline)
{
	struct json_span first, name, value;
	struct json_scan scan, record;

	if (outline->has_document)
		return CSAF;
	if (outline->has_items)
		return NVD_OLD;
	if (outline->records.data == NULL || outline->records.data[0] != '[')
		return NOTHING;
	if (outline->is_nvd)
		return NVD;
	if (outline->has_catalog)
		return KEV;
	/* Pages that somebody has put together from others: by the first record. */
	json_scan_array(&scan, &outline->records);
	if (!json_scan_element(&scan, &first) || first.data[0] != '{')
		return NOTHING;
	json_scan_init(&record, first.data, first.len);
	while (json_scan_member(&record, &name, &value)) {
		if (json_span_is(&name, "cve"))
			return NVD;
		if (json_span_is(&name, "cveID"))
			return KEV;
	}
	return NOTHING;
}

typedef int (*record_fn)(struct advisory_reader *reader, const json_t *record, const char *place);

static int
read_record(struct advisory_reader *reader, const struct json_span *span, record_fn fn,
	    const char *place)
{
	char words[ADVISORY_WORDS_SIZE];
	json_error_t error = {.line = 0};
	json_t *record = NULL;
	int rc = 0;

	if (span->len <= ADVISORY_RECORD_MAX)
		record = json_loadb(span->data, span->len, 0, &error);
	if (record == NULL && span->len <= ADVISORY_RECORD_MAX &&
	    json_error_code(&error) == json_error_out_of_memory)
		return ERR_NOMEM;
	if (json_is_object(record)) {
		rc = fn(reader, record, place);
	} else {
		reader->result->refused++;
		snprintf(words, sizeof(words), "%s: %.160s", place,
			 span->len > ADVISORY_RECORD_MAX ? "too long"
			 : record == NULL		 ? error.text
							 : "no object");
		if (reader->sink->refuse != NULL)
			reader->sink->refuse(reader->sink->arg, words);
	}
	json_decref(record);
	return rc;
}

/* Elements first to the end, then one by one: nothing is taken from an array that breaks off. */
static int
read_records(struct advisory_reader *reader, const struct json_span *records, record_fn fn)
{
	const char *counted = reader->start;
	struct json_span span;
	struct json_scan scan;
	size_t number = 0, line = 1;
	int rc = 0;

	json_scan_array(&scan, records);
	while (json_scan_element(&scan, &span))
		;
	if (scan.error != 0)
		return complain(reader, scan.p, scan.error, scan.what);
	json_scan_array(&scan, records);
	while (rc == 0 && json_scan_element(&scan, &span)) {
		char place[64];

		for (; counted < span.data; counted++)
			line += *counted == '\n';
		snprintf(place, sizeof(place), "line %zu, record %zu", line, ++number);
		rc = read_record(reader, &span, fn, place);
	}
	return rc;
}

/* A document is one record: what is wrong with it is wrong with the file. */
static int
read_document(struct advisory_reader *reader, const char *data, size_t len)
{
	json_error_t error;
	json_t *document;
	const json_t *head;
	const char *version;
	int rc;

	if (len > ADVISORY_RECORD_MAX)
		return complain(reader, data, ERR_TOOBIG, "a CSAF document of at most 64 MiB");
	document = json_loadb(data, len, 0, &error);
	if (document == NULL) {
		rc = json_error_code(&error) == json_error_out_of_memory ? ERR_NOMEM : ERR_SYNTAX;
		snprintf(reader->result->words, ADVISORY_WORDS_SIZE, "%d:%d: %.160s", error.line,
			 error.column, error.text);
		return rc;
	}
	head = json_object_get(document, "document");
	version = json_text(head, "csaf_version");
	if (strncmp(version, "2.", 2) != 0) {
		rc = ERR_UNSUPPORTED;
		snprintf(reader->result->words, ADVISORY_WORDS_SIZE,
			 "/document/csaf_version is \"%.20s\"; expected 2.0", version);
	} else if (json_text(json_object_get(head, "tracking"), "id")[0] == '\0') {
		rc = ERR_SYNTAX;
		snprintf(reader->result->words, ADVISORY_WORDS_SIZE,
			 "/document/tracking/id is missing");
	} else {
		rc = advisory_read_csaf(reader, document, "");
	}
	json_decref(document);
	return rc;
}

static int
read_json(struct advisory_reader *reader, const char *data, size_t len)
{
	struct outline outline;
	int rc = read_outline(reader, data, len, &outline);

	if (rc != 0)
		return rc;
	switch (kind_of(&outline)) {
	case KEV:
		reader->result->source = ADVISORY_KEV;
		return read_records(reader, &outline.records, advisory_read_kev);
	case NVD:
		reader->result->source = ADVISORY_NVD;
		return read_records(reader, &outline.records, advisory_read_nvd);
	case CSAF:
		reader->result->source = ADVISORY_CSAF;
		return read_document(reader, data, len);
	case NVD_OLD:
		snprintf(reader->result->words, ADVISORY_WORDS_SIZE,
			 "a feed of NVD's JSON 1.1, which ended in 2023; expected CVE API 2.0");
		return ERR_UNSUPPORTED;
	case NOTHING:
		break;
	}
	snprintf(reader->result->words, ADVISORY_WORDS_SIZE,
		 "JSON, but no KEV catalogue, no NVD CVE 2.0 and no CSAF document");
	return ERR_UNSUPPORTED;
}

int
advisory_file_read(const void *data, size_t len, const struct advisory_file_sink *sink,
		   struct advisory_file_result *out)
{
	struct advisory_reader reader = {.sink = sink, .result = out};
	const char *p = data, *end = p + len;

	memset(out, 0, sizeof(*out));
	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	reader.start = p;
	if (len > ADVISORY_FILE_MAX) {
		snprintf(out->words, sizeof(out->words), "larger than 512 MiB");
		return ERR_TOOBIG;
	}
	while (p < end && strchr(" \t\r\n", *p) != NULL && *p != '\0')
		p++;
	if (p < end && *p == '{')
		return read_json(&reader, p, (size_t)(end - p));
	if (end - p >= 6 &&
	    (strncasecmp(p, "cveID,", 6) == 0 || strncasecmp(p, "\"cveID", 6) == 0)) {
		out->source = ADVISORY_KEV;
		return advisory_read_kev_csv(&reader, p, (size_t)(end - p));
	}
	snprintf(out->words, sizeof(out->words),
		 "neither JSON nor the CSV of KEV, whose first column is cveID");
	return ERR_UNSUPPORTED;
}

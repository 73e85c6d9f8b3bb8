/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files that read vendors' replies. Each fills the reply and returns why it could not.
 */
#ifndef CODEC_VENDOR_READ_H
#define CODEC_VENDOR_READ_H

#include "soap_read.h"

#include "keepwatch/vendor.h"

enum vendor_refusal vendor_read_axis_info(struct soap_reader *reader, const char *body, size_t len,
					  struct vendor_reply *out);
enum vendor_refusal vendor_read_axis_ready(struct soap_reader *reader, const char *body, size_t len,
					   struct vendor_reply *out);
enum vendor_refusal vendor_read_two_n(struct soap_reader *reader, const char *body, size_t len,
				      struct vendor_reply *out);
enum vendor_refusal vendor_read_hikvision(struct soap_reader *reader, const char *body, size_t len,
					  struct vendor_reply *out);
enum vendor_refusal vendor_read_hanwha(struct soap_reader *reader, const char *body, size_t len,
				       struct vendor_reply *out);
enum vendor_refusal vendor_read_axis_param(struct soap_reader *reader, const char *body, size_t len,
					   struct vendor_reply *out);
/* getSystemInfo and getSoftwareVersion alike. */
enum vendor_refusal vendor_read_dahua(struct soap_reader *reader, const char *body, size_t len,
				      struct vendor_reply *out);

/* SUNAPI as JSON, which later firmware answers where it is asked to. */
enum vendor_refusal vendor_read_hanwha_json(struct soap_reader *reader, const char *body,
					    size_t len, struct vendor_reply *out);

/* Key=value lines: the first value of a key counts. What follows from what came is the same for
 * all: NONE, INCOMPLETE, or OTHER where there is no such line. */
struct vendor_key {
	const char *key;
	const char **value;
};
enum vendor_refusal vendor_read_lines(struct soap_reader *reader, const char *body, size_t len,
				      const struct vendor_key *keys, size_t count,
				      const struct vendor_reply *out);

#endif

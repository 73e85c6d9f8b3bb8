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
/* getSystemInfo and getSoftwareVersion alike. */
enum vendor_refusal vendor_read_dahua(struct soap_reader *reader, const char *body, size_t len,
				      struct vendor_reply *out);

#endif

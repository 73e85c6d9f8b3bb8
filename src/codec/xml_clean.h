/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands before libxml2: one linear pass that refuses what would cost too much or cannot be
 * honest, and hands on one complete root element as well-behaved UTF-8 without declaration,
 * comments, processing instructions and CDATA sections. libxml2 can then be strict.
 */
#ifndef CODEC_XML_CLEAN_H
#define CODEC_XML_CLEAN_H

#include "keepwatch/onvif_reply.h"

enum {
	XML_CLEAN_MAX = ONVIF_BODY_MAX + ONVIF_BODY_MAX / 4, /* replacements make it longer */
	XML_NAMESPACES_MAX = 512,			     /* declarations in scope at once */
};

/*
 * Appends the cleaned root element to out (initialised with XML_CLEAN_MAX). Returns 0 or ERR_NOMEM;
 * *refusal is ONVIF_REFUSED_NONE if out can be parsed; *oddities gains ONVIF_ODD_ bits.
 */
int xml_clean(const void *body, size_t len, struct buf *out, enum onvif_refusal *refusal,
	      unsigned *oddities);

/*
 * The body as UTF-8 or nearly so: a byte order mark removed, UTF-16 and labelled 8-bit and CJK sets
 * converted into `converted`. *text and *text_len borrow from body or converted. A label that is
 * contradicted by the bytes counts as UTF-8. Returns 0 or ERR_NOMEM.
 */
int xml_to_utf8(const char *body, size_t len, struct buf *converted, const char **text,
		size_t *text_len, unsigned *oddities);

#endif

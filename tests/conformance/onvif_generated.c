/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile replies that no limit of the reader refuses, each straining one of them, around a correct
 * GetDeviceInformationResponse.
 */
#include "onvif_check.h"

#include "keepwatch/mem.h"
#include "keepwatch/onvif_reply.h"

#define TAIL "</d:GetDeviceInformationResponse></s:Body></s:Envelope>"

enum { ROOM = ONVIF_BODY_MAX - 1024 };

static void
elements(struct buf *body)
{
	for (int i = 0; i < ONVIF_ELEMENTS_MAX - 50; i++)
		buf_printf(body, "<e%d>%d</e%d>", i, i, i);
}

static void
attributes(struct buf *body)
{
	for (int i = 0; i < ONVIF_ELEMENTS_MAX / (ONVIF_ATTRIBUTES_MAX + 1) - 1; i++) {
		buf_puts(body, "<a");
		for (int k = 0; k < ONVIF_ATTRIBUTES_MAX; k++)
			buf_printf(body, " a%d=''", k);
		buf_puts(body, "/>");
	}
}

/* 500 declarations in scope of all elements, whose default namespace is looked up past them. */
static void
namespaces(struct buf *body)
{
	for (int level = 0; level < 50; level++) {
		buf_puts(body, "<a");
		for (int k = 0; k < 10; k++)
			buf_printf(body, " xmlns:n%d='u%d'", level * 10 + k, level * 10 + k);
		buf_puts(body, ">");
	}
	for (int i = 0; i < 19000; i++)
		buf_puts(body, "<b/>");
	for (int level = 0; level < 50; level++)
		buf_puts(body, "</a>");
}

static void
text(struct buf *body)
{
	while (body->len < ROOM)
		buf_puts(body, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}

static void
references(struct buf *body)
{
	while (body->len < ROOM)
		buf_puts(body, "&amp;");
}

static void
bare_ampersands(struct buf *body)
{
	for (int i = 0; i < 250000; i++)
		buf_puts(body, "&");
}

static void
comments(struct buf *body)
{
	while (body->len < ROOM)
		buf_puts(body, "<!---->x");
}

static void
broken_utf8(struct buf *body)
{
	for (int i = 0; i < 400000; i++)
		buf_puts(body, "\xff");
}

static void
long_attributes(struct buf *body)
{
	while (body->len < ROOM - ONVIF_TAG_MAX) {
		buf_puts(body, "<a b='");
		for (int i = 0; i < ONVIF_TAG_MAX / 5 - 4; i++)
			buf_puts(body, "&#65;");
		buf_puts(body, "'/>");
	}
}

const char *
generate_edge(size_t i, struct buf *body)
{
	static const struct {
		const char *name;
		void (*fill)(struct buf *body);
	} kinds[] = {
		{"generated elements", elements},
		{"generated attributes", attributes},
		{"generated namespaces", namespaces},
		{"generated text", text},
		{"generated references", references},
		{"generated bare ampersands", bare_ampersands},
		{"generated comments", comments},
		{"generated broken UTF-8", broken_utf8},
		{"generated long attributes", long_attributes},
	};

	if (i >= MEM_COUNT(kinds))
		return NULL;
	buf_init(body, ONVIF_BODY_MAX);
	buf_puts(body, "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope' "
		       "xmlns:d='http://www.onvif.org/ver10/device/wsdl'><s:Body>"
		       "<d:GetDeviceInformationResponse><d:FirmwareVersion>1.0"
		       "</d:FirmwareVersion>");
	kinds[i].fill(body);
	buf_puts(body, TAIL);
	return kinds[i].name;
}

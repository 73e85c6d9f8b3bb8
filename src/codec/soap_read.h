/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A SOAP envelope opened with libxml2, and ways to walk it by local name. Used only within the
 * codec room; no libxml2 type leaves it.
 */
#ifndef CODEC_SOAP_READ_H
#define CODEC_SOAP_READ_H

#include "keepwatch/onvif_reply.h"

#include <libxml/tree.h>

/* What reading needs: where texts go, what was odd, whether memory ran out. */
struct soap_reader {
	struct mem_arena *arena;
	unsigned oddities;
	bool no_memory; /* sticky; texts are "" from then on */
};

struct soap_doc {
	xmlDoc *doc;
	xmlNode *content; /* first element in the Body */
};

/*
 * Opens a reply. 0, then *refusal is ONVIF_REFUSED_NONE and doc to be given to soap_close, or
 * *refusal says why not. ERR_NOMEM. The version (1.1 or 1.2) is not asked for.
 */
int soap_open(struct soap_reader *reader, const void *body, size_t len, struct soap_doc *doc,
	      enum onvif_refusal *refusal);
void soap_close(struct soap_doc *doc);

/*
 * Parses the cleaned root element of any XML reply; NULL with *refusal set, or with
 * reader->no_memory. xmlFreeDoc.
 */
xmlDoc *xml_parse_clean(struct soap_reader *reader, const void *body, size_t len,
			enum onvif_refusal *refusal);

/* Name without prefix, also where the prefix was not declared. */
const char *xml_local(const xmlNode *node);
bool xml_is(const xmlNode *node, const char *local);
/* Namespace, "" if none or unknown. */
const char *xml_uri(const xmlNode *node);
/* First child element of that local name; a second one is noted as odd. NULL; parent may be NULL.
 */
xmlNode *xml_child(struct soap_reader *reader, xmlNode *parent, const char *local);
/* For lists: first child, next sibling of the same name; local NULL: any element. */
xmlNode *xml_first(xmlNode *parent, const char *local);
xmlNode *xml_next(xmlNode *node, const char *local);
/* xml_child of a path "A/B/C". */
xmlNode *xml_at(struct soap_reader *reader, xmlNode *parent, const char *path);

/*
 * A text, or that of an element or attribute, in the arena: trimmed, control characters gone, at
 * most ONVIF_TEXT_MAX bytes. "" for NULL, for none and when memory is out.
 */
const char *xml_keep_text(struct soap_reader *reader, const char *s, size_t len);
const char *xml_text(struct soap_reader *reader, const xmlNode *node);
const char *xml_text_at(struct soap_reader *reader, xmlNode *parent, const char *path);
const char *xml_attribute(struct soap_reader *reader, const xmlNode *node, const char *local);
/* xs:int and xs:boolean; the default if missing, and noted as odd if it is neither. */
int xml_int_at(struct soap_reader *reader, xmlNode *parent, const char *path, int missing);
bool xml_bool_at(struct soap_reader *reader, xmlNode *parent, const char *path, bool missing);

/* Fills the fault from a Fault element of SOAP 1.1 or 1.2 and classifies it. */
void soap_read_fault(struct soap_reader *reader, xmlNode *node, struct onvif_fault *out);

#endif

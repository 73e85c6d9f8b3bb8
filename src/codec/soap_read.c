/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening a SOAP reply: the part of a multipart body that is the envelope, the cleaning pass, a
 * strict parse, and the Body. libxml2 is told to fetch nothing and to print nothing.
 */
#include "soap_read.h"

#include "xml_clean.h"

#include "keepwatch/err.h"

#include <libxml/parser.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 200, PARTS_MAX = 8 };

/* Where a part's XML starts: its declaration, or the first '<' after its header; NULL if none. */
static const char *
find_xml(const char *part, size_t len)
{
	const char *end = part + len;
	const char *content = memmem(part, len, "<?xml", 5);

	if (content != NULL)
		return content;
	content = memmem(part, len, "\r\n\r\n", 4);
	if (content == NULL)
		content = memmem(part, len, "\n\n", 2);
	while (content != NULL && content < end && strchr(" \t\r\n", *content) != NULL)
		content++;
	return content != NULL && content < end && *content == '<' ? content : NULL;
}

/*
 * MTOM and SOAP with attachments (RFC 2387): the root part is the first one that is XML. The
 * boundary is read from the body, whose first line it is, so that no HTTP header is needed.
 */
static bool
find_root_part(const char **body, size_t *len)
{
	const char *text = *body, *end = *body + *len;
	const char *line_end, *part, *next, *xml;
	size_t n;

	while (text < end && (*text == '\r' || *text == '\n'))
		text++;
	line_end = memchr(text, '\n', (size_t)(end - text));
	if (end - text < 3 || memcmp(text, "--", 2) != 0 || line_end == NULL)
		return false;
	n = (size_t)(line_end - text);
	if (n > 0 && text[n - 1] == '\r')
		n--;
	if (n < 3 || n > BOUNDARY_MAX)
		return false;
	part = line_end + 1;
	for (int i = 0; i < PARTS_MAX && part < end; i++) {
		next = memmem(part, (size_t)(end - part), text, n);
		xml = find_xml(part, (size_t)((next != NULL ? next : end) - part));
		if (xml != NULL) {
			*len = (size_t)((next != NULL ? next : end) - xml);
			*body = xml;
			return true;
		}
		if (next == NULL)
			return false;
		part = next + n;
	}
	return false;
}

/* Takes what libxml2 would print. Only memory matters: whether it parsed is told by its result. */
static void
note_error(void *arg, xmlErrorPtr error)
{
	struct soap_reader *reader = arg;

	if (error->code == XML_ERR_NO_MEMORY)
		reader->no_memory = true;
}

xmlDoc *
xml_parse_clean(struct soap_reader *reader, const void *body, size_t len,
		enum onvif_refusal *refusal)
{
	xmlStructuredErrorFunc other_handler = xmlStructuredError;
	void *other_arg = xmlStructuredErrorContext;
	struct buf clean;
	xmlParserCtxt *ctxt = NULL;
	xmlDoc *doc = NULL;

	buf_init(&clean, XML_CLEAN_MAX);
	*refusal = ONVIF_REFUSED_NONE;
	if (xml_clean(body, len, &clean, refusal, &reader->oddities) != 0) {
		reader->no_memory = true;
		goto out;
	}
	if (*refusal != ONVIF_REFUSED_NONE)
		goto out;
	/* The handler is libxml2's and the thread's; it is ours only for the call. */
	xmlSetStructuredErrorFunc(reader, note_error);
	ctxt = xmlNewParserCtxt();
	if (ctxt == NULL) {
		reader->no_memory = true;
		goto out;
	}
	doc = xmlCtxtReadMemory(ctxt, clean.data, (int)clean.len, NULL, "UTF-8",
				XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
					XML_PARSE_COMPACT);
	if (ctxt->errNo == XML_ERR_NO_MEMORY)
		reader->no_memory = true;
	if (reader->no_memory) {
		xmlFreeDoc(doc);
		doc = NULL;
	} else if (doc == NULL) {
		*refusal = ONVIF_REFUSED_MALFORMED;
	} else if (!ctxt->nsWellFormed) {
		reader->oddities |= ONVIF_ODD_PREFIX;
	}
out:
	xmlFreeParserCtxt(ctxt);
	xmlSetStructuredErrorFunc(other_arg, other_handler);
	buf_fini(&clean);
	return doc;
}

static enum onvif_refusal
find_content(struct soap_reader *reader, struct soap_doc *doc)
{
	xmlNode *root = xmlDocGetRootElement(doc->doc);
	xmlNode *body;

	if (root == NULL || !xml_is(root, "Envelope"))
		return ONVIF_REFUSED_NO_ENVELOPE;
	if (strcmp(xml_uri(root), "http://www.w3.org/2003/05/soap-envelope") != 0 &&
	    strcmp(xml_uri(root), "http://schemas.xmlsoap.org/soap/envelope/") != 0)
		reader->oddities |= ONVIF_ODD_NAMESPACE;
	body = xml_child(reader, root, "Body");
	if (body == NULL)
		return ONVIF_REFUSED_NO_BODY;
	doc->content = xml_first(body, NULL);
	return doc->content != NULL ? ONVIF_REFUSED_NONE : ONVIF_REFUSED_EMPTY_BODY;
}

int
soap_open(struct soap_reader *reader, const void *body, size_t len, struct soap_doc *doc,
	  enum onvif_refusal *refusal)
{
	const char *text = body;

	*doc = (struct soap_doc){NULL};
	*refusal = ONVIF_REFUSED_NONE;
	if (len > ONVIF_BODY_MAX) {
		*refusal = ONVIF_REFUSED_TOO_BIG;
		return 0;
	}
	if (len > 0 && find_root_part(&text, &len))
		reader->oddities |= ONVIF_ODD_MULTIPART;
	doc->doc = xml_parse_clean(reader, text, len, refusal);
	if (reader->no_memory)
		return ERR_NOMEM;
	if (doc->doc == NULL)
		return 0;
	*refusal = find_content(reader, doc);
	if (*refusal != ONVIF_REFUSED_NONE)
		soap_close(doc);
	return 0;
}

void
soap_close(struct soap_doc *doc)
{
	xmlFreeDoc(doc->doc);
	*doc = (struct soap_doc){NULL};
}

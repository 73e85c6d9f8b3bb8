/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walking a libxml2 tree by local names, and values out of it as plain texts and numbers.
 */
#include "soap_read.h"

#include "keepwatch/buf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *
xml_local(const xmlNode *node)
{
	const char *name = (const char *)node->name;
	const char *colon = node->ns == NULL ? strrchr(name, ':') : NULL;

	/* libxml2 keeps an undeclared prefix in the name. */
	return colon != NULL ? colon + 1 : name;
}

bool
xml_is(const xmlNode *node, const char *local)
{
	return node->type == XML_ELEMENT_NODE && strcmp(xml_local(node), local) == 0;
}

const char *
xml_uri(const xmlNode *node)
{
	return node->ns != NULL && node->ns->href != NULL ? (const char *)node->ns->href : "";
}

xmlNode *
xml_first(xmlNode *parent, const char *local)
{
	xmlNode *node = parent != NULL ? parent->children : NULL;

	while (node != NULL &&
	       (node->type != XML_ELEMENT_NODE || (local != NULL && !xml_is(node, local))))
		node = node->next;
	return node;
}

xmlNode *
xml_next(xmlNode *node, const char *local)
{
	do {
		node = node->next;
	} while (node != NULL &&
		 (node->type != XML_ELEMENT_NODE || (local != NULL && !xml_is(node, local))));
	return node;
}

xmlNode *
xml_child(struct soap_reader *reader, xmlNode *parent, const char *local)
{
	xmlNode *node = xml_first(parent, local);

	if (node != NULL && xml_next(node, local) != NULL)
		reader->oddities |= ONVIF_ODD_DUPLICATE;
	return node;
}

xmlNode *
xml_at(struct soap_reader *reader, xmlNode *parent, const char *path)
{
	char local[64];

	while (parent != NULL && *path != '\0') {
		size_t n = strcspn(path, "/");

		if (n >= sizeof(local))
			return NULL;
		memcpy(local, path, n);
		local[n] = '\0';
		parent = xml_child(reader, parent, local);
		path += n;
		path += *path == '/';
	}
	return parent;
}

/*
 * C0 controls and DEL, and the C1 controls U+0080..U+009F: blanks where a person may have meant
 * one, U+FFFD otherwise. What is left is fit for terminals and logs.
 */
static char *
tidy_text(struct mem_arena *arena, const char *s, size_t len)
{
	struct buf out;
	char *text;

	while (len > 0 && (unsigned char)s[0] <= ' ')
		s++, len--;
	while (len > 0 && (unsigned char)s[len - 1] <= ' ')
		len--;
	buf_init(&out, ONVIF_TEXT_MAX);
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(s + i, len - i);
		unsigned char c = (unsigned char)s[i];
		const char *piece = s + i;
		size_t piece_len = n;

		if (c == '\t' || c == '\r' || c == '\n') {
			piece = " ";
		} else if (n == 0 || c < 0x20 || c == 0x7f ||
			   (n == 2 && c == 0xc2 && (unsigned char)s[i + 1] < 0xa0)) {
			piece = "\xef\xbf\xbd";
			piece_len = 3;
		}
		if (out.len + piece_len > ONVIF_TEXT_MAX)
			break;
		buf_put(&out, piece, piece_len);
		i += n > 0 ? n : 1;
	}
	text = out.error == 0 ? arena_strndup(arena, out.data != NULL ? out.data : "", out.len)
			      : NULL;
	buf_fini(&out);
	return text;
}

/* Plain ASCII without controls needs no second buffer: nearly every value. */
static bool
is_plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] >= 0x7f)
			return false;
	}
	return len <= ONVIF_TEXT_MAX && (len == 0 || (s[0] != ' ' && s[len - 1] != ' '));
}

const char *
xml_keep_text(struct soap_reader *reader, const char *s, size_t len)
{
	char *text = NULL;

	if (len == 0 || reader->no_memory)
		return "";
	text = is_plain(s, len) ? arena_strndup(reader->arena, s, len)
				: tidy_text(reader->arena, s, len);
	if (text == NULL) {
		reader->no_memory = true;
		return "";
	}
	return text;
}

const char *
xml_text(struct soap_reader *reader, const xmlNode *node)
{
	/* The cleaning pass left no comments or CDATA: a value is one text node, or has child
	 * elements, before the first of which its text ends. */
	const xmlNode *text = node != NULL ? node->children : NULL;

	if (text == NULL || text->type != XML_TEXT_NODE || text->content == NULL)
		return "";
	return xml_keep_text(reader, (const char *)text->content,
			     strlen((const char *)text->content));
}

const char *
xml_text_at(struct soap_reader *reader, xmlNode *parent, const char *path)
{
	return xml_text(reader, xml_at(reader, parent, path));
}

const char *
xml_attribute(struct soap_reader *reader, const xmlNode *node, const char *local)
{
	for (const xmlAttr *attr = node->properties; attr != NULL; attr = attr->next) {
		const char *name = (const char *)attr->name;
		const char *colon = attr->ns == NULL ? strrchr(name, ':') : NULL;

		if (strcmp(colon != NULL ? colon + 1 : name, local) == 0)
			return xml_text(reader, (const xmlNode *)attr);
	}
	return "";
}

int
xml_int_at(struct soap_reader *reader, xmlNode *parent, const char *path, int missing)
{
	const char *text = xml_text_at(reader, parent, path);
	char *end;
	long value;

	if (text[0] == '\0')
		return missing;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || value < INT_MIN || value > INT_MAX) {
		reader->oddities |= ONVIF_ODD_VALUE;
		return missing;
	}
	return (int)value;
}

bool
xml_bool_at(struct soap_reader *reader, xmlNode *parent, const char *path, bool missing)
{
	const char *text = xml_text_at(reader, parent, path);

	if (strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0)
		return true;
	if (strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0)
		return false;
	if (text[0] != '\0')
		reader->oddities |= ONVIF_ODD_VALUE;
	return missing;
}

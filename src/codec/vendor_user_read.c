/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What vendors' account interfaces answer. Axis says everything in words with HTTP 200: lists as
 * key="a,b" lines, changes as "Modified account root." or "Error: ...", within HTML or without.
 * Hikvision has XML: UserList, and ResponseStatus with a sub-status (ISAPI, chapter "Error Codes").
 */
#include "keepwatch/vendor_user.h"

#include "soap_read.h"

#include "keepwatch/err.h"
#include "keepwatch/vendor.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const answers[VENDOR_USER_ANSWER_COUNT] = {
#define X(name, text) [VENDOR_USER_##name] = text,
	VENDOR_USER_ANSWERS(X)
#undef X
};

const char *
vendor_user_answer_text(enum vendor_user_answer answer)
{
	return (unsigned)answer < VENDOR_USER_ANSWER_COUNT ? answers[answer] : "?";
}

static bool
has_word(const char *text, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strcasestr(text, *words) != NULL)
			return true;
	}
	return false;
}

/* By words: no vendor lists its own completely, and they change by firmware. */
static enum vendor_user_answer
meaning_of(const char *text)
{
	static const char *const missing[] = {"doesn't exist", "does not exist", "no such",
					      "notExist",      "not found",	 NULL};
	static const char *const denied[] = {"privilege", "permission", "not allowed",
					     "forbidden", "notSupport", NULL};
	static const char *const rules[] = {"weak",
					    "risk",
					    "strength",
					    "complex",
					    "too short",
					    "too long",
					    "length",
					    "LenNo",
					    "characters",
					    "policy",
					    "format",
					    "TheSame",
					    "invalid password",
					    NULL};

	if (has_word(text, missing))
		return VENDOR_USER_NO_ACCOUNT;
	if (has_word(text, denied))
		return VENDOR_USER_DENIED;
	return has_word(text, rules) ? VENDOR_USER_RULES : VENDOR_USER_FAILED;
}

/* ---- Axis */

/* The text of a page without its tags, head and line ends. */
static const char *
plain_text(struct soap_reader *reader, const char *body, size_t len)
{
	const char *at = memmem(body, len, "<body", 5);
	struct buf out;
	const char *text;
	bool in_tag = false;

	if (at == NULL)
		at = memmem(body, len, "<BODY", 5);
	if (at == NULL)
		at = body;
	buf_init(&out, ONVIF_TEXT_MAX);
	for (; at < body + len && out.error == 0; at++) {
		if (*at == '<' || *at == '>') {
			in_tag = *at == '<';
			continue;
		}
		if (!in_tag && (unsigned char)*at >= ' ')
			buf_put(&out, at, 1);
		else if (out.len > 0 && out.data[out.len - 1] != ' ' && *at == '\n')
			buf_put(&out, " ", 1);
	}
	if (out.error == ERR_NOMEM)
		reader->no_memory = true;
	text = out.data != NULL ? xml_keep_text(reader, out.data, out.len) : "";
	buf_fini(&out);
	return text;
}

static void
axis_add(struct soap_reader *reader, struct vendor_user_reply *out, const char *name, size_t len,
	 const char *level)
{
	for (size_t i = 0; i < out->count; i++) {
		if (strlen(out->items[i].name) == len &&
		    strncmp(out->items[i].name, name, len) == 0) {
			if (out->items[i].level[0] == '\0')
				out->items[i].level = level;
			return;
		}
	}
	if (len == 0 || out->count == VENDOR_USER_LIST_MAX)
		return;
	out->items[out->count++] = (struct vendor_user){
		.id = "",
		.name = xml_keep_text(reader, name, len),
		.level = level,
	};
}

/* admin="root,joe" operator="root" viewer="root" ptz="root" digusers="root,joe" */
static void
axis_groups(struct soap_reader *reader, const char *body, size_t len, struct vendor_user_reply *out)
{
	static const char *const groups[][2] = {{"admin", "admin"},
						{"operator", "operator"},
						{"viewer", "viewer"},
						{"digusers", ""}};

	for (size_t i = 0; i < MEM_COUNT(groups); i++) {
		char key[16];
		const char *at, *end;
		int n = snprintf(key, sizeof(key), "%s=\"", groups[i][0]);

		at = memmem(body, len, key, (size_t)n);
		if (at == NULL)
			continue;
		out->answer = VENDOR_USER_OK;
		at += n;
		end = memchr(at, '"', (size_t)(body + len - at));
		while (end != NULL && at < end) {
			const char *comma = memchr(at, ',', (size_t)(end - at));
			const char *stop = comma != NULL ? comma : end;

			axis_add(reader, out, at, (size_t)(stop - at), groups[i][1]);
			at = stop + 1;
		}
	}
}

static void
axis_set(struct soap_reader *reader, const char *body, size_t len, struct vendor_user_reply *out)
{
	const char *text = plain_text(reader, body, len);

	if (strncasecmp(text, "Modified account", 16) == 0) {
		out->answer = VENDOR_USER_OK;
	} else if (strcasestr(text, "error") != NULL) {
		out->words = text;
		out->answer = meaning_of(text);
	}
}

/* ---- Hikvision */

static void
isapi_status(struct soap_reader *reader, xmlNode *root, struct vendor_user_reply *out)
{
	int code = xml_int_at(reader, root, "statusCode", -1);
	const char *sub = xml_text_at(reader, root, "subStatusCode");

	if (code == 0 || code == 1 || code == 7) {
		out->answer = VENDOR_USER_OK;
		out->reboot = code == 7;
		return;
	}
	out->words = sub[0] != '\0' ? sub : xml_text_at(reader, root, "statusString");
	out->answer = meaning_of(out->words);
}

static void
isapi_users(struct soap_reader *reader, xmlNode *root, struct vendor_user_reply *out)
{
	for (xmlNode *node = xml_first(root, "User");
	     node != NULL && out->count < VENDOR_USER_LIST_MAX; node = xml_next(node, "User")) {
		out->items[out->count++] = (struct vendor_user){
			.id = xml_text_at(reader, node, "id"),
			.name = xml_text_at(reader, node, "userName"),
			.level = xml_text_at(reader, node, "userLevel"),
		};
	}
	out->answer = VENDOR_USER_OK;
}

static void
isapi_read(struct soap_reader *reader, const char *body, size_t len, bool is_list,
	   struct vendor_user_reply *out)
{
	enum onvif_refusal why;
	xmlDoc *doc = xml_parse_clean(reader, body, len, &why);
	xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;

	if (root != NULL && xml_is(root, "ResponseStatus")) {
		isapi_status(reader, root, out);
		/* A status is no list, however content. */
		if (is_list && out->answer == VENDOR_USER_OK)
			out->answer = VENDOR_USER_UNREADABLE;
	} else if (root != NULL && is_list && xml_is(root, "UserList")) {
		isapi_users(reader, root, out);
	}
	xmlFreeDoc(doc);
}

static int
read_any(enum vendor_user_api api, const char *body, size_t len, bool is_list,
	 struct vendor_user_reply *out)
{
	struct vendor_user_reply reply = {.answer = VENDOR_USER_UNREADABLE, .words = ""};
	struct soap_reader reader = {.arena = &reply.arena};

	arena_init(&reply.arena);
	if (is_list) {
		reply.items =
			arena_alloc(&reply.arena, VENDOR_USER_LIST_MAX * sizeof(*reply.items));
		if (reply.items == NULL)
			reader.no_memory = true;
	}
	if (len > 0 && len <= VENDOR_BODY_MAX && !reader.no_memory) {
		if (api == VENDOR_USER_HIKVISION)
			isapi_read(&reader, body, len, is_list, &reply);
		else if (is_list)
			axis_groups(&reader, body, len, &reply);
		else
			axis_set(&reader, body, len, &reply);
	}
	if (reader.no_memory) {
		arena_fini(&reply.arena);
		return ERR_NOMEM;
	}
	*out = reply;
	return 0;
}

int
vendor_user_read_list(enum vendor_user_api api, const void *body, size_t len,
		      struct vendor_user_reply *out)
{
	return read_any(api, body, len, true, out);
}

int
vendor_user_read_set(enum vendor_user_api api, const void *body, size_t len,
		     struct vendor_user_reply *out)
{
	return read_any(api, body, len, false, out);
}

void
vendor_user_reply_fini(struct vendor_user_reply *reply)
{
	arena_fini(&reply->arena);
	*reply = (struct vendor_user_reply){.answer = VENDOR_USER_UNREADABLE, .words = ""};
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests to vendors' account interfaces. Bodies with a password are written into memory that is
 * there from the start, so that growing leaves no copies, and wiped when done.
 */
#include "keepwatch/vendor_user.h"

#include "keepwatch/err.h"
#include "keepwatch/secret.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
vendor_user_list_request(enum vendor_user_api api, struct vendor_user_request *out)
{
	*out = (struct vendor_user_request){.method = "GET"};
	snprintf(out->path, sizeof(out->path), "%s",
		 api == VENDOR_USER_AXIS ? "/axis-cgi/pwdgrp.cgi?action=get"
					 : "/ISAPI/Security/users");
	buf_init(&out->body, 0);
}

/* What both can carry: UTF-8 without control characters. */
static bool
is_sendable(const char *text, size_t max)
{
	size_t len = text != NULL ? strnlen(text, max + 1) : 0;

	if (len == 0 || len > max)
		return false;
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(text + i, len - i);

		if (n == 0 || (unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
		i += n;
	}
	return true;
}

/* application/x-www-form-urlencoded, as WHATWG URL 5.2, with a blank as %20. */
static void
put_form(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (isalnum((unsigned char)*text) || strchr("-._*", *text) != NULL)
			buf_put(out, text, 1);
		else
			buf_printf(out, "%%%02X", (unsigned char)*text);
	}
}

static void
put_xml(struct buf *out, const char *name, const char *text)
{
	buf_printf(out, "<%s>", name);
	for (; *text != '\0'; text++) {
		if (strchr("<>&\"'", *text) != NULL)
			buf_printf(out, "&#%d;", *text);
		else
			buf_put(out, text, 1);
	}
	buf_printf(out, "</%s>\r\n", name);
}

static void
put_axis(struct vendor_user_request *out, const struct vendor_user_set *set)
{
	out->method = "POST";
	out->content_type = "application/x-www-form-urlencoded";
	snprintf(out->path, sizeof(out->path), "/axis-cgi/pwdgrp.cgi");
	buf_puts(&out->body, "action=update&user=");
	put_form(&out->body, set->name);
	buf_puts(&out->body, "&pwd=");
	put_form(&out->body, set->password);
}

static void
put_hikvision(struct vendor_user_request *out, const struct vendor_user_set *set)
{
	out->method = "PUT";
	out->content_type = "application/xml; charset=\"UTF-8\"";
	snprintf(out->path, sizeof(out->path), "/ISAPI/Security/users/%s", set->id);
	buf_puts(&out->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<User version=\"2.0\" "
			     "xmlns=\"http://www.hikvision.com/ver20/XMLSchema\">\r\n");
	put_xml(&out->body, "id", set->id);
	put_xml(&out->body, "userName", set->name);
	put_xml(&out->body, "password", set->password);
	if (set->login_password != NULL)
		put_xml(&out->body, "loginPassword", set->login_password);
	if (set->level != NULL && set->level[0] != '\0')
		put_xml(&out->body, "userLevel", set->level);
	buf_puts(&out->body, "</User>\r\n");
}

int
vendor_user_set_request(enum vendor_user_api api, const struct vendor_user_set *set,
			struct vendor_user_request *out)
{
	bool is_axis = api == VENDOR_USER_AXIS;
	char *memory;

	*out = (struct vendor_user_request){.method = "POST"};
	buf_init(&out->body, 0);
	if (!is_sendable(set->name, VENDOR_USER_NAME_MAX) ||
	    !is_sendable(set->password, SECRET_MAX))
		return ERR_INVAL;
	/* An id is a number on every device; nothing else goes into a path. */
	if (!is_axis && (set->id == NULL || set->id[0] == '\0' || strlen(set->id) > 10 ||
			 set->id[strspn(set->id, "0123456789")] != '\0'))
		return ERR_INVAL;
	if (!is_axis &&
	    ((set->login_password != NULL && !is_sendable(set->login_password, SECRET_MAX)) ||
	     (set->level != NULL && set->level[0] != '\0' &&
	      !is_sendable(set->level, VENDOR_USER_NAME_MAX))))
		return ERR_INVAL;
	memory = malloc(VENDOR_USER_BODY_MAX + 1);
	if (memory == NULL)
		return ERR_NOMEM;
	memory[0] = '\0';
	out->body = (struct buf){
		.data = memory, .cap = VENDOR_USER_BODY_MAX + 1, .max = VENDOR_USER_BODY_MAX};
	if (is_axis)
		put_axis(out, set);
	else
		put_hikvision(out, set);
	return out->body.error;
}

void
vendor_user_request_fini(struct vendor_user_request *request)
{
	if (request->body.data != NULL)
		secret_wipe(request->body.data, request->body.cap);
	buf_fini(&request->body);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounts of a simulated device: one that can log in, and names besides; and what setting its
 * password does, which in real devices is not always what was asked for:
 *   ok          sets it and says so
 *   drop        sets it and closes the connection without a word
 *   lost        closes the connection and does nothing
 *   weak        refuses it by its rules; one of 12 characters or more with digits, so that nothing
 *               can be learnt from trying
 *   fixed       says that the account cannot be changed
 *   full        says that it failed
 *   ignore      says that it did, and did not
 *   late        says that it did, and does so set_user_ms later
 *   late-drop   closes the connection, and does so set_user_ms later
 *   reboot      sets it, says so, and is silent for set_user_ms
 *   onvif-only  sets that of ONVIF and leaves that of HTTP
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>

void
fake_user_settle(struct fake_device *device)
{
	if (device->pending[0] == '\0' || device->pending_ms > fake_now_ms())
		return;
	memcpy(device->password, device->pending, sizeof(device->password));
	memcpy(device->http_password, device->pending, sizeof(device->password));
	device->pending[0] = '\0';
}

enum fake_set
fake_user_set(struct fake_request *request, const char *name, const char *password)
{
	const struct fake_settings *s = &request->settings;
	struct fake_device *device = request->device;
	const char *how = s->set_user;
	int64_t now_ms = fake_now_ms();

	if (name == NULL || strcmp(name, s->user) != 0)
		return FAKE_SET_MISSING;
	if (strcmp(how, "fixed") == 0)
		return FAKE_SET_FIXED;
	if (strcmp(how, "weak") == 0 || password == NULL || strlen(password) >= FAKE_TEXT)
		return FAKE_SET_WEAK;
	if (strcmp(how, "full") == 0)
		return FAKE_SET_FAILED;
	request->drop = strcmp(how, "drop") == 0 || strcmp(how, "lost") == 0 ||
			strcmp(how, "late-drop") == 0;
	if (strcmp(how, "ignore") == 0 || strcmp(how, "lost") == 0)
		return FAKE_SET_DONE;
	pthread_mutex_lock(&device->lock);
	fake_user_settle(device);
	if (strcmp(how, "late") == 0 || strcmp(how, "late-drop") == 0) {
		snprintf(device->pending, sizeof(device->pending), "%s", password);
		device->pending_ms = now_ms + s->set_user_ms;
	} else {
		device->pending[0] = '\0';
		snprintf(device->password, sizeof(device->password), "%s", password);
		if (strcmp(how, "onvif-only") != 0)
			snprintf(device->http_password, sizeof(device->http_password), "%s",
				 password);
	}
	if (strcmp(how, "reboot") == 0)
		device->silent_until_ms = now_ms + s->set_user_ms;
	pthread_mutex_unlock(&device->lock);
	return FAKE_SET_DONE;
}

/* ---- vendors' interfaces */

static void
reply_text(struct fake_request *request, int status, const char *text)
{
	free(request->reply);
	request->status = status;
	request->reply = strdup(text);
	request->reply_len = request->reply != NULL ? strlen(text) : 0;
}

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* A field of a form; "" if it is not there. */
static void
form_field(const char *form, const char *name, char out[FAKE_TEXT])
{
	size_t len = strlen(name), n = 0;

	out[0] = '\0';
	for (const char *at = form; at != NULL && *at != '\0'; at = strchr(at, '&')) {
		at += *at == '&';
		if (strncmp(at, name, len) != 0 || at[len] != '=')
			continue;
		for (at += len + 1; *at != '\0' && *at != '&' && n < FAKE_TEXT - 1; at++) {
			char c = *at == '+' ? ' ' : *at;

			if (c == '%' && at[1] != '\0' && at[2] != '\0') {
				c = (char)(hex(at[1]) << 4 | hex(at[2]));
				at += 2;
			}
			out[n++] = c;
		}
		out[n] = '\0';
		return;
	}
}

static void
answer_axis(struct fake_request *request)
{
	char action[FAKE_TEXT], user[FAKE_TEXT], password[FAKE_TEXT], text[1024];
	const char *name = request->settings.user;

	if (strstr(request->target, "action=get") != NULL) {
		snprintf(text, sizeof(text),
			 "admin=\"root,%s\"\noperator=\"root,%s\"\nviewer=\"root,%s\"\nptz=\"\"\n"
			 "digusers=\"root,%s\"\n",
			 name, name, name, name);
		reply_text(request, 200, text);
		return;
	}
	form_field(request->body, "action", action);
	form_field(request->body, "user", user);
	form_field(request->body, "pwd", password);
	if (strcmp(action, "update") != 0) {
		reply_text(request, 200, "<html><body>Error: no action</body></html>");
		return;
	}
	switch (fake_user_set(request, user, password)) {
	case FAKE_SET_DONE:
		snprintf(text, sizeof(text), "<html><body>Modified account %s.</body></html>",
			 user);
		break;
	case FAKE_SET_MISSING:
		snprintf(text, sizeof(text),
			 "<html><body>Error: this user name doesn't exist, "
			 "consult the system log file</body></html>");
		break;
	case FAKE_SET_WEAK:
		snprintf(text, sizeof(text),
			 "<html><body>Error: password is too weak</body></html>");
		break;
	default:
		snprintf(text, sizeof(text),
			 "<html><body>Error: consult the system log file</body></html>");
	}
	reply_text(request, 200, text);
}

/* The text of an element, its character references resolved. */
static void
element(const char *xml, const char *name, char out[FAKE_TEXT])
{
	char open[64];
	const char *at;
	size_t n = 0;

	snprintf(open, sizeof(open), "<%s>", name);
	at = strstr(xml, open);
	for (at = at != NULL ? at + strlen(open) : ""; *at != '<' && *at != '\0'; at++) {
		char c = *at;

		if (strncmp(at, "&#", 2) == 0) {
			c = (char)strtol(at + 2, NULL, 10);
			at += strcspn(at, ";");
		}
		if (n < FAKE_TEXT - 1)
			out[n++] = c;
	}
	out[n] = '\0';
}

static void
answer_hikvision(struct fake_request *request)
{
	static const char status[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ResponseStatus "
				     "version=\"2.0\"><statusCode>%d</statusCode><statusString>%s"
				     "</statusString><subStatusCode>%s</subStatusCode>"
				     "</ResponseStatus>";
	const struct fake_settings *s = &request->settings;
	char user[FAKE_TEXT], password[FAKE_TEXT], old[FAKE_TEXT], text[1024];
	bool is_right;

	if (strcmp(request->method, "PUT") != 0) {
		snprintf(text, sizeof(text),
			 "<?xml version=\"1.0\" encoding=\"UTF-8\"?><UserList version=\"2.0\">"
			 "<User><id>1</id><userName>admin</userName><userLevel>Administrator"
			 "</userLevel></User><User><id>2</id><userName>%s</userName><userLevel>%s"
			 "</userLevel></User></UserList>",
			 s->user, s->user_level);
		reply_text(request, 200, text);
		return;
	}
	element(request->body, "userName", user);
	element(request->body, "password", password);
	element(request->body, "loginPassword", old);
	pthread_mutex_lock(&request->device->lock);
	is_right = strcmp(old, request->device->http_password) == 0;
	pthread_mutex_unlock(&request->device->lock);
	if (!is_right)
		snprintf(text, sizeof(text), status, 4, "Invalid Operation", "incorrentPassword");
	else
		switch (fake_user_set(request, user, password)) {
		case FAKE_SET_DONE:
			snprintf(text, sizeof(text), status,
				 strcmp(s->set_user, "reboot") == 0 ? 7 : 1, "OK", "ok");
			break;
		case FAKE_SET_WEAK:
			snprintf(text, sizeof(text), status, 4, "Invalid Operation",
				 "riskPassword");
			break;
		case FAKE_SET_MISSING:
			snprintf(text, sizeof(text), status, 4, "Invalid Operation",
				 "userNotExist");
			break;
		default:
			snprintf(text, sizeof(text), status, 3, "Device Error", "deviceError");
		}
	reply_text(request, strstr(text, ">OK<") != NULL ? 200 : 403, text);
}

bool
fake_user_answer(struct fake_request *request)
{
	bool is_axis = strncmp(request->target, "/axis-cgi/pwdgrp.cgi", 20) == 0 &&
		       strcmp(request->settings.api, "axis") == 0;
	bool is_hikvision = strncmp(request->target, "/ISAPI/Security/users", 21) == 0 &&
			    strcmp(request->settings.api, "hikvision") == 0;

	enum fake_login login;

	if (!is_axis && !is_hikvision)
		return false;
	snprintf(request->operation, sizeof(request->operation), "%s",
		 is_axis ? "pwdgrp" : "ISAPI-users");
	/* These know HTTP Digest alone. */
	snprintf(request->settings.auth, sizeof(request->settings.auth), "digest");
	login = fake_login(request, NULL);
	if (login != FAKE_LOGIN_OK)
		reply_text(request, 401,
			   is_hikvision && login == FAKE_LOGIN_LOCKED
				   ? "<?xml version=\"1.0\"?><userCheck><statusValue>401"
				     "</statusValue><lockStatus>lock</lockStatus></userCheck>"
				   : "<html><body>Unauthorized</body></html>");
	else if (is_axis)
		answer_axis(request);
	else
		answer_hikvision(request);
	return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a simulated device checks a login: WS-Security UsernameToken (OASIS WSS UsernameToken Profile
 * 1.1), HTTP Digest (RFC 7616, and without qop as RFC 2069), HTTP Basic (RFC 7617), and the account
 * lockout that real devices have. Counts every attempt, so that tests can prove that few were made.
 */
#include "fake.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static void
hash_hex(const EVP_MD *md, const char *text, char out[65])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(text, strlen(text), digest, &len, md, NULL) != 1)
		abort();
	for (unsigned i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* ---- HTTP Digest */

static void
make_nonce(const struct fake_device *device, int64_t at_s, char out[96])
{
	char text[128], hex[65];

	snprintf(text, sizeof(text), "%lld:%s", (long long)at_s, device->secret);
	hash_hex(EVP_md5(), text, hex);
	snprintf(out, 96, "%llx-%s", (long long)at_s, hex);
}

/* A parameter of an Authorization header; false if it is not there. */
static bool
parameter(const char *header, const char *name, char *out, size_t size)
{
	size_t len = strlen(name), got = 0;
	const char *at = header + strcspn(header, " ");

	while (*at != '\0') {
		at += strspn(at, " ,\t");
		if (strncasecmp(at, name, len) == 0 && at[len] == '=') {
			at += len + 1;
			if (*at == '"')
				for (at++; *at != '"' && *at != '\0' && got < size - 1; at++)
					out[got++] = *at;
			else
				for (; strchr(", \t", *at) == NULL && got < size - 1; at++)
					out[got++] = *at;
			out[got] = '\0';
			return true;
		}
		/* to the next comma outside quotes */
		for (bool quoted = false; *at != '\0' && (quoted || *at != ','); at++)
			if (*at == '"')
				quoted = !quoted;
	}
	return false;
}

static bool
digest_matches(struct fake_request *request, bool *stale)
{
	const struct fake_settings *s = &request->settings;
	char user[128] = "", realm[64] = "", nonce[96] = "", uri[256] = "", answer[80] = "";
	char algorithm[16] = "MD5", nc[16] = "", cnonce[128] = "", qop[16] = "", good[96];
	char text[1024], ha1[65], ha2[65], expected[65];
	const char *h = request->authorization;
	const EVP_MD *md;
	long long at_s;

	parameter(h, "username", user, sizeof(user));
	parameter(h, "realm", realm, sizeof(realm));
	parameter(h, "nonce", nonce, sizeof(nonce));
	parameter(h, "uri", uri, sizeof(uri));
	parameter(h, "response", answer, sizeof(answer));
	parameter(h, "algorithm", algorithm, sizeof(algorithm));
	parameter(h, "nc", nc, sizeof(nc));
	parameter(h, "cnonce", cnonce, sizeof(cnonce));
	parameter(h, "qop", qop, sizeof(qop));
	if (strcmp(s->algorithm, "both") != 0 && strcmp(s->algorithm, algorithm) != 0)
		return false;
	md = strcmp(algorithm, "SHA-256") == 0 ? EVP_sha256() : EVP_md5();
	at_s = strtoll(nonce, NULL, 16);
	make_nonce(request->device, at_s, good);
	if (strcmp(nonce, good) != 0 || strcmp(uri, request->target) != 0 ||
	    strcmp(user, s->user) != 0)
		return false;
	snprintf(text, sizeof(text), "%s:%s:%s", user, realm, request->device->http_password);
	hash_hex(md, text, ha1);
	snprintf(text, sizeof(text), "%s:%s", request->method, uri);
	hash_hex(md, text, ha2);
	if (qop[0] != '\0')
		snprintf(text, sizeof(text), "%s:%s:%s:%s:%s:%s", ha1, nonce, nc, cnonce, qop, ha2);
	else if (strcmp(s->qop, "none") == 0)
		snprintf(text, sizeof(text), "%s:%s:%s", ha1, nonce, ha2);
	else
		return false;
	hash_hex(md, text, expected);
	if (strcasecmp(expected, answer) != 0)
		return false;
	*stale = at_s < fake_now_ms() / 1000 - 60;
	return !*stale;
}

static void
challenge(struct fake_request *request, bool stale)
{
	const struct fake_settings *s = &request->settings;
	char nonce[96], *out = request->challenges;
	size_t size = sizeof(request->challenges), used = 0;

	make_nonce(request->device, fake_now_ms() / 1000, nonce);
	if (strcmp(s->auth, "basic") == 0) {
		snprintf(out, size, "WWW-Authenticate: Basic realm=\"simulated\"\r\n");
		return;
	}
	for (int i = 0; i < 2; i++) {
		const char *algorithm = i == 0 ? "SHA-256" : "MD5";

		if (strcmp(s->algorithm, "both") != 0 && strcmp(s->algorithm, algorithm) != 0)
			continue;
		used += (size_t)snprintf(
			out + used, size - used,
			"WWW-Authenticate: Digest realm=\"simulated\", nonce=\"%s\", "
			"algorithm=%s%s%s\r\n",
			nonce, algorithm, strcmp(s->qop, "none") == 0 ? "" : ", qop=\"auth\"",
			stale ? ", stale=true" : "");
	}
}

static bool
basic_matches(const struct fake_request *request)
{
	char plain[2 * FAKE_TEXT + 2];
	unsigned char encoded[4 * FAKE_TEXT];
	const char *sent = request->authorization;

	snprintf(plain, sizeof(plain), "%s:%s", request->settings.user,
		 request->device->http_password);
	EVP_EncodeBlock(encoded, (const unsigned char *)plain, (int)strlen(plain));
	return strncasecmp(sent, "Basic ", 6) == 0 && strcmp(sent + 6, (char *)encoded) == 0;
}

/* ---- WS-Security */

/* "2026-01-31T23:59:59.123Z" to ms since 1970, or -1. */
static int64_t
parse_created(const char *text)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (rest == NULL)
		return -1;
	return (int64_t)timegm(&tm) * 1000 +
	       (*rest == '.' ? (int64_t)(strtod(rest, NULL) * 1000) : 0);
}

static bool
was_seen(struct fake_device *device, const char *nonce)
{
	for (size_t i = 0; i < FAKE_NONCES; i++)
		if (strcmp(device->nonces[i], nonce) == 0)
			return true;
	snprintf(device->nonces[device->nonces_next++ % FAKE_NONCES], sizeof(device->nonces[0]),
		 "%s", nonce);
	return false;
}

static bool
token_matches(struct fake_request *request, const struct fake_token *token)
{
	const struct fake_settings *s = &request->settings;
	unsigned char text[1024], digest[EVP_MAX_MD_SIZE], encoded[64];
	unsigned len = 0;
	size_t nonce_len, at;
	int decoded;

	if (token->username == NULL || token->password == NULL || token->type == NULL ||
	    token->nonce == NULL || token->created == NULL || strlen(token->nonce) > 128 ||
	    strlen(token->created) > 64 || strstr(token->type, "#PasswordDigest") == NULL)
		return false;
	decoded = EVP_DecodeBlock(text, (const unsigned char *)token->nonce,
				  (int)strlen(token->nonce));
	if (decoded < 0)
		return false;
	nonce_len = (size_t)decoded;
	for (const char *end = token->nonce + strlen(token->nonce);
	     end > token->nonce && end[-1] == '='; end--)
		nonce_len--;
	at = nonce_len + (size_t)snprintf((char *)text + nonce_len, sizeof(text) - nonce_len,
					  "%s%s", token->created, request->device->password);
	if (EVP_Digest(text, at, digest, &len, EVP_sha1(), NULL) != 1)
		abort();
	EVP_EncodeBlock(encoded, digest, (int)len);
	if (strcmp(token->username, s->user) != 0 || strcmp((char *)encoded, token->password) != 0)
		return false;
	if (s->time_window_s > 0) {
		int64_t apart = parse_created(token->created) - fake_now_ms() - s->clock_offset_ms;

		if (apart > s->time_window_s * 1000 || apart < -s->time_window_s * 1000)
			return false;
	}
	return !s->replay_check || !was_seen(request->device, token->nonce);
}

/* ---- the decision */

static bool
is_open(const struct fake_request *request)
{
	const char *at = strstr(request->settings.open_ops, request->operation);
	size_t len = strlen(request->operation);

	return at != NULL && len > 0 && (at[len] == ',' || at[len] == '\0');
}

static enum fake_login
decide(struct fake_request *request, const struct fake_token *token)
{
	const char *auth = request->settings.auth;
	bool has_http = request->authorization[0] != '\0', has_token = token != NULL;
	bool http_ok = false, token_ok, stale = false;

	if (strcmp(auth, "none") == 0 || is_open(request))
		return FAKE_LOGIN_OK;
	if (strcmp(auth, "wsse") != 0) {
		if (has_http && strcmp(auth, "basic") == 0)
			http_ok = basic_matches(request);
		else if (has_http)
			http_ok = digest_matches(request, &stale);
		if (!http_ok)
			challenge(request, stale);
		if (stale)
			return FAKE_LOGIN_MISSING;
	}
	/* HTTP comes before SOAP: a token behind a refused Digest is not looked at, and its nonce
	 * stays fresh for the repetition */
	token_ok = has_token && (http_ok || strcmp(auth, "both") != 0) &&
		   token_matches(request, token);
	if (strcmp(auth, "wsse") == 0)
		return token_ok	   ? FAKE_LOGIN_OK
		       : has_token ? FAKE_LOGIN_REFUSED
				   : FAKE_LOGIN_MISSING;
	if (strcmp(auth, "either") == 0 && token_ok)
		return FAKE_LOGIN_OK;
	if (strcmp(auth, "both") == 0 && http_ok && !token_ok)
		return has_token ? FAKE_LOGIN_REFUSED : FAKE_LOGIN_MISSING;
	if (http_ok)
		return FAKE_LOGIN_OK;
	if (strcmp(auth, "either") == 0 && has_token)
		return FAKE_LOGIN_REFUSED;
	return has_http ? FAKE_LOGIN_REFUSED : FAKE_LOGIN_MISSING;
}

enum fake_login
fake_login(struct fake_request *request, const struct fake_token *token)
{
	struct fake_device *device = request->device;
	const struct fake_settings *s = &request->settings;
	enum fake_login login;

	pthread_mutex_lock(&device->lock);
	fake_user_settle(device);
	login = decide(request, token);
	if ((token != NULL || request->authorization[0] != '\0') && !is_open(request)) {
		device->counters.logins++;
		if (device->locked_until_ms > fake_now_ms()) {
			device->counters.locked++;
			login = FAKE_LOGIN_LOCKED;
		} else if (login == FAKE_LOGIN_OK) {
			device->failed_logins = 0;
		} else if (login == FAKE_LOGIN_REFUSED) {
			device->counters.refused++;
			if (s->lockout > 0 && ++device->failed_logins >= s->lockout)
				device->locked_until_ms = fake_now_ms() + s->lockout_s * 1000;
		}
	} else if (login == FAKE_LOGIN_MISSING) {
		device->counters.challenged++;
	}
	pthread_mutex_unlock(&device->lock);
	return login;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Credentials as configured. Secrets stay in secret.h memory and are owned by the credential set,
 * which lives as long as the configuration that it came from.
 */
#ifndef KEEPWATCH_CREDENTIAL_H
#define KEEPWATCH_CREDENTIAL_H

#include "keepwatch/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values as in RFC 3416 msgVersion order of age; 0 means no SNMP in this credential. */
enum snmp_version_id { SNMP_NONE, SNMP_V1, SNMP_V2C, SNMP_V3 };

/* usmHMAC... of RFC 3414 (MD5, SHA-1) and RFC 7860 (SHA-2). */
#define SNMP_AUTH_PROTOCOLS(X) \
	X(NONE, "none")        \
	X(MD5, "MD5")          \
	X(SHA1, "SHA-1")       \
	X(SHA224, "SHA-224")   \
	X(SHA256, "SHA-256")   \
	X(SHA384, "SHA-384")   \
	X(SHA512, "SHA-512")
/* RFC 3414 (DES), RFC 3826 (AES-128), and the Blumenthal draft's AES-192/256 with Reeder key
 * extension variants. */
#define SNMP_PRIV_PROTOCOLS(X)  \
	X(NONE, "none")         \
	X(DES, "DES")           \
	X(AES128, "AES-128")    \
	X(AES192, "AES-192")    \
	X(AES256, "AES-256")    \
	X(AES192C, "AES-192-C") \
	X(AES256C, "AES-256-C")

enum snmp_auth {
#define X(name, text) SNMP_AUTH_##name,
	SNMP_AUTH_PROTOCOLS(X)
#undef X
		SNMP_AUTH_COUNT
};

enum snmp_priv {
#define X(name, text) SNMP_PRIV_##name,
	SNMP_PRIV_PROTOCOLS(X)
#undef X
		SNMP_PRIV_COUNT
};

/* "SHA", "SHA1", "sha-256", "AES", "aes128" ... are understood as well. ERR_NOTFOUND. */
int snmp_auth_parse(const char *text, enum snmp_auth *out);
int snmp_priv_parse(const char *text, enum snmp_priv *out);
const char *snmp_auth_name(enum snmp_auth auth);
const char *snmp_priv_name(enum snmp_priv priv);

struct credential_snmp {
	enum snmp_version_id version;
	struct secret *community; /* v1, v2c */
	char *user;		  /* v3 securityName */
	enum snmp_auth auth;
	struct secret *auth_password;
	enum snmp_priv priv;
	struct secret *priv_password;
	char *context; /* v3 contextName; NULL means "" */
	uint16_t port; /* 0: 161 */
};

/* How an HTTPS peer is to be known. There is no "off". */
enum tls_trust {
	TLS_TRUST_SYSTEM, /* chain to the system store, name checked */
	TLS_TRUST_PIN,	  /* the public key named in the configuration */
	TLS_TRUST_TOFU,	  /* the key seen first; a change is an event and an error */
};

/* User name and password for ONVIF (WSSE or HTTP Digest) and plain HTTP. */
struct credential_web {
	bool is_set;
	char *username;
	struct secret *password;
	bool allow_basic; /* HTTP Basic may be used (over TLS, or in the clear if it must) */
	/*
	 * Where the password came from, and where that of a single device is to be written;
	 * resolved. NULL: not from a file (a command, a systemd credential); no such folder.
	 */
	char *password_path;
	char *password_dir;
};

enum { CREDENTIAL_FILE_SIZE = 256 }; /* NAME_MAX, and the NUL */
/*
 * The name of the file in password_dir that holds the password of a device: its name, with every
 * byte outside [A-Za-z0-9._-], and a '.' at its start, as %XX. ERR_TOOBIG if that is longer than a
 * file name may be, ERR_INVAL if the name is empty.
 */
int credential_password_name(const char *device, char out[CREDENTIAL_FILE_SIZE]);

struct credential {
	char *name;
	struct credential_snmp snmp;
	struct credential_web onvif;
	struct credential_web http;
	/*
	 * Changes whenever a secret or user name of the credential changes (random per load where a
	 * secret differs from the previous configuration's): held-back logins are released then.
	 */
	uint64_t generation;
};

/* Equal in everything but the generation and where the password came from. */
bool credential_equal(const struct credential *a, const struct credential *b);

/* Frees what the members own, not the struct. */
void credential_fini(struct credential *credential);

#endif

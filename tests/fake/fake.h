/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A simulated ONVIF device: settings that tests change while it runs, and counters that they read.
 * One process serves many devices; each connection has a thread of its own, which works on a copy
 * of the settings. What is simulated here is what no real peer can be made to do on demand.
 */
#ifndef KEEPWATCH_TESTS_FAKE_H
#define KEEPWATCH_TESTS_FAKE_H

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FAKE_TEXT = 160, FAKE_DEVICES_MAX = 4096, FAKE_NONCES = 64 };

/* TEXT(name, default, help), NUMBER(name, default, help): the keys of the device file and of `set`.
 */
#define FAKE_SETTINGS(TEXT, NUMBER)                                                       \
	TEXT(listen, "", "ADDRESS:PORT or [ADDRESS]:PORT")                                \
	TEXT(netns, "", "network namespace to listen in")                                 \
	TEXT(kind, "camera", "camera or door: which services it has")                     \
	TEXT(vendor, "Simulated", "Manufacturer")                                         \
	TEXT(model, "SIM-1", "Model")                                                     \
	TEXT(firmware, "1.0.0", "FirmwareVersion")                                        \
	TEXT(serial, "0", "SerialNumber")                                                 \
	TEXT(hardware, "1", "HardwareId")                                                 \
	TEXT(mac, "02:00:00:00:00:01", "HwAddress")                                       \
	TEXT(hostname, "device", "Hostname")                                              \
	TEXT(address, "192.0.2.1", "IPv4 address that it reports of itself")              \
	TEXT(user, "monitor", "user name")                                                \
	TEXT(password_file, "", "file whose first line is the password")                  \
	TEXT(auth, "wsse", "none, wsse, digest, either, both or basic")                   \
	TEXT(algorithm, "MD5", "of HTTP Digest: MD5, SHA-256 or both")                    \
	TEXT(qop, "auth", "of HTTP Digest: auth or none")                                 \
	TEXT(open_ops, "GetSystemDateAndTime,GetCapabilities,GetServices,GetHostname",    \
	     "operations without authentication")                                         \
	NUMBER(auth_status, 400, "HTTP status of a NotAuthorized fault")                  \
	TEXT(auth_subcode, "ter:NotAuthorized", "subcode of that fault")                  \
	TEXT(auth_reason, "Sender not Authorized", "reason of that fault")                \
	NUMBER(lockout, 0, "refused logins after which the account is locked; 0: never")  \
	NUMBER(lockout_s, 300, "seconds that it stays locked")                            \
	TEXT(locked_reason, "The account is locked", "reason of the fault meanwhile")     \
	NUMBER(clock_offset_ms, 0, "device's clock minus the true time")                  \
	TEXT(clock, "utc", "utc, month0, no-utc, local-as-utc, none")                     \
	NUMBER(time_window_s, 0,                                                          \
	       "WSSE Created may differ from the device's clock; 0: not checked")         \
	NUMBER(replay_check, 1, "a WSSE nonce that was seen before is refused")           \
	NUMBER(delay_ms, 0, "pause before each answer")                                   \
	TEXT(misbehave, "none", "see `fake_onvif misbehaviours`")                         \
	TEXT(only, "", "misbehave in this operation only")                                \
	TEXT(xaddr_host, "", "host[:port] in the XAddrs; empty: as in the request")       \
	NUMBER(doors, 2, "number of doors and access points")                             \
	NUMBER(page, 0, "doors or access points a reply holds at most; 0: all")           \
	TEXT(door_physical, "Closed", "DoorPhysicalState of the first door")              \
	TEXT(door_lock, "Locked", "LockPhysicalState of the first door")                  \
	TEXT(door_alarm, "Normal", "Alarm of the first door")                             \
	TEXT(door_tamper, "NotInTamper", "Tamper of the first door")                      \
	TEXT(door_fault, "NotInFault", "Fault of the first door")                         \
	TEXT(door_mode, "Locked", "DoorMode of the first door")                           \
	TEXT(user_level, "Administrator", "UserLevel of the user")                        \
	TEXT(users, "", "further accounts, NAME:LEVEL,... ; none of them can log in")     \
	TEXT(set_user, "ok", "what setting a password does: see fake_user.c")             \
	NUMBER(set_user_ms, 1000, "how late, or for how long, with set_user=late|reboot") \
	TEXT(api, "", "vendor's interface that it has, too: see fake_vendor.c")           \
	TEXT(discovery, "Discoverable", "DiscoveryMode; empty: not supported")            \
	TEXT(ntp, "", "NTP servers, with commas between")                                 \
	NUMBER(ntp_dhcp, 0, "1: they come from DHCP")                                     \
	NUMBER(http_status, 200, "status of a plain GET")                                 \
	NUMBER(closed, 0, "1: nobody listens on the port")                                \
	TEXT(tls_cert, "", "PEM certificate: HTTPS")                                      \
	TEXT(tls_key, "", "PEM key of the certificate")

struct fake_settings {
#define TEXT(name, standard, help)   char name[FAKE_TEXT];
#define NUMBER(name, standard, help) int64_t name;
	FAKE_SETTINGS(TEXT, NUMBER)
#undef TEXT
#undef NUMBER
};

#define FAKE_COUNTERS(X)                                      \
	X(connections) /* accepted */                         \
	X(open)	       /* now */                              \
	X(open_peak)   /* most at a time */                   \
	X(requests)    /* HTTP requests read */               \
	X(logins)      /* with any credential */              \
	X(refused)     /* of those, not accepted */           \
	X(locked)      /* of those, while locked */           \
	X(challenged)  /* needed a credential and had none */ \
	X(ok)	       /* operations served */

struct fake_counters {
#define X(name) int64_t name;
	FAKE_COUNTERS(X)
#undef X
};

struct fake_device {
	char name[FAKE_TEXT];
	pthread_mutex_t lock; /* of all that follows */
	struct fake_settings settings;
	struct fake_counters counters;
	int listener;  /* -1 when closed */
	uint16_t port; /* bound */
	SSL_CTX *tls;
	char password[FAKE_TEXT];
	char in_file[FAKE_TEXT]; /* what password_file last held: SetUser lasts until that changes
				  */
	char http_password[FAKE_TEXT]; /* of HTTP logins: differs after set_user=onvif-only */
	char pending[FAKE_TEXT];       /* becomes the password at pending_ms; "" none */
	int64_t pending_ms, silent_until_ms;
	int64_t failed_logins, locked_until_ms;
	char nonces[FAKE_NONCES][64]; /* seen in WSSE, a ring */
	size_t nonces_next;
	char secret[33]; /* of the HTTP Digest nonces */
	char last_operation[FAKE_TEXT];
};

struct fake {
	struct fake_device *devices[FAKE_DEVICES_MAX];
	size_t count;
};

/* ---- fake_device.c */

/* Appends the devices of a file: lines `NAME key=value key="value with blanks" ...`; # comments.
 * Reports to stderr; 0 or -1. */
int fake_load(struct fake *fake, const char *path);
struct fake_device *fake_find(struct fake *fake, const char *name);
/* Applies `key=value ...`: all or nothing. 0, or -1 with the mistake in error. */
int fake_device_set(struct fake_device *device, const char *assignments, char *error, size_t size);
/* Opens or closes the listener and loads key and password as the settings say. 0 or -1. */
int fake_device_apply(struct fake_device *device, char *error, size_t size);
/* `key=value` lines of settings and counters. */
void fake_device_print(struct fake_device *device, FILE *out);
/* The passwords in force, and one that is to come: so that tests can tell what a device knows. */
void fake_device_print_secrets(struct fake_device *device, FILE *out);
void fake_device_reset_counters(struct fake_device *device);
void fake_print_keys(FILE *out);
void fake_free(struct fake *fake);
int64_t fake_now_ms(void);

/* ---- one request, from the HTTP side to the SOAP side and back */
struct fake_request {
	struct fake_device *device;
	struct fake_settings settings; /* a copy: may change meanwhile */
	char method[16], target[256], host[128], authorization[1024];
	char *body; /* with a NUL */
	size_t body_len;
	char operation[64];

	int status;
	bool drop;	       /* close without an answer */
	char challenges[1024]; /* WWW-Authenticate lines */
	char *reply;	       /* malloc'ed */
	size_t reply_len;
};

/* ---- fake_http.c: one connection until it ends; closes fd. */
void fake_http_serve(struct fake_device *device, int fd);

/* ---- fake_auth.c */
enum fake_login { FAKE_LOGIN_OK, FAKE_LOGIN_MISSING, FAKE_LOGIN_REFUSED, FAKE_LOGIN_LOCKED };
struct fake_token { /* the WSSE UsernameToken as received; members may be NULL */
	const char *username, *password, *type, *nonce, *created;
};
/* Checks what the request brings against the settings, counts it, and fills request->challenges. */
enum fake_login fake_login(struct fake_request *request, const struct fake_token *token);

/* ---- fake_soap.c: answers request->body by gSOAP's server code into reply and status. */
void fake_soap_answer(struct fake_request *request);

/* ---- fake_user.c: accounts, by ONVIF and by vendors' interfaces */
enum fake_set { FAKE_SET_DONE, FAKE_SET_WEAK, FAKE_SET_FIXED, FAKE_SET_MISSING, FAKE_SET_FAILED };
/* Sets the password as the settings say; request->drop may be set. */
enum fake_set fake_user_set(struct fake_request *request, const char *name, const char *password);
/* Lets a pending password count if its time has come; with device->lock held. */
void fake_user_settle(struct fake_device *device);
/* Answers requests to vendors' account interfaces; false if it is none. */
bool fake_user_answer(struct fake_request *request);

/* ---- fake_vendor.c: answers requests to the vendor's interface for what the device is; false if
 * it is none. */
bool fake_vendor_answer(struct fake_request *request);

/* ---- fake_misbehave.c */
enum fake_transport {
	FAKE_SEND_WELL,
	FAKE_SEND_NOTHING,     /* keeps the connection and never answers */
	FAKE_SEND_TORN,	       /* half of the body, then a close */
	FAKE_SEND_RESET,       /* half of the body, then RST */
	FAKE_SEND_TRICKLE,     /* a byte every 200 ms */
	FAKE_SEND_CLOSE_LATER, /* well, but the next request on the connection meets a close */
	FAKE_SEND_LENGTH_LONG, /* Content-Length larger than the body; stays open */
	FAKE_SEND_LENGTH_SHORT,
	FAKE_SEND_NO_LENGTH, /* ended by the close: legal */
	FAKE_SEND_CHUNKED,   /* legal */
	FAKE_SEND_HUGE_HEADER,
};
/* Whether there is such a misbehaviour. */
bool fake_misbehaviour_exists(const char *name);
void fake_print_misbehaviours(FILE *out);
/* Spoils request->reply and status as the settings ask; returns how the reply is to be sent. */
enum fake_transport fake_misbehave(struct fake_request *request);

/* ---- fake_control.c: commands over a Unix stream socket, one a connection. */
int fake_control_open(const char *path);
/* Serves one command of an accepted connection; true when asked to end. Closes fd. */
bool fake_control_serve(struct fake *fake, int fd);
/* The client: sends a command, copies the answer to stdout. Exit status. */
int fake_control_send(const char *path, const char *command);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabularies that files, store, reports and exports share: device kinds, states, reasons.
 * Names are stable: they are in users' files and in the database.
 */
#ifndef KEEPWATCH_KINDS_H
#define KEEPWATCH_KINDS_H

/* What a device is (column `kind` of the fleet file). */
#define DEVICE_KINDS(X)         \
	X(CAMERA, "camera")     \
	X(DOOR, "door")         \
	X(NVR, "nvr")           \
	X(INTERCOM, "intercom") \
	X(ENCODER, "encoder")   \
	X(SWITCH, "switch")     \
	X(ROUTER, "router")     \
	X(UPS, "ups")           \
	X(SERVER, "server")     \
	X(OTHER, "other")

enum device_kind {
#define X(name, text) KIND_##name,
	DEVICE_KINDS(X)
#undef X
		KIND_COUNT
};

/* Health of a probe or device after hysteresis. The order is by how bad it is for a report. */
#define HEALTH_STATES(X)                                                        \
	X(UNKNOWN, "unknown")	/* not decided yet, or it could not be tried */ \
	X(UP, "up")		/* answers as it should */                      \
	X(DEGRADED, "degraded") /* answers, but a service is broken */          \
	X(DOWN, "down")		/* does not answer */

enum health {
#define X(name, text) HEALTH_##name,
	HEALTH_STATES(X)
#undef X
		HEALTH_COUNT
};

/* How one run of a probe ended. */
#define OUTCOMES(X)                                                                            \
	X(OK, "ok")		/* everything asked was answered rightly */                    \
	X(DEGRADED, "degraded") /* it answered, but not with what a healthy service answers */ \
	X(FAIL, "fail")		/* no usable answer */                                         \
	X(ERROR, "error") /* could not be tried, for a reason on our side: changes no health */

enum outcome {
#define X(name, text) OUTCOME_##name,
	OUTCOMES(X)
#undef X
		OUTCOME_COUNT
};

/* Why, when it is not OK. */
#define REASONS(X)                                                            \
	X(NONE, "")                                                           \
	X(TIMEOUT, "no answer in time")                                       \
	X(LOSS, "packets lost")                                               \
	X(SLOW, "slower than its limit")                                      \
	X(UNREACHABLE, "host or network unreachable")                         \
	X(REFUSED, "connection refused")                                      \
	X(RESET, "connection closed by the device")                           \
	X(RESOLVE, "name cannot be resolved")                                 \
	X(AUTH, "credential refused")                                         \
	X(AUTH_HELD, "login held back after refusal, against lockout")        \
	X(LOCKED, "account locked by the device")                             \
	X(NO_CREDENTIAL, "no credential configured")                          \
	X(UNKNOWN_USER, "SNMPv3 user unknown to the agent")                   \
	X(WRONG_DIGEST, "SNMPv3 authentication refused")                      \
	X(DECRYPTION, "SNMPv3 decryption failed")                             \
	X(SECURITY_LEVEL, "SNMPv3 security level not supported by the agent") \
	X(TIME_WINDOW, "SNMPv3 message outside the time window")              \
	X(ENGINE_ID, "SNMPv3 engineID refused")                               \
	X(TLS, "TLS failed")                                                  \
	X(TLS_UNTRUSTED, "TLS certificate not trusted")                       \
	X(TLS_PIN, "TLS key is not the pinned one")                           \
	X(HTTP_STATUS, "unexpected HTTP status")                              \
	X(FAULT, "fault reported by the device")                              \
	X(BAD_REPLY, "malformed reply")                                       \
	X(NOT_SERVED, "not served by the device")                             \
	X(LOCAL, "local failure")                                             \
	X(CANCELED, "canceled")

enum reason {
#define X(name, text) REASON_##name,
	REASONS(X)
#undef X
		REASON_COUNT
};

/* What a probe can learn. VOLATILE facts change by nature: the store keeps the last value, no
 * history. */
#define FACT_KEYS(X)                                                                               \
	X(VENDOR, "vendor", 0)                                                                     \
	X(MODEL, "model", 0)                                                                       \
	X(FIRMWARE, "firmware", 0)                                                                 \
	X(SERIAL, "serial", 0)                                                                     \
	X(HARDWARE, "hardware", 0)                                                                 \
	X(HOSTNAME, "hostname", 0)                                                                 \
	X(MAC, "mac", 0)			 /* instance: interface name; aa:bb:cc:dd:ee:ff */ \
	X(ADDRESS, "address", 0)		 /* instance: interface name */                    \
	X(CLOCK_OFFSET_MS, "clock_offset_ms", 1) /* device minus monitor */                        \
	X(CLOCK_SOURCE, "clock_source", 0)	 /* manual or ntp */                               \
	X(SYS_DESCR, "sys_descr", 0)		 /* SNMPv2-MIB sysDescr */                         \
	X(SYS_OBJECT_ID, "sys_object_id", 0)	 /* SNMPv2-MIB sysObjectID, dotted */              \
	X(SYS_CONTACT, "sys_contact", 0)                                                           \
	X(SYS_LOCATION, "sys_location", 0)                                                         \
	X(BOOT_TIME, "boot_time", 0)	     /* RFC 3339, from sysUpTime, to the second */         \
	X(ENGINE_ID, "engine_id", 0)	     /* SNMP engineID, hex */                              \
	X(INTERFACES, "interfaces", 0)	     /* number of interfaces */                            \
	X(IF_STATE, "if_state", 0)	     /* instance: ifIndex; "p1 up/up 1000M" */             \
	X(SERVICES, "services", 0)	     /* ONVIF services with versions */                    \
	X(PROFILES, "profiles", 0)	     /* media profiles: names */                           \
	X(DOOR, "door", 0)		     /* instance: door token; name and states */           \
	X(ACCESS_POINT, "access_point", 0)   /* instance: token; name */                           \
	X(AUTH_SCHEME, "auth_scheme", 0)     /* what was found to work: wsse, digest, ... */       \
	X(AUTH_HOLD, "auth_hold", 0)	     /* login held back until (RFC 3339) and count */      \
	X(TLS_KEY, "tls_key", 0)	     /* sha256//base64 of the public key */                \
	X(TLS_NOT_AFTER, "tls_not_after", 0) /* RFC 3339 */                                        \
	X(HTTP_SERVER, "http_server", 0)                                                           \
	X(NEIGHBOUR, "neighbour", 0)   /* instance: port; "core Gi1/0/1 (lldp)" */                 \
	X(POE_SUPPLY, "poe_supply", 1) /* instance: PSE group; "31 of 120 W, threshold 80 %" */    \
	X(MODULE, "module", 0)	       /* instance: entPhysicalIndex; class, model, serial */      \
	X(STP_ROOT, "stp_root", 0)     /* bridge identifier */                                     \
	X(CHASSIS_ID, "chassis_id", 0) /* lldpLocChassisId */                                      \
	X(BRIDGE_MAC, "bridge_mac", 0) /* dot1dBaseBridgeAddress */                                \
	X(TABLES, "tables", 0) /* instance: part of the view; how it was read if not whole */      \
	/* instance: "firmware", "model", "serial", "hardware"; who told it: "ONVIF                \
	 * GetDeviceInformation", the MIB object's name, the vendor's path */                      \
	X(SOURCE, "source", 0)                                                                     \
	X(USER, "user", 0)		       /* instance: account on the device; its level */    \
	X(DISCOVERY_MODE, "discovery_mode", 0) /* Discoverable or NonDiscoverable */               \
	X(NTP_SERVER, "ntp_server", 0)	       /* servers, with " (dhcp)"; "none" */               \
	/* instance: what was answered without a login: "ONVIF GetUsers", "RTSP DESCRIBE",         \
	 * "/ISAPI/System/deviceInfo"; where: "http:80" */                                         \
	X(ANONYMOUS, "anonymous", 0)                                                               \
	X(OPEN_PORT, "open_port", 0)	     /* instance: TCP port; service: "telnet" */           \
	X(TLS_VERSIONS, "tls_versions", 0)   /* instance: TCP port; "TLSv1.0 TLSv1.2" */           \
	X(TLS_KEY_TYPE, "tls_key_type", 0)   /* instance: TCP port; "RSA 2048", "EC 256" */        \
	X(TLS_SIGNATURE, "tls_signature", 0) /* instance: TCP port; sha256WithRSAEncryption */     \
	X(TLS_NAMES, "tls_names", 0)	     /* instance: TCP port; subject's names, ", " */       \
	X(TLS_ISSUER, "tls_issuer", 0)	     /* instance: TCP port; "self-signed" if it is */      \
	/* instance: "http:80", "https:443", "rtsp:554"; schemes of authentication offered         \
	 * anywhere there: "basic digest", "none"; "redirect to https" if it does nothing else */  \
	X(HTTP_AUTH, "http_auth", 0)                                                               \
	/* instance: "v1 public", "v2c private", "v2c configured" ...; "read" or "write" (which v1 \
	 * cannot tell, RFC 3584 section 4.3) */                                                   \
	X(SNMP_ACCESS, "snmp_access", 0)                                                           \
	/* instance: part of the audit ("ports", "tls", "http", "snmp", "anonymous",               \
	 * "users", "discovery", "ntp");                                                           \
	 * "checked", or why it could not be */                                                    \
	X(AUDITED, "audited", 0)

enum fact_key {
#define X(name, text, is_volatile) FACT_##name,
	FACT_KEYS(X)
#undef X
		FACT_COUNT
};

/* Events: what happened, append-only. */
#define EVENT_TYPES(X)                                                                             \
	X(AGENT_START, "agent-start")                                                              \
	X(AGENT_STOP, "agent-stop")                                                                \
	X(CONFIG_RELOAD, "config-reload")                                                          \
	X(CONFIG_REJECTED, "config-rejected")                                                      \
	X(DEVICE_ADDED, "device-added")                                                            \
	X(DEVICE_REMOVED, "device-removed")                                                        \
	X(DEVICE_STATE, "device-state") /* from, to */                                             \
	X(PROBE_STATE, "probe-state")	/* from, to */                                             \
	X(FLAPPING_START, "flapping-start")                                                        \
	X(FLAPPING_STOP, "flapping-stop")                                                          \
	X(RESTARTED, "restarted")	/* sysUpTime went back */                                  \
	X(FACT_CHANGED, "fact-changed") /* from, to */                                             \
	X(CREDENTIAL_REFUSED, "credential-refused")                                                \
	X(CREDENTIAL_ACCEPTED, "credential-accepted") /* again, after a refusal */                 \
	X(TLS_KEY_CHANGED, "tls-key-changed")                                                      \
	X(CLOCK_DRIFT, "clock-drift")                                                              \
	X(MOVED, "moved")	/* to another switch port; from, to */                             \
	X(REPLACED, "replaced") /* another MAC under the same address */                           \
	X(DUPLICATE_IP, "duplicate-ip")                                                            \
	X(NEW_MAC, "new-mac") /* a station not seen before on a security port */                   \
	X(SWITCH_REPLACED, "switch-replaced")                                                      \
	X(UPLINK_CHANGED, "uplink-changed")                                                        \
	X(WRONG_VLAN, "wrong-vlan")                                                                \
	X(VLAN_RIGHT, "vlan-right")                                                                \
	X(UPSTREAM_CONTRADICTED, "upstream-contradicted") /* declared is not what is seen */       \
	X(UPSTREAM_AGREED, "upstream-agreed")                                                      \
	X(TRAP, "trap")			      /* received; what it says is probed, not believed */ \
	X(INCIDENT_OPENED, "incident-opened") /* detail: what is to blame */                       \
	X(INCIDENT_CHANGED, "incident-changed") /* grown, re-blamed, healed; from, to */           \
	X(INCIDENT_CLOSED, "incident-closed")                                                      \
	X(PASSWORD_CHANGED,                                                                        \
	  "password-changed") /* detail: of which account, and how it is known */                  \
	X(PASSWORD_REFUSED, "password-refused") /* a good password: changed out of band */         \
	X(FINDING_ACCEPTED, "finding-accepted") /* detail: rule, until when, who and why */        \
	X(FINDING_REOPENED, "finding-reopened")                                                    \
	X(AUDIT_PACK, "audit-pack") /* an evidence pack was made: its number and sum */

enum event_type {
#define X(name, text) EVENT_##name,
	EVENT_TYPES(X)
#undef X
		EVENT_COUNT
};

/* Name of a value as written in the lists above; "?" out of range. Static storage. */
const char *kind_name(enum device_kind kind);
const char *health_name(enum health health);
const char *outcome_name(enum outcome outcome);
/* The machine name ("AUTH_HELD") and the words ("login held back ..."). */
const char *reason_name(enum reason reason);
const char *reason_text(enum reason reason);
const char *fact_name(enum fact_key key);
int fact_is_volatile(enum fact_key key);
const char *event_name(enum event_type type);

/* The value of a name, case-insensitively; ERR_NOTFOUND. */
int kind_parse(const char *text, enum device_kind *out);
int health_parse(const char *text, enum health *out);
int reason_parse(const char *text, enum reason *out);
int fact_parse(const char *text, enum fact_key *out);
int event_parse(const char *text, enum event_type *out);

#endif

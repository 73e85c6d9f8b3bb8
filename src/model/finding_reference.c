/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What to do about a finding, and which requirements ask for it: ISO/IEC 27001:2022 Annex A, IEC
 * 62443-3-3 system requirements, Directive (EU) 2022/2555 (NIS2) Article 21(2), NIST SP 800-53
 * Rev. 5. Early warnings have none: they are no breach of a rule.
 */
#include "keepwatch/finding.h"

#include "keepwatch/mem.h"

#define NIS2(letter) "Art. 21(2)(" letter ")"

/* clang-format off */
#define AUDIT_RULES(X) \
	X(FIRMWARE_FORBIDDEN, "Install an approved version.", "A.8.8, A.8.19", "SR 3.4", NIS2("e"), "SI-2, CM-6") \
	X(FIRMWARE_OLD, "Upgrade to the minimum version or a newer one.", "A.8.8", "SR 3.4", NIS2("e"), "SI-2") \
	X(FIRMWARE_UNAPPROVED, "Install an approved version, or have this one approved.", "A.8.19, A.8.32", "SR 7.6", NIS2("e"), "CM-3, CM-6") \
	X(FIRMWARE_UNKNOWN, "Give keepwatch a credential that may read it, or note the version by hand.", "A.5.9", "SR 7.8", NIS2("i"), "CM-8") \
	X(FIRMWARE_DOWNGRADED, "Find out who went back and why; upgrade again.", "A.8.32, A.8.8", "SR 3.4", NIS2("e"), "CM-3, SI-7") \
	X(END_OF_SALE, "Plan its replacement.", "A.5.9, A.8.8", "SR 7.8", NIS2("d"), "SA-22") \
	X(END_OF_SUPPORT, "Replace it, or isolate it: it gets no more fixes.", "A.8.8", "SR 7.8", NIS2("e"), "SA-22") \
	X(EXPLOITED, "Upgrade at once; until then take it off networks that others can reach.", "A.8.8, A.5.7", "SR 3.4", NIS2("e"), "SI-2, SI-5") \
	X(VULNERABLE, "Upgrade to a version outside the range of the advisory.", "A.8.8", "SR 3.4", NIS2("e"), "SI-2, RA-5") \
	X(PASSWORD_AGE, "Rotate it: keepwatch password rotate.", "A.5.17", "SR 1.5", NIS2("i"), "IA-5") \
	X(PASSWORD_SHARED, "Give each device a password of its own: keepwatch password rotate.", "A.5.17", "SR 1.5", NIS2("i"), "IA-5") \
	X(PASSWORD_REFUSED, "Find out who changed it; correct the credential file, or set a new password.", "A.5.17, A.8.5", "SR 1.5", NIS2("i"), "IA-5, AC-2") \
	X(PASSWORD_DEFAULT, "Set a password of its own at once.", "A.5.17, A.8.5", "SR 1.5, SR 1.7", NIS2("g"), "IA-5") \
	X(ACCOUNT_UNEXPECTED, "Remove the account, or add it to the accounts that policy allows.", "A.5.16, A.8.2", "SR 1.3", NIS2("i"), "AC-2") \
	X(ANONYMOUS_ACCESS, "Switch anonymous access off.", "A.8.3, A.8.5", "SR 1.1, SR 2.1", NIS2("i"), "AC-14, AC-3") \
	X(PORT_OPEN, "Switch the service off, or add the port to the allow-list of its kind.", "A.8.20, A.8.9", "SR 7.7", NIS2("g"), "CM-7") \
	X(TLS_VERSION, "Switch versions below the minimum off.", "A.8.24", "SR 4.3", NIS2("h"), "SC-8, SC-13") \
	X(TLS_KEY, "Issue a certificate with a longer key.", "A.8.24", "SR 1.9", NIS2("h"), "SC-12, SC-13") \
	X(TLS_SIGNATURE, "Issue a certificate that is signed with SHA-256 or better.", "A.8.24", "SR 1.8", NIS2("h"), "SC-13, SC-17") \
	X(TLS_NAME, "Issue a certificate for the name or address by which it is reached.", "A.8.24", "SR 1.8", NIS2("h"), "SC-17") \
	X(TLS_EXPIRY, "Renew the certificate.", "A.8.24", "SR 1.8", NIS2("h"), "SC-17") \
	X(TLS_SELF_SIGNED, "Have a certificate issued by your own authority, or pin its key.", "A.8.24", "SR 1.8", NIS2("h"), "SC-17") \
	X(TLS_KEY_CHANGED, "Make sure that the change was yours; accept the new key.", "A.8.24, A.8.32", "SR 1.9", NIS2("h"), "SC-12, SC-23") \
	X(HTTP_PLAIN, "Switch HTTP off, or let it lead to HTTPS.", "A.8.20, A.8.24", "SR 3.1, SR 4.1", NIS2("h"), "SC-8") \
	X(HTTP_BASIC, "Allow Digest only, or TLS.", "A.8.5, A.8.24", "SR 1.5, SR 4.1", NIS2("h"), "IA-5, SC-8") \
	X(SNMP_OLD, "Use SNMPv3 with authentication and privacy; switch v1 and v2c off.", "A.8.20, A.8.5", "SR 3.1, SR 4.1", NIS2("g"), "SC-8, CM-7") \
	X(SNMP_PUBLIC, "Remove the well-known community.", "A.5.17, A.8.9", "SR 1.5", NIS2("g"), "IA-5, CM-6") \
	X(SNMP_WRITE, "Remove the write community.", "A.8.3, A.8.9", "SR 2.1", NIS2("i"), "AC-3, CM-6") \
	X(VLAN, "Put the port into the VLAN of its kind.", "A.8.22", "SR 5.1", NIS2("g"), "SC-7, AC-4") \
	X(CLOCK_WRONG, "Give it a time server that it reaches.", "A.8.17", "SR 2.11", NIS2("b"), "AU-8, SC-45") \
	X(NTP_NONE, "Configure a time server.", "A.8.17", "SR 2.11", NIS2("b"), "AU-8, SC-45") \
	X(DISCOVERY_ON, "Set its discovery mode to NonDiscoverable.", "A.8.9", "SR 7.7", NIS2("g"), "CM-7")
/* clang-format on */

static const struct {
	const char *remedy;
	struct finding_reference reference;
} audit_rules[RULE_COUNT] = {
#define X(name, remedy, iso, iec, nis2, nist) [RULE_##name] = {remedy, {iso, iec, nis2, nist}},
	AUDIT_RULES(X)
#undef X
};

const char *
finding_rule_remedy(enum finding_rule rule)
{
	bool is_known = (size_t)rule < MEM_COUNT(audit_rules) && audit_rules[rule].remedy != NULL;

	return is_known ? audit_rules[rule].remedy : "";
}

const struct finding_reference *
finding_rule_reference(enum finding_rule rule)
{
	static const struct finding_reference none = {"", "", "", ""};
	bool is_known = (size_t)rule < MEM_COUNT(audit_rules) && audit_rules[rule].remedy != NULL;

	return is_known ? &audit_rules[rule].reference : &none;
}

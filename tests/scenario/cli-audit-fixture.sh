# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Sourced after cli-fixture.sh: what an audit leaves behind on that fleet. One camera that was
# upgraded, one that was replaced, one that went back; passwords that are shared, old, refused, attested
# or a default; findings that are open, accepted, expired and resolved.

# A camera kind has a greatest age of passwords.
write_audit_config() {
	write_config
	cat >>"$config" <<-END
		policy:
		  passwords:
		    max_age:
		      camera: 90d
	END
}

audit_script() {
	cat <<-END
		fact	cam-2	onvif	source	firmware	20d	ONVIF GetDeviceInformation
		fact	cam-2	onvif	serial	-	20d	ACCC8E000002
		fact	cam-2	onvif	hardware	-	20d	7B1
		fact	cam-10	onvif	serial	-	20d	ACCC8E000010
		fact	cam-10	snmp	firmware	-	20d	10.12
		fact	cam-2	onvif	audited	ports	2h	checked
		fact	cam-2	onvif	audited	users	2h	no rights to list accounts
		commit
		fact	cam-2	onvif	firmware	-	6d	10.12.114
		fact	cam-10	onvif	firmware	-	9d	9.80.1
		commit
		fact	cam-10	onvif	firmware	-	4d	10.12.2
		fact	cam-10	onvif	serial	-	4d	ACCC8E0000FF
		fact	hq-core	snmp	firmware	-	3d	16.12.9
		commit
		ledger	cam-2	onvif	admin	00112233445566778899aabbccddeeff	200d	1h	never	-	-	-	-	-	-
		ledger	cam-10	onvif	admin	00112233445566778899aabbccddeeff	20d	1h	proven	25d	20d	-	-	-	-
		ledger	cam-lobby	onvif	=root	ffeeddccbbaa99887766554433221100	30d	4d	attested	30d	30d	3d	-	chief	yearly change
		ledger	door-1	http	admin	-	-	-	never	-	-	-	2d	-	-
		ledger	hq-core	snmp	community	ffffffffffffffffffffffffffffffff	400d	1h	never	-	-	-	-	-	-
		password	cam-2	onvif	admin	first-proven	200d	-	-	-	-
		password	cam-10	onvif	admin	changed	20d	25d	20d	-	-
		password	cam-lobby	onvif	=root	attested	29d	30d	30d	chief	yearly change
		password	cam-lobby	onvif	=root	refused	3d	-	-	-	-
		finding	port-open/23	cam-2	0	warning	20d	1h	-	23	0	telnet answers on port 23
		finding	port-open/21	cam-2	0	warning	20d	1h	-	21	0	ftp answers on port 21
		finding	firmware-old	cam-10	0	warning	9d	8d	-	0	0	9.80.1 is below 10.0
		finding	firmware-old	cam-10	0	warning	9d	5d	4d	0	0	9.80.1 is below 10.0
		finding	exploited/CVE-2021-36260	door-1	0	critical	2d	1h	-	0	0	=1+1 is below 5.5.800
		finding	password-shared	cam-2	0	warning	20d	1h	-	2	1	one password on 2 devices
		accept	port-open/23	cam-2	10d	+30d	auditor	=behind a firewall
		accept	port-open/21	cam-2	10d	5d	auditor	until the upgrade
		accept	password-shared	cam-2	10d	-	auditor	a mistake
		reopen	password-shared	cam-2	9d	chief	not any more
		heartbeat	3s
	END
}

fill_audit() {
	write_audit_config
	{
		script
		audit_script
	} | "$fill_store" "$config"
}

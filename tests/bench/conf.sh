#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Loading a fleet file of 20,000 rows (FLEET), with upstreams, owners and two columns of tags: CPU
# time and memory a device.
set -eu
BUILD=$(readlink -f "${BUILD:-build}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat >"$dir/keepwatch.yaml" <<YAML
fleet: fleet.csv
credentials:
  - { name: switches, snmp: { version: 2c, community: public } }
  - { name: cams, onvif: { username: monitor, password_file: cams } }
sites: [ { name: hq }, { name: depot } ]
YAML
(umask 077 && echo geheim >"$dir/cams")
awk -v count="${FLEET:-20000}" 'BEGIN {
	print "name,address,kind,site,owner,credential,upstream,rack,serial"
	print "core,10.0.0.1,switch,hq,it-network,switches,,r0,S0"
	for (i = 1; i < count; i++) {
		address = "10." int(i / 62500) + 1 "." int(i / 250) % 250 "." i % 250 + 1
		rest = ",r" i % 40 ",S" i
		if (i % 49 == 1)
			print "acc-" int(i / 49) "," address ",switch,hq,it-network,switches,core:p" i rest
		else
			print "cam-" int(i / 100) "-" i "," address ",camera,depot,physical-security,cams,acc-" \
				int((i - 1) / 49) ":p" i % 49 rest
	}
}' >"$dir/fleet.csv"
"$BUILD/tests/bench/conf_load" "$dir/keepwatch.yaml" 10

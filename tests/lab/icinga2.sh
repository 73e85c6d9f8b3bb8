#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_keepwatch inside a real icinga2, by the command and templates of packaging/nagios: states,
# output and perfdata as icinga2 takes them apart itself.
# shellcheck source=tests/lab/core-lib.sh
. "$(dirname "$0")/core-lib.sh"
for icinga2 in /usr/lib/*/icinga2/sbin/icinga2; do :; done
[ -x "$icinga2" ] || skip_all "no icinga2 (package icinga2-bin)"

ok "an agent with one device up and one down" fleet_start
core=$work/icinga2
mkdir -p "$core"/{etc,lib,log,run,cache,spool}
cat >"$core/icinga2.conf" <<CONF
include <itl>
const PluginDir = "$work"
include "$PWD/packaging/nagios/keepwatch-icinga2.conf"
object Endpoint NodeName {}
object Zone "master" { endpoints = [ NodeName ] }
object CheckerComponent "checker" {}
object FileLogger "main" { severity = "information"; path = "$core/log/icinga2.log" }
object PerfdataWriter "perf" {
	service_perfdata_path = "$core/log/service-perfdata"
	host_perfdata_path = "$core/log/host-perfdata"
	service_temp_path = "$core/log/service-perfdata.new"
	host_temp_path = "$core/log/host-perfdata.new"
	service_format_template = "\$host.name\$/\$service.name\$ state=\$service.state\$ output=\$service.output\$ perfdata=\$service.perfdata\$"
	host_format_template = "\$host.name\$/- state=\$host.state\$ output=\$host.output\$ perfdata=\$host.perfdata\$"
	rotation_interval = 1s
}
template Host "lab" { address = "127.0.0.1"; check_interval = 1s; retry_interval = 1s; max_check_attempts = 1; vars.keepwatch_socket = "$socket" }
object Host "agent" {
	import "lab"
	check_command = "dummy"
	vars.keepwatch_agent = true
	vars.keepwatch_sites = [ "hq" ]
}
object Host "cam1" { import "keepwatch-device"; import "lab" }
object Host "cam3" { import "keepwatch-device"; import "lab" }
apply Service "device" { check_command = "keepwatch"; vars.keepwatch_device = host.name; check_interval = 1s; retry_interval = 1s; max_check_attempts = 1; assign where host.name != "agent" }
CONF
[ ${#as_user[@]} -eq 0 ] || chown -R "$user:$group" "$core"
icinga() { # in place of this shell
	cd / && exec env "ICINGA2_USER=$user" "ICINGA2_GROUP=$group" "${as_user[@]}" "$icinga2" daemon -c "$core/icinga2.conf" \
		"-DConfigDir=$core/etc" "-DDataDir=$core/lib" "-DLogDir=$core/log" "-DCacheDir=$core/cache" \
		"-DSpoolDir=$core/spool" "-DInitRunDir=$core/run" "-DPidPath=$core/run/icinga2.pid" \
		"-DObjectsPath=$core/cache/objects.debug" "-DVarsPath=$core/cache/vars" \
		"-DModAttrPath=$core/lib/modified" "-DStatePath=$core/lib/state" "-DRunAsUser=$user" \
		"-DRunAsGroup=$group" -DNodeName=lab -DZoneName=master "$@"
}
aside() { ("$@"); }
ok "icinga2 takes packaging/nagios/keepwatch-icinga2.conf" aside icinga -C
icinga -x information >"$core/out" 2>&1 &
core_pid=$!
peers+=("$core_pid")

# The newest of HOST/SERVICE, in one line: the output has several. Files are rotated by the second,
# and some are being written.
said() {
	cat "$core"/log/*-perfdata* 2>/dev/null | awk -v what="$1" '
		/^(agent|cam[13])\// { if (index(text, what " ") == 1) last = text; text = $0; next }
		{ text = text " / " $0 }
		END { if (index(text, what " ") == 1) last = text; print last }'
}
says() { # HOST/SERVICE PATTERN
	said "$1"
	said "$1" | grep -qE -e "$2"
}
ok "cam1 is OK" within 40 says cam1/device 'state=OK output=KEEPWATCH OK - cam1 up'
ok "with perfdata that icinga2 takes apart" says cam1/device 'perfdata=problems=0;0;;0;1 .*http_rtt=[0-9.e-]+s;;;0'
ok "cam3 is CRITICAL, with the reason" within 20 says cam3/device 'state=CRITICAL output=KEEPWATCH CRITICAL - cam3 down .*\(connection refused\)'
ok "with perfdata" says cam3/device 'perfdata=problems=1;0;;0;1 down=1;;0;0;1'
ok "as a host it is down" within 20 says cam3/- 'state=DOWN'
ok "and cam1 is up" within 20 says cam1/- 'state=UP'
echo 503 >"$work/code"
ok "cam1 becomes a WARNING" within 20 says cam1/device 'state=WARNING output=KEEPWATCH WARNING - cam1 degraded'
echo 200 >"$work/code"
ok "and recovers" within 20 says cam1/device 'state=OK'
agent_end TERM
ok "without an agent it is UNKNOWN, with the reason" within 20 says cam1/device 'state=UNKNOWN output=KEEPWATCH UNKNOWN - .*(agent|socket)'
done_testing

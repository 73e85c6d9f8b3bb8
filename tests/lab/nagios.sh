#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# check_keepwatch inside a real nagios4, by the commands and templates of packaging/nagios: output,
# long output, state and perfdata as status.dat has them; a recovery; an agent that is away.
# shellcheck source=tests/lab/core-lib.sh
. "$(dirname "$0")/core-lib.sh"
command -v nagios4 >/dev/null || skip_all "no nagios4 (package nagios4-core)"

ok "an agent with one device up and one down" fleet_start
core=$work/nagios
mkdir -p "$core/var/spool/checkresults" "$core/var/rw" "$core/var/archives"
sed "s,/usr/lib/nagios/plugins/check_keepwatch,$plugin --socket $socket," packaging/nagios/keepwatch.cfg >"$core/keepwatch.cfg"
cat >"$core/nagios.cfg" <<CFG
log_file=$core/var/nagios.log
cfg_file=$core/objects.cfg
cfg_file=$core/keepwatch.cfg
object_cache_file=$core/var/objects.cache
precached_object_file=$core/var/objects.precache
status_file=$core/var/status.dat
status_update_interval=1
command_file=$core/var/rw/nagios.cmd
query_socket=$core/var/rw/nagios.qh
lock_file=$core/var/nagios.pid
temp_file=$core/var/nagios.tmp
temp_path=$core/var
check_result_path=$core/var/spool/checkresults
log_archive_path=$core/var/archives
state_retention_file=$core/var/retention.dat
nagios_user=$user
nagios_group=$group
interval_length=1
service_inter_check_delay_method=n
host_inter_check_delay_method=n
enable_notifications=0
check_for_updates=0
CFG
cat >"$core/objects.cfg" <<'CFG'
define timeperiod {
    timeperiod_name 24x7
    alias always
    sunday 00:00-24:00
    monday 00:00-24:00
    tuesday 00:00-24:00
    wednesday 00:00-24:00
    thursday 00:00-24:00
    friday 00:00-24:00
    saturday 00:00-24:00
}
define command {
    command_name nothing
    command_line /bin/true
}
define contact {
    contact_name me
    host_notification_period 24x7
    service_notification_period 24x7
    host_notification_options d,u,r
    service_notification_options w,u,c,r
    host_notification_commands nothing
    service_notification_commands nothing
}
define contactgroup {
    contactgroup_name admins
    alias admins
    members me
}
define host {
    host_name localhost
    address 127.0.0.1
    check_command nothing
    check_interval 1
    max_check_attempts 1
    check_period 24x7
    contact_groups admins
}
define host {
    use keepwatch-device
    host_name cam1
    address 127.0.0.1
}
define host {
    use keepwatch-device
    host_name cam3
    address 127.0.0.1
}
define service {
    host_name cam1
    service_description device
    check_command check_keepwatch_device
    check_interval 1
    retry_interval 1
    max_check_attempts 1
    check_period 24x7
    contact_groups admins
}
define service {
    host_name cam3
    service_description device
    check_command check_keepwatch_device
    check_interval 1
    retry_interval 1
    max_check_attempts 1
    check_period 24x7
    contact_groups admins
}
CFG
[ ${#as_user[@]} -eq 0 ] || chown -R "$user:$group" "$core"
ok "nagios4 takes packaging/nagios/keepwatch.cfg" "${as_user[@]}" nagios4 -v "$core/nagios.cfg"
"${as_user[@]}" nagios4 "$core/nagios.cfg" >"$core/out" 2>&1 &
peers+=($!)
core_pid=$!

# said HOST SERVICE KEY: what status.dat has of it; service - is the host's own check
said() {
	awk -v host="$1" -v service="$2" -v key="$3" '
		/^[a-z]+ \{/ { kind = $1; h = s = v = "" }
		{ sub(/^\t/, ""); at = index($0, "="); k = substr($0, 1, at - 1); x = substr($0, at + 1) }
		k == "host_name" { h = x } k == "service_description" { s = x } k == key { v = x }
		/^[[:space:]]*\}/ && h == host && ((service == "-" && kind == "hoststatus") ||
			(kind == "servicestatus" && s == service)) { print v }' "$core/var/status.dat"
}
says() { # HOST SERVICE KEY PATTERN
	echo "$3 of $1 $2: $(said "$1" "$2" "$3")"
	said "$1" "$2" "$3" | grep -qE -e "$4"
}
ok "cam1 is OK" within 20 says cam1 device plugin_output '^KEEPWATCH OK - cam1 up'
ok "by its exit code too" says cam1 device current_state '^0$'
ok "its perfdata has the round trip" says cam1 device performance_data '^problems=0;0;;0;1 .* http_rtt=[0-9.]+s;;;0$'
ok "its probes are the long output" says cam1 device long_plugin_output '^http: up'
ok "cam3 is CRITICAL, with the reason" within 20 says cam3 device plugin_output '^KEEPWATCH CRITICAL - cam3 down .*\(connection refused\)'
ok "by its exit code too" says cam3 device current_state '^2$'
ok "with perfdata" says cam3 device performance_data '^problems=1;0;;0;1 down=1;;0;0;1 '
ok "as a host it is down" within 20 says cam3 - current_state '^1$'
ok "and cam1 is up" within 20 says cam1 - current_state '^0$'
ok "the fleet is a WARNING: its critical range allows five" within 20 says localhost 'Camera fleet' current_state '^1$'
ok "and names the culprit first" within 40 says localhost 'Camera fleet' plugin_output '^KEEPWATCH WARNING - cam3: .* \([0-9]+ %\).* - 1 of 2 devices up, 1 down$'
ok "the site too" within 20 says localhost 'Cameras at hq' plugin_output '^KEEPWATCH WARNING - site hq: .*1 of 2 devices up'
echo 503 >"$work/code"
ok "cam1 becomes a WARNING" within 20 says cam1 device current_state '^1$'
ok "for its status" says cam1 device plugin_output 'cam1 degraded'
echo 200 >"$work/code"
ok "and recovers" within 20 says cam1 device current_state '^0$'
agent_end TERM
ok "without an agent all is UNKNOWN" within 20 says cam1 device current_state '^3$'
ok "with the reason" says cam1 device plugin_output '^KEEPWATCH UNKNOWN - .*(agent|socket)'
kill "$core_pid"
wait "$core_pid" 2>/dev/null
ok "nagios4 found nothing wrong with the plugin" not grep -iE 'return code of|timed out|could not be (executed|found)' "$core/var/nagios.log"
done_testing

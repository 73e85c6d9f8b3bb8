# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the scripts that put check_keepwatch into a real monitoring core: an agent with one device that is
# up and one that is down, and a user of the core's own who is in the group of the socket.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scenario/agent-lib.sh"
PATH=$PATH:/usr/sbin

user=$(id -un)
group=$(id -gn)
as_user=()
if [ "$(id -u)" -eq 0 ]; then
	user=nobody
	group=$(id -gn nobody)
	as_user=(setpriv "--reuid=$user" "--regid=$group" --clear-groups)
fi
# Where any user may run it.
plugin=$work/check_keepwatch
install -m 755 "$BUILD/check_keepwatch" "$plugin" || exit 1

fleet_start() {
	echo 200 >"$work/code"
	web_start "$work/code"
	{
		echo name,address,kind,site,probes
		echo cam1,127.0.0.1,camera,hq,http
		echo cam3,127.0.0.1,camera,hq,tcp
	} >"$work/fleet.csv"
	cat >"$conf" <<-YAML
		database: $database
		fleet: fleet.csv
		socket: $socket
		group: $group
		poll: { interval: 1s, timeout: 500ms, retries: 0 }
		sites: [{ name: hq }]
		probes: { http: { port: $port }, tcp: { port: 1 } }
	YAML
	agent
	within 15 is cam1 up >/dev/null && within 15 is cam3 down >/dev/null
}

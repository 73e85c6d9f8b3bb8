# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Sourced by the scenarios of the command line: a small fleet with every kind of trouble, filled
# through the store's writer; and TAP. Sets $dir (removed at the end), $config, $keepwatch.

BUILD=${BUILD:-$PWD/build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
top=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck disable=SC2034 # used by those who source it
keepwatch=${KEEPWATCH:-$BUILD/keepwatch}
fill_store=$BUILD/tests/scenario/fill_store
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
config=$dir/keepwatch.yaml
case_log=$dir/case.log
# shellcheck source=tests/tap.sh
. "$top/tests/tap.sh"
unset NO_COLOR COLUMNS KEEPWATCH_CONFIG
export LC_ALL=C.UTF-8 TZ=UTC TERM=xterm

# exits CODE COMMAND...: the command ends with that code
exits() {
	want=$1
	shift
	"$@"
	got=$?
	[ "$got" -eq "$want" ] || {
		echo "exit code $got, expected $want: $*"
		return 1
	}
}


# Absolute times differ in every run; ages, made whole, do not within a minute.
steady() {
	sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}([ T])[0-9:]{8}(\.[0-9]+Z)?/YYYY-MM-DD\1hh:mm:ss/g' \
		-e ':a;s/(^|[^0-9:])[0-9]{2}:[0-9]{2}:[0-9]{2}([^0-9:]|$)/\1hh:mm:ss\2/;ta' \
		-e 's/As of ([^;]*); data [0-9]+s old/As of \1; data Ns old/' -e "s/ on $(uname -n)/ on HOST/" -e "s#$dir#DIR#g"
}

# golden NAME COMMAND...: the command prints what tests/golden/cli/NAME.txt holds, times aside.
# UPDATE_GOLDEN=1 writes that file anew: to be looked at before it is committed.
golden() {
	name=$1
	shift
	"$@" >"$dir/golden.out" 2>&1
	steady <"$dir/golden.out" >"$dir/golden.txt"
	if [ "${UPDATE_GOLDEN:-}" = 1 ]; then
		cp "$dir/golden.txt" "$top/tests/golden/cli/$name.txt"
	fi
	diff -u "$top/tests/golden/cli/$name.txt" "$dir/golden.txt"
}

# validate SCHEMA FILE
validate() {
	python3 "$top/tests/scenario/validate.py" "$top/schemas/$1.schema.json" "$2"
}

# run COMMAND [ARGUMENT...]: the command on the fixture
run() {
	command=$1
	shift
	"$keepwatch" "$command" -c "$config" "$@"
}
wide() { # COLUMNS COMMAND...
	COLUMNS=$1
	export COLUMNS
	shift
	"$@"
	code=$?
	unset COLUMNS
	return $code
}
lines() { # COUNT COMMAND...: so many on standard output
	want=$1
	shift
	"$@" >"$dir/lines.out" 2>"$dir/lines.err"
	got=$(wc -l <"$dir/lines.out")
	[ "$got" -eq "$want" ] || {
		echo "$got lines, expected $want"
		cat "$dir/lines.out" "$dir/lines.err"
		return 1
	}
}
says() { # PATTERN COMMAND...: on either stream
	pattern=$1
	shift
	"$@" >"$dir/says.out" 2>&1
	grep -qE -e "$pattern" "$dir/says.out" || {
		echo "'$pattern' is not in:"
		cat "$dir/says.out"
		return 1
	}
}
says_not() {
	pattern=$1
	shift
	"$@" >"$dir/says.out" 2>&1
	! grep -E -e "$pattern" "$dir/says.out"
}
valid() { # SCHEMA COMMAND...
	schema=$1
	shift
	"$@" >"$dir/valid.json" && validate "$schema" "$dir/valid.json"
}
harmless() { # COMMAND...: no escape characters
	"$@" >"$dir/harmless.out" 2>&1 || return 1
	! LC_ALL=C grep -q "$(printf '\033')" "$dir/harmless.out"
}
fits() { # COLUMNS COMMAND...
	width=$1
	shift
	wide "$width" "$@" >"$dir/fits.out" || return 1
	python3 - "$width" "$dir/fits.out" <<-'END'
		import sys
		wide = [l for l in open(sys.argv[2], encoding="utf-8").read().split("\n") if len(l) > int(sys.argv[1])]
		print("\n".join(wide))
		sys.exit(1 if wide else 0)
	END
}

write_config() {
	cat >"$config" <<-END
		database: keepwatch.db
		fleet: fleet.csv
		sites:
		  - { name: hq, contact: "noc@example.org" }
		  - { name: dock }
	END
	# No credentials: a name and an address are enough here. Columns asset and room are tags; one
	# tag and one owner are what a spreadsheet must not run.
	cat >"$dir/fleet.csv" <<-END
		name,address,kind,site,owner,upstream,asset,room
		hq-core,10.77.1.1,switch,hq,it-network,,A-100,
		hq-acc-1,10.77.1.11,switch,hq,it-network,hq-core:p1,A-101,
		cam-lobby,10.77.1.101,camera,hq,physical-security,hq-acc-1:p1,=1+1,lobby
		cam-2,10.77.1.102,camera,hq,physical-security,hq-acc-1:p2,A-103,
		cam-10,10.77.1.110,camera,hq,physical-security,hq-acc-1:p3,A-104,"hall, north"
		door-1,10.77.2.1,door,dock,@team,,A-105,
		nvr-1,2001:db8::15,nvr,dock,physical-security,,,
		cam-new,10.77.2.9,camera,dock,,,,
	END
}

# A script for fill_store.
script() {
	e=$(printf '\033')
	cat <<-END
		state	hq-core	up	-	3d30m30s	0	-
		state	hq-acc-1	up	-	2d1h30s	0	-
		state	cam-lobby	down	TIMEOUT	3h10m30s	0	3 of 3 lost
		state	cam-2	degraded	AUTH	4h45m30s	0	onvif: ter:NotAuthorized
		state	cam-10	up	-	5h5m30s	1	-
		state	door-1	up	-	1d2h30m	0	-
		state	nvr-1	down	UNREACHABLE	2h20m30s	0	${e}[31mhost ${e}]0;pwned
		probe	hq-core	icmp	up	-	3d30m30s	412	10s	-
		probe	hq-core	snmp	up	-	3d30m30s	1830	10s	-
		probe	cam-lobby	icmp	down	TIMEOUT	3h10m30s	-	3h11m	3 of 3 lost
		probe	cam-lobby	onvif	down	TIMEOUT	3h10m30s	-	3h11m	connect timed out
		probe	cam-2	icmp	up	-	2d1h30s	950	10s	-
		probe	cam-2	onvif	degraded	AUTH	4h45m30s	25100	10s	ter:NotAuthorized
		probe	door-1	icmp	up	-	1d2h30m	1234567	10s	-
		fact	hq-core	snmp	vendor	-	10d	Cisco
		fact	hq-core	snmp	model	-	10d	C9300
		fact	hq-core	snmp	firmware	-	10d	17.3.4
		fact	hq-core	snmp	sys_location	-	10d	HQ, rack 3
		fact	cam-lobby	onvif	vendor	-	20d	Axis
		fact	cam-lobby	onvif	model	-	20d	P3245
		fact	cam-lobby	onvif	firmware	-	20d	9.80.1
		fact	cam-lobby	onvif	serial	-	20d	=HYPERLINK("http://x","y")
		fact	cam-lobby	onvif	mac	eth0	20d	ac:cc:8e:00:00:01
		fact	cam-lobby	onvif	hostname	-	20d	-lobby
		fact	cam-2	onvif	vendor	-	20d	Axis
		fact	cam-2	onvif	model	-	20d	P3245
		fact	cam-2	onvif	firmware	-	20d	9.80.1
		fact	cam-2	onvif	clock_offset_ms	-	10s	-61000
		fact	cam-2	onvif	clock_source	-	10s	manual
		fact	cam-10	onvif	vendor	-	20d	Axis
		fact	cam-10	onvif	model	-	20d	P3245
		fact	cam-10	onvif	firmware	-	20d	10.12.2
		fact	cam-10	onvif	clock_offset_ms	-	10s	140
		fact	door-1	onvif	vendor	-	20d	Größe™
		fact	door-1	onvif	model	-	20d	@SUM(A1:A9)
		fact	door-1	onvif	door	d1	20d	Main: Closed, Locked
		commit
		fact	cam-lobby	onvif	firmware	-	5d	9.80.3
		commit
		event	-	agent-start	-	-	-	-	3d2h	-
		event	cam-lobby	probe-state	icmp	up	down	TIMEOUT	3h10m30s	3 of 3 lost
		event	cam-lobby	device-state	-	up	down	TIMEOUT	3h10m30s	3 of 3 lost
		event	cam-2	credential-refused	onvif	-	-	AUTH	4h45m30s	ter:NotAuthorized
		event	nvr-1	device-state	-	up	down	UNREACHABLE	2h20m30s	${e}[31mhost ${e}]0;pwned
		event	cam-10	flapping-start	-	-	-	-	5h5m30s	-
		rollup	hq-core	icmp	20h	5	5	400
		rollup	hq-core	icmp	15h	5	5	800
		rollup	hq-core	icmp	10h	5	5	1600
		rollup	hq-core	icmp	5h	5	4	3200
		rollup	hq-core	icmp	1h	5	5	400
		rollup	cam-lobby	icmp	5h	5	5	900
		rollup	cam-lobby	icmp	2h	5	0	0
	END
}

# fill [LAST-LINE]: a fresh database; the last line says how the agent is, else it lives
fill() {
	rm -f "$dir"/keepwatch.db*
	write_config
	{
		script
		printf '%b\n' "${1:-heartbeat\t12s}"
	} | "$fill_store" "$config"
}

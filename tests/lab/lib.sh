# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# For the scripts of this folder: a lab of their own, the agent in it, TAP lines.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
BUILD=${BUILD:-$PWD/build}
export BUILD
work=$(mktemp -d "${TMPDIR:-/tmp}/kwl.XXXXXX") || exit 1
chmod 755 "$work"
export LAB_PREFIX=kwt$$ LAB=$work/lab
lab=$PWD/tests/lab/lab.sh
conf=$work/keepwatch.yaml
log=$work/agent.log
agent=''
case_log=$work/case.log
# shellcheck source=tests/tap.sh
. tests/tap.sh

# within SECONDS COMMAND...: until it succeeds; the last output on failure.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >"$work/last" 2>&1; do
		if [ "$SECONDS" -ge "$end" ] || { [ -n "$agent" ] && ! alive; }; then
			alive || echo "there is no agent"
			echo "not within its time: $*"
			cat "$work/last"
			states
			tail -n 40 "$log" 2>/dev/null
			return 1
		fi
		sleep 0.2
	done
}
not() { ! "$@"; }

kw() { "$BUILD/keepwatch" -c "$conf" "$@"; }
# NAME,STATE lines
states() { kw devices --format csv --columns name,state --no-header 2>/dev/null | tr -d '\r'; }
is() { [ "$(states | sed -n "s/^$1,//p")" = "$2" ]; } # DEVICE STATE
all_up() {
	local seen
	seen=$(states)
	[ -n "$seen" ] && ! grep -vq ',up$' <<<"$seen"
}
# All up but those named.
only_these() {
	local seen name
	seen=$(states)
	for name in "$@"; do seen=$(grep -v "^$name," <<<"$seen"); done
	[ -n "$seen" ] && ! grep -v ',up$' <<<"$seen"
}
# by the database: the configuration may be a broken one
events() { "$BUILD/keepwatch" --database "$work/keepwatch.db" events --since 1h --format csv --no-header --type "$1" 2>/dev/null | tr -d '\r'; }
counter() { "$lab" fake get "$1" | sed -n "s/^$2=//p"; } # DEVICE COUNTER
plugin() { "$BUILD/check_keepwatch" --socket "$work/control.sock" "$@"; }
plugin_says() { # CODE ARGUMENTS...
	local code=$1 got
	shift
	plugin "$@"
	got=$?
	echo "exit code $got"
	[ "$got" -eq "$code" ]
}
alive() { kill -0 "$agent" 2>/dev/null; }

agent_start() {
	"$lab" exec mon "$BUILD/keepwatchd" -c "$conf" "$@" >>"$log" 2>&1 &
	agent=$!
}
# Exit status of the agent after SIGTERM; 99 if it does not end in 10 s.
agent_stop() {
	local pid=$agent
	agent=''
	kill -CONT "$pid" 2>/dev/null
	kill -TERM "$pid" 2>/dev/null
	for _ in $(seq 100); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	if kill -KILL "$pid" 2>/dev/null; then
		wait "$pid" 2>/dev/null
		return 99
	fi
	wait "$pid"
}
finish() {
	trap '' INT TERM HUP
	[ -z "$agent" ] || agent_stop
	[ ! -d "$LAB" ] || "$lab" down
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 143' INT TERM HUP

# The lab, or the whole script is skipped.
lab_up() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "1..0 # SKIP network namespaces need root"
		exit 0
	fi
	if ! ip netns add "$LAB_PREFIX-try" 2>/dev/null; then
		echo "1..0 # SKIP network namespaces cannot be made here"
		exit 0
	fi
	ip netns del "$LAB_PREFIX-try"
	if ! "$lab" up >"$work/up" 2>&1; then
		sed 's/^/# /' "$work/up"
		echo "not ok 1 - the lab comes up"
		exit 1
	fi
}

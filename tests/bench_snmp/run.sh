#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU and memory per target of the SNMP command generator, against a bare sendmmsg/recvmmsg loop,
# collectd's snmp plugin and prometheus-snmp-exporter, all on CPU 0, the answering fleet on CPU 1.
# RATIO lines are what counts: both sides of each are measured in this one run.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
client=$BUILD/tests/bench_snmp/client
responder=$BUILD/tests/bench_snmp/responder
targets=20000
runs=5
if ! [ -x "$client" ] || ! [ -x "$responder" ]; then
	echo "bench_snmp: $client is not built (make bench-programs)" >&2
	exit 1
fi
exec 9>"${TMPDIR:-/tmp}/kw-bench.lock" && flock 9

work=$(mktemp -d "${TMPDIR:-/tmp}/kw-bench-snmp.XXXXXX") || exit 1
chmod 700 "$work"
pids=()
# shellcheck disable=SC2317 # called by trap
cleanup() {
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

port=$((20000 + RANDOM % 10000))
(umask 077 && echo 'bench password' >"$work/password")
# It never sleeps: what it costs to wake another CPU is not to be part of what a send costs.
taskset -c 1 "$responder" "$port" 'bench password' spin >"$work/responder" 9>&- &
responder_pid=$!
pids+=("$responder_pid")
for _ in $(seq 100); do
	grep -q ready "$work/responder" && break
	sleep 0.05
done

# CPU in us per target of a run of the client; fails unless all answered.
run() {
	taskset -c 0 "$client" "$@" >"$work/out" || { echo "bench_snmp: failed: $*" >&2; exit 1; }
	awk '$1 == "cpu_us" && $4 == $6 { print $2; found = 1 } END { exit !found }' "$work/out" || {
		echo "bench_snmp: not all answered: $* ($(cat "$work/out"))" >&2
		exit 1
	}
}
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

# ---- a burst of GETs, against the bare loop
for ((i = 0; i < runs; i++)); do
	run bare "$port" $targets v2c 2 >>"$work/bare" || exit 1
	run get "$port" $targets v2c 2 >>"$work/get" || exit 1
done
bare=$(median <"$work/bare")
get=$(median <"$work/get")
echo "FIGURE snmp-v2c-get-us $get"
echo "FIGURE snmp-bare-get-us $bare"
echo "RATIO snmp-v2c-get-vs-bare $(ratio "$get" "$bare") (limit 1.8)"

# ---- SNMPv3 authPriv, 500 engines and 20,000
for ((i = 0; i < 3; i++)); do
	run get "$port" 500 v3 40 "$work/password" >>"$work/few" || exit 1
	run get "$port" $targets v3 1 "$work/password" >>"$work/many" || exit 1
done
few=$(median <"$work/few")
many=$(median <"$work/many")
echo "FIGURE snmp-v3-get-us $many"
echo "FIGURE snmp-v3-get-500-engines-us $few"
echo "RATIO snmp-v3-20000-vs-500-engines $(ratio "$many" "$few") (limit 1.25)"

# ---- memory, with a request in flight to every target
memory() {
	"$client" memory "$port" $targets "$1" 1 "$work/password" |
		awk -v n=$targets '$1 == "bytes" && $4 == n { print $2 }'
}
v2c_bytes=$(memory v2c)
v3_bytes=$(memory v3)
echo "FIGURE snmp-v2c-bytes-per-target $v2c_bytes"
echo "FIGURE snmp-v3-bytes-per-target $v3_bytes"
echo "RATIO snmp-v2c-memory-vs-512 $(ratio "${v2c_bytes:-9999}" 512) (limit 1)"
echo "RATIO snmp-v3-memory-vs-1024 $(ratio "${v3_bytes:-9999}" 1024) (limit 1)"

# ---- paced at 20,000 a minute, and the walk of a 48-port switch
paced=$(run paced "$port" 6667 v2c 20) || exit 1
walk=$(run walk "$port" 2000 v2c 2) || exit 1
echo "FIGURE snmp-v2c-paced-us $paced"
echo "FIGURE snmp-walk-48-ports-us $walk"

# CPU time of a process in us, of all its threads.
cpu_us_of() { awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) * 1000000 / hz }' "/proc/$1/stat"; }
requests() {
	local before
	before=$(wc -l <"$work/responder")
	kill -USR1 "$responder_pid"
	for _ in $(seq 100); do
		[ "$(wc -l <"$work/responder")" -gt "$before" ] && break
		sleep 0.02
	done
	awk '/^requests/ { n = $2 } END { print n }' "$work/responder"
}
address() { echo "127.1.$(($1 / 250)).$(($1 % 250 + 1))"; }

collectd_conf() { # DATA HOSTS INTERVAL
	cat <<-END
		Hostname "bench"
		FQDNLookup false
		BaseDir "$work"
		PIDFile "$work/collectd.pid"
		PluginDir "/usr/lib/collectd"
		TypesDB "$work/types.db"
		Interval $3
		ReadThreads 5
		LoadPlugin snmp
		<Plugin snmp>
		<Data "get">
		Type "three"
		Table false
		Instance ""
		Values "1.3.6.1.2.1.1.3.0" "1.3.6.1.2.1.2.2.1.10.1" "1.3.6.1.2.1.2.2.1.16.1"
		</Data>
		<Data "walk">
		Type "if_octets"
		Table true
		Instance "1.3.6.1.2.1.2.2.1.2"
		Values "1.3.6.1.2.1.2.2.1.10" "1.3.6.1.2.1.2.2.1.16"
		</Data>
	END
	for ((i = 0; i < $2; i++)); do
		printf '<Host "h%d">\nAddress "%s:%d"\nVersion 2\nCommunity "public"\nCollect "%s"\nInterval %d\n</Host>\n' \
			"$i" "$(address "$i")" "$port" "$1" "$3"
	done
	echo '</Plugin>'
}
printf 'three a:GAUGE:U:U, b:GAUGE:U:U, c:GAUGE:U:U\nif_octets rx:DERIVE:0:U, tx:DERIVE:0:U\n' \
	>"$work/types.db"

# CPU in us per request of collectd, over some seconds of its steady state.
collectd_us() { # DATA HOSTS INTERVAL SECONDS
	local pid cpu count start
	collectd_conf "$1" "$2" "$3" >"$work/collectd.conf"
	ulimit -n 20000 2>/dev/null
	start=$(requests)
	MIBS='' taskset -c 0 collectd -f -C "$work/collectd.conf" >"$work/collectd.log" 2>&1 9>&- &
	pid=$!
	pids+=("$pid")
	for _ in $(seq 300); do # the first round: it opens its sessions
		count=$(requests)
		[ $((count - start)) -ge "$2" ] && break
		sleep 0.1
	done
	cpu=$(cpu_us_of "$pid")
	count=$(requests)
	sleep "$4"
	cpu=$(awk -v a="$(cpu_us_of "$pid")" -v b="$cpu" 'BEGIN { print a - b }')
	count=$(($(requests) - count))
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	[ "$count" -gt 100 ] || return 1
	awk -v a="$cpu" -v b="$count" 'BEGIN { printf "%.2f", a / b }'
}
if command -v collectd >/dev/null; then
	if collectd=$(collectd_us get 3333 10 20); then
		echo "FIGURE collectd-get-us $collectd"
		echo "RATIO snmp-paced-vs-collectd $(ratio "$paced" "$collectd") (limit 0.5)"
	else
		echo "bench_snmp: collectd asked nothing: $(tail -n 1 "$work/collectd.log")" >&2
	fi
	if collectd=$(collectd_us walk 40 2 12); then
		# 48 rows and what is behind them, one GETNEXT each.
		collectd=$(awk -v us="$collectd" 'BEGIN { print us * 49 }')
		echo "FIGURE collectd-walk-us $collectd"
		echo "RATIO snmp-walk-vs-collectd $(ratio "$walk" "$collectd") (limit 0.1)"
	else
		echo "bench_snmp: collectd walked nothing: $(tail -n 1 "$work/collectd.log")" >&2
	fi
else
	echo 'bench_snmp: collectd is not installed' >&2
fi

exporter_us() {
	local pid cpu web=$((30000 + RANDOM % 10000))
	cat >"$work/exporter.yml" <<-'END'
		three:
		  get:
		  - 1.3.6.1.2.1.1.3.0
		  - 1.3.6.1.2.1.2.2.1.10.1
		  - 1.3.6.1.2.1.2.2.1.16.1
		  metrics:
		  - {name: uptime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: uptime}
		  version: 2
		  auth:
		    community: public
	END
	taskset -c 0 prometheus-snmp-exporter --config.file="$work/exporter.yml" \
		--web.listen-address="127.0.0.1:$web" >"$work/exporter.log" 2>&1 9>&- &
	pid=$!
	pids+=("$pid")
	for _ in $(seq 100); do
		curl -s -o "$work/scrape" "http://127.0.0.1:$web/snmp?module=three&target=127.1.0.1:$port" &&
			break
		sleep 0.1
	done
	grep -q '^uptime 1' "$work/scrape" || {
		kill "$pid"
		return 1
	}
	for ((i = 0; i < 2000; i++)); do
		printf 'url = "http://127.0.0.1:%d/snmp?module=three&target=%s:%d"\noutput = "/dev/null"\n' \
			"$web" "$(address "$i")" "$port"
	done >"$work/curl"
	cpu=$(cpu_us_of "$pid")
	# At the same pace, over one connection: that is the exporter's best case.
	taskset -c 1 curl -s --rate 333/s -K "$work/curl"
	awk -v a="$(cpu_us_of "$pid")" -v b="$cpu" 'BEGIN { printf "%.2f", (a - b) / 2000 }'
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return 0
}
if command -v prometheus-snmp-exporter >/dev/null; then
	if exporter=$(exporter_us); then
		echo "FIGURE snmp-exporter-get-us $exporter"
		echo "RATIO snmp-paced-vs-exporter $(ratio "$paced" "$exporter") (limit 0.02)"
	else
		echo "bench_snmp: the exporter answered nothing: $(tail -n 1 "$work/exporter.log")" >&2
	fi
else
	echo 'bench_snmp: prometheus-snmp-exporter is not installed' >&2
fi

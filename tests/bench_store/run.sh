#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The store: a tick with 1 % of 20,000 devices changed, 5-minute rollups, a start, readers beside the
# writer, and how much the database of 10,000 devices at 60 s grows in a day.
# BENCH_DIR: where the databases go (the folder of the build): on a disk, or commits are not synced.
set -eu
BUILD=$(readlink -f "${BUILD:-build}")
FLEET=${FLEET:-20000}
dir=$(mktemp -d "${BENCH_DIR:-$BUILD}/bench-store.XXXXXX")
trap 'rm -rf "$dir"' EXIT
bench=$BUILD/tests/bench_store/store_bench
echo "file system: $(stat -f -c %T "$dir") on $(df --output=source "$dir" | tail -n 1)"
"$bench" ticks "$dir/ticks.db" "$FLEET"
"$bench" load "$dir/ticks.db" "$FLEET"
rm -f "$dir"/ticks.db*
"$bench" beside "$dir/beside.db" "$FLEET"
rm -f "$dir"/beside.db*
"$bench" topology "$dir/topology.db" 50000
rm -f "$dir"/topology.db*
"$bench" incidents "$dir/incidents.db" "$FLEET"
rm -f "$dir"/incidents.db*
"$bench" audit "$dir/audit.db" "$FLEET"
rm -f "$dir"/audit.db*
"$bench" day "$dir/day.db" $((FLEET / 2))
# What lies where after a day: the parts that grow, for a statement of the size after years.
if command -v sqlite3 >/dev/null; then
	sqlite3 "$dir/day.db" "SELECT 'FIGURE store-day-' || name || '-bytes ' || sum(pgsize) FROM dbstat
		WHERE name IN ('rollup_5min', 'rollup_hour', 'event', 'fact', 'fact_history', 'last_run')
		GROUP BY name" 2>/dev/null || true
fi

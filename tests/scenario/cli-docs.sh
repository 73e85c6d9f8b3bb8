#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every command line that the manuals and the README show is run as it stands there (but for those that
# probe, replay or need an agent), on a small fleet with a topology.
# shellcheck source-path=SCRIPTDIR source=cli-fixture.sh
. "$(dirname "$0")/cli-fixture.sh"
# shellcheck source-path=SCRIPTDIR source=cli-topology-fixture.sh
. "$(dirname "$0")/cli-topology-fixture.sh"
# shellcheck source-path=SCRIPTDIR source=cli-incidents-fixture.sh
. "$(dirname "$0")/cli-incidents-fixture.sh"
ok "the fixture is filled" plan_incidents
export KEEPWATCH_CONFIG="$config"
PATH=$(dirname "$keepwatch"):$PATH

{
	sed -n 's/^\.Dl keepwatch /keepwatch /p' "$top"/packaging/man/*.[0-9]
	sed -n '/^```/,/^```/s/^\(keepwatch [^#]*\).*/\1/p' "$top/README.md"
} | sed -e 's/[. ]*$//' -e 's/cam-lobby/cam-1/' | grep -vE '^keepwatch (probe|replay|incident close|advisories import|finding accept|password rotate)' | sort -u >"$dir/lines"

runs() { # LINE
	(cd "$dir" && LINE=$1 sh -c 'eval "$LINE" </dev/null') || {
		echo "exit code $?: $1"
		return 1
	}
}
ok "there are many" test "$(wc -l <"$dir/lines")" -ge 12
while read -r line; do
	case $line in
	*svg*) command -v dot >/dev/null || continue ;;
	esac
	ok "$line" runs "$line"
done <"$dir/lines"

# What is shown as a name of an event is one.
sed -n '/^\.Ss What changes are told/,/^\.Ss Contra/s/^\.It Cm \([a-z]*.*\)/\1/p' \
	"$top/packaging/man/keepwatch-topology.7" | tr -d ' ' | tr , '\n' >"$dir/types"
ok "the manual tells of all changes of the topology" test "$(wc -l <"$dir/types")" -eq 10
while read -r type; do
	ok "an event is called $type" eval 'keepwatch events --type help | grep -qx "$type"'
done <"$dir/types"
done_testing

# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What a core dump of a process would hold, if one could be had (the kernel lets nobody but root look).
ok_memory() { # WHAT PROGRAM PID FILE: a case
	if ldd "$2" | grep -q libasan; then
		skip "$1" "a sanitizer keeps what was freed"
		return
	elif [ "$(id -u)" -ne 0 ]; then
		skip "$1" "not root"
		return
	fi
	cat >"$work/memory.py" <<'PY'
import re, sys
pid, out = sys.argv[1:]
with open(f"/proc/{pid}/smaps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory, open(out, "wb") as dump:
    held = guarded = 0
    for line in maps:
        if m := re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) ", line):
            first, last, access = int(m[1], 16), int(m[2], 16), m[3]
        elif line.startswith("VmFlags:") and access.startswith("rw"):
            if " dd" in line:
                guarded += last - first
                continue
            memory.seek(first)
            held += dump.write(memory.read(last - first))
print(f"{held >> 10} KiB, and {guarded >> 10} KiB that no core dump holds")
sys.exit(0 if held and guarded else 1)
PY
	ok "$1" python3 "$work/memory.py" "$3" "$4"
}

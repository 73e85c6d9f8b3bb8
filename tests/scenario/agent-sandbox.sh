#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The agent under the system call filter of its unit, which is put up here as systemd(1) does it: it
# starts, probes, asks a password_command, reloads and ends.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"
command -v systemd-analyze >/dev/null || skip_all "no systemd-analyze"
python3 -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null || skip_all "no libseccomp"
! ldd "$BUILD/keepwatchd" | grep -q libasan || skip_all "a sanitizer makes system calls of its own"

cat >"$work/sandbox.py" <<'PY'
import ctypes, os, re, subprocess, sys
unit, program = sys.argv[1], sys.argv[2:]
groups = {}
for line in subprocess.run(["systemd-analyze", "syscall-filter"], capture_output=True, text=True, check=True).stdout.splitlines():
    if re.match(r"@[\w-]+$", line):
        group = groups[line] = []
    elif m := re.match(r"\s+([@\w-]+)$", line):
        group.append(m[1])
def calls(name):
    return {c for member in groups[name] for c in calls(member)} if name.startswith("@") else {name}
allowed = calls("@default") | {"execve"}
first = True
for line in open(unit):
    if m := re.match(r"SystemCallFilter=(~?)(.*)", line):
        assert not (first and m[1]), "expected a list of what is allowed first"
        first = False
        for name in m[2].split():
            allowed = allowed - calls(name) if m[1] else allowed | calls(name)
assert not first, "the unit has no filter"
lib = ctypes.CDLL("libseccomp.so.2")
lib.seccomp_init.restype = ctypes.c_void_p
lib.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
lib.seccomp_load.argtypes = [ctypes.c_void_p]
context = lib.seccomp_init(0x00050001)  # EPERM, as SystemCallErrorNumber= says
for name in sorted(allowed):
    number = lib.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        assert lib.seccomp_rule_add_array(context, 0x7FFF0000, number, 0, None) == 0, name
rc = lib.seccomp_load(context)
assert rc == 0, rc
os.execv(program[0], program)
PY
echo geheim >"$work/device"
echo "cam listen=127.0.0.1:0 user=monitor auth=digest password_file=$work/device" >"$work/devices"
"$BUILD/tests/fake/fake_onvif" -k "$work/k" "$work/devices" >"$work/fake.out" 2>"$work/fake.err" &
peers+=($!)
within 10 grep -qx ready "$work/fake.out" || exit 1
printf '%s\n' name,address,kind,credential cam,127.0.0.1,camera,cams >"$work/fleet.csv"
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 1s, timeout: 1s, retries: 0 }
credentials:
  - { name: cams, onvif: { username: monitor, password_command: [ /bin/cat, $work/device ] } }
probes: { onvif: { port: $(sed -n 's/^cam //p' "$work/fake.out") } }
YAML
sandboxed() { python3 "$work/sandbox.py" packaging/systemd/keepwatchd.service "$@"; }
ok "the filter is in force" eval '! sandboxed /bin/sh -c "exec 2>&1; ipcmk -Q" && sandboxed /bin/true'
ok "the configuration is checked" sandboxed "$BUILD/keepwatchd" -n -c "$conf"
python3 "$work/sandbox.py" packaging/systemd/keepwatchd.service "$BUILD/keepwatchd" -c "$conf" 2>>"$log" &
agent=$!
ok "the agent starts" within 20 answers
ok "and logs in with what the command printed" within 20 is cam up
kill -HUP "$agent"
ok "it reloads" within 20 logged 'configuration taken'
ok "nothing was denied that it asked for" not logged 'Operation not permitted'
agent_end TERM
ok "it ends in order" test $? -eq 0
done_testing

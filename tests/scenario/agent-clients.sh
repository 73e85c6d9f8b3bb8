#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Clients of the control socket that mean no good: slow, many, mute, half-closed, endless, gone before
# the answer. The agent goes on, answers others, and keeps no file open for them.
# shellcheck source=tests/scenario/agent-lib.sh
. "$(dirname "$0")/agent-lib.sh"

web_start "$work/code"
{
	echo name,address,kind,site,probes
	for i in $(seq 400); do echo "web-with-a-name-that-is-long-enough-to-fill-an-answer-$i,127.0.0.1,server,hq,http"; done
} >"$work/fleet.csv"
cat >"$conf" <<YAML
database: $database
fleet: fleet.csv
socket: $socket
poll: { interval: 30s, timeout: 2s, retries: 0 }
sites: [{ name: hq }]
probes: { http: { port: $port } }
YAML
agent
ok "an agent of 400 devices" answers
within 30 is web-with-a-name-that-is-long-enough-to-fill-an-answer-1 up >/dev/null

# hostile.py SOCKET CASE: prints what went wrong; exit status 0 if nothing did
cat >"$work/hostile.py" <<'PY'
import os, select, socket, sys, time
path, case = sys.argv[1:3]

def connect():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.settimeout(8)
    end = time.monotonic() + 5
    while True:
        try:
            s.connect(path)
            return s
        except BlockingIOError:  # the backlog is full for a moment: unix(7) gives no way to wait
            assert time.monotonic() < end, "no connection within 5 s"
            time.sleep(0.001)

def read_all(s):
    data = b""
    try:
        while True:
            part = s.recv(65536)
            if not part:
                return data
            data += part
    except ConnectionError:
        return data

def ask(request):
    s = connect()
    try:
        s.sendall(request)
    except BrokenPipeError:
        pass
    answer = read_all(s)
    s.close()
    return answer

def code_of(answer):
    greeting, _, body = answer.partition(b"\n")
    words = greeting.split(b" ")
    assert words[:2] == [b"keepwatch", b"1"], answer[:80]
    assert len(body) == int(words[3]), "length %d is said to be %s" % (len(body), words[3])
    return int(words[2])

def responsive(what):
    """Another client gets its answer; the best of three, as the machine may be busy."""
    best = 9.0
    for _ in range(3):
        start = time.monotonic()
        assert code_of(ask(b"check\tmode=fleet\n")) in (0, 1, 2, 3)
        best = min(best, time.monotonic() - start)
    assert best < 0.1, "%s: an answer took %.3f s" % (what, best)

if case == "slow":
    slow = [connect() for _ in range(20)]
    start = time.monotonic()
    open_ones = list(slow)
    while open_ones and time.monotonic() - start < 9:
        for s in list(open_ones):
            try:
                s.send(b"x")
            except OSError:
                open_ones.remove(s)
        responsive("slow writers")
        time.sleep(0.2)
    assert not open_ones, "%d writers of a byte now and then were never sent away" % len(open_ones)
elif case == "crowd":
    crowd = [connect() for _ in range(300)]
    responsive("300 mute connections")
    # the newest may still ask
    crowd[-1].sendall(b"status\n")
    assert code_of(read_all(crowd[-1])) == 0
elif case == "mute-readers":
    crowd = [connect() for _ in range(200)]
    for s in crowd:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        try:
            s.sendall(b"check\tmode=fleet\tcritical=0\n")
        except OSError:
            pass
    responsive("200 that do not read their answer")
elif case == "garbage":
    for junk in (b"\n", b"\t\t\t\n", b"=\n", b"check\t=\n", b"check\tmode\n", b"\0\0\0\n", b"check\0\n",
                 b"\xff\xfe\x80\n", os.urandom(4000).replace(b"\n", b"") + b"\n", b"GET / HTTP/1.1\r\n\r\n",
                 b"check" + b"\ta=b" * 17 + b"\n", b"check\tmode=\x1b[2J|\n", b"a" * 4095 + b"\n"):
        code_of(ask(junk))
    for field in (b"warning=nan", b"warning=1e999", b"critical=@", b"max_age=-1", b"max_age=x",
                  b"max_age=9223372036854775807", b"mode=device", b"mode=site\tname=%n%s"):
        assert code_of(ask(b"check\t" + field + b"\n")) == 3, field
    answer = ask(b"check\tmode=device\tname=a|b=1;;\n")
    assert b"|" not in answer, "perfdata of the asker's: %r" % answer
    assert code_of(ask(b"check\tmode=device\tname=" + b"n" * 3072 + b"\n")) == 3
    responsive("garbage")
elif case == "endless":
    assert ask(b"x" * 4096) == b"", "4 KiB without an end got an answer"
    assert ask(b"x" * 200000) == b""
    responsive("endless lines")
elif case == "half-closed":
    s = connect()
    s.sendall(b"check\tmode=fleet\n")
    s.shutdown(socket.SHUT_WR)
    assert code_of(read_all(s)) in (0, 1, 2, 3)
    s = connect()
    s.sendall(b"check\tmode=fl")
    s.shutdown(socket.SHUT_WR)
    start = time.monotonic()
    assert read_all(s) == b""
    assert time.monotonic() - start < 2, "half a request and an end: not closed at once"
elif case == "gone":
    for _ in range(500):
        s = connect()
        s.sendall(b"check\tmode=fleet\n")
        s.close()
    responsive("500 that are gone")
PY
hostile() { timeout 30 python3 "$work/hostile.py" "$socket" "$1"; }
files() { # open files of the agent; another user's process does not tell
	find "/proc/$agent/fd" -mindepth 1 2>/dev/null | wc -l
}
before=$(files)
sane() { # WHAT CASE
	ok "$1" hostile "$2"
	ok "... and the agent lives" alive
}
sane "writers of a byte now and then are sent away" slow
sane "300 mute connections keep nobody from asking" crowd
sane "200 that never read their answer" mute-readers
sane "garbage is refused in words" garbage
sane "a line without an end is not read on" endless
sane "half-closed connections are answered or closed at once" half-closed
sane "500 that leave before the answer" gone
if [ "$before" -gt 0 ]; then
	settled() { echo "$before before, $(files) now" && [ "$(files)" -le $((before + 2)) ]; }
	ok "no file is left open" within 15 settled
else
	skip "no file is left open" "open files of that process cannot be counted"
fi

# ---- the socket of a living agent is not taken
sed "s,^database:.*,database: $work/other.db," "$conf" >"$work/other.yaml"
timeout 20 "$BUILD/keepwatchd" -c "$work/other.yaml" 2>"$work/other.log"
status=$?
ok "a second agent with another database does not take the socket" test $status -eq 1
ok "and says so" grep -q 'another agent listens on' "$work/other.log"
ok "the first one answers" answers
ok "SIGTERM ends it, with clients about" agent_end TERM
# ---- but that of a dead one is
agent
kill -KILL "$agent"
wait "$agent" 2>/dev/null
ok "a killed agent leaves its socket" test -S "$socket"
agent
ok "and the next one takes it" answers
done_testing

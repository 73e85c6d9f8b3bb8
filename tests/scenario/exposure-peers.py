#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that no real server is: streams, pages and pictures for anybody, redirects, and the hostile ones.

exposure-peers.py LOG: serves on ports of 127.0.0.1 that the kernel picks, prints "NAME PORT" lines and
"ready". LOG gets a line for every connection ("NAME open NOW") and every request ("NAME REQUEST").
"""
import socket
import sys
import threading
import time

log_lock = threading.Lock()
now_open = 0
LOG = open(sys.argv[1], "a", buffering=1)
JPEG = b"\xff\xd8\xff\xe0" + bytes(300000)
INFO = (
    b'<?xml version="1.0"?><DeviceInfo xmlns="http://www.hikvision.com/ver20/XMLSchema">'
    b"<deviceName>cam</deviceName><model>DS-1</model><serialNumber>S1</serialNumber>"
    b"<firmwareVersion>V5.5.0</firmwareVersion></DeviceInfo>"
)


def note(*words):
    with log_lock:
        print(*words, file=LOG)


def request(conn):
    """One request's head, or None at the end."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = conn.recv(4096)
        if not more:
            return None
        data += more
    return data.decode("latin-1")


def http(conn, status, headers=(), body=b""):
    head = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "Connection: close", "", ""]
    conn.sendall("\r\n".join(head).encode() + body)


def rtsp_open(conn, _):
    conn.sendall(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n")


def rtsp_login(conn, _):
    conn.sendall(b'RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="x", nonce="y"\r\n\r\n')


def rtsp_unknown(conn, _):
    conn.sendall(b"RTSP/1.0 404 Not Found\r\nCSeq: 1\r\n\r\n")


def redirect(conn, _):
    http(conn, 301, ["Location: https://127.0.0.1/"])


def careless(conn, head):
    """A camera that shows its pages and pictures to anybody, and asks a Basic login for the rest."""
    path = head.split(" ")[1]
    if path == "/":
        http(conn, 200, ["Content-Type: text/html"], b"<html>camera</html>")
    elif path == "/ISAPI/System/deviceInfo":
        http(conn, 200, ["Content-Type: application/xml"], INFO)
    elif path == "/cgi-bin/snapshot.cgi":
        http(conn, 200, ["Content-Type: image/jpeg"], JPEG)
    elif path.startswith("/axis-cgi/param.cgi"):
        http(conn, 200, ["Content-Type: text/plain"], b"root.Network.eth0.IPAddress=192.0.2.1\r\n")
    else:
        http(conn, 401, ['WWW-Authenticate: Basic realm="cam"'])


def start_page(conn, _):
    """Answers whatever is asked with its start page, as applications in a browser do."""
    http(conn, 200, ["Content-Type: text/html"], b"<html>root.Network. SerialNumber=</html>")


def garbage(conn, _):
    conn.sendall(b"\0\1\2 not what you think\n" * 200)


def hang(conn, _):
    conn.recv(1)


def endless(conn, _):
    record = b"\x16\x03\x03\x10\x00\x0b\xff\xff\xff" + bytes(4092)
    while True:
        conn.sendall(record)


def endless_head(conn, _):
    conn.sendall(b"RTSP/1.0 200 OK\r\n")
    while True:
        conn.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")


def silent_close(_conn, _head):
    pass


def serve(name, act, reads):
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(name, listener.getsockname()[1])

    def one(conn):
        global now_open
        with log_lock:
            now_open += 1
            print(name, "open", now_open, file=LOG)
        try:
            conn.settimeout(20)
            head = request(conn) if reads else ""
            if head is not None:
                if head:
                    note(name, head.split("\r\n")[0], "AUTH" if "authorization:" in head.lower() else "")
                act(conn, head)
        except OSError:
            pass
        with log_lock:
            now_open -= 1
        conn.close()

    def loop():
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=one, args=(conn,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()


for peer, action, is_reader in (
    ("rtsp-open", rtsp_open, True),
    ("rtsp-login", rtsp_login, True),
    ("rtsp-unknown", rtsp_unknown, True),
    ("redirect", redirect, True),
    ("careless", careless, True),
    ("start-page", start_page, True),
    ("garbage", garbage, False),
    ("hang", hang, False),
    ("hang2", hang, False),
    ("endless", endless, False),
    ("endless-head", endless_head, True),
    ("close", silent_close, False),
):
    serve(peer, action, is_reader)
print("ready", flush=True)
while True:
    time.sleep(3600)

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints one figure of the agent's status: status.py SOCKET NAME [NAME-WITHIN-IT...]."""

import json
import socket
import sys

asked = socket.socket(socket.AF_UNIX)
asked.settimeout(5)
asked.connect(sys.argv[1])
asked.sendall(b"status\n")
answer = b""
while part := asked.recv(65536):
    answer += part
figure = json.loads(answer[answer.index(b"{"):])
for name in sys.argv[2:]:
    figure = figure[name]
print(figure)

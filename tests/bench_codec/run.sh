#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# CPU time of reading an ONVIF reply and of writing a request, beside libxml2 alone on the same reply.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$root/build}
exec taskset -c 0 "$build/tests/bench_codec/onvif_bench"

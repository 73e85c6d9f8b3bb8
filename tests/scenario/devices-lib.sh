# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Simulated ONVIF devices for scenarios that have a folder in $work and end what is in $peers.
devices_start() { # those in $work/devices
	"$BUILD/tests/fake/fake_onvif" -k "$work/k" "$work/devices" >"$work/ports" 2>"$work/fake.err" &
	peers+=($!)
	for _ in $(seq 200); do
		grep -qx ready "$work/ports" && break
		sleep 0.05
	done
}
port() { sed -n "s/^$1 //p" "$work/ports"; }
fake() { "$BUILD/tests/fake/fake_onvif" -k "$work/k" -- "$@"; }
counter() { fake get "$1" | sed -n "s/^$2=//p"; }
secret_of() { fake secrets "$1" | sed -n "s/^$2=//p"; }

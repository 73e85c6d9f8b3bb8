-- SPDX-License-Identifier: GPL-3.0-or-later
-- What hangs on what, as it is and as it was; the ports of switches; what a switch is known by.
-- MAC addresses are "00:40:8c:01:02:03", "" if there is none.

-- How a device is reached: one row holds (spare 0), those of second paths stand by (spare 1). Only
-- what differs is written, and `confirmed` once an hour.
CREATE TABLE link (
	device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	spare INTEGER NOT NULL CHECK (spare IN (0, 1)),
	parent INTEGER NOT NULL, -- device whose port it is; 0: not in the fleet, see parent_name
	if_index INTEGER NOT NULL, -- of the parent's port; 0 not known
	port TEXT NOT NULL,
	device_if INTEGER NOT NULL, -- the device's own port that looks up; 0 not known
	device_port TEXT NOT NULL,
	parent_name TEXT NOT NULL,
	source TEXT NOT NULL, -- declared, lldp, cdp, fdb, arp ...
	via TEXT NOT NULL, -- direct, shared, unmanaged, named, wireless
	confidence INTEGER NOT NULL, -- percent
	contradicted INTEGER NOT NULL,
	seen_parent INTEGER NOT NULL, -- of a contradicted one: where it is seen; else 0 and ''
	seen_if_index INTEGER NOT NULL,
	seen_port TEXT NOT NULL,
	vlan INTEGER NOT NULL,
	shared INTEGER NOT NULL, -- other stations on the port
	mac TEXT NOT NULL,
	why TEXT NOT NULL,
	first_seen INTEGER NOT NULL,
	confirmed INTEGER NOT NULL,
	PRIMARY KEY (device, spare, parent, if_index)
) WITHOUT ROWID;
CREATE INDEX link_by_parent ON link (parent, if_index);

-- Links that were: from since (first seen) until (last confirmed).
CREATE TABLE link_history (
	id INTEGER PRIMARY KEY,
	device INTEGER NOT NULL, -- a device that was purged keeps its history until retention
	spare INTEGER NOT NULL,
	parent INTEGER NOT NULL,
	if_index INTEGER NOT NULL,
	port TEXT NOT NULL,
	device_if INTEGER NOT NULL,
	device_port TEXT NOT NULL,
	parent_name TEXT NOT NULL,
	source TEXT NOT NULL,
	via TEXT NOT NULL,
	confidence INTEGER NOT NULL,
	contradicted INTEGER NOT NULL,
	seen_parent INTEGER NOT NULL,
	seen_if_index INTEGER NOT NULL,
	seen_port TEXT NOT NULL,
	vlan INTEGER NOT NULL,
	shared INTEGER NOT NULL,
	mac TEXT NOT NULL,
	why TEXT NOT NULL,
	since INTEGER NOT NULL,
	until INTEGER NOT NULL
);
CREATE INDEX link_history_by_device ON link_history (device, until);
CREATE INDEX link_history_by_end ON link_history (until);

-- What a switch is known by, and when its ports were read last, to about an hour.
CREATE TABLE switch (
	device INTEGER PRIMARY KEY REFERENCES device (id) ON DELETE CASCADE,
	bridge_mac TEXT NOT NULL DEFAULT '',
	chassis_id TEXT NOT NULL DEFAULT '',
	serial TEXT NOT NULL DEFAULT '',
	ports_seen INTEGER NOT NULL DEFAULT 0
);

-- Clustered by switch: what a reading changes lies on a page or two.
CREATE TABLE port (
	device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE, -- the switch
	if_index INTEGER NOT NULL,
	name TEXT NOT NULL,
	alias TEXT NOT NULL,
	role TEXT NOT NULL, -- edge, uplink, downlink, member, unused, unknown
	admin TEXT NOT NULL, -- ifAdminStatus, ifOperStatus (RFC 2863) in words; "" not known
	oper TEXT NOT NULL,
	speed_mbps INTEGER NOT NULL, -- 0 not known
	duplex TEXT NOT NULL, -- half, full, ""
	lag INTEGER NOT NULL, -- if_index of its aggregation; 0: none
	stp TEXT NOT NULL, -- dot1dStpPortState (RFC 4188)
	pvid INTEGER NOT NULL,
	poe TEXT NOT NULL, -- none, disabled, searching, delivering, fault ...
	poe_class INTEGER, -- NULL not known
	poe_mw INTEGER, -- NULL not known
	poe_overload INTEGER NOT NULL,
	stations INTEGER NOT NULL, -- MACs learned on it
	changed_at INTEGER NOT NULL, -- last change of the link; 0 not known
	neighbour TEXT NOT NULL,
	PRIMARY KEY (device, if_index)
) WITHOUT ROWID;

-- Stations known on edge ports of cameras and doors: the next new one is an event.
CREATE TABLE station (
	device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE, -- the switch
	if_index INTEGER NOT NULL,
	mac TEXT NOT NULL,
	first_seen INTEGER NOT NULL,
	PRIMARY KEY (device, if_index, mac)
) WITHOUT ROWID;

-- SPDX-License-Identifier: GPL-3.0-or-later
-- The agent that writes this database, the declared devices, and their present state.
-- Times are wall clock in ms since 1970. Names of states, reasons and kinds are those of the files
-- and reports, so that the database can be read without this program.

-- One row: the agent that runs, or ran last.
CREATE TABLE agent (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	id TEXT NOT NULL,
	pid INTEGER NOT NULL,
	host TEXT NOT NULL,
	version TEXT NOT NULL,
	started_at INTEGER NOT NULL,
	heartbeat_at INTEGER NOT NULL,
	config_loaded_at INTEGER NOT NULL DEFAULT 0,
	stopped_at INTEGER NOT NULL DEFAULT 0
);

-- Ids are never reused (AUTOINCREMENT): packed rows and events refer to them.
CREATE TABLE device (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	name TEXT NOT NULL UNIQUE,
	address TEXT NOT NULL,
	kind TEXT NOT NULL,
	site TEXT NOT NULL,
	owner TEXT NOT NULL,
	upstream_switch TEXT NOT NULL,
	upstream_port TEXT NOT NULL,
	tags TEXT NOT NULL,
	declared_at INTEGER NOT NULL,
	removed_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX device_by_address ON device (address);
CREATE INDEX device_removed ON device (removed_at) WHERE removed_at > 0;

-- Names of probes to small numbers, for keys and packed rows. At most 31.
CREATE TABLE probe (
	id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 31),
	name TEXT NOT NULL UNIQUE
);

-- State of a device (probe 0) and of its probes: neighbours, because they change together and every
-- page that a commit touches is written twice. Written when a state changes, not when a probe runs.
CREATE TABLE state (
	device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	probe INTEGER NOT NULL,
	health TEXT NOT NULL,
	reason TEXT NOT NULL,
	since INTEGER NOT NULL,
	flapping INTEGER NOT NULL,
	was_up INTEGER NOT NULL,
	flips INTEGER NOT NULL,
	detail TEXT NOT NULL,
	PRIMARY KEY (device, probe)
) WITHOUT ROWID;

-- The last runs of all probes of 64 devices (id / 64), packed: src/store/series.h.
CREATE TABLE last_run (
	chunk INTEGER PRIMARY KEY,
	data BLOB NOT NULL
);

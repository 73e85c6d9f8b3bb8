-- SPDX-License-Identifier: GPL-3.0-or-later
-- What was to blame: incidents with their devices, alternatives, evidence and every change of mind;
-- findings with their history. Times are wall clock in ms since 1970, 0: not (yet). Names are those
-- of exports; names of nodes, sites and zones are as they were at the time.

-- Numbers are never reused (AUTOINCREMENT): people write them into tickets.
CREATE TABLE incident (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	verdict TEXT NOT NULL DEFAULT 'undetermined',
	blame_type TEXT NOT NULL DEFAULT 'node', -- node, site, zone
	blame_id INTEGER NOT NULL DEFAULT 0, -- of a node in the fleet: its device
	blame_name TEXT NOT NULL DEFAULT '',
	site TEXT NOT NULL DEFAULT '', -- of the blame, else that of all devices
	team TEXT NOT NULL DEFAULT 'none',
	confidence REAL NOT NULL DEFAULT 0, -- 0 .. 1
	since INTEGER NOT NULL DEFAULT 0, -- onset of the fault
	opened INTEGER NOT NULL,
	changed INTEGER NOT NULL DEFAULT 0, -- last step
	healed INTEGER NOT NULL DEFAULT 0,
	closed INTEGER NOT NULL DEFAULT 0,
	told INTEGER NOT NULL DEFAULT 0, -- first alert
	told_count INTEGER NOT NULL DEFAULT 0,
	adopted_by INTEGER NOT NULL DEFAULT 0, -- incident that explains this one
	overturned INTEGER NOT NULL DEFAULT 0, -- a person said what it was: cause
	cause TEXT NOT NULL DEFAULT '',
	note TEXT NOT NULL DEFAULT '',
	said_by TEXT NOT NULL DEFAULT '',
	devices INTEGER NOT NULL DEFAULT 0, -- affected
	devices_out INTEGER NOT NULL DEFAULT 0, -- of these still out
	steps INTEGER NOT NULL DEFAULT 0 -- ever
);
CREATE INDEX incident_open ON incident (id) WHERE closed = 0;
CREATE INDEX incident_by_end ON incident (closed) WHERE closed > 0;
CREATE INDEX incident_by_blame ON incident (blame_id);

CREATE TABLE incident_device (
	incident INTEGER NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
	device INTEGER NOT NULL, -- a device that was purged keeps its outages
	since INTEGER NOT NULL, -- first lost poll; 0: was never out
	until INTEGER NOT NULL, -- first answer after it; 0: still out
	left_at INTEGER NOT NULL, -- no longer held to belong to it
	PRIMARY KEY (incident, device)
) WITHOUT ROWID;
CREATE INDEX incident_device_by_device ON incident_device (device) WHERE left_at = 0;

-- Every change of mind. Of a long log the older steps that only grew or refined are let go.
CREATE TABLE incident_step (
	incident INTEGER NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
	number INTEGER NOT NULL, -- 1 ...
	at INTEGER NOT NULL,
	step TEXT NOT NULL, -- opened, grown, re-blamed, refined, healed, closed, adopted, overturned
	verdict TEXT NOT NULL,
	blame_type TEXT NOT NULL,
	blame_id INTEGER NOT NULL,
	blame_name TEXT NOT NULL,
	team TEXT NOT NULL,
	confidence REAL NOT NULL,
	alert INTEGER NOT NULL, -- a person was told
	devices INTEGER NOT NULL,
	other INTEGER NOT NULL, -- adopted: by which incident
	note TEXT NOT NULL,
	said_by TEXT NOT NULL,
	lines INTEGER NOT NULL, -- number of the step whose lines hold; 0: none
	PRIMARY KEY (incident, number)
) WITHOUT ROWID;

-- The chain of evidence, and what would decide; written when it is another than before.
CREATE TABLE incident_line (
	incident INTEGER NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
	step INTEGER NOT NULL, -- number of the first step for which it holds
	decider INTEGER NOT NULL, -- 0: evidence, 1: what would decide
	n INTEGER NOT NULL, -- strongest first
	at INTEGER NOT NULL, -- when it was measured; 0: holds throughout
	node INTEGER NOT NULL,
	port INTEGER NOT NULL,
	weight REAL NOT NULL, -- nats for the verdict
	text TEXT NOT NULL,
	PRIMARY KEY (incident, step, decider, n)
) WITHOUT ROWID;

-- What is not excluded by the current verdict.
CREATE TABLE incident_alt (
	incident INTEGER NOT NULL REFERENCES incident (id) ON DELETE CASCADE,
	n INTEGER NOT NULL, -- likeliest first
	verdict TEXT NOT NULL,
	blame_type TEXT NOT NULL,
	blame_id INTEGER NOT NULL,
	blame_name TEXT NOT NULL,
	share REAL NOT NULL, -- of the belief, 0 .. 1
	PRIMARY KEY (incident, n)
) WITHOUT ROWID;

-- What is no outage but wants attention. One is open of a rule, node and port.
CREATE TABLE finding (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	rule TEXT NOT NULL,
	severity TEXT NOT NULL,
	node INTEGER NOT NULL,
	port INTEGER NOT NULL, -- 0: the node as a whole
	name TEXT NOT NULL, -- of the node
	since INTEGER NOT NULL,
	confirmed INTEGER NOT NULL,
	resolved INTEGER NOT NULL DEFAULT 0,
	value REAL NOT NULL,
	bound REAL NOT NULL, -- what value was held against
	evidence TEXT NOT NULL,
	changes INTEGER NOT NULL DEFAULT 0 -- ever
);
CREATE UNIQUE INDEX finding_open ON finding (rule, node, port) WHERE resolved = 0;
CREATE INDEX finding_by_end ON finding (resolved) WHERE resolved > 0;
CREATE INDEX finding_by_node ON finding (node);

CREATE TABLE finding_change (
	finding INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
	number INTEGER NOT NULL, -- 1: opened
	at INTEGER NOT NULL,
	severity TEXT NOT NULL,
	resolved INTEGER NOT NULL, -- 1: it was resolved
	value REAL NOT NULL,
	bound REAL NOT NULL,
	evidence TEXT NOT NULL,
	PRIMARY KEY (finding, number)
) WITHOUT ROWID;

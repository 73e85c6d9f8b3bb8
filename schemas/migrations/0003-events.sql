-- SPDX-License-Identifier: GPL-3.0-or-later
-- What happened. Rows are only added; retention alone may remove old ones, by raising the horizon
-- first, so that a slip of a query cannot.

CREATE TABLE event (
	id INTEGER PRIMARY KEY, -- ascends: the newest row is never deleted
	at INTEGER NOT NULL,
	device INTEGER, -- NULL: the agent itself; a device that was purged keeps its events
	type TEXT NOT NULL,
	probe INTEGER,
	from_value TEXT,
	to_value TEXT,
	reason TEXT NOT NULL,
	detail TEXT
);
-- By 5 minutes, then device: new rows share pages, where (device, at) would touch one a device.
CREATE INDEX event_by_period ON event (at / 300000, device);

CREATE TABLE event_horizon (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	before INTEGER NOT NULL -- events older than this may be deleted
);
INSERT INTO event_horizon VALUES (1, 0);

CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN
	SELECT RAISE(ABORT, 'events are append-only');
END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
WHEN old.at >= (SELECT before FROM event_horizon) OR old.id = (SELECT max(id) FROM event)
BEGIN
	SELECT RAISE(ABORT, 'events are append-only');
END;
-- REPLACE deletes without asking the trigger above. FAIL, not ABORT: that one makes SQLite open a
-- statement journal for every insert, which doubles its cost.
CREATE TRIGGER event_no_replace BEFORE INSERT ON event
WHEN new.id > 0 AND EXISTS (SELECT 1 FROM event WHERE id = new.id)
BEGIN
	SELECT RAISE(FAIL, 'events are append-only');
END;
CREATE TRIGGER event_horizon_only_rises BEFORE UPDATE ON event_horizon
WHEN new.before < old.before
BEGIN
	SELECT RAISE(ABORT, 'the horizon of events only rises');
END;

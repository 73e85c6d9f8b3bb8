-- SPDX-License-Identifier: GPL-3.0-or-later
-- What devices say of themselves. Each probe has its own view: two that disagree about a model do
-- not overwrite each other, and one that lists all MACs does not make another's disappear.

-- Clustered by device: the hourly note that all its facts were seen again touches a page or two.
CREATE TABLE fact (
	device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	probe INTEGER NOT NULL,
	key TEXT NOT NULL,
	instance TEXT NOT NULL,
	value TEXT NOT NULL,
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	gone_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (device, probe, key, instance)
) WITHOUT ROWID;
CREATE INDEX fact_by_key ON fact (key, device);
CREATE INDEX fact_gone ON fact (gone_at) WHERE gone_at > 0;

-- Values that were, with the time for which they held.
CREATE TABLE fact_history (
	id INTEGER PRIMARY KEY,
	device INTEGER NOT NULL, -- a device that was purged keeps its history until retention
	probe INTEGER NOT NULL,
	key TEXT NOT NULL,
	instance TEXT NOT NULL,
	value TEXT NOT NULL,
	since INTEGER NOT NULL,
	until INTEGER NOT NULL,
	ended TEXT NOT NULL CHECK (ended IN ('changed', 'gone'))
);
-- By 5 minutes, then device: new rows share pages, where (device, until) would touch one a device.
CREATE INDEX fact_history_by_period ON fact_history (until / 300000, device);

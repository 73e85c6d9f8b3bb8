-- SPDX-License-Identifier: GPL-3.0-or-later
-- RTT, loss and availability of every (device, probe) by period, packed: one row holds 64 devices,
-- src/store/series.h. id = number of the period since 1970 * 65536 + device / 64: rows are written
-- at the end of the table, read by computed ids, and deleted from its front. Without a key of
-- device, metric and time, whose every insert would touch a page of its own.

CREATE TABLE rollup_5min (
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
);
CREATE TABLE rollup_hour (
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
);

-- Hours before this number (since 1970) are in rollup_hour; later ones only in rollup_5min.
CREATE TABLE rollup_progress (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	next_hour INTEGER NOT NULL
);
INSERT INTO rollup_progress VALUES (1, 0);

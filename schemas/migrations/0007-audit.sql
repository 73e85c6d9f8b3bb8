-- SPDX-License-Identifier: GPL-3.0-or-later
-- What an audit needs: several findings of a rule on one device, who lives with which and why, the
-- ledger of passwords, how units changed, when nobody watched. Times are wall clock in ms since
-- 1970, 0: not (yet), or not known.

-- Which of several of the same rule and node: a port, an account, a CVE; '' where there is one.
ALTER TABLE finding ADD COLUMN instance TEXT NOT NULL DEFAULT '';
DROP INDEX finding_open;
-- By node first: an audit works off one device after the other.
CREATE UNIQUE INDEX finding_open ON finding (node, rule, port, instance) WHERE resolved = 0;

-- Open findings of a device that were seen again: one small row instead of all of theirs.
CREATE TABLE finding_confirmed (
	node INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	rule TEXT NOT NULL, -- '': all rules of the audit
	at INTEGER NOT NULL,
	PRIMARY KEY (node, rule)
) WITHOUT ROWID;

-- A person lives with a finding. Rule, node, port and instance name it, whether it is there or not:
-- it holds when the finding opens again. The newest one counts.
CREATE TABLE finding_acceptance (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	rule TEXT NOT NULL,
	node INTEGER NOT NULL,
	port INTEGER NOT NULL,
	instance TEXT NOT NULL,
	name TEXT NOT NULL, -- of the node
	at INTEGER NOT NULL,
	until INTEGER NOT NULL, -- 0: for ever
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	withdrawn INTEGER NOT NULL DEFAULT 0,
	withdrawn_by TEXT NOT NULL DEFAULT '',
	withdrawn_why TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX finding_acceptance_key
	ON finding_acceptance (node, rule, port, instance, at);

CREATE TRIGGER finding_acceptance_no_delete BEFORE DELETE ON finding_acceptance
BEGIN
	SELECT RAISE(ABORT, 'acceptances are never deleted');
END;
CREATE TRIGGER finding_acceptance_only_withdrawn BEFORE UPDATE ON finding_acceptance
WHEN old.withdrawn <> 0 OR (old.id, old.rule, old.node, old.port, old.instance, old.name, old.at,
	old.until, old.who, old.why) IS NOT (new.id, new.rule, new.node, new.port, new.instance,
	new.name, new.at, new.until, new.who, new.why)
BEGIN
	SELECT RAISE(ABORT, 'acceptances are only ever withdrawn');
END;

-- What is proven of the password of an account. proof is a keyed hash, whose key is not here.
CREATE TABLE password_ledger (
	device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	use TEXT NOT NULL, -- onvif, http, snmp
	account TEXT NOT NULL,
	proof TEXT NOT NULL,
	first_proven INTEGER NOT NULL,
	last_proven INTEGER NOT NULL,
	change TEXT NOT NULL, -- never, proven, rotated, attested
	changed_after INTEGER NOT NULL, -- the present password came into force between these two
	changed_before INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	default_found INTEGER NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	PRIMARY KEY (device, use, account)
) WITHOUT ROWID;

-- What happened to it. As long as the device is kept.
CREATE TABLE password_event (
	device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	use TEXT NOT NULL,
	account TEXT NOT NULL,
	at INTEGER NOT NULL,
	event TEXT NOT NULL,
	changed_after INTEGER NOT NULL,
	changed_before INTEGER NOT NULL,
	proof TEXT NOT NULL,
	who TEXT NOT NULL,
	why TEXT NOT NULL,
	PRIMARY KEY (device, use, account, at, event)
) WITHOUT ROWID;
CREATE TRIGGER password_event_no_update BEFORE UPDATE ON password_event
BEGIN
	SELECT RAISE(ABORT, 'the history of passwords is append-only');
END;

-- What a device is, where it is not what it was: vendor, model, firmware, serial, hardware. One
-- reading's rows have the same time. Kept as long as the device, not only as long as other history.
CREATE TABLE unit_change (
	device INTEGER NOT NULL REFERENCES device (id) ON DELETE CASCADE,
	at INTEGER NOT NULL, -- first reading of the new value
	probe INTEGER NOT NULL,
	key TEXT NOT NULL,
	from_value TEXT NOT NULL,
	to_value TEXT NOT NULL,
	last_seen INTEGER NOT NULL, -- of the former value, to about an hour
	PRIMARY KEY (device, at, probe, key)
) WITHOUT ROWID;
INSERT INTO unit_change
	SELECT device, since, probe, key, was, value, was_until
	FROM (SELECT device, probe, key, value, since,
			lag(value) OVER unit AS was,
			lag(iif(ended = 'gone', until, 0)) OVER unit AS was_until
		FROM (SELECT device, probe, key, value, since, until, ended FROM fact_history
				WHERE instance = ''
				AND key IN ('vendor', 'model', 'firmware', 'serial', 'hardware')
			UNION ALL
			SELECT device, probe, key, value, changed_at, 0, '' FROM fact
				WHERE instance = '' AND gone_at = 0
				AND key IN ('vendor', 'model', 'firmware', 'serial', 'hardware'))
		WINDOW unit AS (PARTITION BY device, probe, key ORDER BY since))
	WHERE was <> value AND device IN (SELECT id FROM device)
	ON CONFLICT DO NOTHING;

-- Until when a part of the audit was checked that cannot be any more.
CREATE INDEX fact_history_checked ON fact_history (device, instance, until)
	WHERE key = 'audited' AND value = 'checked';

-- When no agent watched. What is known of it from before is in the events.
CREATE TABLE agent_gap (
	id INTEGER PRIMARY KEY,
	since INTEGER NOT NULL, -- last sign of life
	until INTEGER NOT NULL, -- next one
	kind TEXT NOT NULL -- stopped, crashed, silent
);
INSERT INTO agent_gap (since, until, kind)
	SELECT since, at, kind
	FROM (SELECT at, iif(was = 'agent-stop', 'stopped', 'crashed') AS kind,
			iif(was = 'agent-stop', was_at, (SELECT at FROM event b WHERE b.id < e.id
				ORDER BY b.id DESC LIMIT 1)) AS since
		FROM (SELECT id, at, type, lag(type) OVER (ORDER BY id) AS was,
				lag(at) OVER (ORDER BY id) AS was_at
			FROM event WHERE type IN ('agent-start', 'agent-stop')) e
		WHERE type = 'agent-start' AND was IS NOT NULL)
	WHERE since < at;

-- Who may, and where: scopes, people's life, what is noted once a minute.

-- What of a council somebody works for; none of a kind is all of it.
CREATE TABLE membership_scope (
    council_id INTEGER NOT NULL,
    person_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    granted_at TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    CONSTRAINT membership_scope_kind CHECK (kind IN ('fund', 'fund-group', 'office', 'method', 'template')),
    PRIMARY KEY (council_id, person_id, kind, code)
) STRICT, WITHOUT ROWID;

ALTER TABLE person ADD COLUMN last_sign_in_at TEXT;
ALTER TABLE person ADD COLUMN enabled_at TEXT;
ALTER TABLE person ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN failed_sign_ins INTEGER NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN locked_until TEXT;

-- The last minute in which something of somebody was noted, so that nobody
-- floods the audit trail.
CREATE TABLE noted_minute (
    council_id INTEGER NOT NULL,
    actor TEXT NOT NULL,
    what TEXT NOT NULL,
    minute INTEGER NOT NULL,
    PRIMARY KEY (council_id, actor, what)
) STRICT, WITHOUT ROWID;

-- The funds an approval is about; one without any is about them all.
CREATE TABLE approval_fund (
    council_id INTEGER NOT NULL,
    approval_id BLOB NOT NULL,
    fund TEXT NOT NULL,
    PRIMARY KEY (council_id, approval_id, fund)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER approval_fund_never_updated BEFORE UPDATE ON approval_fund BEGIN SELECT RAISE(ABORT, 'the books are append-only: approval_fund is never updated'); END;
CREATE TRIGGER approval_fund_never_deleted BEFORE DELETE ON approval_fund BEGIN SELECT RAISE(ABORT, 'the books are append-only: approval_fund is never deleted'); END;

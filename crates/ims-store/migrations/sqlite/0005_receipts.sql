-- Account holders with a version and a history, and references that lead elsewhere.

ALTER TABLE account_holder ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- When the balance was stated; what was paid since is not in it.
ALTER TABLE account_holder ADD COLUMN balance_at TEXT;

-- What was changed of an account holder; what it was before and after lies in detail, under the
-- change's id, and its digest here.
CREATE TABLE holder_change (
    council_id INTEGER NOT NULL,
    change_id BLOB NOT NULL,
    fund TEXT NOT NULL,
    reference TEXT NOT NULL,
    version INTEGER NOT NULL,
    deed TEXT NOT NULL,
    fields TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    import_id BLOB,
    reason TEXT NOT NULL,
    digest BLOB NOT NULL,
    CONSTRAINT holder_change_version CHECK (version > 0),
    PRIMARY KEY (council_id, change_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX holder_change_once ON holder_change (council_id, fund, reference, version);

-- From a day on, money for one reference goes to another; to none: to itself again.
CREATE TABLE redirect (
    council_id INTEGER NOT NULL,
    redirect_id BLOB NOT NULL,
    fund TEXT NOT NULL,
    reference TEXT NOT NULL,
    from_day TEXT NOT NULL,
    to_fund TEXT,
    to_reference TEXT,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT redirect_whole CHECK ((to_fund IS NULL) = (to_reference IS NULL)),
    PRIMARY KEY (council_id, redirect_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX redirect_reference ON redirect (council_id, reference);

CREATE TRIGGER holder_change_never_updated BEFORE UPDATE ON holder_change BEGIN SELECT RAISE(ABORT, 'the books are append-only: holder_change is never updated'); END;
CREATE TRIGGER holder_change_never_deleted BEFORE DELETE ON holder_change BEGIN SELECT RAISE(ABORT, 'the books are append-only: holder_change is never deleted'); END;
CREATE TRIGGER redirect_never_updated BEFORE UPDATE ON redirect BEGIN SELECT RAISE(ABORT, 'the books are append-only: redirect is never updated'); END;
CREATE TRIGGER redirect_never_deleted BEFORE DELETE ON redirect BEGIN SELECT RAISE(ABORT, 'the books are append-only: redirect is never deleted'); END;

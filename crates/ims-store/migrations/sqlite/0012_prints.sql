-- By what later files are compared with those that came in, and which files are kept with
-- their card numbers masked.

-- What is kept of an import of rows: from when to when they are, what they come to, and the
-- smallest fingerprints of them with how often each is there.
CREATE TABLE import_print (
    council_id INTEGER NOT NULL,
    import_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    rows INTEGER NOT NULL,
    total_pence INTEGER NOT NULL,
    prints BLOB NOT NULL,
    CONSTRAINT import_print_kind CHECK (kind IN ('receipts', 'schedules', 'settlements')),
    CONSTRAINT import_print_days CHECK (first_day <= last_day),
    PRIMARY KEY (council_id, import_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_print_when ON import_print (council_id, kind, last_day);
CREATE INDEX import_print_sender ON import_print (council_id, sender, last_day);

-- A file that held card numbers: the hash of what is kept of it, under the hash of what came.
CREATE TABLE archive_masked (
    council_id INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    kept_hash BLOB NOT NULL,
    PRIMARY KEY (council_id, content_hash)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER import_print_never_updated BEFORE UPDATE ON import_print BEGIN SELECT RAISE(ABORT, 'the books are append-only: import_print is never updated'); END;
CREATE TRIGGER import_print_never_deleted BEFORE DELETE ON import_print BEGIN SELECT RAISE(ABORT, 'the books are append-only: import_print is never deleted'); END;
CREATE TRIGGER archive_masked_never_updated BEFORE UPDATE ON archive_masked BEGIN SELECT RAISE(ABORT, 'the books are append-only: archive_masked is never updated'); END;
CREATE TRIGGER archive_masked_never_deleted BEFORE DELETE ON archive_masked BEGIN SELECT RAISE(ABORT, 'the books are append-only: archive_masked is never deleted'); END;

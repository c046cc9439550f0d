-- Under which version of the council's configuration a rule made a match; none where a person made
-- it, or it is older than this column.
ALTER TABLE match_set ADD COLUMN config_version INTEGER;

-- What somebody says of a file that should come: that it will not, or that it is waited for again.
CREATE TABLE file_word (
    council_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    of_day TEXT NOT NULL,
    word_no INTEGER NOT NULL,
    will_come INTEGER NOT NULL,
    reason TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said_at TEXT NOT NULL,
    CONSTRAINT file_word_will_come CHECK (will_come IN (0, 1)),
    CONSTRAINT file_word_reason CHECK (reason <> ''),
    PRIMARY KEY (council_id, name, of_day, word_no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER file_word_never_updated BEFORE UPDATE ON file_word BEGIN SELECT RAISE(ABORT, 'the books are append-only: file_word is never updated'); END;
CREATE TRIGGER file_word_never_deleted BEFORE DELETE ON file_word BEGIN SELECT RAISE(ABORT, 'the books are append-only: file_word is never deleted'); END;

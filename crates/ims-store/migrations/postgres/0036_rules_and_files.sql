-- Under which version of the council's configuration a rule made a match; none where a person made
-- it, or it is older than this column.
ALTER TABLE match_set ADD COLUMN config_version BIGINT;

-- What somebody says of a file that should come: that it will not, or that it is waited for again.
CREATE TABLE file_word (
    council_id BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    of_day DATE NOT NULL,
    word_no BIGINT NOT NULL,
    will_come BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    said_by TEXT COLLATE "C" NOT NULL,
    said_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT file_word_will_come CHECK (will_come IN (0, 1)),
    CONSTRAINT file_word_reason CHECK (reason <> ''),
    PRIMARY KEY (council_id, name, of_day, word_no)
);

CREATE TRIGGER file_word_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON file_word
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

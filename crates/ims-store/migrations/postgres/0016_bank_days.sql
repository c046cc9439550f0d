-- Bank accounts reconciled day by day: who prepared the day, who else reviewed it, why it was
-- opened again.

-- What the day of an account came to when somebody put their name to it. The generation is how
-- often it had been opened again before.
CREATE TABLE bank_day (
    council_id BIGINT NOT NULL,
    bank TEXT COLLATE "C" NOT NULL,
    day DATE NOT NULL,
    generation BIGINT NOT NULL,
    certificate TEXT COLLATE "C" NOT NULL,
    content_hash BYTEA NOT NULL,
    head BYTEA NOT NULL,
    prepared_by TEXT COLLATE "C" NOT NULL,
    prepared_at TIMESTAMPTZ NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    CONSTRAINT bank_day_generation CHECK (generation >= 0),
    PRIMARY KEY (council_id, bank, day, generation)
);

-- Nobody reviews what they prepared: the books refuse the row.
CREATE TABLE bank_day_review (
    council_id BIGINT NOT NULL,
    bank TEXT COLLATE "C" NOT NULL,
    day DATE NOT NULL,
    generation BIGINT NOT NULL,
    content_hash BYTEA NOT NULL,
    prepared_by TEXT COLLATE "C" NOT NULL,
    reviewed_by TEXT COLLATE "C" NOT NULL,
    reviewed_at TIMESTAMPTZ NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    CONSTRAINT bank_day_four_eyes CHECK (reviewed_by <> prepared_by),
    PRIMARY KEY (council_id, bank, day, generation)
);

-- A day that was signed is open again, and why.
CREATE TABLE bank_day_reopen (
    council_id BIGINT NOT NULL,
    bank TEXT COLLATE "C" NOT NULL,
    day DATE NOT NULL,
    generation BIGINT NOT NULL,
    reopened_by TEXT COLLATE "C" NOT NULL,
    reopened_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    CONSTRAINT bank_day_reopen_reason CHECK (reason <> ''),
    PRIMARY KEY (council_id, bank, day, generation)
);

CREATE TRIGGER bank_day_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_day
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER bank_day_review_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_day_review
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER bank_day_reopen_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_day_reopen
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

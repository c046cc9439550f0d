-- A lift that was mistyped, taken back: the lift stays, and counts no more in the counts after
-- the first so many.
CREATE TABLE till_lift_back (
    council_id BIGINT NOT NULL,
    session_id UUID NOT NULL,
    lift_no BIGINT NOT NULL,
    counts BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    taken_back_by TEXT COLLATE "C" NOT NULL,
    taken_back_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT till_lift_back_reason CHECK (reason <> ''),
    PRIMARY KEY (council_id, session_id, lift_no)
);

CREATE TRIGGER till_lift_back_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON till_lift_back
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

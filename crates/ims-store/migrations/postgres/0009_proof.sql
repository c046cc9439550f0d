-- What proves the books to others: days opened again, periods, what the other side said of
-- exports, and control certificates.

-- Days opened again, by two people: those after closed_through. Numbered from 1, so that each
-- close knows how many came before it.
CREATE TABLE day_reopen (
    council_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    closed_through DATE NOT NULL,
    approval_id UUID NOT NULL,
    asked_by TEXT COLLATE "C" NOT NULL,
    reopened_by TEXT COLLATE "C" NOT NULL,
    reopened_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    CONSTRAINT day_reopen_number CHECK (number > 0),
    CONSTRAINT day_reopen_four_eyes CHECK (reopened_by <> asked_by),
    PRIMARY KEY (council_id, number)
);
CREATE UNIQUE INDEX day_reopen_approval ON day_reopen (council_id, approval_id);

-- A month closed: its days stay as they are until it is opened again.
CREATE TABLE period_close (
    council_id BIGINT NOT NULL,
    period TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    closed_at TIMESTAMPTZ NOT NULL,
    closed_by TEXT COLLATE "C" NOT NULL,
    head BYTEA NOT NULL,
    certificate TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (council_id, period, generation)
);

-- A month opened again, by two people.
CREATE TABLE period_reopen (
    council_id BIGINT NOT NULL,
    period TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    approval_id UUID NOT NULL,
    asked_by TEXT COLLATE "C" NOT NULL,
    reopened_by TEXT COLLATE "C" NOT NULL,
    reopened_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    CONSTRAINT period_reopen_four_eyes CHECK (reopened_by <> asked_by),
    PRIMARY KEY (council_id, period, generation)
);

-- What the other side said of an export: once and for good.
CREATE TABLE export_ack (
    council_id BIGINT NOT NULL,
    export_id UUID NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    their_reference TEXT COLLATE "C" NOT NULL,
    said_by TEXT COLLATE "C" NOT NULL,
    said_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    CONSTRAINT export_ack_verdict CHECK (verdict IN ('accepted', 'rejected')),
    PRIMARY KEY (council_id, export_id)
);

-- The rejected exports whose days an export takes over.
CREATE TABLE export_replaces (
    council_id BIGINT NOT NULL,
    export_id UUID NOT NULL,
    replaced_id UUID NOT NULL,
    CONSTRAINT export_replaces_another CHECK (export_id <> replaced_id),
    PRIMARY KEY (council_id, export_id, replaced_id)
);

-- The books compared with the ledger and the host systems: numbered without gaps.
CREATE TABLE control_certificate (
    council_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    from_day DATE NOT NULL,
    through_day DATE NOT NULL,
    differences BIGINT NOT NULL,
    head BYTEA NOT NULL,
    content_hash BYTEA NOT NULL,
    certificate TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, number)
);

CREATE TRIGGER day_reopen_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON day_reopen
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER period_close_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON period_close
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER period_reopen_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON period_reopen
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER export_ack_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON export_ack
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER export_replaces_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON export_replaces
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER control_certificate_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON control_certificate
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

-- The day through which a council's books are closed, for a statement that posts by it. Whoever
-- closes days or opens them again waits until that statement has ended; while they are at it the
-- answer is 'infinity', which nobody posts by. VOLATILE, so that what was committed after the
-- statement began is seen.
CREATE FUNCTION ims_closed_through(council BIGINT) RETURNS DATE LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    closed DATE;
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(1768780800, CAST(council AS INTEGER)) THEN
        RETURN 'infinity';
    END IF;
    SELECT MAX(x.day) INTO closed FROM (
        SELECT MAX(c.day) AS day FROM day_close c WHERE c.council_id = council AND c.generation =
            (SELECT COALESCE(MAX(r.number), 0) FROM day_reopen r WHERE r.council_id = council)
        UNION ALL
        SELECT r.closed_through AS day FROM day_reopen r WHERE r.council_id = council AND r.number =
            (SELECT MAX(l.number) FROM day_reopen l WHERE l.council_id = council)) x;
    RETURN closed;
END
$$;

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

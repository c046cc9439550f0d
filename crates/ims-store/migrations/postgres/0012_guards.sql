-- The day through which a council's books are closed, for a statement that posts by it. Whoever
-- closes days or opens them again is waited for, and waits until the statement has ended. VOLATILE,
-- so that what they committed while it waited is seen, though the statement had begun before.
CREATE FUNCTION ims_closed_through(council BIGINT) RETURNS DATE LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    closed DATE;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1768780800, CAST(council AS INTEGER));
    SELECT MAX(x.day) INTO closed FROM (
        SELECT MAX(c.day) AS day FROM day_close c WHERE c.council_id = council AND c.generation =
            (SELECT COALESCE(MAX(r.number), 0) FROM day_reopen r WHERE r.council_id = council)
        UNION ALL
        SELECT r.closed_through AS day FROM day_reopen r WHERE r.council_id = council AND r.number =
            (SELECT MAX(l.number) FROM day_reopen l WHERE l.council_id = council)) x;
    RETURN closed;
END
$$;

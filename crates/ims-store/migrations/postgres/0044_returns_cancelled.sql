-- A return of suspense that was approved and is not paid any more: by which entry the item has its
-- money again, and why.
CREATE TABLE suspense_return_cancelled (
    council_id BIGINT NOT NULL,
    return_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    cancelled_by TEXT COLLATE "C" NOT NULL,
    cancelled_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT suspense_return_cancelled_reason CHECK (reason <> ''),
    PRIMARY KEY (council_id, return_id)
);
-- What a dispute or a payment sent back takes of an item asks for its returns.
CREATE INDEX suspense_return_item ON suspense_return (council_id, suspense_id);

CREATE TRIGGER suspense_return_cancelled_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON suspense_return_cancelled
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

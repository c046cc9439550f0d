-- By what later files are compared with those that came in, and which files are kept with
-- their card numbers masked.

-- What is kept of an import of rows: from when to when they are, what they come to, and the
-- smallest fingerprints of them with how often each is there.
CREATE TABLE import_print (
    council_id BIGINT NOT NULL,
    import_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    sender TEXT COLLATE "C" NOT NULL,
    first_day DATE NOT NULL,
    last_day DATE NOT NULL,
    rows BIGINT NOT NULL,
    total_pence BIGINT NOT NULL,
    prints BYTEA NOT NULL,
    CONSTRAINT import_print_kind CHECK (kind IN ('receipts', 'schedules', 'settlements')),
    CONSTRAINT import_print_days CHECK (first_day <= last_day),
    PRIMARY KEY (council_id, import_id)
);
CREATE INDEX import_print_when ON import_print (council_id, kind, last_day);
CREATE INDEX import_print_sender ON import_print (council_id, sender, last_day);

-- A file that held card numbers: the hash of what is kept of it, under the hash of what came.
CREATE TABLE archive_masked (
    council_id BIGINT NOT NULL,
    content_hash BYTEA NOT NULL,
    kept_hash BYTEA NOT NULL,
    PRIMARY KEY (council_id, content_hash)
);

CREATE TRIGGER import_print_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON import_print
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER archive_masked_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archive_masked
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

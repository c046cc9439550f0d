-- Refunds paid by a file for Bacs: to whom, in which file.

-- To whom a refund by bank is paid: the salted digest of name, sort code and account, which lie in
-- `detail` under the refund's id. Settled when it is asked for, and never changed.
CREATE TABLE refund_payee (
    council_id BIGINT NOT NULL,
    refund_id UUID NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (council_id, refund_id)
);

-- What an export of refunds is beside an export: from which account it pays, and when.
CREATE TABLE refund_file (
    council_id BIGINT NOT NULL,
    export_id UUID NOT NULL,
    bank TEXT COLLATE "C" NOT NULL,
    user_number TEXT COLLATE "C" NOT NULL,
    serial TEXT COLLATE "C" NOT NULL,
    processing_day DATE NOT NULL,
    PRIMARY KEY (council_id, export_id)
);

-- A refund in a file. It is in another only when the one before was rejected: another attempt.
CREATE TABLE refund_file_item (
    council_id BIGINT NOT NULL,
    refund_id UUID NOT NULL,
    attempt BIGINT NOT NULL,
    export_id UUID NOT NULL,
    item_no BIGINT NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    CONSTRAINT refund_file_item_attempt CHECK (attempt > 0),
    CONSTRAINT refund_file_item_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, refund_id, attempt)
);
CREATE UNIQUE INDEX refund_file_item_place ON refund_file_item (council_id, export_id, item_no);
CREATE INDEX refund_file_item_reference ON refund_file_item (council_id, reference);

CREATE TRIGGER refund_payee_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refund_payee
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER refund_file_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refund_file
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER refund_file_item_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refund_file_item
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

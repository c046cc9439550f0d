-- What is taken out of receipt lines, so that never more is taken than was paid.

-- What a deed took out of a receipt line; negative: gave back.
CREATE TABLE line_use (
    council_id BIGINT NOT NULL,
    use_id UUID NOT NULL,
    receipt_id UUID NOT NULL,
    line_no BIGINT NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    vat_pence BIGINT NOT NULL,
    to_receipt_id UUID,
    to_line_no BIGINT,
    subject_id UUID NOT NULL,
    used_by TEXT COLLATE "C" NOT NULL,
    used_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT line_use_purpose CHECK (purpose IN ('refund', 'transfer', 'return', 'dispute', 'reversal')),
    CONSTRAINT line_use_amount CHECK (amount_pence <> 0),
    PRIMARY KEY (council_id, use_id)
);
CREATE INDEX line_use_line ON line_use (council_id, receipt_id, line_no);
CREATE INDEX line_use_subject ON line_use (council_id, subject_id);

-- How much of a receipt line is taken; a line without a row is whole.
CREATE TABLE line_used (
    council_id BIGINT NOT NULL,
    receipt_id UUID NOT NULL,
    line_no BIGINT NOT NULL,
    amount_pence BIGINT NOT NULL,
    vat_pence BIGINT NOT NULL,
    used_pence BIGINT NOT NULL,
    used_vat_pence BIGINT NOT NULL,
    CONSTRAINT line_used_within CHECK (used_pence >= 0 AND used_pence <= amount_pence),
    CONSTRAINT line_used_vat_within CHECK (used_vat_pence >= 0 AND used_vat_pence <= vat_pence),
    PRIMARY KEY (council_id, receipt_id, line_no)
);

CREATE TRIGGER line_use_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON line_use
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

-- What is taken out of receipt lines, so that never more is taken than was paid.

-- What a deed took out of a receipt line; negative: gave back.
CREATE TABLE line_use (
    council_id INTEGER NOT NULL,
    use_id BLOB NOT NULL,
    receipt_id BLOB NOT NULL,
    line_no INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    vat_pence INTEGER NOT NULL,
    to_receipt_id BLOB,
    to_line_no INTEGER,
    subject_id BLOB NOT NULL,
    used_by TEXT NOT NULL,
    used_at TEXT NOT NULL,
    CONSTRAINT line_use_purpose CHECK (purpose IN ('refund', 'transfer', 'return', 'dispute', 'reversal')),
    CONSTRAINT line_use_amount CHECK (amount_pence <> 0),
    PRIMARY KEY (council_id, use_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX line_use_line ON line_use (council_id, receipt_id, line_no);
CREATE INDEX line_use_subject ON line_use (council_id, subject_id);

-- How much of a receipt line is taken; a line without a row is whole.
CREATE TABLE line_used (
    council_id INTEGER NOT NULL,
    receipt_id BLOB NOT NULL,
    line_no INTEGER NOT NULL,
    amount_pence INTEGER NOT NULL,
    vat_pence INTEGER NOT NULL,
    used_pence INTEGER NOT NULL,
    used_vat_pence INTEGER NOT NULL,
    CONSTRAINT line_used_within CHECK (used_pence >= 0 AND used_pence <= amount_pence),
    CONSTRAINT line_used_vat_within CHECK (used_vat_pence >= 0 AND used_vat_pence <= vat_pence),
    PRIMARY KEY (council_id, receipt_id, line_no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER line_use_never_updated BEFORE UPDATE ON line_use BEGIN SELECT RAISE(ABORT, 'the books are append-only: line_use is never updated'); END;
CREATE TRIGGER line_use_never_deleted BEFORE DELETE ON line_use BEGIN SELECT RAISE(ABORT, 'the books are append-only: line_use is never deleted'); END;

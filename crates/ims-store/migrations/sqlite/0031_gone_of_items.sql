-- What of a suspense item had been given back to its payer when the payment that brought it was sent
-- back or disputed: a loss.
CREATE TABLE claim_item (
    council_id INTEGER NOT NULL,
    suspense_id BLOB NOT NULL,
    claim_no INTEGER NOT NULL,
    subject_id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    CONSTRAINT claim_item_purpose CHECK (purpose IN ('return', 'dispute')),
    CONSTRAINT claim_item_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, suspense_id, claim_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_item_subject ON claim_item (council_id, subject_id);

CREATE TRIGGER claim_item_never_updated BEFORE UPDATE ON claim_item BEGIN SELECT RAISE(ABORT, 'the books are append-only: claim_item is never updated'); END;
CREATE TRIGGER claim_item_never_deleted BEFORE DELETE ON claim_item BEGIN SELECT RAISE(ABORT, 'the books are append-only: claim_item is never deleted'); END;

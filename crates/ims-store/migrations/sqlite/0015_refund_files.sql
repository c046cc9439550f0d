-- Refunds paid by a file for Bacs: to whom, in which file.

-- To whom a refund by bank is paid: the salted digest of name, sort code and account, which lie in
-- `detail` under the refund's id. Settled when it is asked for, and never changed.
CREATE TABLE refund_payee (
    council_id INTEGER NOT NULL,
    refund_id BLOB NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (council_id, refund_id)
) STRICT, WITHOUT ROWID;

-- What an export of refunds is beside an export: from which account it pays, and when.
CREATE TABLE refund_file (
    council_id INTEGER NOT NULL,
    export_id BLOB NOT NULL,
    bank TEXT NOT NULL,
    user_number TEXT NOT NULL,
    serial TEXT NOT NULL,
    processing_day TEXT NOT NULL,
    PRIMARY KEY (council_id, export_id)
) STRICT, WITHOUT ROWID;

-- A refund in a file. It is in another only when the one before was rejected: another attempt.
CREATE TABLE refund_file_item (
    council_id INTEGER NOT NULL,
    refund_id BLOB NOT NULL,
    attempt INTEGER NOT NULL,
    export_id BLOB NOT NULL,
    item_no INTEGER NOT NULL,
    reference TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    CONSTRAINT refund_file_item_attempt CHECK (attempt > 0),
    CONSTRAINT refund_file_item_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, refund_id, attempt)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX refund_file_item_place ON refund_file_item (council_id, export_id, item_no);
CREATE INDEX refund_file_item_reference ON refund_file_item (council_id, reference);

CREATE TRIGGER refund_payee_never_updated BEFORE UPDATE ON refund_payee BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_payee is never updated'); END;
CREATE TRIGGER refund_payee_never_deleted BEFORE DELETE ON refund_payee BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_payee is never deleted'); END;
CREATE TRIGGER refund_file_never_updated BEFORE UPDATE ON refund_file BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_file is never updated'); END;
CREATE TRIGGER refund_file_never_deleted BEFORE DELETE ON refund_file BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_file is never deleted'); END;
CREATE TRIGGER refund_file_item_never_updated BEFORE UPDATE ON refund_file_item BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_file_item is never updated'); END;
CREATE TRIGGER refund_file_item_never_deleted BEFORE DELETE ON refund_file_item BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_file_item is never deleted'); END;

-- What a payment's notice will be signed with, where that is another key for each payment, and
-- where its payer comes back to: until some days after it was asked for. No part of the books.
CREATE TABLE payment_notice_key (
    council_id INTEGER NOT NULL,
    payment_id BLOB NOT NULL,
    notice_key TEXT NOT NULL,
    back TEXT NOT NULL,
    kept_at TEXT NOT NULL,
    PRIMARY KEY (council_id, payment_id)
) STRICT, WITHOUT ROWID;

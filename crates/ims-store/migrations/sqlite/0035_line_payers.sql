-- Which bank credits came from the same account: a fingerprint of the payer's sort code and account
-- number (or IBAN) under a key of the council's own, and nothing else of it. A row may be deleted
-- like the words of its line; without the key nothing can be compared any more. No part of the
-- books.
CREATE TABLE payer_key (
    council_id INTEGER NOT NULL,
    secret BLOB NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (council_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE line_payer (
    council_id INTEGER NOT NULL,
    line_id BLOB NOT NULL,
    payer_id BLOB NOT NULL,
    PRIMARY KEY (council_id, line_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX line_payer_payer ON line_payer (council_id, payer_id, line_id);

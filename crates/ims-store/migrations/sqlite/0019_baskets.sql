-- What residents mean to pay before they pay it: kept for some hours under the hash of a random
-- name that only a cookie of theirs holds. No part of the books.
CREATE TABLE basket (
    council_id INTEGER NOT NULL,
    basket_id BLOB NOT NULL,
    token_hash BLOB NOT NULL,
    document TEXT NOT NULL,
    tries INTEGER NOT NULL,
    version INTEGER NOT NULL,
    ends_at TEXT NOT NULL,
    PRIMARY KEY (council_id, basket_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX basket_token ON basket (council_id, token_hash);
CREATE INDEX basket_ends ON basket (council_id, ends_at);

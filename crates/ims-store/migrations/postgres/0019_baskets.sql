-- What residents mean to pay before they pay it: kept for some hours under the hash of a random
-- name that only a cookie of theirs holds. No part of the books.
CREATE TABLE basket (
    council_id BIGINT NOT NULL,
    basket_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    tries BIGINT NOT NULL,
    version BIGINT NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, basket_id)
);
CREATE UNIQUE INDEX basket_token ON basket (council_id, token_hash);
CREATE INDEX basket_ends ON basket (council_id, ends_at);

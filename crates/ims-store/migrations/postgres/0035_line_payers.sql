-- Which bank credits came from the same account: a fingerprint of the payer's sort code and account
-- number (or IBAN) under a key of the council's own, and nothing else of it. A row may be deleted
-- like the words of its line; without the key nothing can be compared any more. No part of the
-- books.
CREATE TABLE payer_key (
    council_id BIGINT NOT NULL,
    secret BYTEA NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id)
);

CREATE TABLE line_payer (
    council_id BIGINT NOT NULL,
    line_id UUID NOT NULL,
    payer_id UUID NOT NULL,
    PRIMARY KEY (council_id, line_id)
);
CREATE INDEX line_payer_payer ON line_payer (council_id, payer_id, line_id);

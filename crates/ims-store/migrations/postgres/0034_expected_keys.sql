-- What old open money may be found by: its reference, its batches, its amount, its channel, each
-- with its day. A row is in open_expected first and is keyed by a later run of reconciliation, so
-- that whoever adds rows pays for one small index only. Keys of rows that are open no more may
-- stay: whoever finds one looks whether its row is open. No part of the books.
ALTER TABLE open_expected ADD COLUMN is_keyed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX open_expected_new ON open_expected (council_id, is_keyed, expected_id) WHERE is_keyed = 0;

CREATE TABLE expected_key (
    council_id BIGINT NOT NULL,
    key_text TEXT COLLATE "C" NOT NULL,
    happened_on DATE NOT NULL,
    expected_id UUID NOT NULL,
    PRIMARY KEY (council_id, key_text, happened_on, expected_id)
);

-- A provider may tell of a dispute or a refund by its name for the movement of money, and not by
-- the one it was asked about; and a payout by the payment of which it gave something back.
CREATE INDEX payment_state_transaction ON payment_state (council_id, provider, transaction_ref) WHERE transaction_ref IS NOT NULL;
CREATE INDEX dispute_receipt ON dispute (council_id, receipt_id);

-- Up to when each account at a provider was gone through to its end, so that a night on which no
-- server ran is gone through by the next. No part of the books.
CREATE TABLE provider_through (
    council_id BIGINT NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    through TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, provider, what)
);

-- Whether the provider said that it took so many pounds, and they are not in the books; and what
-- it calls the movement of that money, by which its payout will tell of it.
ALTER TABLE payment_exception ADD COLUMN is_money BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payment_exception ADD COLUMN transaction_ref TEXT COLLATE "C";

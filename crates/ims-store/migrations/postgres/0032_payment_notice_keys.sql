-- What a payment's notice will be signed with, where that is another key for each payment, and
-- where its payer comes back to: until some days after it was asked for. No part of the books.
CREATE TABLE payment_notice_key (
    council_id BIGINT NOT NULL,
    payment_id UUID NOT NULL,
    notice_key TEXT COLLATE "C" NOT NULL,
    back TEXT COLLATE "C" NOT NULL,
    kept_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, payment_id)
);

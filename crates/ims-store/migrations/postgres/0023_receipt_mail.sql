-- A receipt that its payer wants by e-mail: in which language, and whether it was sent. Where to is
-- in detail, under mail_id, and is deleted once it was sent. No part of the books.
CREATE TABLE receipt_mail (
    council_id BIGINT NOT NULL,
    payment_id UUID NOT NULL,
    mail_id UUID NOT NULL,
    language TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT receipt_mail_state CHECK (state IN ('wanted', 'sending', 'sent', 'refused', 'unknown')),
    PRIMARY KEY (council_id, payment_id)
);

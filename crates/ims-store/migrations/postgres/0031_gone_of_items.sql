-- What of a suspense item had been given back to its payer when the payment that brought it was sent
-- back or disputed: a loss.
CREATE TABLE claim_item (
    council_id BIGINT NOT NULL,
    suspense_id UUID NOT NULL,
    claim_no BIGINT NOT NULL,
    subject_id UUID NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    CONSTRAINT claim_item_purpose CHECK (purpose IN ('return', 'dispute')),
    CONSTRAINT claim_item_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, suspense_id, claim_no)
);
CREATE INDEX claim_item_subject ON claim_item (council_id, subject_id);

CREATE TRIGGER claim_item_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_item
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

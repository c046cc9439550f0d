-- Money that goes back: refunds, disputes, payments sent back by a bank.

-- One refund of one payment. Its lines are taken from the payment's when it is asked for.
CREATE TABLE refund (
    council_id BIGINT NOT NULL,
    refund_id UUID NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    receipt_id UUID NOT NULL,
    way TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C",
    amount_pence BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    approval_id UUID NOT NULL,
    requested_by TEXT COLLATE "C" NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT refund_way CHECK (way IN ('source', 'bank')),
    CONSTRAINT refund_channel CHECK ((way = 'source') = (channel IS NOT NULL)),
    CONSTRAINT refund_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, refund_id)
);
CREATE UNIQUE INDEX refund_number ON refund (council_id, number);
CREATE UNIQUE INDEX refund_approval ON refund (council_id, approval_id);
CREATE INDEX refund_receipt ON refund (council_id, receipt_id);

-- What it gives back of which line of the payment.
CREATE TABLE refund_line (
    council_id BIGINT NOT NULL,
    refund_id UUID NOT NULL,
    line_no BIGINT NOT NULL,
    amount_pence BIGINT NOT NULL,
    vat_pence BIGINT NOT NULL,
    CONSTRAINT refund_line_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, refund_id, line_no)
);

-- Each step of its life, with what it posted. The same notice counts once.
CREATE TABLE refund_step (
    council_id BIGINT NOT NULL,
    refund_id UUID NOT NULL,
    step_no BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    entry_id UUID,
    receipt_id UUID,
    line_id UUID,
    match_id UUID,
    notice_key TEXT COLLATE "C",
    reference TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT refund_step_state CHECK (state IN ('requested', 'approved', 'sent', 'unknown', 'paid', 'failed', 'bounced', 'refused')),
    PRIMARY KEY (council_id, refund_id, step_no)
);
CREATE UNIQUE INDEX refund_step_once ON refund_step (council_id, refund_id, notice_key) WHERE notice_key IS NOT NULL;
CREATE INDEX refund_step_match ON refund_step (council_id, match_id) WHERE match_id IS NOT NULL;

-- The state its last step left it in.
CREATE TABLE refund_state (
    council_id BIGINT NOT NULL,
    refund_id UUID NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    steps BIGINT NOT NULL,
    PRIMARY KEY (council_id, refund_id)
);
CREATE INDEX refund_state_open ON refund_state (council_id, state);

-- One dispute of a payment with a card scheme, by the provider's reference.
CREATE TABLE dispute (
    council_id BIGINT NOT NULL,
    dispute_id UUID NOT NULL,
    receipt_id UUID NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    entry_id UUID NOT NULL,
    happened_on DATE NOT NULL,
    opened_by TEXT COLLATE "C" NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT dispute_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, dispute_id)
);
CREATE UNIQUE INDEX dispute_once ON dispute (council_id, channel, reference);

-- How it ended.
CREATE TABLE dispute_end (
    council_id BIGINT NOT NULL,
    dispute_id UUID NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    entry_id UUID,
    receipt_id UUID,
    reason TEXT COLLATE "C" NOT NULL,
    ended_by TEXT COLLATE "C" NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT dispute_end_outcome CHECK (outcome IN ('won', 'lost')),
    PRIMARY KEY (council_id, dispute_id)
);

-- One payment sent back by a bank, or undone by its provider, by the advice that says so.
CREATE TABLE payment_return (
    council_id BIGINT NOT NULL,
    return_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    advice TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    receipt_id UUID,
    line_no BIGINT,
    suspense_id UUID,
    amount_pence BIGINT NOT NULL,
    suspense_pence BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    out_receipt_id UUID,
    happened_on DATE NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT payment_return_kind CHECK (kind IN ('direct-debit', 'indemnity', 'cheque', 'recall', 'undone')),
    CONSTRAINT payment_return_of CHECK ((receipt_id IS NULL) <> (suspense_id IS NULL)),
    CONSTRAINT payment_return_amount CHECK (amount_pence > 0 AND suspense_pence >= 0 AND suspense_pence <= amount_pence),
    PRIMARY KEY (council_id, return_id)
);
CREATE UNIQUE INDEX payment_return_once ON payment_return (council_id, advice);
CREATE INDEX payment_return_suspense ON payment_return (council_id, suspense_id) WHERE suspense_id IS NOT NULL;

-- What is claimed back of a receipt line, and how much of that was no longer there: a loss.
-- Negative: found after all.
CREATE TABLE claim_line (
    council_id BIGINT NOT NULL,
    subject_id UUID NOT NULL,
    claim_no BIGINT NOT NULL,
    purpose TEXT COLLATE "C" NOT NULL,
    receipt_id UUID NOT NULL,
    line_no BIGINT NOT NULL,
    amount_pence BIGINT NOT NULL,
    short_pence BIGINT NOT NULL,
    CONSTRAINT claim_line_purpose CHECK (purpose IN ('refund', 'return', 'dispute')),
    PRIMARY KEY (council_id, subject_id, claim_no)
);
CREATE INDEX claim_line_receipt ON claim_line (council_id, receipt_id, line_no);

CREATE TRIGGER refund_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refund
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER refund_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refund_line
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER refund_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON refund_step
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER dispute_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dispute
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER dispute_end_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dispute_end
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER payment_return_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_return
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER claim_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claim_line
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

-- Payments through a provider: what was asked, what was heard, what is in the books of it.

-- One payment asked of a provider: our reference for it, the way it comes, how much.
CREATE TABLE payment (
    council_id BIGINT NOT NULL,
    payment_id UUID NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    through TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    caller_key TEXT COLLATE "C",
    digest BYTEA NOT NULL,
    started_by TEXT COLLATE "C" NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT payment_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, payment_id)
);
CREATE UNIQUE INDEX payment_reference ON payment (council_id, reference);
CREATE UNIQUE INDEX payment_key ON payment (council_id, caller_key) WHERE caller_key IS NOT NULL;

-- What it is for: the accounts as they were settled when it was asked for.
CREATE TABLE payment_line (
    council_id BIGINT NOT NULL,
    payment_id UUID NOT NULL,
    line_no BIGINT NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    vat_code TEXT COLLATE "C",
    CONSTRAINT payment_line_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, payment_id, line_no)
);

-- Each thing heard of it that told something, with what it posted. The same message counts once.
CREATE TABLE payment_step (
    council_id BIGINT NOT NULL,
    payment_id UUID NOT NULL,
    step_no BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    heard TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    news_id TEXT COLLATE "C",
    provider_ref TEXT COLLATE "C",
    transaction_ref TEXT COLLATE "C",
    reason TEXT COLLATE "C" NOT NULL,
    entry_id UUID,
    receipt_id UUID,
    suspense_id UUID,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT payment_step_status CHECK (status IN ('created', 'unknown', 'started', 'pending', 'authorised', 'captured', 'failed', 'cancelled', 'expired', 'errored')),
    CONSTRAINT payment_step_posts CHECK (entry_id IS NULL OR status = 'captured'),
    CONSTRAINT payment_step_into CHECK ((entry_id IS NULL AND receipt_id IS NULL AND suspense_id IS NULL) OR (entry_id IS NOT NULL AND (receipt_id IS NULL) <> (suspense_id IS NULL))),
    PRIMARY KEY (council_id, payment_id, step_no)
);
CREATE UNIQUE INDEX payment_step_once ON payment_step (council_id, provider, news_id) WHERE news_id IS NOT NULL;
CREATE UNIQUE INDEX payment_paid_once ON payment_step (council_id, payment_id) WHERE entry_id IS NOT NULL;

-- Where its last step left it, and when the provider is to be asked again.
CREATE TABLE payment_state (
    council_id BIGINT NOT NULL,
    payment_id UUID NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    steps BIGINT NOT NULL,
    provider_ref TEXT COLLATE "C",
    transaction_ref TEXT COLLATE "C",
    reason TEXT COLLATE "C" NOT NULL,
    look_at TIMESTAMPTZ,
    PRIMARY KEY (council_id, payment_id)
);
CREATE INDEX payment_state_due ON payment_state (council_id, look_at) WHERE look_at IS NOT NULL;
CREATE INDEX payment_state_ref ON payment_state (council_id, provider, provider_ref) WHERE provider_ref IS NOT NULL;

-- The money of one payment at a provider is in the books once, whether it was known here or not.
CREATE TABLE payment_booked (
    council_id BIGINT NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    provider_ref TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    payment_id UUID,
    suspense_id UUID,
    booked_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT payment_booked_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, provider, provider_ref)
);

-- What a provider said that cannot be, for a person to look into. The same is listed once.
CREATE TABLE payment_exception (
    council_id BIGINT NOT NULL,
    exception_id UUID NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    once_key BYTEA NOT NULL,
    payment_id UUID,
    provider_ref TEXT COLLATE "C",
    reference TEXT COLLATE "C",
    amount_pence BIGINT,
    why TEXT COLLATE "C" NOT NULL,
    entry_id UUID,
    suspense_id UUID,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT payment_exception_kind CHECK (kind IN ('unknown', 'another', 'twice', 'amount', 'currency', 'order', 'out-of-turn', 'unreadable')),
    PRIMARY KEY (council_id, exception_id)
);
CREATE UNIQUE INDEX payment_exception_once ON payment_exception (council_id, provider, once_key);

-- Somebody looked into it.
CREATE TABLE payment_exception_end (
    council_id BIGINT NOT NULL,
    exception_id UUID NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, exception_id)
);

CREATE TRIGGER payment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER payment_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_line
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER payment_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_step
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER payment_booked_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_booked
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER payment_exception_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_exception
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER payment_exception_end_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_exception_end
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

-- Agreements: the payer agrees once that the council takes money again, and a provider keeps that.

-- An agreement: at which account, by which method, for which account of which fund, the most a
-- payment under it may take, and what the payer is told it is for.
CREATE TABLE agreement (
    council_id BIGINT NOT NULL,
    agreement_id UUID NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    most_pence BIGINT,
    description TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    idempotency_key TEXT COLLATE "C",
    CONSTRAINT agreement_most CHECK (most_pence > 0),
    PRIMARY KEY (council_id, agreement_id)
);
CREATE UNIQUE INDEX agreement_once ON agreement (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX agreement_reference ON agreement (council_id, reference);

-- Something heard of it, or decided here: what the provider calls it, and where that left it.
CREATE TABLE agreement_step (
    council_id BIGINT NOT NULL,
    agreement_id UUID NOT NULL,
    step_no BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    heard TEXT COLLATE "C" NOT NULL,
    agreement_ref TEXT COLLATE "C",
    why TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT agreement_step_status CHECK (status IN ('created', 'active', 'ending', 'ended')),
    PRIMARY KEY (council_id, agreement_id, step_no)
);

-- A payment that sets it up, or is taken under it.
CREATE TABLE agreement_payment (
    council_id BIGINT NOT NULL,
    payment_id UUID NOT NULL,
    agreement_id UUID NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT agreement_payment_what CHECK (what IN ('set-up', 'take')),
    PRIMARY KEY (council_id, payment_id)
);
CREATE INDEX agreement_payment_agreement ON agreement_payment (council_id, agreement_id);

-- Where each stands, and when the provider is asked again; derived from its last step.
CREATE TABLE agreement_state (
    council_id BIGINT NOT NULL,
    agreement_id UUID NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    steps BIGINT NOT NULL,
    agreement_ref TEXT COLLATE "C",
    changed_at TIMESTAMPTZ NOT NULL,
    look_at TIMESTAMPTZ,
    CONSTRAINT agreement_state_status CHECK (status IN ('created', 'active', 'ending', 'ended')),
    PRIMARY KEY (council_id, agreement_id)
);
CREATE INDEX agreement_state_due ON agreement_state (council_id, provider, look_at) WHERE look_at IS NOT NULL;

CREATE TRIGGER agreement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER agreement_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_step
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER agreement_payment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_payment
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

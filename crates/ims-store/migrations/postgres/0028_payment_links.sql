-- Payment links: what the council asks somebody to pay, by an address that only it can have made.

-- A link: what for, as JSON; used once or many times; good until then. Its label lies in detail.
CREATE TABLE payment_link (
    council_id BIGINT NOT NULL,
    link_id UUID NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    uses TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    idempotency_key TEXT COLLATE "C",
    CONSTRAINT payment_link_uses CHECK (uses IN ('once', 'many')),
    PRIMARY KEY (council_id, link_id)
);
CREATE UNIQUE INDEX payment_link_once ON payment_link (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- That it is good no more, and why.
CREATE TABLE payment_link_withdrawal (
    council_id BIGINT NOT NULL,
    link_id UUID NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    withdrawn_by TEXT COLLATE "C" NOT NULL,
    withdrawn_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, link_id)
);

-- A payment that was started by it.
CREATE TABLE payment_link_use (
    council_id BIGINT NOT NULL,
    link_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    used_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, link_id, payment_id)
);
CREATE INDEX payment_link_use_payment ON payment_link_use (council_id, payment_id);

-- Where each stands, and the payment that paid it; derived from the above and from what payments came to.
CREATE TABLE payment_link_state (
    council_id BIGINT NOT NULL,
    link_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    payment_id UUID,
    changed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT payment_link_state_status CHECK (status IN ('open', 'paid', 'withdrawn')),
    CONSTRAINT payment_link_state_paid CHECK ((status = 'paid') = (payment_id IS NOT NULL)),
    PRIMARY KEY (council_id, link_id)
);

CREATE TRIGGER payment_link_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_link
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER payment_link_withdrawal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_link_withdrawal
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER payment_link_use_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_link_use
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

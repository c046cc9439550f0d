-- Payment links: what the council asks somebody to pay, by an address that only it can have made.

-- A link: what for, as JSON; used once or many times; good until then. Its label lies in detail.
CREATE TABLE payment_link (
    council_id INTEGER NOT NULL,
    link_id BLOB NOT NULL,
    document TEXT NOT NULL,
    uses TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    idempotency_key TEXT,
    CONSTRAINT payment_link_uses CHECK (uses IN ('once', 'many')),
    PRIMARY KEY (council_id, link_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payment_link_once ON payment_link (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- That it is good no more, and why.
CREATE TABLE payment_link_withdrawal (
    council_id INTEGER NOT NULL,
    link_id BLOB NOT NULL,
    why TEXT NOT NULL,
    withdrawn_by TEXT NOT NULL,
    withdrawn_at TEXT NOT NULL,
    PRIMARY KEY (council_id, link_id)
) STRICT, WITHOUT ROWID;

-- A payment that was started by it.
CREATE TABLE payment_link_use (
    council_id INTEGER NOT NULL,
    link_id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    used_at TEXT NOT NULL,
    PRIMARY KEY (council_id, link_id, payment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_link_use_payment ON payment_link_use (council_id, payment_id);

-- Where each stands, and the payment that paid it; derived from the above and from what payments came to.
CREATE TABLE payment_link_state (
    council_id INTEGER NOT NULL,
    link_id BLOB NOT NULL,
    status TEXT NOT NULL,
    payment_id BLOB,
    changed_at TEXT NOT NULL,
    CONSTRAINT payment_link_state_status CHECK (status IN ('open', 'paid', 'withdrawn')),
    CONSTRAINT payment_link_state_paid CHECK ((status = 'paid') = (payment_id IS NOT NULL)),
    PRIMARY KEY (council_id, link_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER payment_link_never_updated BEFORE UPDATE ON payment_link BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_link is never updated'); END;
CREATE TRIGGER payment_link_never_deleted BEFORE DELETE ON payment_link BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_link is never deleted'); END;
CREATE TRIGGER payment_link_withdrawal_never_updated BEFORE UPDATE ON payment_link_withdrawal BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_link_withdrawal is never updated'); END;
CREATE TRIGGER payment_link_withdrawal_never_deleted BEFORE DELETE ON payment_link_withdrawal BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_link_withdrawal is never deleted'); END;
CREATE TRIGGER payment_link_use_never_updated BEFORE UPDATE ON payment_link_use BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_link_use is never updated'); END;
CREATE TRIGGER payment_link_use_never_deleted BEFORE DELETE ON payment_link_use BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_link_use is never deleted'); END;

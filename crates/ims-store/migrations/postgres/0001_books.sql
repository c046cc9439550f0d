-- The whole model. Money is whole pence; a council's number leads every key;
-- times are UTC to the microsecond; texts about people live in detail alone.
-- No sequence, no rule that only a trigger keeps, no key without the council:
-- so the tables can be spread over machines by council. Every text has COLLATE "C":
-- it sorts by its bytes, as SQLite sorts it.

-- The tenants. Every other table with money in it begins with its number.
CREATE TABLE council (
    council_id BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id)
);
CREATE UNIQUE INDEX council_code ON council (code);

-- A council's settings: one document a version, in force from a day.
CREATE TABLE configuration (
    council_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    from_day DATE NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    content_hash BYTEA NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, version)
);

-- People who sign in; they may serve several councils.
CREATE TABLE person (
    person_id UUID NOT NULL,
    username TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    demo BOOLEAN NOT NULL,
    disabled_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (person_id)
);
CREATE UNIQUE INDEX person_username ON person (username);

-- Which council a person serves, and as what.
CREATE TABLE membership (
    council_id BIGINT NOT NULL,
    person_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    granted_by TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (council_id, person_id, role)
);

-- Who is signed in: only the hash of the token is kept.
CREATE TABLE web_session (
    token_hash BYTEA NOT NULL,
    person_id UUID NOT NULL,
    csrf TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (token_hash)
);
CREATE INDEX web_session_person ON web_session (person_id);

-- Work for later, taken by lease, retried, and laid aside when it keeps failing.
CREATE TABLE job (
    council_id BIGINT NOT NULL,
    job_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    dedupe_key TEXT COLLATE "C",
    run_at TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL,
    leased_by TEXT COLLATE "C",
    leased_until TIMESTAMPTZ,
    done_at TIMESTAMPTZ,
    dead_at TIMESTAMPTZ,
    last_error TEXT COLLATE "C",
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, job_id)
);
CREATE UNIQUE INDEX job_dedupe ON job (council_id, kind, dedupe_key) WHERE done_at IS NULL AND dead_at IS NULL AND dedupe_key IS NOT NULL;
CREATE INDEX job_ready ON job (run_at) WHERE done_at IS NULL AND dead_at IS NULL;

-- The bytes of every file that came in or went out, deflated, by the hash of what they were.
CREATE TABLE archive (
    council_id BIGINT NOT NULL,
    content_hash BYTEA NOT NULL,
    size BIGINT NOT NULL,
    deflated BYTEA NOT NULL,
    kept_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, content_hash)
);

-- One file taken in. A content may come again only after it was reversed.
CREATE TABLE import (
    council_id BIGINT NOT NULL,
    import_id UUID NOT NULL,
    content_hash BYTEA NOT NULL,
    generation BIGINT NOT NULL,
    format TEXT COLLATE "C" NOT NULL,
    file_name TEXT COLLATE "C" NOT NULL,
    rows BIGINT NOT NULL,
    total_pence BIGINT NOT NULL,
    suspense_rows BIGINT NOT NULL,
    warnings BIGINT NOT NULL,
    config_version BIGINT NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    imported_by TEXT COLLATE "C" NOT NULL,
    accepted_because TEXT COLLATE "C",
    PRIMARY KEY (council_id, import_id)
);
CREATE UNIQUE INDEX import_once ON import (council_id, content_hash, generation);

-- An import undone.
CREATE TABLE import_reversal (
    council_id BIGINT NOT NULL,
    import_id UUID NOT NULL,
    reversed_at TIMESTAMPTZ NOT NULL,
    reversed_by TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    contra_import_id UUID NOT NULL,
    PRIMARY KEY (council_id, import_id)
);

-- A file that reads but disagrees: kept aside until a person accepts it with a reason.
CREATE TABLE quarantine (
    council_id BIGINT NOT NULL,
    content_hash BYTEA NOT NULL,
    file_name TEXT COLLATE "C" NOT NULL,
    format TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    quarantined_at TIMESTAMPTZ NOT NULL,
    quarantined_by TEXT COLLATE "C" NOT NULL,
    settled_at TIMESTAMPTZ,
    PRIMARY KEY (council_id, content_hash)
);

-- Who owes on an account of a fund, as the fund's own system says.
CREATE TABLE account_holder (
    council_id BIGINT NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    address TEXT COLLATE "C" NOT NULL,
    balance_pence BIGINT,
    stop TEXT COLLATE "C",
    import_id UUID NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, fund, reference)
);

-- The books. One row an entry; rows here and in posting are never updated and never deleted:
-- a mistake is undone by another entry.
CREATE TABLE entry (
    council_id BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    happened_on DATE NOT NULL,
    accounting_day DATE NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    idempotency_key TEXT COLLATE "C",
    about TEXT COLLATE "C" NOT NULL,
    import_id UUID,
    detail_digest BYTEA,
    hash BYTEA NOT NULL,
    PRIMARY KEY (council_id, entry_id)
);
CREATE UNIQUE INDEX entry_once ON entry (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX entry_import ON entry (council_id, import_id) WHERE import_id IS NOT NULL;

-- One side of an entry on one control account.
CREATE TABLE posting (
    council_id BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    side_no BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    side TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    accounting_day DATE NOT NULL,
    CONSTRAINT posting_side CHECK (side IN ('debit', 'credit')),
    CONSTRAINT posting_positive CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, entry_id, side_no)
);
CREATE INDEX posting_account ON posting (council_id, account, accounting_day, entry_id);

-- What an item says about people: kept apart, so that text and salt can be erased and the
-- hashes stay whole.
CREATE TABLE detail (
    council_id BIGINT NOT NULL,
    owner_id UUID NOT NULL,
    salt BYTEA NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (council_id, owner_id)
);

-- One payment event from a payer.
CREATE TABLE receipt (
    council_id BIGINT NOT NULL,
    receipt_id UUID NOT NULL,
    number TEXT COLLATE "C" NOT NULL,
    method TEXT COLLATE "C" NOT NULL,
    office TEXT COLLATE "C",
    happened_on DATE NOT NULL,
    accounting_day DATE NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    total_pence BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    import_id UUID,
    import_line BIGINT,
    source_ref TEXT COLLATE "C",
    reverses UUID,
    PRIMARY KEY (council_id, receipt_id)
);
CREATE UNIQUE INDEX receipt_number ON receipt (council_id, number);
CREATE UNIQUE INDEX receipt_reversed_once ON receipt (council_id, reverses) WHERE reverses IS NOT NULL;
CREATE INDEX receipt_day ON receipt (council_id, accounting_day);
CREATE INDEX receipt_import ON receipt (council_id, import_id, import_line) WHERE import_id IS NOT NULL;

-- What a receipt is for.
CREATE TABLE receipt_line (
    council_id BIGINT NOT NULL,
    receipt_id UUID NOT NULL,
    line_no BIGINT NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    vat_code TEXT COLLATE "C",
    vat_basis_points BIGINT,
    vat_pence BIGINT NOT NULL,
    PRIMARY KEY (council_id, receipt_id, line_no)
);
CREATE INDEX receipt_line_account ON receipt_line (council_id, reference, receipt_id);

-- Money whose owner is unknown. Credit positive; a bank debit nobody could place is
-- negative.
CREATE TABLE suspense_item (
    council_id BIGINT NOT NULL,
    suspense_id UUID NOT NULL,
    happened_on DATE NOT NULL,
    amount_pence BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    entry_id UUID NOT NULL,
    import_id UUID,
    import_line BIGINT,
    line_id UUID,
    method TEXT COLLATE "C",
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT suspense_amount CHECK (amount_pence <> 0),
    PRIMARY KEY (council_id, suspense_id)
);
CREATE INDEX suspense_import ON suspense_item (council_id, import_id) WHERE import_id IS NOT NULL;

-- What is left of the suspense items that are not used up.
CREATE TABLE open_suspense (
    council_id BIGINT NOT NULL,
    suspense_id UUID NOT NULL,
    remaining_pence BIGINT NOT NULL,
    CONSTRAINT open_suspense_left CHECK (remaining_pence <> 0),
    PRIMARY KEY (council_id, suspense_id)
);

-- What became of suspense: where it was put, or what it turned out to be.
CREATE TABLE suspense_allocation (
    council_id BIGINT NOT NULL,
    allocation_id UUID NOT NULL,
    suspense_id UUID NOT NULL,
    amount_pence BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    receipt_id UUID,
    match_id UUID,
    note TEXT COLLATE "C" NOT NULL,
    allocated_by TEXT COLLATE "C" NOT NULL,
    allocated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, allocation_id)
);
CREATE INDEX suspense_allocation_item ON suspense_allocation (council_id, suspense_id);

-- What a clearing account waits for, or must still give back (negative).
CREATE TABLE expected (
    council_id BIGINT NOT NULL,
    expected_id UUID NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    happened_on DATE NOT NULL,
    amount_pence BIGINT NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    batch_ref TEXT COLLATE "C" NOT NULL,
    source_ref TEXT COLLATE "C" NOT NULL,
    entry_id UUID NOT NULL,
    receipt_id UUID,
    import_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT expected_amount CHECK (amount_pence <> 0),
    PRIMARY KEY (council_id, expected_id)
);
CREATE INDEX expected_source ON expected (council_id, channel, source_ref) WHERE source_ref <> '';
CREATE INDEX expected_import ON expected (council_id, import_id) WHERE import_id IS NOT NULL;

-- The expected items nothing has been matched to yet.
CREATE TABLE open_expected (
    council_id BIGINT NOT NULL,
    expected_id UUID NOT NULL,
    PRIMARY KEY (council_id, expected_id)
);

-- The payout a provider's settlement says an expected item is part of. Another may say so only
-- after that settlement was reversed.
CREATE TABLE expected_batch (
    council_id BIGINT NOT NULL,
    expected_id UUID NOT NULL,
    generation BIGINT NOT NULL,
    batch_ref TEXT COLLATE "C" NOT NULL,
    import_id UUID NOT NULL,
    PRIMARY KEY (council_id, expected_id, generation)
);

-- A bank account's lines between two balances.
CREATE TABLE statement (
    council_id BIGINT NOT NULL,
    statement_id UUID NOT NULL,
    import_id UUID NOT NULL,
    bank TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    number TEXT COLLATE "C",
    opening_pence BIGINT NOT NULL,
    closing_pence BIGINT NOT NULL,
    first_day DATE,
    last_day DATE,
    line_count BIGINT NOT NULL,
    proof TEXT COLLATE "C" NOT NULL,
    posted_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT statement_proof CHECK (proof IN ('proved', 'unproved', 'accepted')),
    PRIMARY KEY (council_id, statement_id)
);
CREATE UNIQUE INDEX statement_sequence ON statement (council_id, bank, sequence);

-- One line of a bank statement. Credit positive.
CREATE TABLE statement_line (
    council_id BIGINT NOT NULL,
    line_id UUID NOT NULL,
    statement_id UUID NOT NULL,
    bank TEXT COLLATE "C" NOT NULL,
    line_no BIGINT NOT NULL,
    booked_on DATE NOT NULL,
    value_on DATE,
    amount_pence BIGINT NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    bank_reference TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA NOT NULL,
    entry_id UUID,
    import_id UUID NOT NULL,
    PRIMARY KEY (council_id, line_id)
);
CREATE INDEX statement_line_day ON statement_line (council_id, bank, booked_on);
CREATE INDEX statement_line_import ON statement_line (council_id, import_id);

-- The statement lines nothing explains yet.
CREATE TABLE open_line (
    council_id BIGINT NOT NULL,
    line_id UUID NOT NULL,
    bank TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (council_id, line_id)
);

-- One explanation of one or more bank lines: the rule that gave it and the reason in words.
CREATE TABLE match_set (
    council_id BIGINT NOT NULL,
    match_id UUID NOT NULL,
    rule TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    entry_id UUID,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, match_id)
);

-- What an explanation joins: bank lines or suspense with what was expected, or with what was
-- made of them.
CREATE TABLE match_pair (
    council_id BIGINT NOT NULL,
    match_id UUID NOT NULL,
    pair_no BIGINT NOT NULL,
    line_id UUID,
    suspense_id UUID,
    expected_id UUID,
    receipt_id UUID,
    amount_pence BIGINT NOT NULL,
    PRIMARY KEY (council_id, match_id, pair_no)
);
CREATE INDEX match_pair_line ON match_pair (council_id, line_id) WHERE line_id IS NOT NULL;
CREATE INDEX match_pair_expected ON match_pair (council_id, expected_id) WHERE expected_id IS NOT NULL;

-- An explanation taken back.
CREATE TABLE match_undo (
    council_id BIGINT NOT NULL,
    match_id UUID NOT NULL,
    entry_id UUID,
    reason TEXT COLLATE "C" NOT NULL,
    undone_by TEXT COLLATE "C" NOT NULL,
    undone_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, match_id)
);

-- An accounting day closed, with every day before it. The generation is how often days had been
-- opened again by then: a close of an earlier generation may have been undone.
CREATE TABLE day_close (
    council_id BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    day DATE NOT NULL,
    closed_at TIMESTAMPTZ NOT NULL,
    closed_by TEXT COLLATE "C" NOT NULL,
    head BYTEA NOT NULL,
    certificate TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (council_id, generation, day)
);

-- A numbered file to a ledger or a host system: each closed day in one of each kind that was not
-- rejected.
CREATE TABLE export (
    council_id BIGINT NOT NULL,
    export_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    after_day DATE,
    through_day DATE NOT NULL,
    content_hash BYTEA NOT NULL,
    file_name TEXT COLLATE "C" NOT NULL,
    rows BIGINT NOT NULL,
    debit_pence BIGINT NOT NULL,
    credit_pence BIGINT NOT NULL,
    head BYTEA NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, export_id)
);
CREATE UNIQUE INDEX export_number ON export (council_id, kind, number);

-- Who did what, and why.
CREATE TABLE audit_event (
    council_id BIGINT NOT NULL,
    event_id UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    deed TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    data TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (council_id, event_id)
);

-- Links of the chain that proves the books.
CREATE TABLE block (
    council_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    previous BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    sealed_at TIMESTAMPTZ NOT NULL,
    items BIGINT NOT NULL,
    PRIMARY KEY (council_id, number)
);

-- What a block seals: each entry and audit event in one block, once.
CREATE TABLE block_item (
    council_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    position BIGINT NOT NULL,
    item_kind TEXT COLLATE "C" NOT NULL,
    item_id UUID NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (council_id, number, position)
);
CREATE UNIQUE INDEX block_item_once ON block_item (council_id, item_id);

-- Entries and events no block has yet.
CREATE TABLE unsealed (
    council_id BIGINT NOT NULL,
    item_id UUID NOT NULL,
    item_kind TEXT COLLATE "C" NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (council_id, item_id)
);

-- The books only grow: a correction is another row.
CREATE FUNCTION ims_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books are append-only: % is never updated or deleted', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER configuration_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON configuration
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER archive_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON archive
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER import_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON import
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER import_reversal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON import_reversal
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON posting
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER receipt_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER receipt_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON receipt_line
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER suspense_item_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON suspense_item
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER suspense_allocation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON suspense_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER expected_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON expected
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER expected_batch_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON expected_batch
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statement
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER statement_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statement_line
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER match_set_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON match_set
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER match_pair_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON match_pair
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER match_undo_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON match_undo
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER day_close_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON day_close
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER export_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON export
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER block_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON block
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER block_item_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON block_item
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

-- The whole model. Money is whole pence; a council's number leads every key;
-- times are UTC to the microsecond; texts about people live in detail alone.
-- STRICT: SQLite otherwise takes any type in any column.

-- The tenants. Every other table with money in it begins with its number.
CREATE TABLE council (
    council_id INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (council_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX council_code ON council (code);

-- A council's settings: one document a version, in force from a day.
CREATE TABLE configuration (
    council_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    from_day TEXT NOT NULL,
    document TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (council_id, version)
) STRICT, WITHOUT ROWID;

-- People who sign in; they may serve several councils.
CREATE TABLE person (
    person_id BLOB NOT NULL,
    username TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    demo INTEGER NOT NULL,
    disabled_at TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (person_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX person_username ON person (username);

-- Which council a person serves, and as what.
CREATE TABLE membership (
    council_id INTEGER NOT NULL,
    person_id BLOB NOT NULL,
    role TEXT NOT NULL,
    granted_at TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    PRIMARY KEY (council_id, person_id, role)
) STRICT, WITHOUT ROWID;

-- Who is signed in: only the hash of the token is kept.
CREATE TABLE web_session (
    token_hash BLOB NOT NULL,
    person_id BLOB NOT NULL,
    csrf TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX web_session_person ON web_session (person_id);

-- Work for later, taken by lease, retried, and laid aside when it keeps failing.
CREATE TABLE job (
    council_id INTEGER NOT NULL,
    job_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    dedupe_key TEXT,
    run_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    leased_by TEXT,
    leased_until TEXT,
    done_at TEXT,
    dead_at TEXT,
    last_error TEXT,
    created_at TEXT NOT NULL,
    PRIMARY KEY (council_id, job_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX job_dedupe ON job (council_id, kind, dedupe_key) WHERE done_at IS NULL AND dead_at IS NULL AND dedupe_key IS NOT NULL;
CREATE INDEX job_ready ON job (run_at) WHERE done_at IS NULL AND dead_at IS NULL;

-- The bytes of every file that came in or went out, deflated, by the hash of what they were.
CREATE TABLE archive (
    council_id INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    size INTEGER NOT NULL,
    deflated BLOB NOT NULL,
    kept_at TEXT NOT NULL,
    PRIMARY KEY (council_id, content_hash)
) STRICT;

-- One file taken in. A content may come again only after it was reversed.
CREATE TABLE import (
    council_id INTEGER NOT NULL,
    import_id BLOB NOT NULL,
    content_hash BLOB NOT NULL,
    generation INTEGER NOT NULL,
    format TEXT NOT NULL,
    file_name TEXT NOT NULL,
    rows INTEGER NOT NULL,
    total_pence INTEGER NOT NULL,
    suspense_rows INTEGER NOT NULL,
    warnings INTEGER NOT NULL,
    config_version INTEGER NOT NULL,
    imported_at TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    accepted_because TEXT,
    PRIMARY KEY (council_id, import_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX import_once ON import (council_id, content_hash, generation);

-- An import undone.
CREATE TABLE import_reversal (
    council_id INTEGER NOT NULL,
    import_id BLOB NOT NULL,
    reversed_at TEXT NOT NULL,
    reversed_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    contra_import_id BLOB NOT NULL,
    PRIMARY KEY (council_id, import_id)
) STRICT, WITHOUT ROWID;

-- A file that reads but disagrees: kept aside until a person accepts it with a reason.
CREATE TABLE quarantine (
    council_id INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    file_name TEXT NOT NULL,
    format TEXT NOT NULL,
    reason TEXT NOT NULL,
    quarantined_at TEXT NOT NULL,
    quarantined_by TEXT NOT NULL,
    settled_at TEXT,
    PRIMARY KEY (council_id, content_hash)
) STRICT, WITHOUT ROWID;

-- Who owes on an account of a fund, as the fund's own system says.
CREATE TABLE account_holder (
    council_id INTEGER NOT NULL,
    fund TEXT NOT NULL,
    reference TEXT NOT NULL,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    balance_pence INTEGER,
    stop TEXT,
    import_id BLOB NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (council_id, fund, reference)
) STRICT, WITHOUT ROWID;

-- The books. One row an entry; rows here and in posting are never updated and never deleted:
-- a mistake is undone by another entry.
CREATE TABLE entry (
    council_id INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    happened_on TEXT NOT NULL,
    accounting_day TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    actor TEXT NOT NULL,
    idempotency_key TEXT,
    about TEXT NOT NULL,
    import_id BLOB,
    detail_digest BLOB,
    hash BLOB NOT NULL,
    PRIMARY KEY (council_id, entry_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_once ON entry (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX entry_import ON entry (council_id, import_id) WHERE import_id IS NOT NULL;

-- One side of an entry on one control account.
CREATE TABLE posting (
    council_id INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    side_no INTEGER NOT NULL,
    account TEXT NOT NULL,
    side TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    accounting_day TEXT NOT NULL,
    CONSTRAINT posting_side CHECK (side IN ('debit', 'credit')),
    CONSTRAINT posting_positive CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, entry_id, side_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_account ON posting (council_id, account, accounting_day, entry_id);

-- What an item says about people: kept apart, so that text and salt can be erased and the
-- hashes stay whole.
CREATE TABLE detail (
    council_id INTEGER NOT NULL,
    owner_id BLOB NOT NULL,
    salt BLOB NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (council_id, owner_id)
) STRICT, WITHOUT ROWID;

-- One payment event from a payer.
CREATE TABLE receipt (
    council_id INTEGER NOT NULL,
    receipt_id BLOB NOT NULL,
    number TEXT NOT NULL,
    method TEXT NOT NULL,
    office TEXT,
    happened_on TEXT NOT NULL,
    accounting_day TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    total_pence INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    import_id BLOB,
    import_line INTEGER,
    source_ref TEXT,
    reverses BLOB,
    PRIMARY KEY (council_id, receipt_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX receipt_number ON receipt (council_id, number);
CREATE UNIQUE INDEX receipt_reversed_once ON receipt (council_id, reverses) WHERE reverses IS NOT NULL;
CREATE INDEX receipt_day ON receipt (council_id, accounting_day);
CREATE INDEX receipt_import ON receipt (council_id, import_id, import_line) WHERE import_id IS NOT NULL;

-- What a receipt is for.
CREATE TABLE receipt_line (
    council_id INTEGER NOT NULL,
    receipt_id BLOB NOT NULL,
    line_no INTEGER NOT NULL,
    fund TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    vat_code TEXT,
    vat_basis_points INTEGER,
    vat_pence INTEGER NOT NULL,
    PRIMARY KEY (council_id, receipt_id, line_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_line_account ON receipt_line (council_id, reference, receipt_id);

-- Money whose owner is unknown. Credit positive; a bank debit nobody could place is
-- negative.
CREATE TABLE suspense_item (
    council_id INTEGER NOT NULL,
    suspense_id BLOB NOT NULL,
    happened_on TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    reference TEXT NOT NULL,
    entry_id BLOB NOT NULL,
    import_id BLOB,
    import_line INTEGER,
    line_id BLOB,
    method TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT suspense_amount CHECK (amount_pence <> 0),
    PRIMARY KEY (council_id, suspense_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX suspense_import ON suspense_item (council_id, import_id) WHERE import_id IS NOT NULL;

-- What is left of the suspense items that are not used up.
CREATE TABLE open_suspense (
    council_id INTEGER NOT NULL,
    suspense_id BLOB NOT NULL,
    remaining_pence INTEGER NOT NULL,
    CONSTRAINT open_suspense_left CHECK (remaining_pence <> 0),
    PRIMARY KEY (council_id, suspense_id)
) STRICT, WITHOUT ROWID;

-- What became of suspense: where it was put, or what it turned out to be.
CREATE TABLE suspense_allocation (
    council_id INTEGER NOT NULL,
    allocation_id BLOB NOT NULL,
    suspense_id BLOB NOT NULL,
    amount_pence INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    receipt_id BLOB,
    match_id BLOB,
    note TEXT NOT NULL,
    allocated_by TEXT NOT NULL,
    allocated_at TEXT NOT NULL,
    PRIMARY KEY (council_id, allocation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX suspense_allocation_item ON suspense_allocation (council_id, suspense_id);

-- What a clearing account waits for, or must still give back (negative).
CREATE TABLE expected (
    council_id INTEGER NOT NULL,
    expected_id BLOB NOT NULL,
    channel TEXT NOT NULL,
    happened_on TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    reference TEXT NOT NULL,
    batch_ref TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    entry_id BLOB NOT NULL,
    receipt_id BLOB,
    import_id BLOB,
    created_at TEXT NOT NULL,
    CONSTRAINT expected_amount CHECK (amount_pence <> 0),
    PRIMARY KEY (council_id, expected_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX expected_source ON expected (council_id, channel, source_ref) WHERE source_ref <> '';
CREATE INDEX expected_import ON expected (council_id, import_id) WHERE import_id IS NOT NULL;

-- The expected items nothing has been matched to yet.
CREATE TABLE open_expected (
    council_id INTEGER NOT NULL,
    expected_id BLOB NOT NULL,
    PRIMARY KEY (council_id, expected_id)
) STRICT, WITHOUT ROWID;

-- The payout a provider's settlement says an expected item is part of. Another may say so only
-- after that settlement was reversed.
CREATE TABLE expected_batch (
    council_id INTEGER NOT NULL,
    expected_id BLOB NOT NULL,
    generation INTEGER NOT NULL,
    batch_ref TEXT NOT NULL,
    import_id BLOB NOT NULL,
    PRIMARY KEY (council_id, expected_id, generation)
) STRICT, WITHOUT ROWID;

-- A bank account's lines between two balances.
CREATE TABLE statement (
    council_id INTEGER NOT NULL,
    statement_id BLOB NOT NULL,
    import_id BLOB NOT NULL,
    bank TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    number TEXT,
    opening_pence INTEGER NOT NULL,
    closing_pence INTEGER NOT NULL,
    first_day TEXT,
    last_day TEXT,
    line_count INTEGER NOT NULL,
    proof TEXT NOT NULL,
    posted_at TEXT NOT NULL,
    CONSTRAINT statement_proof CHECK (proof IN ('proved', 'unproved', 'accepted')),
    PRIMARY KEY (council_id, statement_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX statement_sequence ON statement (council_id, bank, sequence);

-- One line of a bank statement. Credit positive.
CREATE TABLE statement_line (
    council_id INTEGER NOT NULL,
    line_id BLOB NOT NULL,
    statement_id BLOB NOT NULL,
    bank TEXT NOT NULL,
    line_no INTEGER NOT NULL,
    booked_on TEXT NOT NULL,
    value_on TEXT,
    amount_pence INTEGER NOT NULL,
    code TEXT NOT NULL,
    reference TEXT NOT NULL,
    bank_reference TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    entry_id BLOB,
    import_id BLOB NOT NULL,
    PRIMARY KEY (council_id, line_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX statement_line_day ON statement_line (council_id, bank, booked_on);
CREATE INDEX statement_line_import ON statement_line (council_id, import_id);

-- The statement lines nothing explains yet.
CREATE TABLE open_line (
    council_id INTEGER NOT NULL,
    line_id BLOB NOT NULL,
    bank TEXT NOT NULL,
    PRIMARY KEY (council_id, line_id)
) STRICT, WITHOUT ROWID;

-- One explanation of one or more bank lines: the rule that gave it and the reason in words.
CREATE TABLE match_set (
    council_id INTEGER NOT NULL,
    match_id BLOB NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    entry_id BLOB,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (council_id, match_id)
) STRICT, WITHOUT ROWID;

-- What an explanation joins: bank lines or suspense with what was expected, or with what was
-- made of them.
CREATE TABLE match_pair (
    council_id INTEGER NOT NULL,
    match_id BLOB NOT NULL,
    pair_no INTEGER NOT NULL,
    line_id BLOB,
    suspense_id BLOB,
    expected_id BLOB,
    receipt_id BLOB,
    amount_pence INTEGER NOT NULL,
    PRIMARY KEY (council_id, match_id, pair_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_pair_line ON match_pair (council_id, line_id) WHERE line_id IS NOT NULL;
CREATE INDEX match_pair_expected ON match_pair (council_id, expected_id) WHERE expected_id IS NOT NULL;

-- An explanation taken back.
CREATE TABLE match_undo (
    council_id INTEGER NOT NULL,
    match_id BLOB NOT NULL,
    entry_id BLOB,
    reason TEXT NOT NULL,
    undone_by TEXT NOT NULL,
    undone_at TEXT NOT NULL,
    PRIMARY KEY (council_id, match_id)
) STRICT, WITHOUT ROWID;

-- An accounting day closed, with every day before it. The generation is how often days had been
-- opened again by then: a close of an earlier generation may have been undone.
CREATE TABLE day_close (
    council_id INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    day TEXT NOT NULL,
    closed_at TEXT NOT NULL,
    closed_by TEXT NOT NULL,
    head BLOB NOT NULL,
    certificate TEXT NOT NULL,
    PRIMARY KEY (council_id, generation, day)
) STRICT, WITHOUT ROWID;

-- A numbered file to a ledger or a host system: each closed day in one of each kind that was not
-- rejected.
CREATE TABLE export (
    council_id INTEGER NOT NULL,
    export_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    after_day TEXT,
    through_day TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    file_name TEXT NOT NULL,
    rows INTEGER NOT NULL,
    debit_pence INTEGER NOT NULL,
    credit_pence INTEGER NOT NULL,
    head BLOB NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (council_id, export_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX export_number ON export (council_id, kind, number);

-- Who did what, and why.
CREATE TABLE audit_event (
    council_id INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    origin TEXT NOT NULL,
    deed TEXT NOT NULL,
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (council_id, event_id)
) STRICT, WITHOUT ROWID;

-- Links of the chain that proves the books.
CREATE TABLE block (
    council_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL,
    sealed_at TEXT NOT NULL,
    items INTEGER NOT NULL,
    PRIMARY KEY (council_id, number)
) STRICT, WITHOUT ROWID;

-- What a block seals: each entry and audit event in one block, once.
CREATE TABLE block_item (
    council_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    item_kind TEXT NOT NULL,
    item_id BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (council_id, number, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX block_item_once ON block_item (council_id, item_id);

-- Entries and events no block has yet.
CREATE TABLE unsealed (
    council_id INTEGER NOT NULL,
    item_id BLOB NOT NULL,
    item_kind TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (council_id, item_id)
) STRICT, WITHOUT ROWID;

-- The books only grow: a correction is another row.
CREATE TRIGGER configuration_never_updated BEFORE UPDATE ON configuration BEGIN SELECT RAISE(ABORT, 'the books are append-only: configuration is never updated'); END;
CREATE TRIGGER configuration_never_deleted BEFORE DELETE ON configuration BEGIN SELECT RAISE(ABORT, 'the books are append-only: configuration is never deleted'); END;
CREATE TRIGGER archive_never_updated BEFORE UPDATE ON archive BEGIN SELECT RAISE(ABORT, 'the books are append-only: archive is never updated'); END;
CREATE TRIGGER archive_never_deleted BEFORE DELETE ON archive BEGIN SELECT RAISE(ABORT, 'the books are append-only: archive is never deleted'); END;
CREATE TRIGGER import_never_updated BEFORE UPDATE ON import BEGIN SELECT RAISE(ABORT, 'the books are append-only: import is never updated'); END;
CREATE TRIGGER import_never_deleted BEFORE DELETE ON import BEGIN SELECT RAISE(ABORT, 'the books are append-only: import is never deleted'); END;
CREATE TRIGGER import_reversal_never_updated BEFORE UPDATE ON import_reversal BEGIN SELECT RAISE(ABORT, 'the books are append-only: import_reversal is never updated'); END;
CREATE TRIGGER import_reversal_never_deleted BEFORE DELETE ON import_reversal BEGIN SELECT RAISE(ABORT, 'the books are append-only: import_reversal is never deleted'); END;
CREATE TRIGGER entry_never_updated BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the books are append-only: entry is never updated'); END;
CREATE TRIGGER entry_never_deleted BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the books are append-only: entry is never deleted'); END;
CREATE TRIGGER posting_never_updated BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'the books are append-only: posting is never updated'); END;
CREATE TRIGGER posting_never_deleted BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'the books are append-only: posting is never deleted'); END;
CREATE TRIGGER receipt_never_updated BEFORE UPDATE ON receipt BEGIN SELECT RAISE(ABORT, 'the books are append-only: receipt is never updated'); END;
CREATE TRIGGER receipt_never_deleted BEFORE DELETE ON receipt BEGIN SELECT RAISE(ABORT, 'the books are append-only: receipt is never deleted'); END;
CREATE TRIGGER receipt_line_never_updated BEFORE UPDATE ON receipt_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: receipt_line is never updated'); END;
CREATE TRIGGER receipt_line_never_deleted BEFORE DELETE ON receipt_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: receipt_line is never deleted'); END;
CREATE TRIGGER suspense_item_never_updated BEFORE UPDATE ON suspense_item BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_item is never updated'); END;
CREATE TRIGGER suspense_item_never_deleted BEFORE DELETE ON suspense_item BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_item is never deleted'); END;
CREATE TRIGGER suspense_allocation_never_updated BEFORE UPDATE ON suspense_allocation BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_allocation is never updated'); END;
CREATE TRIGGER suspense_allocation_never_deleted BEFORE DELETE ON suspense_allocation BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_allocation is never deleted'); END;
CREATE TRIGGER expected_never_updated BEFORE UPDATE ON expected BEGIN SELECT RAISE(ABORT, 'the books are append-only: expected is never updated'); END;
CREATE TRIGGER expected_never_deleted BEFORE DELETE ON expected BEGIN SELECT RAISE(ABORT, 'the books are append-only: expected is never deleted'); END;
CREATE TRIGGER expected_batch_never_updated BEFORE UPDATE ON expected_batch BEGIN SELECT RAISE(ABORT, 'the books are append-only: expected_batch is never updated'); END;
CREATE TRIGGER expected_batch_never_deleted BEFORE DELETE ON expected_batch BEGIN SELECT RAISE(ABORT, 'the books are append-only: expected_batch is never deleted'); END;
CREATE TRIGGER statement_never_updated BEFORE UPDATE ON statement BEGIN SELECT RAISE(ABORT, 'the books are append-only: statement is never updated'); END;
CREATE TRIGGER statement_never_deleted BEFORE DELETE ON statement BEGIN SELECT RAISE(ABORT, 'the books are append-only: statement is never deleted'); END;
CREATE TRIGGER statement_line_never_updated BEFORE UPDATE ON statement_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: statement_line is never updated'); END;
CREATE TRIGGER statement_line_never_deleted BEFORE DELETE ON statement_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: statement_line is never deleted'); END;
CREATE TRIGGER match_set_never_updated BEFORE UPDATE ON match_set BEGIN SELECT RAISE(ABORT, 'the books are append-only: match_set is never updated'); END;
CREATE TRIGGER match_set_never_deleted BEFORE DELETE ON match_set BEGIN SELECT RAISE(ABORT, 'the books are append-only: match_set is never deleted'); END;
CREATE TRIGGER match_pair_never_updated BEFORE UPDATE ON match_pair BEGIN SELECT RAISE(ABORT, 'the books are append-only: match_pair is never updated'); END;
CREATE TRIGGER match_pair_never_deleted BEFORE DELETE ON match_pair BEGIN SELECT RAISE(ABORT, 'the books are append-only: match_pair is never deleted'); END;
CREATE TRIGGER match_undo_never_updated BEFORE UPDATE ON match_undo BEGIN SELECT RAISE(ABORT, 'the books are append-only: match_undo is never updated'); END;
CREATE TRIGGER match_undo_never_deleted BEFORE DELETE ON match_undo BEGIN SELECT RAISE(ABORT, 'the books are append-only: match_undo is never deleted'); END;
CREATE TRIGGER day_close_never_updated BEFORE UPDATE ON day_close BEGIN SELECT RAISE(ABORT, 'the books are append-only: day_close is never updated'); END;
CREATE TRIGGER day_close_never_deleted BEFORE DELETE ON day_close BEGIN SELECT RAISE(ABORT, 'the books are append-only: day_close is never deleted'); END;
CREATE TRIGGER export_never_updated BEFORE UPDATE ON export BEGIN SELECT RAISE(ABORT, 'the books are append-only: export is never updated'); END;
CREATE TRIGGER export_never_deleted BEFORE DELETE ON export BEGIN SELECT RAISE(ABORT, 'the books are append-only: export is never deleted'); END;
CREATE TRIGGER audit_event_never_updated BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'the books are append-only: audit_event is never updated'); END;
CREATE TRIGGER audit_event_never_deleted BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'the books are append-only: audit_event is never deleted'); END;
CREATE TRIGGER block_never_updated BEFORE UPDATE ON block BEGIN SELECT RAISE(ABORT, 'the books are append-only: block is never updated'); END;
CREATE TRIGGER block_never_deleted BEFORE DELETE ON block BEGIN SELECT RAISE(ABORT, 'the books are append-only: block is never deleted'); END;
CREATE TRIGGER block_item_never_updated BEFORE UPDATE ON block_item BEGIN SELECT RAISE(ABORT, 'the books are append-only: block_item is never updated'); END;
CREATE TRIGGER block_item_never_deleted BEFORE DELETE ON block_item BEGIN SELECT RAISE(ABORT, 'the books are append-only: block_item is never deleted'); END;

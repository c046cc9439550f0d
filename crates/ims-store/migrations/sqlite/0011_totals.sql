-- What accounts came to, rolled up block by block as entries are sealed, so that
-- a balance costs the same however long the books grow. Never posted to one at a
-- time: no payment waits for another's fund.

CREATE TABLE account_day (
    council_id INTEGER NOT NULL,
    account TEXT NOT NULL,
    accounting_day TEXT NOT NULL,
    debit_pence INTEGER NOT NULL,
    credit_pence INTEGER NOT NULL,
    debits INTEGER NOT NULL,
    credits INTEGER NOT NULL,
    PRIMARY KEY (council_id, account, accounting_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_total (
    council_id INTEGER NOT NULL,
    account TEXT NOT NULL,
    debit_pence INTEGER NOT NULL,
    credit_pence INTEGER NOT NULL,
    PRIMARY KEY (council_id, account)
) STRICT, WITHOUT ROWID;

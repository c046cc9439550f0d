-- What accounts came to, rolled up block by block as entries are sealed, so that
-- a balance costs the same however long the books grow. Never posted to one at a
-- time: no payment waits for another's fund.

CREATE TABLE account_day (
    council_id BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    accounting_day DATE NOT NULL,
    debit_pence BIGINT NOT NULL,
    credit_pence BIGINT NOT NULL,
    debits BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    PRIMARY KEY (council_id, account, accounting_day)
);

CREATE TABLE account_total (
    council_id BIGINT NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    debit_pence BIGINT NOT NULL,
    credit_pence BIGINT NOT NULL,
    PRIMARY KEY (council_id, account)
);

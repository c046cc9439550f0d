-- What accounts came to by day, by month, by year and in all: a balance as at any day is what
-- there is in all less the little that came after, however long the books grow.

CREATE TABLE account_span (
    council_id BIGINT NOT NULL,
    span TEXT COLLATE "C" NOT NULL,
    begins DATE NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    debit_pence BIGINT NOT NULL,
    credit_pence BIGINT NOT NULL,
    debits BIGINT NOT NULL,
    credits BIGINT NOT NULL,
    CONSTRAINT account_span_kind CHECK (span IN ('day', 'month', 'year', 'all')),
    PRIMARY KEY (council_id, span, begins, account)
);

INSERT INTO account_span (council_id, span, begins, account, debit_pence, credit_pence, debits, credits)
SELECT d.council_id, s.span,
    CASE s.span WHEN 'day' THEN d.accounting_day
        WHEN 'all' THEN DATE '0001-01-01'
        ELSE CAST(date_trunc(s.span, CAST(d.accounting_day AS TIMESTAMP)) AS DATE) END,
    d.account, SUM(d.debit_pence), SUM(d.credit_pence), SUM(d.debits), SUM(d.credits)
FROM account_day d CROSS JOIN (VALUES ('day'), ('month'), ('year'), ('all')) s (span)
GROUP BY 1, 2, 3, 4;

DROP TABLE account_day;
DROP TABLE account_total;

-- A queue: what was sealed is gone from it at once, so it is swept often.
ALTER TABLE unsealed SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0);

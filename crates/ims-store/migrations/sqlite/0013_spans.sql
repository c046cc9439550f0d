-- What accounts came to by day, by month, by year and in all: a balance as at any day is what
-- there is in all less the little that came after, however long the books grow.

CREATE TABLE account_span (
    council_id INTEGER NOT NULL,
    span TEXT NOT NULL,
    begins TEXT NOT NULL,
    account TEXT NOT NULL,
    debit_pence INTEGER NOT NULL,
    credit_pence INTEGER NOT NULL,
    debits INTEGER NOT NULL,
    credits INTEGER NOT NULL,
    CONSTRAINT account_span_kind CHECK (span IN ('day', 'month', 'year', 'all')),
    PRIMARY KEY (council_id, span, begins, account)
) STRICT, WITHOUT ROWID;

INSERT INTO account_span (council_id, span, begins, account, debit_pence, credit_pence, debits, credits)
SELECT d.council_id, s.span,
    CASE s.span WHEN 'day' THEN d.accounting_day WHEN 'month' THEN substr(d.accounting_day, 1, 7) || '-01'
        WHEN 'year' THEN substr(d.accounting_day, 1, 4) || '-01-01' ELSE '0001-01-01' END AS begins,
    d.account, SUM(d.debit_pence), SUM(d.credit_pence), SUM(d.debits), SUM(d.credits)
FROM account_day d CROSS JOIN (SELECT 'day' AS span UNION ALL SELECT 'month' UNION ALL SELECT 'year' UNION ALL SELECT 'all') s
GROUP BY d.council_id, s.span, 3, d.account;

DROP TABLE account_day;
DROP TABLE account_total;

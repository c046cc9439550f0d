-- Whether the reference of what is expected is the payer's own account. Where its money reaches
-- the bank in sums, a credit that quotes that account is another payment beside it.
ALTER TABLE expected ADD COLUMN is_payers BIGINT NOT NULL DEFAULT 0;

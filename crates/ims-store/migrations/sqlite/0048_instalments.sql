-- What an account pays at a time, as its fund's own system says.
ALTER TABLE account_holder ADD COLUMN instalment_pence INTEGER;

-- What the processor behind a provider calls money that a person may put into suspense: its payouts
-- go by that.
ALTER TABLE payment_exception ADD COLUMN processor_ref TEXT COLLATE "C";

-- What else the money of a payment is called is asked for by that money.
CREATE INDEX expected_name_expected ON expected_name (council_id, expected_id);

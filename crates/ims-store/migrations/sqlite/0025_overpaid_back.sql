-- How much of what is disputed was taken off suspense: what had been more than was owed.
ALTER TABLE dispute ADD COLUMN suspense_pence INTEGER NOT NULL DEFAULT 0;

-- What a payment brought beyond what was owed, and what a return or dispute took of suspense.
CREATE INDEX suspense_entry ON suspense_item (council_id, entry_id);
CREATE INDEX suspense_allocation_entry ON suspense_allocation (council_id, entry_id);

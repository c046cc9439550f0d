-- What one entry made wait is asked for by the entry: when its match is taken back, and when a
-- payment is undone before it was paid out.
CREATE INDEX expected_entry ON expected (council_id, entry_id);

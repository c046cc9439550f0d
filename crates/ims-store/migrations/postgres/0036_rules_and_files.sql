-- Under which version of the council's configuration a rule made a match; none where a person made
-- it, or it is older than this column.
ALTER TABLE match_set ADD COLUMN config_version BIGINT;

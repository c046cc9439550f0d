-- By what else a payment's money may be told of: the processor behind a provider has a name of its
-- own for it, and its payouts go by that.
CREATE TABLE expected_name (
    council_id BIGINT NOT NULL,
    channel TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    expected_id UUID NOT NULL,
    told_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT expected_name_name CHECK (name <> ''),
    PRIMARY KEY (council_id, channel, name, expected_id)
);

CREATE TRIGGER expected_name_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON expected_name
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

-- Account holders with a version and a history, and references that lead elsewhere.

ALTER TABLE account_holder ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- When the balance was stated; what was paid since is not in it.
ALTER TABLE account_holder ADD COLUMN balance_at TIMESTAMPTZ;

-- What was changed of an account holder; what it was before and after lies in detail, under the
-- change's id, and its digest here.
CREATE TABLE holder_change (
    council_id BIGINT NOT NULL,
    change_id UUID NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    deed TEXT COLLATE "C" NOT NULL,
    fields TEXT COLLATE "C" NOT NULL,
    changed_by TEXT COLLATE "C" NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    import_id UUID,
    reason TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT holder_change_version CHECK (version > 0),
    PRIMARY KEY (council_id, change_id)
);
CREATE UNIQUE INDEX holder_change_once ON holder_change (council_id, fund, reference, version);

-- From a day on, money for one reference goes to another; to none: to itself again.
CREATE TABLE redirect (
    council_id BIGINT NOT NULL,
    redirect_id UUID NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    reference TEXT COLLATE "C" NOT NULL,
    from_day DATE NOT NULL,
    to_fund TEXT COLLATE "C",
    to_reference TEXT COLLATE "C",
    reason TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT redirect_whole CHECK ((to_fund IS NULL) = (to_reference IS NULL)),
    PRIMARY KEY (council_id, redirect_id)
);
CREATE INDEX redirect_reference ON redirect (council_id, reference);

CREATE TRIGGER holder_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON holder_change
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER redirect_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON redirect
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

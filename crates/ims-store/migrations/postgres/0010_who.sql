-- Who may, and where: scopes, people's life, what is noted once a minute.

-- What of a council somebody works for; none of a kind is all of it.
CREATE TABLE membership_scope (
    council_id BIGINT NOT NULL,
    person_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    granted_by TEXT COLLATE "C" NOT NULL,
    CONSTRAINT membership_scope_kind CHECK (kind IN ('fund', 'fund-group', 'office', 'method', 'template')),
    PRIMARY KEY (council_id, person_id, kind, code)
);

ALTER TABLE person ADD COLUMN last_sign_in_at TIMESTAMPTZ;
ALTER TABLE person ADD COLUMN enabled_at TIMESTAMPTZ;
ALTER TABLE person ADD COLUMN must_change BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE person ADD COLUMN failed_sign_ins BIGINT NOT NULL DEFAULT 0;
ALTER TABLE person ADD COLUMN locked_until TIMESTAMPTZ;

-- The last minute in which something of somebody was noted, so that nobody
-- floods the audit trail.
CREATE TABLE noted_minute (
    council_id BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    what TEXT COLLATE "C" NOT NULL,
    minute BIGINT NOT NULL,
    PRIMARY KEY (council_id, actor, what)
);

-- The funds an approval is about; one without any is about them all.
CREATE TABLE approval_fund (
    council_id BIGINT NOT NULL,
    approval_id UUID NOT NULL,
    fund TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (council_id, approval_id, fund)
);

CREATE TRIGGER approval_fund_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_fund
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();

-- Time of the newest check of signatures by the connector; see signature-checks.ts.
ALTER TABLE channels ADD COLUMN signatures_checked_at bigint;
-- Arrival of the newest webhook that is signed with another private key, according to the check; NULL if the check has found
-- a valid signature. Together with it: true if other webhooks of the check have a valid signature.
ALTER TABLE channels ADD COLUMN foreign_at bigint;
ALTER TABLE channels ADD COLUMN is_foreign_mixed boolean NOT NULL DEFAULT false;
-- Arrival of the newest webhook, if its signature is valid; otherwise of the first event since then that a Zap would have
-- reported if it had refused it.
ALTER TABLE channels ADD COLUMN signed_at bigint;

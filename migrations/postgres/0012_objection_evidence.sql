-- +goose Up
-- An objection that is being written, before it is filed: whoever holds the token may leave
-- evidence for it. Filing makes the objection under the draft's id. Rows past expires_at go,
-- and with them the address they came from.
CREATE TABLE objection_draft (
  id TEXT PRIMARY KEY,
  notice_id TEXT NOT NULL REFERENCES notice(id),
  token_hash TEXT NOT NULL CONSTRAINT objection_draft_token UNIQUE,
  ip TEXT NOT NULL,
  files INTEGER NOT NULL CONSTRAINT objection_draft_files CHECK (files > 0),
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  filed_at TIMESTAMPTZ
);
CREATE INDEX objection_draft_notice ON objection_draft (notice_id, created_at);
CREATE INDEX objection_draft_address ON objection_draft (ip, created_at);
CREATE INDEX objection_draft_expiry ON objection_draft (expires_at);

-- +goose Down
DROP TABLE objection_draft;

-- +goose Up
-- A table that somebody has uploaded for an application and not confirmed yet, or has confirmed and may still undo. Both
-- replicas of the web server work on it; it is its uploader's alone, and swept when its time is over.
CREATE TABLE table_import (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application(id),
  person_id TEXT NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  base TEXT NOT NULL,
  parsed TEXT NOT NULL,
  mode TEXT NOT NULL CONSTRAINT table_import_mode CHECK (mode IN ('','replace','merge')),
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  confirmed_at TIMESTAMPTZ,
  saved_version BIGINT NOT NULL DEFAULT 0,
  undone_at TIMESTAMPTZ,
  CONSTRAINT table_import_order CHECK (undone_at IS NULL OR confirmed_at IS NOT NULL)
);
CREATE INDEX table_import_owner ON table_import (application_id, person_id, created_at);
CREATE INDEX table_import_expiry ON table_import (expires_at);

-- +goose Down
DROP TABLE table_import;

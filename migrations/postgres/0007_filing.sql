-- +goose Up
-- Answers to correction items carry a version, so that two people do not overwrite each other.
-- A unit keeps its development bodies once; a draft remembers what it was filled from.
ALTER TABLE correction_item ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

CREATE TABLE unit_profile (
  unit_code TEXT PRIMARY KEY REFERENCES unit(code),
  version BIGINT NOT NULL,
  content TEXT NOT NULL,
  updated_by TEXT NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE application_carried (
  application_id TEXT PRIMARY KEY REFERENCES application(id),
  source_kind TEXT NOT NULL CONSTRAINT application_carried_source CHECK (source_kind IN ('application','profile')),
  source_id TEXT NOT NULL,
  source_number TEXT NOT NULL DEFAULT '',
  source_year INTEGER NOT NULL DEFAULT 0,
  content TEXT NOT NULL,
  confirmed TEXT NOT NULL DEFAULT '[]',
  carried_by TEXT NOT NULL,
  carried_at TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE application_carried;
DROP TABLE unit_profile;
ALTER TABLE correction_item DROP COLUMN version;

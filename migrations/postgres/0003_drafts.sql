-- +goose Up
-- Earlier saved states of a draft, who has it open, and where each person was in it. None of
-- it is evidence: the signed versions and the audit are.
CREATE TABLE application_revision (
  application_id TEXT NOT NULL REFERENCES application(id),
  version BIGINT NOT NULL,
  cause TEXT NOT NULL CONSTRAINT application_revision_cause CHECK (cause IN ('begin','save','restore')),
  restored BIGINT NOT NULL DEFAULT 0,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  paths TEXT NOT NULL,
  person_id TEXT NOT NULL,
  began_at TIMESTAMPTZ NOT NULL,
  saved_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (application_id, version)
);

CREATE TABLE application_presence (
  application_id TEXT NOT NULL REFERENCES application(id),
  person_id TEXT NOT NULL REFERENCES person(id),
  part TEXT NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (application_id, person_id)
);
CREATE INDEX application_presence_expires ON application_presence (expires_at);

CREATE TABLE application_place (
  application_id TEXT NOT NULL REFERENCES application(id),
  person_id TEXT NOT NULL REFERENCES person(id),
  part TEXT NOT NULL,
  field TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (application_id, person_id)
);

-- +goose Down
DROP TABLE application_place;
DROP TABLE application_presence;
DROP TABLE application_revision;

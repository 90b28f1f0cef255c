-- +goose Up
-- Official documents: templates in numbered versions, and what was issued from them.
CREATE TABLE document_template (
  kind TEXT NOT NULL CONSTRAINT document_template_kind CHECK (kind IN ('acceptance','correction','review_opinion','notice','accreditation','refusal')),
  no INTEGER NOT NULL,
  content TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  published_by TEXT,
  published_at TIMESTAMP,
  PRIMARY KEY (kind, no)
);

CREATE TABLE document (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  template_no INTEGER NOT NULL,
  number TEXT NOT NULL,
  title TEXT NOT NULL,
  subject_kind TEXT NOT NULL CONSTRAINT document_subject CHECK (subject_kind IN ('application')),
  subject_id TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  content TEXT NOT NULL,
  check_code TEXT NOT NULL CONSTRAINT document_check UNIQUE,
  object_key TEXT NOT NULL DEFAULT '',
  object_version TEXT NOT NULL DEFAULT '',
  sha256 TEXT NOT NULL DEFAULT '',
  size BIGINT NOT NULL DEFAULT 0,
  demo BOOLEAN NOT NULL DEFAULT FALSE,
  issued_by TEXT NOT NULL,
  issued_at TIMESTAMP NOT NULL,
  rendered_at TIMESTAMP,
  void_reason TEXT NOT NULL DEFAULT '',
  voided_by TEXT,
  voided_at TIMESTAMP,
  CONSTRAINT document_template_used FOREIGN KEY (kind, template_no) REFERENCES document_template (kind, no)
);
CREATE UNIQUE INDEX document_number ON document (number) WHERE voided_at IS NULL;
CREATE UNIQUE INDEX document_once ON document (kind, subject_kind, subject_id, cycle) WHERE voided_at IS NULL;
CREATE INDEX document_case ON document (subject_kind, subject_id, issued_at);

-- +goose Down
DROP TABLE document;
DROP TABLE document_template;

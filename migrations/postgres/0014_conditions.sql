-- +goose Up
-- Conditions of department opinions and of decisions, with the unit that must meet them; the
-- draft of an opinion, and the answers that an opinion had before it was asked for anew.
CREATE TABLE condition (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT condition_number UNIQUE,
  subject_kind TEXT NOT NULL CONSTRAINT condition_subject CHECK (subject_kind IN ('application')),
  subject_id TEXT NOT NULL REFERENCES application(id),
  subject_title TEXT NOT NULL,
  unit_code TEXT NOT NULL REFERENCES unit(code),
  zone_id TEXT REFERENCES zone(id),
  source TEXT NOT NULL CONSTRAINT condition_source CHECK (source IN ('opinion','decision')),
  source_id TEXT NOT NULL,
  set_unit TEXT NOT NULL REFERENCES unit(code),
  set_by TEXT NOT NULL,
  position INTEGER NOT NULL,
  words TEXT NOT NULL,
  proof TEXT NOT NULL,
  moment TEXT NOT NULL CONSTRAINT condition_moment CHECK (moment IN ('before_decision','after_accreditation')),
  due_on TEXT NOT NULL DEFAULT '',
  responsible TEXT NOT NULL REFERENCES unit(code),
  status TEXT NOT NULL CONSTRAINT condition_status CHECK (status IN (/*states:condition*/'noted','open','reported','met','waived','cancelled')),
  version BIGINT NOT NULL,
  evidence TEXT NOT NULL DEFAULT '',
  reported_by TEXT,
  reported_at TIMESTAMPTZ,
  reason TEXT NOT NULL DEFAULT '',
  settled_by TEXT,
  settled_at TIMESTAMPTZ,
  demo BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT condition_due CHECK (moment = 'before_decision' OR due_on <> '')
);
CREATE INDEX condition_subject_list ON condition (subject_kind, subject_id, id);
CREATE INDEX condition_zone ON condition (zone_id, id);
CREATE INDEX condition_source_list ON condition (source, source_id, id);
CREATE INDEX condition_responsible ON condition (responsible, status, id);
CREATE INDEX condition_setter ON condition (set_unit, status, id);

CREATE TABLE opinion_draft (
  opinion_id TEXT PRIMARY KEY REFERENCES opinion(id),
  content TEXT NOT NULL,
  version BIGINT NOT NULL,
  person_id TEXT NOT NULL,
  saved_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE opinion_answer (
  opinion_id TEXT NOT NULL REFERENCES opinion(id),
  no INTEGER NOT NULL,
  version_no INTEGER NOT NULL,
  stance TEXT NOT NULL,
  grounds TEXT NOT NULL,
  conditions TEXT NOT NULL,
  late BOOLEAN NOT NULL,
  given_by TEXT NOT NULL,
  given_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (opinion_id, no)
);
ALTER TABLE opinion ADD COLUMN version_no INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE opinion DROP COLUMN version_no;
DROP TABLE opinion_answer; DROP TABLE opinion_draft; DROP TABLE condition;

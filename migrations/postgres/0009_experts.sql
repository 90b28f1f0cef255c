-- +goose Up
-- The pool of evaluators, draws that can be made again from what is stored, and recusals with
-- where they come from. A lifted recusal leaves the table recusal until its lift ends, so that
-- every scope goes on asking one table.
CREATE TABLE expert_profile (
  person_id TEXT PRIMARY KEY REFERENCES person(id),
  title TEXT NOT NULL DEFAULT '',
  in_pool BOOLEAN NOT NULL DEFAULT TRUE,
  until_on TEXT NOT NULL DEFAULT '',
  remark TEXT NOT NULL DEFAULT '',
  confirmed_at TIMESTAMPTZ,
  updated_at TIMESTAMPTZ NOT NULL,
  version BIGINT NOT NULL
);
CREATE TABLE expert_post (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person(id),
  employer TEXT NOT NULL,
  post TEXT NOT NULL DEFAULT '',
  from_on TEXT NOT NULL,
  to_on TEXT NOT NULL DEFAULT '',
  recorded_by TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL
);
CREATE INDEX expert_post_person ON expert_post (person_id, from_on, id);
CREATE TABLE draw (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT draw_number UNIQUE,
  seed TEXT NOT NULL,
  input TEXT NOT NULL,
  digest TEXT NOT NULL,
  result TEXT NOT NULL,
  drawn_by TEXT NOT NULL,
  drawn_at TIMESTAMPTZ NOT NULL,
  confirmed_by TEXT,
  confirmed_at TIMESTAMPTZ,
  version BIGINT NOT NULL
);
CREATE TABLE draw_case (
  draw_id TEXT NOT NULL REFERENCES draw(id),
  subject_kind TEXT NOT NULL CONSTRAINT draw_case_subject CHECK (subject_kind IN ('application','evaluation')),
  subject_id TEXT NOT NULL,
  PRIMARY KEY (draw_id, subject_kind, subject_id)
);
CREATE INDEX draw_case_subject ON draw_case (subject_kind, subject_id, draw_id);
CREATE TABLE draw_change (
  id TEXT PRIMARY KEY,
  draw_id TEXT NOT NULL REFERENCES draw(id),
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  seat INTEGER NOT NULL,
  was TEXT NOT NULL,
  becomes TEXT NOT NULL,
  reason TEXT NOT NULL,
  person_id TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL
);
CREATE INDEX draw_change_draw ON draw_change (draw_id, id);
ALTER TABLE recusal ADD COLUMN source TEXT NOT NULL DEFAULT 'declared' CONSTRAINT recusal_source CHECK (source IN ('declared','office','detected'));
ALTER TABLE recusal ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
ALTER TABLE recusal ADD COLUMN case_version BIGINT NOT NULL DEFAULT 0;
CREATE TABLE recusal_override (
  id TEXT PRIMARY KEY,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES person(id),
  direction TEXT NOT NULL CONSTRAINT recusal_override_direction CHECK (direction IN ('lift','restore')),
  reason TEXT NOT NULL,
  until_at TIMESTAMPTZ NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at TIMESTAMPTZ NOT NULL,
  answered_by TEXT,
  answered_at TIMESTAMPTZ,
  answer TEXT NOT NULL DEFAULT '' CONSTRAINT recusal_override_answer CHECK (answer IN ('','confirmed','refused')),
  kept TEXT NOT NULL DEFAULT '',
  returned_at TIMESTAMPTZ,
  CONSTRAINT recusal_override_two CHECK (answered_by IS NULL OR answered_by <> asked_by)
);
CREATE INDEX recusal_override_case ON recusal_override (subject_kind, subject_id, person_id, id);

-- +goose Down
DROP TABLE recusal_override;
ALTER TABLE recusal DROP COLUMN case_version;
ALTER TABLE recusal DROP COLUMN evidence;
ALTER TABLE recusal DROP COLUMN source;
DROP TABLE draw_change; DROP TABLE draw_case; DROP TABLE draw; DROP TABLE expert_post; DROP TABLE expert_profile;

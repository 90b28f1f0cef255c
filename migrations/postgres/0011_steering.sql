-- +goose Up
-- Finding and steering: what a search looks up, views people keep, runs over many cases,
-- files made of lists, and urgings. A search_term is one tail of a name, a number or its
-- pinyin: a prefix of a term is a part of the name, so that one range of the index answers.
CREATE TABLE search_term (
  kind TEXT NOT NULL,
  case_id TEXT NOT NULL,
  term TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, term, case_id)
);
CREATE INDEX search_term_case ON search_term (kind, case_id);

CREATE TABLE saved_view (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL REFERENCES person(id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  shared TEXT NOT NULL DEFAULT '' CONSTRAINT saved_view_shared CHECK (shared IN ('','unit','role')),
  unit_code TEXT NOT NULL DEFAULT '',
  role TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  CONSTRAINT saved_view_name UNIQUE (owner_id, kind, name)
);
CREATE INDEX saved_view_unit ON saved_view (kind, shared, unit_code);

CREATE TABLE view_default (
  person_id TEXT NOT NULL REFERENCES person(id),
  kind TEXT NOT NULL,
  view_id TEXT NOT NULL REFERENCES saved_view(id),
  PRIMARY KEY (person_id, kind)
);

CREATE TABLE bulk_run (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL REFERENCES person(id),
  kind TEXT NOT NULL,
  action TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMPTZ NOT NULL,
  started_at TIMESTAMPTZ,
  finished_at TIMESTAMPTZ
);
CREATE INDEX bulk_run_owner ON bulk_run (owner_id, id);

CREATE TABLE bulk_item (
  run_id TEXT NOT NULL REFERENCES bulk_run(id),
  position INTEGER NOT NULL,
  case_id TEXT NOT NULL,
  number TEXT NOT NULL,
  title TEXT NOT NULL,
  version BIGINT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL DEFAULT '',
  blocked TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '' CONSTRAINT bulk_item_outcome CHECK (outcome IN ('','done','refused')),
  problem TEXT NOT NULL DEFAULT '',
  at TIMESTAMPTZ,
  PRIMARY KEY (run_id, position),
  CONSTRAINT bulk_item_once UNIQUE (run_id, case_id)
);

CREATE TABLE export_file (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL REFERENCES person(id),
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  query TEXT NOT NULL,
  format TEXT NOT NULL CONSTRAINT export_file_format CHECK (format IN ('xlsx','csv')),
  lang TEXT NOT NULL,
  rights TEXT NOT NULL DEFAULT '',
  cases TEXT NOT NULL DEFAULT '[]',
  lines INTEGER NOT NULL DEFAULT 0,
  size BIGINT NOT NULL DEFAULT 0,
  object_key TEXT NOT NULL DEFAULT '',
  object_version TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMPTZ NOT NULL,
  built_at TIMESTAMPTZ,
  refused_at TIMESTAMPTZ,
  expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX export_file_owner ON export_file (owner_id, id);
CREATE INDEX export_file_expiry ON export_file (expires_at);

CREATE TABLE urging (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  case_id TEXT NOT NULL,
  day TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES person(id),
  words TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  CONSTRAINT urging_daily UNIQUE (kind, case_id, day)
);

-- +goose Down
DROP TABLE urging; DROP TABLE export_file; DROP TABLE bulk_item; DROP TABLE bulk_run; DROP TABLE view_default; DROP TABLE saved_view;
DROP TABLE search_term;

-- +goose Up
-- Instants are UTC; local dates are text YYYY-MM-DD; money is in fen, scores in hundredths,
-- areas in square metres; identifiers are UUIDv7 in text. Documents are canonical JSON text,
-- so that their digest can be made again from what is stored.

CREATE TABLE unit (
  code TEXT PRIMARY KEY,
  kind TEXT NOT NULL CONSTRAINT unit_kind CHECK (kind IN ('district','commission','department','statistics','supervision','institute','operator')),
  name TEXT NOT NULL,
  name_short TEXT NOT NULL,
  name_en TEXT NOT NULL,
  pinyin TEXT NOT NULL DEFAULT '',
  valid_from TEXT NOT NULL,
  valid_to TEXT,
  successor TEXT,
  areas TEXT NOT NULL DEFAULT '[]',
  extent TEXT,
  internal_code BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE person (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL CONSTRAINT person_login UNIQUE,
  name TEXT NOT NULL,
  unit_code TEXT NOT NULL REFERENCES unit(code),
  email TEXT NOT NULL DEFAULT '',
  phone TEXT NOT NULL DEFAULT '',
  lang TEXT NOT NULL DEFAULT 'zh-CN' CONSTRAINT person_lang CHECK (lang IN ('zh-CN','en')),
  password_hash TEXT NOT NULL DEFAULT '',
  must_change BOOLEAN NOT NULL DEFAULT FALSE,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  superior_id TEXT,
  fields TEXT NOT NULL DEFAULT '[]',
  employer TEXT NOT NULL DEFAULT '',
  demo BOOLEAN NOT NULL DEFAULT FALSE,
  totp_secret TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX person_unit ON person (unit_code, id);

CREATE TABLE person_role (
  person_id TEXT NOT NULL REFERENCES person(id),
  role TEXT NOT NULL CONSTRAINT person_role_role CHECK (role IN ('filler','leader','clerk','officer','director','department','evaluator','statistics','supervision','system_admin','security_admin','audit_admin')),
  PRIMARY KEY (person_id, role)
);
CREATE INDEX person_role_role ON person_role (role, person_id);

CREATE TABLE session (
  token_hash TEXT PRIMARY KEY,
  id TEXT NOT NULL CONSTRAINT session_id UNIQUE,
  person_id TEXT NOT NULL REFERENCES person(id),
  kind TEXT NOT NULL CONSTRAINT session_kind CHECK (kind IN ('cookie','bearer')),
  ip TEXT NOT NULL DEFAULT '',
  agent TEXT NOT NULL DEFAULT '',
  created_at TIMESTAMP NOT NULL,
  seen_at TIMESTAMP NOT NULL,
  expires_at TIMESTAMP NOT NULL,
  revoked_at TIMESTAMP
);
CREATE INDEX session_person ON session (person_id, created_at);

CREATE TABLE login_attempt (
  id TEXT PRIMARY KEY,
  login TEXT NOT NULL,
  ip TEXT NOT NULL,
  ok BOOLEAN NOT NULL,
  at TIMESTAMP NOT NULL
);
CREATE INDEX login_attempt_login ON login_attempt (login, at);
CREATE INDEX login_attempt_ip ON login_attempt (ip, at);

CREATE TABLE policy_document (
  kind TEXT NOT NULL,
  version TEXT NOT NULL,
  body TEXT NOT NULL,
  digest TEXT NOT NULL,
  loaded_at TIMESTAMP NOT NULL,
  PRIMARY KEY (kind, version)
);

CREATE TABLE rule_set (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL CONSTRAINT rule_set_version UNIQUE,
  body TEXT NOT NULL,
  digest TEXT NOT NULL,
  published_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL
);

CREATE TABLE calendar_year (
  year INTEGER PRIMARY KEY,
  confirmed BOOLEAN NOT NULL,
  document TEXT NOT NULL DEFAULT ''
);

CREATE TABLE calendar_day (
  day TEXT PRIMARY KEY,
  rest BOOLEAN NOT NULL,
  name TEXT NOT NULL
);

CREATE TABLE calendar_version (
  one INTEGER PRIMARY KEY CONSTRAINT calendar_version_one CHECK (one = 1),
  version TEXT NOT NULL
);

CREATE TABLE number_sequence (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);

CREATE TABLE round (
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL CONSTRAINT round_code UNIQUE,
  name TEXT NOT NULL,
  name_en TEXT NOT NULL,
  year INTEGER NOT NULL,
  opens_at TIMESTAMP NOT NULL,
  closes_at TIMESTAMP NOT NULL,
  quota INTEGER NOT NULL CONSTRAINT round_quota CHECK (quota > 0),
  rule_set_id TEXT NOT NULL REFERENCES rule_set(id),
  demo BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMP NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  CONSTRAINT round_window CHECK (opens_at < closes_at)
);

CREATE TABLE application (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT application_number UNIQUE,
  round_id TEXT NOT NULL REFERENCES round(id),
  unit_code TEXT NOT NULL REFERENCES unit(code),
  rule_set_id TEXT NOT NULL REFERENCES rule_set(id),
  workflow_version INTEGER NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  credit_code TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CONSTRAINT application_status CHECK (status IN (/*states:application*/'draft','signing','submitted','correction','correction_signing','in_review','recommended','refusal_proposed','notice','deciding','accredited','refused','declined','withdrawn','lapsed')),
  version BIGINT NOT NULL,
  content TEXT NOT NULL,
  open_parts TEXT NOT NULL DEFAULT '["*"]',
  submitted_no INTEGER NOT NULL DEFAULT 0,
  corrections INTEGER NOT NULL DEFAULT 0,
  extensions INTEGER NOT NULL DEFAULT 0,
  withdrawal_asked BOOLEAN NOT NULL DEFAULT FALSE,
  submitted_at TIMESTAMP,
  accepted_at TIMESTAMP,
  recommended_by TEXT,
  recommendation TEXT NOT NULL DEFAULT '',
  decided_by TEXT,
  decided_at TIMESTAMP,
  document_number TEXT NOT NULL DEFAULT '',
  demo BOOLEAN NOT NULL DEFAULT FALSE,
  created_by TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX application_unit ON application (unit_code, id);
CREATE INDEX application_round ON application (round_id, status, id);
CREATE INDEX application_state ON application (status, id);
CREATE INDEX application_code ON application (credit_code, round_id);

CREATE TABLE application_version (
  application_id TEXT NOT NULL REFERENCES application(id),
  no INTEGER NOT NULL,
  content TEXT NOT NULL,
  files TEXT NOT NULL,
  digest TEXT NOT NULL,
  signed_by TEXT NOT NULL,
  signed_at TIMESTAMP NOT NULL,
  PRIMARY KEY (application_id, no)
);

CREATE TABLE application_sector (
  application_id TEXT NOT NULL REFERENCES application(id),
  sector TEXT NOT NULL,
  PRIMARY KEY (application_id, sector)
);

CREATE TABLE verdict (
  application_id TEXT NOT NULL REFERENCES application(id),
  no INTEGER NOT NULL,
  clarification TEXT NOT NULL,
  verdict TEXT NOT NULL CONSTRAINT verdict_verdict CHECK (verdict IN ('pass','correct','question')),
  note TEXT NOT NULL DEFAULT '',
  person_id TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  PRIMARY KEY (application_id, no, clarification)
);

CREATE TABLE correction (
  id TEXT PRIMARY KEY,
  application_id TEXT NOT NULL REFERENCES application(id),
  no INTEGER NOT NULL,
  issued_by TEXT NOT NULL,
  issued_at TIMESTAMP NOT NULL,
  CONSTRAINT correction_no UNIQUE (application_id, no)
);

CREATE TABLE correction_item (
  id TEXT PRIMARY KEY,
  correction_id TEXT NOT NULL REFERENCES correction(id),
  application_id TEXT NOT NULL REFERENCES application(id),
  position INTEGER NOT NULL,
  anchor_kind TEXT NOT NULL CONSTRAINT correction_item_anchor CHECK (anchor_kind IN ('field','clarification','slot')),
  anchor TEXT NOT NULL,
  words TEXT NOT NULL,
  answer TEXT NOT NULL DEFAULT '',
  done BOOLEAN NOT NULL DEFAULT FALSE,
  answered_by TEXT,
  answered_at TIMESTAMP
);
CREATE INDEX correction_item_application ON correction_item (application_id, correction_id, position);

CREATE TABLE opinion (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT opinion_number UNIQUE,
  application_id TEXT NOT NULL REFERENCES application(id),
  unit_code TEXT NOT NULL REFERENCES unit(code),
  sectors TEXT NOT NULL,
  status TEXT NOT NULL CONSTRAINT opinion_status CHECK (status IN (/*states:opinion*/'requested','overdue','given','cancelled')),
  version BIGINT NOT NULL,
  assignee_id TEXT,
  stance TEXT NOT NULL DEFAULT '' CONSTRAINT opinion_stance CHECK (stance IN ('','agree','conditional','disagree')),
  grounds TEXT NOT NULL DEFAULT '',
  conditions TEXT NOT NULL DEFAULT '',
  late BOOLEAN NOT NULL DEFAULT FALSE,
  requested_by TEXT NOT NULL,
  given_by TEXT,
  given_at TIMESTAMP,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT opinion_once UNIQUE (application_id, unit_code)
);
CREATE INDEX opinion_unit ON opinion (unit_code, status, id);

CREATE TABLE review (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT review_number UNIQUE,
  subject_kind TEXT NOT NULL CONSTRAINT review_subject CHECK (subject_kind IN ('application','evaluation')),
  subject_id TEXT NOT NULL,
  evaluator_id TEXT NOT NULL REFERENCES person(id),
  status TEXT NOT NULL CONSTRAINT review_status CHECK (status IN (/*states:review*/'invited','accepted','scored','declined','recused','expired','cancelled')),
  version BIGINT NOT NULL,
  scores TEXT NOT NULL DEFAULT '{}',
  comment TEXT NOT NULL DEFAULT '',
  total INTEGER,
  vetoed BOOLEAN NOT NULL DEFAULT FALSE,
  committed_at TIMESTAMP,
  scored_at TIMESTAMP,
  invited_by TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT review_once UNIQUE (subject_kind, subject_id, evaluator_id)
);
CREATE INDEX review_evaluator ON review (evaluator_id, status, id);

CREATE TABLE recusal (
  id TEXT PRIMARY KEY,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES person(id),
  kind TEXT NOT NULL CONSTRAINT recusal_kind CHECK (kind IN ('unit','employer','named','financial','other')),
  reason TEXT NOT NULL,
  declared_by TEXT NOT NULL,
  at TIMESTAMP NOT NULL,
  CONSTRAINT recusal_once UNIQUE (subject_kind, subject_id, person_id)
);
CREATE INDEX recusal_person ON recusal (person_id, subject_kind, subject_id);

CREATE TABLE notice (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT notice_number UNIQUE,
  subject_kind TEXT NOT NULL CONSTRAINT notice_subject CHECK (subject_kind IN ('application','evaluation')),
  subject_id TEXT NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  published_by TEXT NOT NULL,
  published_at TIMESTAMP NOT NULL,
  cancelled_at TIMESTAMP,
  demo BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX notice_subject ON notice (subject_kind, subject_id);

CREATE TABLE objection (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT objection_number UNIQUE,
  notice_id TEXT NOT NULL REFERENCES notice(id),
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  status TEXT NOT NULL CONSTRAINT objection_status CHECK (status IN (/*states:objection*/'received','handled','upheld','dismissed','inadmissible')),
  version BIGINT NOT NULL,
  objector_kind TEXT NOT NULL CONSTRAINT objection_objector CHECK (objector_kind IN ('unit','individual')),
  objector_name TEXT NOT NULL,
  contact TEXT NOT NULL,
  body TEXT NOT NULL,
  findings TEXT NOT NULL DEFAULT '',
  result TEXT NOT NULL DEFAULT '',
  handled_by TEXT,
  decided_by TEXT,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX objection_subject ON objection (subject_kind, subject_id, status);

CREATE TABLE zone (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT zone_number UNIQUE,
  name TEXT NOT NULL,
  unit_code TEXT NOT NULL REFERENCES unit(code),
  application_id TEXT REFERENCES application(id) CONSTRAINT zone_application UNIQUE,
  rule_set_id TEXT NOT NULL REFERENCES rule_set(id),
  workflow_version INTEGER NOT NULL,
  status TEXT NOT NULL CONSTRAINT zone_status CHECK (status IN (/*states:zone*/'in_force','rectifying','revocation_proposed','revoked','expired')),
  version BIGINT NOT NULL,
  body_name TEXT NOT NULL DEFAULT '',
  credit_code TEXT NOT NULL DEFAULT '',
  sectors TEXT NOT NULL,
  area TEXT NOT NULL DEFAULT '',
  area_m2 BIGINT NOT NULL DEFAULT 0,
  boundary_no INTEGER NOT NULL DEFAULT 0,
  valid_from TEXT NOT NULL,
  valid_to TEXT NOT NULL,
  document_number TEXT NOT NULL,
  decided_on TEXT NOT NULL,
  proposed_by TEXT,
  statement TEXT NOT NULL DEFAULT '',
  renewal_asked BOOLEAN NOT NULL DEFAULT FALSE,
  demo BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX zone_unit ON zone (unit_code, id);
CREATE INDEX zone_state ON zone (status, id);

CREATE TABLE zone_boundary (
  zone_id TEXT NOT NULL REFERENCES zone(id),
  no INTEGER NOT NULL,
  geojson TEXT NOT NULL,
  texts TEXT NOT NULL,
  area_m2 BIGINT NOT NULL,
  valid_from TEXT NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (zone_id, no)
);

CREATE TABLE zone_measure (
  zone_id TEXT NOT NULL REFERENCES zone(id),
  measure TEXT NOT NULL,
  departments TEXT NOT NULL,
  unlocked_at TIMESTAMP NOT NULL,
  PRIMARY KEY (zone_id, measure)
);

CREATE TABLE certificate (
  number TEXT PRIMARY KEY,
  zone_id TEXT NOT NULL REFERENCES zone(id),
  check_code TEXT NOT NULL CONSTRAINT certificate_check UNIQUE,
  status TEXT NOT NULL CONSTRAINT certificate_status CHECK (status IN ('issued','revoked','expired','superseded')),
  object_key TEXT NOT NULL DEFAULT '',
  object_version TEXT NOT NULL DEFAULT '',
  sha256 TEXT NOT NULL DEFAULT '',
  size BIGINT NOT NULL DEFAULT 0,
  issued_at TIMESTAMP NOT NULL,
  rendered_at TIMESTAMP
);
CREATE INDEX certificate_zone ON certificate (zone_id, issued_at);

CREATE TABLE evaluation (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT evaluation_number UNIQUE,
  zone_id TEXT NOT NULL REFERENCES zone(id),
  unit_code TEXT NOT NULL REFERENCES unit(code),
  year INTEGER NOT NULL,
  rule_set_id TEXT NOT NULL REFERENCES rule_set(id),
  workflow_version INTEGER NOT NULL,
  status TEXT NOT NULL CONSTRAINT evaluation_status CHECK (status IN (/*states:evaluation*/'self_report','signing','filed','scoring','drafted','notice','confirming','graded','cancelled')),
  version BIGINT NOT NULL,
  self TEXT NOT NULL DEFAULT '{}',
  checked TEXT NOT NULL DEFAULT '{}',
  result TEXT NOT NULL DEFAULT '{}',
  total INTEGER,
  grade TEXT NOT NULL DEFAULT '' CONSTRAINT evaluation_grade CHECK (grade IN ('','excellent','good','qualified','unqualified')),
  submitted_no INTEGER NOT NULL DEFAULT 0,
  drafted_by TEXT,
  confirmed_by TEXT,
  demo BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT evaluation_year UNIQUE (zone_id, year)
);
CREATE INDEX evaluation_unit ON evaluation (unit_code, id);
CREATE INDEX evaluation_state ON evaluation (status, id);

CREATE TABLE evaluation_version (
  evaluation_id TEXT NOT NULL REFERENCES evaluation(id),
  no INTEGER NOT NULL,
  content TEXT NOT NULL,
  files TEXT NOT NULL,
  digest TEXT NOT NULL,
  signed_by TEXT NOT NULL,
  signed_at TIMESTAMP NOT NULL,
  PRIMARY KEY (evaluation_id, no)
);

CREATE TABLE rectification (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT rectification_number UNIQUE,
  evaluation_id TEXT NOT NULL REFERENCES evaluation(id) CONSTRAINT rectification_evaluation UNIQUE,
  zone_id TEXT NOT NULL REFERENCES zone(id),
  unit_code TEXT NOT NULL REFERENCES unit(code),
  rule_set_id TEXT NOT NULL REFERENCES rule_set(id),
  workflow_version INTEGER NOT NULL,
  status TEXT NOT NULL CONSTRAINT rectification_status CHECK (status IN (/*states:rectification*/'open','rechecking','rechecked','passed','failed')),
  version BIGINT NOT NULL,
  items TEXT NOT NULL,
  extensions INTEGER NOT NULL DEFAULT 0,
  rechecked_by TEXT,
  demo BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL
);
CREATE INDEX rectification_unit ON rectification (unit_code, id);

CREATE TABLE report (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL CONSTRAINT report_number UNIQUE,
  zone_id TEXT NOT NULL REFERENCES zone(id),
  unit_code TEXT NOT NULL REFERENCES unit(code),
  period TEXT NOT NULL,
  status TEXT NOT NULL CONSTRAINT report_status CHECK (status IN (/*states:report*/'open','late','unit_check','submitted','accepted','released')),
  version BIGINT NOT NULL,
  form TEXT NOT NULL DEFAULT '{}',
  accepted_by TEXT,
  created_at TIMESTAMP NOT NULL,
  updated_at TIMESTAMP NOT NULL,
  CONSTRAINT report_period UNIQUE (zone_id, period)
);
CREATE INDEX report_unit ON report (unit_code, id);

CREATE TABLE attachment (
  id TEXT PRIMARY KEY,
  parent_kind TEXT NOT NULL CONSTRAINT attachment_parent CHECK (parent_kind IN ('application','evaluation','rectification','objection','report')),
  parent_id TEXT NOT NULL,
  slot TEXT NOT NULL,
  no INTEGER NOT NULL DEFAULT 1,
  name TEXT NOT NULL,
  size BIGINT NOT NULL CONSTRAINT attachment_size CHECK (size > 0),
  sha256 TEXT NOT NULL DEFAULT '',
  content_type TEXT NOT NULL,
  object_key TEXT NOT NULL,
  object_version TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL CONSTRAINT attachment_state CHECK (state IN ('staging','attached','rejected','removed')),
  problem TEXT NOT NULL DEFAULT '',
  uploaded_by TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  attached_at TIMESTAMP,
  removed_at TIMESTAMP,
  expires_at TIMESTAMP NOT NULL
);
CREATE INDEX attachment_parent ON attachment (parent_kind, parent_id, state, slot, no);
CREATE INDEX attachment_staging ON attachment (state, expires_at);

CREATE TABLE case_history (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  case_id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  from_state TEXT NOT NULL,
  action TEXT NOT NULL,
  to_state TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  actor_role TEXT NOT NULL,
  actor_unit TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '{}',
  at TIMESTAMP NOT NULL,
  CONSTRAINT case_history_seq UNIQUE (kind, case_id, seq),
  CONSTRAINT case_history_triple CHECK (kind || ':' || from_state || '>' || action || '>' || to_state IN (/*triples*/
  'application:>create>draft',
  'application:draft>send_to_sign>signing',
  'application:signing>recall>draft',
  'application:signing>send_back>draft',
  'application:signing>sign>submitted',
  'application:submitted>request_correction>correction',
  'application:correction>send_to_sign>correction_signing',
  'application:correction_signing>recall>correction',
  'application:correction_signing>send_back>correction',
  'application:correction_signing>sign>submitted',
  'application:correction>lapse>lapsed',
  'application:correction_signing>lapse>lapsed',
  'application:submitted>accept>in_review',
  'application:submitted>accept_by_silence>in_review',
  'application:submitted>decline>declined',
  'application:draft>discard>withdrawn',
  'application:signing>withdraw>withdrawn',
  'application:submitted>withdraw>withdrawn',
  'application:correction>withdraw>withdrawn',
  'application:correction_signing>withdraw>withdrawn',
  'application:in_review>ask_withdrawal>in_review',
  'application:recommended>ask_withdrawal>recommended',
  'application:refusal_proposed>ask_withdrawal>refusal_proposed',
  'application:notice>ask_withdrawal>notice',
  'application:deciding>ask_withdrawal>deciding',
  'application:in_review>agree_withdrawal>withdrawn',
  'application:recommended>agree_withdrawal>withdrawn',
  'application:refusal_proposed>agree_withdrawal>withdrawn',
  'application:notice>agree_withdrawal>withdrawn',
  'application:deciding>agree_withdrawal>withdrawn',
  'application:in_review>extend>in_review',
  'application:recommended>extend>recommended',
  'application:refusal_proposed>extend>refusal_proposed',
  'application:deciding>extend>deciding',
  'application:in_review>recommend>recommended',
  'application:in_review>propose_refusal>refusal_proposed',
  'application:recommended>publish_notice>notice',
  'application:notice>end_notice>deciding',
  'application:deciding>accredit>accredited',
  'application:deciding>refuse>refused',
  'application:refusal_proposed>refuse>refused',
  'application:recommended>return_review>in_review',
  'application:refusal_proposed>return_review>in_review',
  'application:deciding>return_review>in_review',
  'opinion:>request>requested',
  'opinion:requested>give>given',
  'opinion:overdue>give>given',
  'opinion:requested>transfer>requested',
  'opinion:overdue>transfer>overdue',
  'opinion:requested>mark_overdue>overdue',
  'opinion:requested>cancel>cancelled',
  'opinion:overdue>cancel>cancelled',
  'review:>invite>invited',
  'review:invited>accept>accepted',
  'review:invited>decline>declined',
  'review:invited>recuse>recused',
  'review:accepted>recuse>recused',
  'review:accepted>submit_scores>scored',
  'review:scored>moderate>accepted',
  'review:invited>expire>expired',
  'review:invited>cancel>cancelled',
  'review:accepted>cancel>cancelled',
  'review:scored>cancel>cancelled',
  'zone:>establish>in_force',
  'zone:in_force>begin_rectification>rectifying',
  'zone:rectifying>end_rectification>in_force',
  'zone:in_force>propose_revocation>revocation_proposed',
  'zone:rectifying>propose_revocation>revocation_proposed',
  'zone:revocation_proposed>state>revocation_proposed',
  'zone:revocation_proposed>revoke>revoked',
  'zone:revocation_proposed>keep>in_force',
  'zone:in_force>request_renewal>in_force',
  'zone:in_force>renew>in_force',
  'zone:in_force>expire>expired',
  'zone:rectifying>expire>expired',
  'zone:revocation_proposed>expire>expired',
  'evaluation:>open>self_report',
  'evaluation:self_report>send_to_sign>signing',
  'evaluation:signing>recall>self_report',
  'evaluation:signing>send_back>self_report',
  'evaluation:signing>sign>filed',
  'evaluation:filed>return_report>self_report',
  'evaluation:self_report>not_filed>graded',
  'evaluation:signing>not_filed>graded',
  'evaluation:filed>pass_check>scoring',
  'evaluation:scoring>draft_grade>drafted',
  'evaluation:drafted>publish_notice>notice',
  'evaluation:notice>end_notice>confirming',
  'evaluation:confirming>confirm>graded',
  'evaluation:drafted>redo>scoring',
  'evaluation:confirming>redo>scoring',
  'evaluation:self_report>cancel>cancelled',
  'evaluation:signing>cancel>cancelled',
  'evaluation:filed>cancel>cancelled',
  'evaluation:scoring>cancel>cancelled',
  'rectification:>order>open',
  'rectification:open>submit>rechecking',
  'rectification:open>extend>open',
  'rectification:rechecking>return>open',
  'rectification:rechecked>return>open',
  'rectification:rechecking>recheck>rechecked',
  'rectification:rechecked>pass>passed',
  'rectification:rechecked>fail>failed',
  'rectification:open>lapse>failed',
  'objection:>file>received',
  'objection:received>handle>handled',
  'objection:received>reject>inadmissible',
  'objection:handled>uphold>upheld',
  'objection:handled>dismiss>dismissed',
  'objection:handled>return>received',
  'report:>open>open',
  'report:open>send>unit_check',
  'report:late>send>unit_check',
  'report:unit_check>send_back>open',
  'report:unit_check>submit>submitted',
  'report:submitted>return>open',
  'report:accepted>return>open',
  'report:submitted>accept>accepted',
  'report:accepted>release>released',
  'report:open>mark_late>late'))
);

CREATE TABLE deadline (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  case_id TEXT NOT NULL,
  clock TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  started_at TIMESTAMP NOT NULL,
  days INTEGER NOT NULL,
  working BOOLEAN NOT NULL,
  extra INTEGER NOT NULL DEFAULT 0,
  fixed_due TEXT NOT NULL DEFAULT '',
  pauses TEXT NOT NULL DEFAULT '[]',
  due_on TEXT NOT NULL,
  due_at TIMESTAMP NOT NULL,
  provisional BOOLEAN NOT NULL DEFAULT FALSE,
  calendar_version TEXT NOT NULL,
  at_end TEXT NOT NULL DEFAULT '',
  paused_at TIMESTAMP,
  ended_at TIMESTAMP,
  fired_at TIMESTAMP,
  CONSTRAINT deadline_cycle UNIQUE (kind, case_id, clock, cycle)
);
CREATE INDEX deadline_due ON deadline (due_at, id);

CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  event_key TEXT NOT NULL CONSTRAINT outbox_key UNIQUE,
  topic TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT '',
  case_id TEXT NOT NULL DEFAULT '',
  cancellable BOOLEAN NOT NULL DEFAULT FALSE,
  payload TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  due_at TIMESTAMP NOT NULL,
  lease_until TIMESTAMP,
  attempt INTEGER NOT NULL DEFAULT 0,
  done_at TIMESTAMP,
  cancelled_at TIMESTAMP,
  failed_at TIMESTAMP,
  last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE done_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_case ON outbox (kind, case_id);

CREATE TABLE inbox (
  outbox_id TEXT PRIMARY KEY,
  handled_at TIMESTAMP NOT NULL
);

CREATE TABLE message (
  id TEXT PRIMARY KEY,
  event_key TEXT NOT NULL,
  recipient_id TEXT NOT NULL REFERENCES person(id),
  code TEXT NOT NULL,
  params TEXT NOT NULL,
  kind TEXT NOT NULL,
  case_id TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  read_at TIMESTAMP,
  CONSTRAINT message_once UNIQUE (event_key, recipient_id)
);
CREATE INDEX message_recipient ON message (recipient_id, id);

CREATE TABLE mail (
  id TEXT PRIMARY KEY,
  event_key TEXT NOT NULL,
  recipient_id TEXT NOT NULL,
  address TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  sent_at TIMESTAMP,
  CONSTRAINT mail_once UNIQUE (event_key, recipient_id)
);

CREATE TABLE idempotency (
  actor_id TEXT NOT NULL,
  idem_key TEXT NOT NULL,
  request_digest TEXT NOT NULL,
  response TEXT NOT NULL,
  created_at TIMESTAMP NOT NULL,
  PRIMARY KEY (actor_id, idem_key)
);

CREATE TABLE audit_entry (
  seq BIGINT PRIMARY KEY,
  at TIMESTAMP NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  actor_unit TEXT NOT NULL,
  action TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id TEXT NOT NULL,
  detail TEXT NOT NULL,
  request_id TEXT NOT NULL DEFAULT '',
  ip TEXT NOT NULL DEFAULT '',
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL CONSTRAINT audit_entry_hash UNIQUE
);
CREATE INDEX audit_entry_object ON audit_entry (object_kind, object_id, seq);

CREATE TABLE audit_checkpoint (
  seq BIGINT PRIMARY KEY,
  hash TEXT NOT NULL,
  signature TEXT NOT NULL,
  at TIMESTAMP NOT NULL
);

-- +goose Down
DROP TABLE audit_checkpoint; DROP TABLE audit_entry; DROP TABLE idempotency; DROP TABLE mail; DROP TABLE message;
DROP TABLE inbox; DROP TABLE outbox; DROP TABLE deadline; DROP TABLE case_history; DROP TABLE attachment; DROP TABLE report;
DROP TABLE rectification; DROP TABLE evaluation_version; DROP TABLE evaluation; DROP TABLE certificate; DROP TABLE zone_measure;
DROP TABLE zone_boundary; DROP TABLE zone; DROP TABLE objection; DROP TABLE notice; DROP TABLE recusal; DROP TABLE review;
DROP TABLE opinion; DROP TABLE correction_item; DROP TABLE correction; DROP TABLE verdict; DROP TABLE application_sector;
DROP TABLE application_version; DROP TABLE application; DROP TABLE round; DROP TABLE number_sequence; DROP TABLE calendar_version;
DROP TABLE calendar_day; DROP TABLE calendar_year; DROP TABLE rule_set; DROP TABLE policy_document; DROP TABLE login_attempt;
DROP TABLE session; DROP TABLE person_role; DROP TABLE person; DROP TABLE unit;

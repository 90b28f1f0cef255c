-- +goose Up
-- How a person wants to hear of each kind of notice, where that differs from the default.
CREATE TABLE notice_preference (
  person_id TEXT NOT NULL REFERENCES person(id),
  kind TEXT NOT NULL,
  mail TEXT NOT NULL CONSTRAINT notice_preference_mail CHECK (mail IN ('on','digest','off')),
  updated_at TIMESTAMP NOT NULL,
  PRIMARY KEY (person_id, kind)
);

-- The one private calendar feed of a person; only the digest of its address is kept.
CREATE TABLE calendar_feed (
  person_id TEXT PRIMARY KEY REFERENCES person(id),
  token_hash TEXT NOT NULL CONSTRAINT calendar_feed_token UNIQUE,
  created_at TIMESTAMP NOT NULL,
  read_at TIMESTAMP
);

-- The work list asks for what one has done and been told of; the sweep for what is old.
CREATE INDEX case_history_actor ON case_history (actor_id, kind, case_id);
CREATE INDEX message_case ON message (recipient_id, kind, case_id);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- +goose Down
DROP INDEX idempotency_age;
DROP INDEX message_case;
DROP INDEX case_history_actor;
DROP TABLE calendar_feed;
DROP TABLE notice_preference;

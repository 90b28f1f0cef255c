-- +goose Up
-- Evidence of a condition is kept like that of every other case.
ALTER TABLE attachment DROP CONSTRAINT attachment_parent, ADD CONSTRAINT attachment_parent
  CHECK (parent_kind IN ('application','evaluation','rectification','objection','report','condition'));

-- +goose Down
-- Files of conditions may exist by now: the list stays as it is.
SELECT 1;

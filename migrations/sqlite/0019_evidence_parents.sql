-- +goose Up
-- Evidence of a condition is kept like that of every other case. (See 0020 for the way.)
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''objection'',''report'')', '''objection'',''report'',''condition'')')
  WHERE type = 'table' AND name = 'attachment';
PRAGMA writable_schema = RESET;

-- +goose Down
-- Files of conditions may exist by now: the list stays as it is.
SELECT 1;

-- +goose Up
-- Uploads in parts, what a virus scanner said, validity of documents, and the unit whose shelf they lie on.
ALTER TABLE attachment ADD COLUMN unit TEXT NOT NULL DEFAULT '';
ALTER TABLE attachment ADD COLUMN upload TEXT NOT NULL DEFAULT '';
ALTER TABLE attachment ADD COLUMN part_size BIGINT NOT NULL DEFAULT 0 CONSTRAINT attachment_part_size CHECK (part_size >= 0);
ALTER TABLE attachment ADD COLUMN scan TEXT NOT NULL DEFAULT '' CONSTRAINT attachment_scan CHECK (scan IN ('','staged','scanning','clean','infected','unscannable'));
ALTER TABLE attachment ADD COLUMN scan_detail TEXT NOT NULL DEFAULT '';
ALTER TABLE attachment ADD COLUMN scanned_at TIMESTAMPTZ;
ALTER TABLE attachment ADD COLUMN valid_until TEXT NOT NULL DEFAULT '';
ALTER TABLE attachment ADD COLUMN source_id TEXT NOT NULL DEFAULT '';
UPDATE attachment SET unit = COALESCE((SELECT unit_code FROM person WHERE person.id = attachment.uploaded_by), '');
CREATE INDEX attachment_unit ON attachment (unit, state, slot);
CREATE INDEX attachment_part_size ON attachment (part_size) WHERE part_size > 0;
CREATE INDEX attachment_object ON attachment (object_key);

-- +goose Down
DROP INDEX attachment_object;
DROP INDEX attachment_part_size;
DROP INDEX attachment_unit;
ALTER TABLE attachment DROP COLUMN source_id;
ALTER TABLE attachment DROP COLUMN valid_until;
ALTER TABLE attachment DROP COLUMN scanned_at;
ALTER TABLE attachment DROP COLUMN scan_detail;
ALTER TABLE attachment DROP COLUMN scan;
ALTER TABLE attachment DROP COLUMN part_size;
ALTER TABLE attachment DROP COLUMN upload;
ALTER TABLE attachment DROP COLUMN unit;

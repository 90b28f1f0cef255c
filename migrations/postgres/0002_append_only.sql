-- +goose Up
-- What has been recorded stays: history, audit, submitted versions and boundary versions
-- refuse change and deletion in the database itself.
-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER case_history_append BEFORE UPDATE OR DELETE ON case_history FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_entry_append BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_version_append BEFORE UPDATE OR DELETE ON application_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER evaluation_version_append BEFORE UPDATE OR DELETE ON evaluation_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER zone_boundary_append BEFORE UPDATE OR DELETE ON zone_boundary FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TRIGGER zone_boundary_append ON zone_boundary;
DROP TRIGGER evaluation_version_append ON evaluation_version;
DROP TRIGGER application_version_append ON application_version;
DROP TRIGGER audit_entry_append ON audit_entry;
DROP TRIGGER case_history_append ON case_history;
DROP FUNCTION refuse_change();

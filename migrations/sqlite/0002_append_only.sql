-- +goose Up
-- What has been recorded stays: history, audit, submitted versions and boundary versions
-- refuse change and deletion in the database itself.
-- +goose StatementBegin
CREATE TRIGGER case_history_no_update BEFORE UPDATE ON case_history BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on case_history'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER case_history_no_delete BEFORE DELETE ON case_history BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on case_history'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on audit_entry'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on audit_entry'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER application_version_no_update BEFORE UPDATE ON application_version BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on application_version'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER application_version_no_delete BEFORE DELETE ON application_version BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on application_version'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER evaluation_version_no_update BEFORE UPDATE ON evaluation_version BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on evaluation_version'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER evaluation_version_no_delete BEFORE DELETE ON evaluation_version BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on evaluation_version'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER zone_boundary_no_update BEFORE UPDATE ON zone_boundary BEGIN SELECT RAISE(ABORT, 'append-only: UPDATE on zone_boundary'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER zone_boundary_no_delete BEFORE DELETE ON zone_boundary BEGIN SELECT RAISE(ABORT, 'append-only: DELETE on zone_boundary'); END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER case_history_no_update;
DROP TRIGGER case_history_no_delete;
DROP TRIGGER audit_entry_no_update;
DROP TRIGGER audit_entry_no_delete;
DROP TRIGGER application_version_no_update;
DROP TRIGGER application_version_no_delete;
DROP TRIGGER evaluation_version_no_update;
DROP TRIGGER evaluation_version_no_delete;
DROP TRIGGER zone_boundary_no_update;
DROP TRIGGER zone_boundary_no_delete;

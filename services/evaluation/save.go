package evaluation

import (
	"context"
	"encoding/json"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// Saved is the answer to a save: the version to save on next, and what is still missing.
type Saved struct {
	Version  int64
	Problems []fault.Field
}

// ConflictField shows both values of a field that two people changed; "" is absent.
type ConflictField struct {
	Path   string `json:"path"`
	Mine   string `json:"mine"`
	Theirs string `json:"theirs"`
}

// SaveSelf stores the unit's column as a whole (a Sheet in JSON). Errors: NotFound, Forbidden
// (not a filler), Conflict not_editable or stale with both values of each field, Invalid by
// field. What is incomplete is stored and listed.
func (s *Service) SaveSelf(ctx context.Context, a identity.Actor, id string, version int64, sheet json.RawMessage) (Saved, error) {
	return s.save(ctx, a, id, Draft{Version: version, Sheet: sheet}, desk{workflows.Filler, stateSelf, SelfColumn, "self"})
}

// SaveChecked stores the officer's column as a whole; errors as of SaveSelf, for officers.
func (s *Service) SaveChecked(ctx context.Context, a identity.Actor, id string, version int64, sheet json.RawMessage) (Saved, error) {
	return s.save(ctx, a, id, Draft{Version: version, Sheet: sheet}, desk{workflows.Officer, stateFiled, CheckColumn, "checked"})
}

// desk says whose column is open in which state, and where it is stored.
type desk struct {
	role   workflows.Role
	state  workflows.State
	column Column
	field  string
}

func (s *Service) save(ctx context.Context, a identity.Actor, id string, in Draft, d desk) (out Saved, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		l, err := s.editable(tx, a, id, d.role, d.state)
		if err != nil {
			return err
		}
		after, problems := ParseSheet(in.Sheet, l.rules.Evaluation, d.column)
		if len(problems) > 0 {
			return fault.Bad(problems...)
		}
		before, err := readSheet(l.column(d.field))
		if err != nil {
			return err
		}
		if after, err = in.onto(before, after, l, d); err != nil {
			return err
		}
		after.Carried = stillCarried(before, after)
		out, err = s.store(tx, a, l, before, after, d)
		return err
	})
	return out, err
}

// editable loads an evaluation whose column the actor may change now.
func (s *Service) editable(tx *database.Tx, a identity.Actor, id string, role workflows.Role, state workflows.State) (loaded, error) {
	l, err := s.load(tx, a, id)
	if err != nil {
		return l, err
	}
	return l, atDesk(a, l.kase(), role, state)
}

// atDesk refuses a person without the role, and a case in another state.
func atDesk(a identity.Actor, c casework.Case, role workflows.Role, state workflows.State) error {
	if !a.Has(role) {
		return fault.New(fault.Forbidden, "forbidden")
	}
	if c.State != state {
		row, _ := workflows.ByKind(c.Kind).State(c.State)
		return fault.New(fault.Conflict, "evaluation.not_editable").With("State", row.Label.Zh).With("StateEn", row.Label.En)
	}
	return nil
}

func (l loaded) column(field string) string {
	if field == "checked" {
		return l.Checked
	}
	return l.Self
}

func staleSheet(theirs, mine Sheet, l loaded) error {
	mv, tv := mine.values(), theirs.values()
	var fields []ConflictField
	for _, path := range differing(theirs, mine) {
		fields = append(fields, ConflictField{Path: path, Mine: mv[path], Theirs: tv[path]})
	}
	return fault.Stale(map[string]any{"version": l.Version, "state": l.Status, "fields": fields})
}

// stillCarried keeps the mark "last year's" only where it was and where nobody changed the
// figure or confirmed it by leaving it out of the list.
func stillCarried(before, after Sheet) []string {
	var out []string
	for _, code := range after.Carried {
		for _, was := range before.Carried {
			if was == code && before.Figures[code] == after.Figures[code] {
				out = append(out, code)
			}
		}
	}
	return out
}

func (s *Service) store(tx *database.Tx, a identity.Actor, l loaded, before, after Sheet, d desk) (Saved, error) {
	if changed := differing(before, after); len(changed) > 0 {
		text, err := after.canonical()
		if err != nil {
			return Saved{}, err
		}
		if err := touch(tx, l.kase(), d.field+" = ?", text); err != nil {
			return Saved{}, err
		}
		l.Version++
		err = casework.Record(tx, a, "evaluation.save", refOf(l.ID), map[string]any{"column": d.column, "paths": changed, "version": l.Version})
		if err != nil {
			return Saved{}, err
		}
	}
	problems, err := s.problems(tx, l, after, d.column)
	return Saved{Version: l.Version, Problems: problems}, err
}

// problems is what still keeps a column from being handed on.
func (s *Service) problems(tx *database.Tx, l loaded, sheet Sheet, column Column) ([]fault.Field, error) {
	if column == CheckColumn {
		self, _, err := l.signed(tx)
		return checkProblems(l.rules.Evaluation, self, sheet), err
	}
	files, err := s.Files(tx, refOf(l.ID))
	return selfProblems(l.rules, sheet, files), err
}

// Reading lets an attachment of the case be read (attachment.Parent).
func (s *Service) Reading(tx *database.Tx, a identity.Actor, id string) error {
	_, err := s.load(tx, a, id)
	return err
}

// Writing lets the unit put files into the slots of evaluations while it reports.
func (s *Service) Writing(tx *database.Tx, a identity.Actor, id, slot string) (attachment.Slot, error) {
	l, err := s.editable(tx, a, id, workflows.Filler, stateSelf)
	if err != nil {
		return attachment.Slot{}, err
	}
	return slotOf(l.rules, policy.PurposeEvaluation, slot)
}

// Touched bumps the version when a file is attached or removed.
func (s *Service) Touched(tx *database.Tx, a identity.Actor, id string) error {
	l, err := s.editable(tx, a, id, workflows.Filler, stateSelf)
	if err != nil {
		return err
	}
	if err := touch(tx, l.kase(), "self = self"); err != nil {
		return err
	}
	return casework.Record(tx, a, "evaluation.files", refOf(id), map[string]any{"version": l.Version + 1})
}

func slotOf(rules policy.RuleSet, purpose, code string) (attachment.Slot, error) {
	rule, ok := rules.Slot(code)
	if !ok || rule.Purpose != purpose {
		return attachment.Slot{}, fault.BadField("slot", "slot.unknown")
	}
	return attachment.Slot{Code: rule.Code, Formats: rule.Formats, MaxBytes: rule.MaxBytes, MaxFiles: rule.MaxFiles, Dated: rule.Dated}, nil
}

package evaluation

import (
	"context"
	"encoding/json"
	"strings"

	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Draft is one save of a column. Base is the column as the form held it when it was last saved; with it only what was
// changed since is saved, beside whatever others have changed meanwhile, whatever the version; without it the version
// must be the present one.
type Draft struct {
	Version     int64
	Base, Sheet json.RawMessage
}

// SaveSelfDraft stores what changed in the unit's column; errors as of SaveSelf. A stale save lists only the fields that
// both have changed.
func (s *Service) SaveSelfDraft(ctx context.Context, a identity.Actor, id string, in Draft) (Saved, error) {
	return s.save(ctx, a, id, in, desk{workflows.Filler, stateSelf, SelfColumn, "self"})
}

// SaveCheckedDraft is SaveSelfDraft for the officer's column.
func (s *Service) SaveCheckedDraft(ctx context.Context, a identity.Actor, id string, in Draft) (Saved, error) {
	return s.save(ctx, a, id, in, desk{workflows.Officer, stateFiled, CheckColumn, "checked"})
}

// onto gives the column that a save means, where before is what is stored now.
func (in Draft) onto(before, after Sheet, l loaded, d desk) (Sheet, error) {
	if in.Base == nil {
		if in.Version != l.Version {
			return after, staleSheet(before, after, l)
		}
		return after, nil
	}
	base, problems := ParseSheet(in.Base, l.rules.Evaluation, d.column)
	if len(problems) > 0 {
		return after, fault.Bad(problems...)
	}
	if d.column == CheckColumn && len(before.values()) == 0 {
		base = Sheet{} // the form offered the unit's values: saving them untouched is what agrees to them
	}
	merged, both := mergeSheets(base, after, before)
	if len(both) > 0 {
		return after, fault.Stale(map[string]any{"version": l.Version, "state": l.Status, "fields": both})
	}
	return merged, nil
}

// mergeSheets puts what one person changed from base to mine into theirs. Where both changed a field to different values
// mine stands and the field is listed with both. The marks of carried figures are mine: stillCarried judges them.
func mergeSheets(base, mine, theirs Sheet) (Sheet, []ConflictField) {
	values, b, m := theirs.values(), base.values(), mine.values()
	var both []ConflictField
	for _, path := range differing(base, mine) {
		if path == "carried" {
			continue
		}
		if values[path] != b[path] && values[path] != m[path] {
			both = append(both, ConflictField{Path: path, Mine: m[path], Theirs: values[path]})
		}
		values[path] = m[path]
	}
	out := sheetOf(values)
	out.Carried = mine.Carried
	return out, both
}

// sheetOf is the column with these values; an empty one is absent.
func sheetOf(values map[string]string) Sheet {
	s := Sheet{Figures: map[string]string{}, Targets: map[string]string{}, Bonuses: map[string]string{}, Deductions: map[string]string{}, Notes: map[string]string{}}
	parts := map[string]map[string]string{"figures": s.Figures, "targets": s.Targets, "bonuses": s.Bonuses, "deductions": s.Deductions, "notes": s.Notes}
	for path, value := range values {
		part, code, _ := strings.Cut(path, ".")
		switch {
		case value == "":
		case part == "vetoes":
			s.Vetoes = strings.Split(value, ",")
		case parts[part] != nil:
			parts[part][code] = value
		}
	}
	return s.tidy()
}

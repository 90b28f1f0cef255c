package application

import (
	"errors"
	"slices"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// mostRefusals bounds how many problems a refused submission names.
const mostRefusals = 100

// missing lists the facts that stand between a filing and its submission: those of every step
// that the unit still has to take, so that what may be sent for the signature may also be
// signed. A filing on which the unit has no step to take is not asked about.
func (s *Service) missing(tx *database.Tx, a identity.Actor, l loaded) (facts []workflows.Fact, asked bool, err error) {
	state := workflows.State(l.Status)
	for _, action := range []workflows.Action{"send_to_sign", "sign"} {
		row, ok := workflows.Application.Row(state, action)
		if !ok {
			continue
		}
		asked = true
		at := l
		at.Status = string(state)
		have, err := s.facts(tx, a, at, nil)
		if err != nil {
			return nil, asked, err
		}
		for _, f := range row.Needs {
			if !have[f] && !slices.Contains(facts, f) {
				facts = append(facts, f)
			}
		}
		state = row.To
	}
	return facts, asked, nil
}

// explain adds to a refusal for a failed self-check what the self-check says, field by field.
func (s *Service) explain(tx *database.Tx, l loaded, refused error) error {
	var f *fault.Error
	if !errors.As(refused, &f) || f.Kind != fault.Blocked || !slices.Contains(f.Facts, workflows.CheckClean) {
		return refused
	}
	c, err := l.content()
	if err != nil {
		return err
	}
	files, err := s.Files(tx, refOf(l.ID))
	if err != nil {
		return err
	}
	problems, err := s.check(tx, l, c, files)
	if err != nil {
		return err
	}
	told := *f
	for _, p := range problems {
		if p.Severity == Refuse && len(told.Fields) < mostRefusals {
			told.Fields = append(told.Fields, fault.Field{Path: p.Path, Code: p.Code, Params: p.Params})
		}
	}
	return &told
}

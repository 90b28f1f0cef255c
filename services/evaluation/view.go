package evaluation

import (
	"context"
	"slices"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// View is an evaluation as one person sees it. The unit sees the checked column, the result and
// the grade once graded; evaluators and statistics see the checked column at once.
type View struct {
	ID, Number           string
	ZoneID, ZoneNumber   string
	ZoneName             string
	Unit                 string // code
	Sector               string // main sector of the zone
	Year                 int
	RuleSetID            string
	Rules                policy.Evaluation // the indicators as they are asked and scored
	State                workflows.State
	Version              int64
	Self                 Sheet
	Working              bool // Self is the draft, not what was signed
	Checked              *Sheet
	Last                 *Sheet  // the checked column of the year before, to compare with
	LastOwn              *Sheet  // what the unit itself signed the year before
	Result               *Result // nil: not there, or not for this person yet
	Preview              bool    // Result is calculated now and not stored: scoring is still going on
	Total                *policy.Points
	Grade                string // "" while not for this person
	SubmittedNo          int
	Digest               string // of the signed version shown
	SignedAt             *time.Time
	Files                []attachment.Attachment
	Slots                []policy.Slot
	Problems             []fault.Field // of the column that is open to this person
	RectificationID      string
	Clocks               []casework.Clock
	History              []casework.Event
	Choices              []workflows.Choice
	Demo                 bool
	CreatedAt, UpdatedAt time.Time
}

// View reads an evaluation with everything the actor may see of it.
func (s *Service) View(ctx context.Context, a identity.Actor, id string) (out View, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		out, err = s.view(tx, a, l)
		return err
	})
	return out, err
}

func (s *Service) view(tx *database.Tx, a identity.Actor, l loaded) (View, error) {
	v := View{ID: l.ID, Number: l.Number, ZoneID: l.ZoneID, ZoneNumber: l.ZoneNumber, ZoneName: l.ZoneName, Unit: l.UnitCode, Sector: l.sector(),
		Year: l.Year, RuleSetID: l.RuleSetID, Rules: l.rules.Evaluation, State: l.state(), Version: l.Version, SubmittedNo: l.SubmittedNo,
		Slots: l.rules.SlotsFor(policy.PurposeEvaluation), Demo: l.Demo, CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt}
	for _, fill := range []func(*database.Tx, identity.Actor, loaded, *View) error{s.fillSelf, s.fillChecked, s.fillResult, s.fillCourse} {
		if err := fill(tx, a, l, &v); err != nil {
			return v, err
		}
	}
	return v, nil
}

func ownSide(a identity.Actor) bool { return a.Any(workflows.Filler, workflows.Leader) }

// fillSelf shows the draft to its unit and the signed version to everybody else.
func (s *Service) fillSelf(tx *database.Tx, a identity.Actor, l loaded, v *View) error {
	v.Working = ownSide(a) && (l.SubmittedNo == 0 || slices.Contains([]workflows.State{stateSelf, stateSigning}, l.state()))
	last, own, err := lastYear(tx, l.ZoneID, l.Year)
	if err != nil {
		return err
	}
	if !last.empty() {
		v.Last = &last
	}
	if !own.empty() {
		v.LastOwn = &own
	}
	switch {
	case v.Working:
		if v.Self, err = readSheet(l.Self); err != nil {
			return err
		}
		if v.Files, err = s.Files(tx, refOf(l.ID)); err != nil {
			return err
		}
		v.Problems = selfProblems(l.rules, v.Self, v.Files)
	case l.SubmittedNo > 0:
		var row versionRow
		if v.Self, row, err = l.signed(tx); err != nil {
			return err
		}
		v.Digest, v.SignedAt = row.Digest, &row.SignedAt
		v.Files, err = readFiles(refOf(l.ID), row.Files)
	}
	return err
}

func (s *Service) fillChecked(_ *database.Tx, a identity.Actor, l loaded, v *View) error {
	if ownSide(a) && l.state() != stateGraded || l.SubmittedNo == 0 {
		return nil
	}
	checked, err := readSheet(l.Checked)
	if err != nil {
		return err
	}
	v.Checked = &checked
	if l.state() == stateFiled && a.Has(workflows.Officer) {
		v.Problems = checkProblems(l.rules.Evaluation, v.Self, checked)
	}
	return nil
}

// seesGrade: a grade is the commission's own until it is final.
func seesGrade(a identity.Actor, state workflows.State) bool {
	return a.ReadsAll() || state == stateGraded
}

func (s *Service) fillResult(tx *database.Tx, a identity.Actor, l loaded, v *View) error {
	if !seesGrade(a, l.state()) {
		return nil
	}
	if l.Total == nil {
		return s.preview(tx, l, v)
	}
	result, err := l.result()
	if err != nil {
		return err
	}
	total := policy.Points(*l.Total)
	v.Result, v.Total, v.Grade = &result, &total, l.Grade
	return nil
}

// preview shows the commission what a draft would come to now. A rule set that cannot be
// calculated yet shows nothing here; drafting the grade says why.
func (s *Service) preview(tx *database.Tx, l loaded, v *View) error {
	if l.state() != stateScoring {
		return nil
	}
	if result, err := s.calculate(tx, l); err == nil {
		v.Result, v.Preview = &result, true
	}
	return nil
}

func (s *Service) fillCourse(tx *database.Tx, a identity.Actor, l loaded, v *View) (err error) {
	if v.Clocks, err = s.Engine.Clocks(tx, refOf(l.ID)); err != nil {
		return err
	}
	if v.History, err = casework.History(tx, refOf(l.ID)); err != nil {
		return err
	}
	for i := range v.History {
		if e := &v.History[i]; !a.ReadsAll() && e.Action == "redo" {
			e.Reason = "" // why a draft was taken back stays inside the commission
		}
	}
	var ids []string
	if err := tx.Find(&ids, "SELECT id FROM rectification WHERE evaluation_id = ? LIMIT 1", l.ID); err != nil {
		return err
	}
	if len(ids) == 1 && !a.Has(workflows.Evaluator) {
		v.RectificationID = ids[0]
	}
	facts, err := s.facts(tx, a, l)
	v.Choices = workflows.Evaluation.Choices(l.state(), a.Roles, facts)
	return err
}

// RectificationView is a rectification as one person sees it.
type RectificationView struct {
	ID, Number           string
	EvaluationID         string
	EvaluationNumber     string
	Year                 int
	ZoneID, ZoneNumber   string
	ZoneName             string
	Unit                 string // code
	State                workflows.State
	Version              int64
	Items                []Item // verdicts and notes are the commission's own while it re-checks
	Extensions           int
	ExtensionDays        int // what one extension adds
	Files                []attachment.Attachment
	Slots                []policy.Slot
	Problems             []fault.Field // for the unit
	Clocks               []casework.Clock
	History              []casework.Event
	Choices              []workflows.Choice
	Demo                 bool
	CreatedAt, UpdatedAt time.Time
}

// View reads a rectification with everything the actor may see of it.
func (r *Rectifications) View(ctx context.Context, a identity.Actor, id string) (out RectificationView, err error) {
	err = r.s.DB.View(ctx, func(tx *database.Tx) error {
		m, err := r.load(tx, a, id)
		if err != nil {
			return err
		}
		out, err = r.view(tx, a, m)
		return err
	})
	return out, err
}

func (r *Rectifications) view(tx *database.Tx, a identity.Actor, m remedy) (v RectificationView, err error) {
	clock, _ := m.rules.Clock(policy.ClockRectification)
	v = RectificationView{ID: m.ID, Number: m.Number, EvaluationID: m.EvaluationID, EvaluationNumber: m.EvaluationNumber, Year: m.Year, ZoneID: m.ZoneID,
		ZoneNumber: m.ZoneNumber, ZoneName: m.ZoneName, Unit: m.UnitCode, State: m.state(), Version: m.Version, Extensions: m.Extensions,
		ExtensionDays: clock.Extension.Days, Slots: m.rules.SlotsFor(policy.PurposeRectification), Demo: m.Demo, CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}
	if v.Items, err = m.items(); err != nil {
		return v, err
	}
	if !a.ReadsAll() && (m.state() == stateRechecking || m.state() == stateRechecked) {
		for i := range v.Items {
			v.Items[i].Verdict, v.Items[i].Note = "", ""
		}
	}
	if v.Files, err = r.s.Files(tx, rectificationRef(m.ID)); err != nil {
		return v, err
	}
	if ownSide(a) && m.state() == stateOpen {
		if v.Problems, err = r.problems(tx, m); err != nil {
			return v, err
		}
	}
	if v.Clocks, err = r.s.Engine.Clocks(tx, rectificationRef(m.ID)); err != nil {
		return v, err
	}
	if v.History, err = casework.History(tx, rectificationRef(m.ID)); err != nil {
		return v, err
	}
	facts, err := r.facts(tx, a, m)
	v.Choices = workflows.Rectification.Choices(m.state(), a.Roles, facts)
	return v, err
}

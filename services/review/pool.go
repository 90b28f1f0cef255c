package review

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Candidate is an active evaluator as the officer sees one who looks for a panel. Excluded is
// the message code below "fault." why the person cannot be invited, empty if nothing is known
// against it.
type Candidate struct {
	ID, Name       string
	Unit, Employer string
	Title          string
	Fields         []string // sector codes
	Load           int      // open reviews of all cases
	Excluded       string
}

// Pool lists the active evaluators for a case, those who can be invited first, then by load.
// Officers only; the case is absent for a recused one.
func (s *Service) Pool(ctx context.Context, a identity.Actor, ref casework.Ref) (out []Candidate, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		sub, err := s.forOfficer(tx, a, ref)
		if err != nil {
			return err
		}
		out, err = s.pool(tx, ref, sub)
		return err
	})
	return out, err
}

// forOfficer loads a case for those who set up its panel. The role is asked first, so that
// the answer tells others nothing about the case.
func (s *Service) forOfficer(tx *database.Tx, a identity.Actor, ref casework.Ref) (Subject, error) {
	if !a.Has(workflows.Officer) {
		return Subject{}, fault.New(fault.Forbidden, "forbidden")
	}
	if recused, err := IsRecused(tx, a.ID, ref); err != nil {
		return Subject{}, err
	} else if recused {
		return Subject{}, fault.Missing()
	}
	if _, ok := s.Subjects[ref.Kind]; !ok {
		return Subject{}, fault.Missing()
	}
	return s.subject(tx, ref)
}

func (s *Service) pool(tx *database.Tx, ref casework.Ref, sub Subject) ([]Candidate, error) {
	people, err := identity.Evaluators(tx)
	if err != nil {
		return nil, err
	}
	x, err := exclusions(tx, ref, sub)
	if err != nil {
		return nil, err
	}
	load, err := loads(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Candidate, 0, len(people))
	for _, p := range people {
		out = append(out, Candidate{ID: p.ID, Name: p.Name, Unit: p.Unit, Employer: p.Employer, Title: x.experts[p.ID].Title, Fields: p.Fields, Load: load[p.ID], Excluded: x.of(p)})
	}
	slices.SortStableFunc(out, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Load, b.Load), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

func rank(c Candidate) int {
	if c.Excluded == "" {
		return 0
	}
	return 1
}

func loads(tx *database.Tx) (map[string]int, error) {
	var rows []struct {
		EvaluatorID string
		N           int
	}
	err := tx.Find(&rows, "SELECT evaluator_id, count(*) AS n FROM review WHERE status IN ('invited', 'accepted') GROUP BY evaluator_id ORDER BY evaluator_id")
	if err != nil {
		return nil, fmt.Errorf("load of evaluators: %w", err)
	}
	out := make(map[string]int, len(rows))
	for _, r := range rows {
		out[r.EvaluatorID] = r.N
	}
	return out, nil
}

// excluded is what speaks against inviting people to one case.
type excluded struct {
	unit      string
	employers map[string]bool // tidied names of the development body and of the unit
	named     map[string]bool
	recused   map[string]bool
	asked     map[string]workflows.State // by evaluator: how an earlier invitation stands
	office    map[string]bool            // sees every score by office
	experts   map[string]Expert          // the pool's own record
	today     string
	since     string // employments that ended before this day do not count
}

func exclusions(tx *database.Tx, ref casework.Ref, sub Subject) (excluded, error) {
	x := excluded{unit: sub.Unit, employers: map[string]bool{}, named: map[string]bool{}, recused: map[string]bool{},
		asked: map[string]workflows.State{}, office: map[string]bool{}, experts: map[string]Expert{}}
	var units []struct{ Name, NameShort string }
	if err := tx.Find(&units, "SELECT name, name_short FROM unit WHERE code = ?", sub.Unit); err != nil {
		return x, fmt.Errorf("applicant: %w", err)
	}
	for _, u := range units {
		x.employers[tidy(u.Name)], x.employers[tidy(u.NameShort)] = true, true
	}
	x.employers[tidy(sub.BodyName)] = true
	delete(x.employers, "")
	for _, n := range sub.Named {
		x.named[tidy(n)] = true
	}
	delete(x.named, "")
	x.today, x.since = workflows.DateOf(tx.Now()).String(), sinceOf(tx, sub)
	return x, x.read(tx, ref)
}

// sinceOf is the day from which employments count: so many years ago as the rule set says.
func sinceOf(tx *database.Tx, sub Subject) string {
	return workflows.DateOf(tx.Now().AddDate(-sub.Rubric.RecusalYears.Value, 0, 0)).String()
}

func (x excluded) read(tx *database.Tx, ref casework.Ref) error {
	panel, err := panelOf(tx, ref)
	if err != nil {
		return err
	}
	for _, r := range panel {
		x.asked[r.EvaluatorID] = r.state()
	}
	var recused, office []string
	if err := tx.Find(&recused, "SELECT person_id FROM recusal WHERE subject_kind = ? AND subject_id = ? ORDER BY person_id", string(ref.Kind), ref.ID); err != nil {
		return fmt.Errorf("recusals: %w", err)
	}
	for _, id := range recused {
		x.recused[id] = true
	}
	err = tx.Find(&office, "SELECT DISTINCT person_id FROM person_role WHERE role IN ('clerk', 'officer', 'director', 'supervision') ORDER BY person_id")
	if err != nil {
		return fmt.Errorf("offices: %w", err)
	}
	for _, id := range office {
		x.office[id] = true
	}
	all, err := expertsOf(tx, identity.SystemActor(), "")
	for _, e := range all {
		x.experts[e.ID] = e
	}
	return err
}

// of gives the first reason against a person, as a message code.
func (x excluded) of(p identity.EvaluatorBrief) string {
	asked, before := x.asked[p.ID]
	switch {
	case x.recused[p.ID] || asked == stateRecused:
		return "evaluator_recused"
	case asked == stateDeclined:
		return "evaluator_declined"
	case asked == stateExpired:
		return "evaluator_expired"
	case asked == stateCancelled:
		return "evaluator_cancelled"
	case before:
		return "evaluator_asked"
	case p.Unit == x.unit:
		return "evaluator_unit"
	case x.employers[tidy(p.Employer)]:
		return "evaluator_employer"
	case x.named[tidy(p.Name)]:
		return "evaluator_named"
	case x.worked(p.ID):
		return "evaluator_worked"
	case x.office[p.ID]:
		return "evaluator_office"
	case !x.experts[p.ID].Serves(x.today):
		return "evaluator_away"
	}
	return ""
}

// worked reports whether the person was employed by one of the bodies within the years that
// count.
func (x excluded) worked(id string) bool {
	return slices.ContainsFunc(x.experts[id].Posts, func(p Post) bool { return x.employers[tidy(p.Employer)] && (p.To == "" || p.To >= x.since) })
}

// tidy makes names of bodies and people comparable: spaces, brackets and case do not count.
func tidy(name string) string {
	name = strings.NewReplacer("(", "(", ")", ")", "·", "", "•", "").Replace(strings.ToLower(name))
	return strings.Join(strings.Fields(name), "")
}

package evaluation

import (
	"context"
	"fmt"
	"strconv"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Opening is what an officer gives to open the evaluation of a year. Due is the last day of
// the self-report, YYYY-MM-DD; empty means the day of the rule set in the year after, and must
// be given where that has passed.
type Opening struct {
	ZoneID string // not used by OpenYear
	Year   int
	Due    string
	Key    string // idempotency key; not used by OpenYear, where doing it again opens what is new
}

// Open opens one zone's evaluation of one year. Errors: Forbidden (not an officer), Invalid by
// field, Blocked (the zone is not in force or has been opened for the year).
func (s *Service) Open(ctx context.Context, a identity.Actor, in Opening) (out casework.Outcome, err error) {
	if !a.Has(workflows.Officer) {
		return out, fault.New(fault.Forbidden, "forbidden")
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		sum := digest("open", in.ZoneID, strconv.Itoa(in.Year), in.Due)
		out, err = casework.Once(tx, a.ID, in.Key, sum, func() (casework.Outcome, error) { return s.open(tx, a, in) })
		return err
	})
	return out, err
}

// OpenYear opens the evaluation of a year for every zone in force that was accredited by its
// end and has none yet, and returns those it has opened.
func (s *Service) OpenYear(ctx context.Context, a identity.Actor, in Opening) (out []casework.Outcome, err error) {
	if !a.Has(workflows.Officer) {
		return nil, fault.New(fault.Forbidden, "forbidden")
	}
	if today := workflows.DateOf(s.DB.Now()); in.Year > today.Year || in.Year < firstYear {
		return nil, fault.BadField("year", "evaluation.year", "From", strconv.Itoa(firstYear), "To", strconv.Itoa(today.Year))
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		out = nil
		var zones []string
		err := tx.Find(&zones, `SELECT z.id FROM zone z WHERE z.status IN ? AND z.valid_from <= ?
			AND NOT EXISTS (SELECT 1 FROM evaluation e WHERE e.zone_id = z.id AND e.year = ?) ORDER BY z.id LIMIT 2000`, inForce(), yearEnd(in.Year), in.Year)
		if err != nil {
			return err
		}
		for _, id := range zones {
			one, err := s.open(tx, a, Opening{ZoneID: id, Year: in.Year, Due: in.Due})
			if err != nil {
				return fmt.Errorf("open evaluation of zone %s: %w", id, err)
			}
			out = append(out, one)
		}
		return nil
	})
	return out, err
}

// firstYear is the year of the governing text: no zone is older.
const firstYear = 2016

// inForce are the states of a zone in which it is evaluated.
func inForce() []string { return []string{"in_force", "rectifying", "revocation_proposed"} }

func yearEnd(year int) string { return workflows.Date{Year: year, Month: 12, Day: 31}.String() }

// zoneToOpen is what opening needs of a zone.
type zoneToOpen struct {
	ID, Number, Name, UnitCode, Status, ValidFrom string
	Demo                                          bool
}

func (s *Service) open(tx *database.Tx, a identity.Actor, in Opening) (casework.Outcome, error) {
	if !readable(in.ZoneID) {
		return casework.Outcome{}, fault.BadField("zone_id", "evaluation.zone_unknown")
	}
	var z zoneToOpen
	err := tx.One(&z, "SELECT id, number, name, unit_code, status, valid_from, demo FROM zone WHERE id = ?", in.ZoneID)
	if fault.Is(err, fault.NotFound) {
		return casework.Outcome{}, fault.BadField("zone_id", "evaluation.zone_unknown")
	}
	if err != nil {
		return casework.Outcome{}, err
	}
	if today := workflows.DateOf(tx.Now()); in.Year > today.Year || yearEnd(in.Year) < z.ValidFrom {
		return casework.Outcome{}, fault.BadField("year", "evaluation.year", "From", z.ValidFrom[:4], "To", strconv.Itoa(today.Year))
	}
	ruleSetID, rules, err := s.rulesOf(tx, in.Year)
	if err != nil {
		return casework.Outcome{}, err
	}
	due, err := s.dueDate(tx, rules, in)
	if err != nil {
		return casework.Outcome{}, err
	}
	r, err := s.newRow(tx, z, loaded{row: row{RuleSetID: ruleSetID, Year: in.Year}, rules: rules})
	if err != nil {
		return casework.Outcome{}, err
	}
	return s.begin(tx, a, z, loaded{row: r, zoneFacts: zoneFacts{ZoneName: z.Name}, rules: rules}, due)
}

func (s *Service) begin(tx *database.Tx, a identity.Actor, z zoneToOpen, l loaded, due workflows.Date) (casework.Outcome, error) {
	n, err := tx.Count("SELECT count(*) FROM evaluation WHERE zone_id = ? AND year = ?", z.ID, l.Year)
	if err != nil {
		return casework.Outcome{}, err
	}
	counts := z.Status == "in_force" || z.Status == "rectifying" || z.Status == "revocation_proposed"
	kase := l.kase()
	kase.State, kase.Version = "", 0
	return s.Engine.Apply(tx, casework.Step{Case: kase, Action: "open", Actor: a, Facts: map[workflows.Fact]bool{workflows.ZoneInForce: counts && n == 0},
		Detail: map[string]any{"zone": z.Number, "year": l.Year, "due": due.String()},
		Due:    map[workflows.ClockName]workflows.Date{workflows.ClockSelfReport: due},
		Insert: func(tx *database.Tx, st workflows.State) error {
			l.Status = string(st)
			if err := tx.Insert("evaluation", &l.row); err != nil {
				return err
			}
			return search.Put(tx, string(workflows.Evaluation.Kind), l.ID, l.Number, z.Name)
		}})
}

// rulesOf pins one rule set to a year: the one that its first evaluation was opened under, so
// that zones of one year are measured alike, else the one in force.
func (s *Service) rulesOf(tx *database.Tx, year int) (string, policy.RuleSet, error) {
	var ids []string
	if err := tx.Find(&ids, "SELECT rule_set_id FROM evaluation WHERE year = ? ORDER BY id LIMIT 1", year); err != nil {
		return "", policy.RuleSet{}, err
	}
	if len(ids) == 0 {
		return s.Book.CurrentRuleSet(tx)
	}
	rules, err := s.Book.RuleSet(tx, ids[0])
	return ids[0], rules, err
}

// dueDate is the last day of the self-report: the given one, or the rule set's in the year
// after, moved to a working day.
func (s *Service) dueDate(tx *database.Tx, rules policy.RuleSet, in Opening) (workflows.Date, error) {
	if in.Due != "" {
		return futureDate(tx, "due", in.Due)
	}
	rule, ok := rules.DueDate(policy.DueSelfReport)
	if !ok {
		return workflows.Date{}, fault.BadField("due", "evaluation.due_required")
	}
	due, err := workflows.ParseDate(rule.In(in.Year + 1))
	if err != nil {
		return workflows.Date{}, err
	}
	cal, err := s.Book.Calendar(tx)
	if err != nil {
		return workflows.Date{}, err
	}
	if due = cal.Next(due); !due.After(workflows.DateOf(tx.Now())) {
		return workflows.Date{}, fault.BadField("due", "evaluation.due_required")
	}
	return due, nil
}

// futureDate reads a date after today and within a year.
func futureDate(tx *database.Tx, path, text string) (workflows.Date, error) {
	d, err := workflows.ParseDate(text)
	if days := d.Sub(workflows.DateOf(tx.Now())); err != nil || days < 1 || days > 366 {
		return workflows.Date{}, fault.BadField(path, "evaluation.due_range")
	}
	return d, nil
}

func (s *Service) newRow(tx *database.Tx, z zoneToOpen, l loaded) (row, error) {
	n, err := tx.Next(fmt.Sprintf("evaluation/%d", l.Year))
	if err != nil {
		return row{}, err
	}
	unit, err := heir(tx, z.UnitCode)
	if err != nil {
		return row{}, err
	}
	self, err := prefill(tx, z.ID, l)
	if err != nil {
		return row{}, err
	}
	return row{ID: tx.ID(), Number: fmt.Sprintf("CQ-KP-%d-%04d", l.Year, n), ZoneID: z.ID, UnitCode: unit, Year: l.Year, RuleSetID: l.RuleSetID,
		WorkflowVersion: workflows.Evaluation.Version, Version: 1, Self: self, Checked: "{}", Result: "{}", Demo: z.Demo,
		CreatedAt: tx.Now(), UpdatedAt: tx.Now()}, nil
}

// heir is the unit that answers today for a unit's zones: itself, or who has taken it over.
func heir(tx *database.Tx, code string) (string, error) {
	today := workflows.DateOf(tx.Now()).String()
	for range 10 {
		u, err := identity.UnitByCode(tx, code)
		if err != nil || u.InForce(today) || u.Successor == nil {
			return code, err
		}
		code = *u.Successor
	}
	return code, nil
}

// prefill carries over from the last year what is a state and not a sum of the year, as it was
// checked then; the unit confirms or changes each figure.
func prefill(tx *database.Tx, zoneID string, l loaded) (string, error) {
	sheet := Sheet{Figures: map[string]string{}}
	last, _, err := lastYear(tx, zoneID, l.Year)
	if err != nil {
		return "", err
	}
	for _, i := range l.rules.Evaluation.Indicators {
		report, ok := l.rules.ReportIndicator(i.Source.Of)
		if i.Source.Kind != policy.SourceReport || !ok || report.Cumulative || last.Figures[i.Code] == "" {
			continue
		}
		sheet.Figures[i.Code] = last.Figures[i.Code]
		sheet.Carried = append(sheet.Carried, i.Code)
	}
	return sheet.canonical()
}

// lastYear is the column of the year before that counts – the checked one once there is one – and what the unit itself
// signed then.
func lastYear(tx *database.Tx, zoneID string, year int) (counts, own Sheet, err error) {
	var rows []row
	err = tx.Find(&rows, "SELECT "+columns+" FROM evaluation e WHERE e.zone_id = ? AND e.year = ? AND e.submitted_no > 0 ORDER BY e.id LIMIT 1", zoneID, year-1)
	if err != nil || len(rows) == 0 {
		return counts, own, err
	}
	if own, _, err = (loaded{row: rows[0]}).signed(tx); err != nil {
		return counts, own, err
	}
	if counts, err = readSheet(rows[0].Checked); err != nil || len(counts.Figures) > 0 {
		return counts, own, err
	}
	return own, own, nil
}

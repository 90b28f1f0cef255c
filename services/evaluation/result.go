package evaluation

import (
	"encoding/json"
	"fmt"
	"slices"

	"clusterzone/services/database"
	"clusterzone/services/policy"
)

// Result is what an evaluation came to: the three columns side by side, each with its
// calculation line by line. Expert is the column that counts: checked figures with the
// experts' points. Panel is without the names of its ballots.
type Result struct {
	Self    policy.Outcome     `json:"self"`
	Check   policy.Outcome     `json:"check"`
	Expert  policy.Outcome     `json:"expert"`
	Panel   policy.PanelResult `json:"panel"`
	Peers   int                `json:"peers"`   // other zones of the sector that were compared
	Lowered bool               `json:"lowered"` // the cap on the best grade took it one down
	Note    policy.Text        `json:"note"`
	Absent  bool               `json:"absent"` // took no part
}

func (r Result) text() (string, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("result: %w", err)
	}
	return string(b), nil
}

func (l loaded) result() (Result, error) {
	var r Result
	if err := json.Unmarshal([]byte(l.Result), &r); err != nil {
		return r, fmt.Errorf("stored result of evaluation %s: %w", l.ID, err)
	}
	return r, nil
}

// calculate works out the three columns from what was signed, what was checked and what the
// experts gave, with the other zones' checked figures of the year as peers.
func (s *Service) calculate(tx *database.Tx, l loaded) (Result, error) {
	self, _, err := l.signed(tx)
	if err != nil {
		return Result{}, err
	}
	checked, err := readSheet(l.Checked)
	if err != nil {
		return Result{}, err
	}
	panel, _, err := s.panel(tx, l)
	if err != nil {
		return Result{}, err
	}
	peers, err := peersOf(tx, l)
	if err != nil {
		return Result{}, err
	}
	r := Result{Peers: len(peers)}
	if r.Self, err = l.evaluate(self, peers, policy.PanelResult{}); err != nil {
		return r, err
	}
	if r.Check, err = l.evaluate(checked, peers, policy.PanelResult{}); err != nil {
		return r, err
	}
	if r.Expert, err = l.evaluate(checked, peers, panel); err != nil {
		return r, err
	}
	panel.Ballots, panel.Total.Inputs = nil, nil
	r.Panel = panel
	ranked, err := s.rank(tx, l, policy.Standing{Zone: l.ZoneID, Total: r.Expert.Total, Vetoed: len(r.Expert.Vetoes) > 0})
	r.Expert.Grade, r.Lowered, r.Note = ranked.Grade, ranked.Lowered, ranked.Note
	return r, err
}

// evaluate calculates one column.
func (l loaded) evaluate(s Sheet, peers []Sheet, panel policy.PanelResult) (policy.Outcome, error) {
	in, err := s.numbers(l.sector())
	if err != nil {
		return policy.Outcome{}, err
	}
	for _, i := range l.rules.Evaluation.Indicators {
		reading := in.Readings[i.Code]
		switch i.Method.Kind {
		case policy.MethodPeer:
			if reading.Peers, err = figuresOf(peers, i.Code); err != nil {
				return policy.Outcome{}, err
			}
		case policy.MethodExpert:
			reading.Experts = meansOf(panel, i.Code)
		}
		in.Readings[i.Code] = reading
	}
	for _, v := range panel.Vetoes {
		if v.Stands && !slices.Contains(in.Vetoes, v.Veto.Code) {
			in.Vetoes = append(in.Vetoes, v.Veto.Code)
		}
	}
	return l.rules.Evaluation.Evaluate(in)
}

// numbers reads a sheet's texts, which were checked when they were saved.
func (s Sheet) numbers(sector string) (policy.Sheet, error) {
	out := policy.Sheet{Sector: sector, Readings: map[string]policy.Reading{}, Bonuses: map[string]policy.Points{}, Deductions: map[string]policy.Points{},
		Vetoes: slices.Clone(s.Vetoes)}
	for code, text := range s.Figures {
		v, err := policy.ParseDecimal(text)
		if err != nil {
			return out, fmt.Errorf("figure %s: %w", code, err)
		}
		out.Readings[code] = policy.Reading{Value: &v}
	}
	for code, text := range s.Targets {
		v, err := policy.ParseDecimal(text)
		if err != nil {
			return out, fmt.Errorf("target %s: %w", code, err)
		}
		reading := out.Readings[code]
		reading.Target = &v
		out.Readings[code] = reading
	}
	for into, given := range map[*map[string]policy.Points]map[string]string{&out.Bonuses: s.Bonuses, &out.Deductions: s.Deductions} {
		for code, text := range given {
			p, err := policy.ParsePoints(text)
			if err != nil {
				return out, fmt.Errorf("points %s: %w", code, err)
			}
			(*into)[code] = p
		}
	}
	return out, nil
}

func figuresOf(peers []Sheet, code string) ([]policy.Decimal, error) {
	var out []policy.Decimal
	for _, p := range peers {
		if p.Figures[code] == "" {
			continue
		}
		v, err := policy.ParseDecimal(p.Figures[code])
		if err != nil {
			return nil, fmt.Errorf("peer figure %s: %w", code, err)
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return out, nil
}

// meansOf is the panel's mean on one indicator: the experts' points as they enter the grade.
func meansOf(panel policy.PanelResult, code string) []policy.Points {
	for _, line := range panel.Criteria {
		if line.Code == code {
			return []policy.Points{line.Points}
		}
	}
	return nil
}

// peersOf reads the checked columns of the other zones with the same main sector whose check
// of the year has been passed.
func peersOf(tx *database.Tx, l loaded) ([]Sheet, error) {
	var rows []struct {
		Checked string
		Zone    zoneFacts `gorm:"embedded"`
	}
	err := tx.Find(&rows, "SELECT e.checked, "+zoneColumns+` FROM evaluation e JOIN zone z ON z.id = e.zone_id
		WHERE e.year = ? AND e.id <> ? AND e.submitted_no > 0 AND (e.status IN ('scoring', 'drafted', 'notice', 'confirming')
			OR e.status = 'graded' AND e.drafted_by IS NOT NULL) ORDER BY e.id LIMIT 5000`, l.Year, l.ID)
	if err != nil {
		return nil, fmt.Errorf("peers of evaluation %s: %w", l.ID, err)
	}
	var out []Sheet
	for _, r := range rows {
		if r.Zone.sector() != l.sector() {
			continue
		}
		sheet, err := readSheet(r.Checked)
		if err != nil {
			return nil, err
		}
		out = append(out, sheet)
	}
	return out, nil
}

// standing is a drafted evaluation in the ranking of its year.
func standing(l loaded) policy.Standing {
	st := policy.Standing{Zone: l.ZoneID}
	if l.Total != nil {
		st.Total = policy.Points(*l.Total)
	}
	if r, err := l.result(); err == nil {
		st.Vetoed, st.Absent = len(r.Expert.Vetoes) > 0, r.Absent
	}
	return st
}

// rank places one standing among the others of the year that have a total.
func (s *Service) rank(tx *database.Tx, l loaded, own policy.Standing) (policy.Ranked, error) {
	var rows []row
	err := tx.Find(&rows, "SELECT "+columns+` FROM evaluation e WHERE e.year = ? AND e.id <> ? AND e.total IS NOT NULL AND e.status <> 'cancelled'
		ORDER BY e.id LIMIT 5000`, l.Year, l.ID)
	if err != nil {
		return policy.Ranked{}, fmt.Errorf("ranking of %d: %w", l.Year, err)
	}
	all := []policy.Standing{own}
	for _, r := range rows {
		all = append(all, standing(loaded{row: r}))
	}
	for _, r := range l.rules.Evaluation.Rank(all) {
		if r.Zone == own.Zone {
			return r, nil
		}
	}
	return policy.Ranked{}, fmt.Errorf("ranking of %d: zone %s is not in it", l.Year, own.Zone)
}

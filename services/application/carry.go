package application

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// NoBody as Start.Body asks for a draft whose development body is empty.
const NoBody = "none"

// Where the values of a new draft came from.
const (
	fromApplication = "application"
	fromProfile     = "profile"
)

// Carried is what a draft was filled from, and what of it stands as it came: values that a
// later filing does not change are carried forward, never asked again.
type Carried struct {
	Kind      string // application or profile
	SourceID  string
	Number    string   // of the earlier application
	Year      int      // in which that was started
	Unchanged []string // places with the value as it came, in document order
	Confirmed []string // of these, the ones somebody has looked at and confirmed
}

// Open reports whether a place still has the value it came with and nobody has confirmed it.
func (c *Carried) Open(path string) bool {
	return c != nil && slices.Contains(c.Unchanged, path) && !slices.Contains(c.Confirmed, path)
}

// OpenIn counts the places of a part that came along, are unchanged and not confirmed.
func (c *Carried) OpenIn(part string) (n int) {
	if c == nil {
		return 0
	}
	for _, path := range c.Unchanged {
		if partOf(path) == part && c.Open(path) {
			n++
		}
	}
	return n
}

// Source is an earlier application of the unit that a new one can start from.
type Source struct {
	ID, Number, Name string
	State            workflows.State
	Submitted        bool // its last submitted version is taken, otherwise its draft
}

// Sources lists the unit's applications that a new one can start from, newest first.
func (s *Service) Sources(ctx context.Context, a identity.Actor) (out []Source, err error) {
	if !a.Has(workflows.Filler) {
		return nil, fault.New(fault.Forbidden, "forbidden")
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		cond, args := scope(a)
		found, err := lines(tx, a, cond+" AND "+ownUnits, append(args, a.Unit, a.Unit), window{order: "q.id DESC", limit: 50})
		for _, l := range found {
			out = append(out, Source{ID: l.ID, Number: l.Number, Name: l.Name, State: l.State, Submitted: l.SubmittedAt != nil})
		}
		return err
	})
	return out, err
}

// ownUnits are the unit itself and the ones it has taken over.
const ownUnits = "a.unit_code IN (SELECT code FROM unit WHERE code = ? OR successor = ?)"

// bringing is what a new draft begins with.
type bringing struct {
	kind, id, number string
	year             int
	content          Content
}

func (b bringing) detail(round, name string) map[string]any {
	d := map[string]any{"round": round, "name": name}
	if b.kind != "" {
		d["from"] = map[string]any{"kind": b.kind, "id": b.id, "number": b.number}
	}
	return d
}

// put remembers what the draft began with; an empty one has nothing to remember.
func (b bringing) put(tx *database.Tx, a identity.Actor, id, text string) error {
	if b.kind == "" {
		return nil
	}
	return tx.Insert("application_carried", &carriedRow{ApplicationID: id, SourceKind: b.kind, SourceID: b.id, SourceNumber: b.number, SourceYear: b.year,
		Content: text, Confirmed: "[]", CarriedBy: a.ID, CarriedAt: tx.Now()})
}

// carryInto gathers what a new draft begins with: an earlier application, a body of the
// unit's profile, or nothing.
func (s *Service) carryInto(tx *database.Tx, a identity.Actor, in Start, rules policy.RuleSet, year int) (b bringing, err error) {
	if in.From != "" {
		if b, err = s.fromEarlier(tx, a, in.From, rules, int64(year)-1); err != nil {
			return b, err
		}
	}
	profile, err := profileOf(tx, a.Unit)
	if err != nil {
		return b, err
	}
	wanted := in.Body
	if wanted == "" && in.From == "" && len(profile.Bodies) == 1 {
		wanted = profile.Bodies[0].ID
	}
	if wanted == "" || wanted == NoBody {
		return b, nil
	}
	body, ok := profile.body(wanted)
	if !ok {
		return b, fault.BadField("body_id", "profile.body.unknown")
	}
	b.content.Body = body.Body
	if b.kind == "" {
		b.kind, b.id, b.year = fromProfile, a.Unit, year
	}
	return b, nil
}

// fromEarlier takes the last submitted version of an application of the unit, or its draft
// where nothing was submitted.
func (s *Service) fromEarlier(tx *database.Tx, a identity.Actor, id string, rules policy.RuleSet, baseYear int64) (bringing, error) {
	n, err := tx.Count("SELECT count(*) FROM application a WHERE a.id = ? AND "+ownUnits, id, a.Unit, a.Unit)
	if err != nil {
		return bringing{}, err
	}
	l, err := s.load(tx, a, id)
	if n == 0 || fault.Is(err, fault.NotFound) {
		return bringing{}, fault.BadField("from", "source.unknown")
	}
	if err != nil {
		return bringing{}, err
	}
	stored := l.Content
	if l.SubmittedNo > 0 {
		v, err := versionOf(tx, id, l.SubmittedNo)
		if err != nil {
			return bringing{}, err
		}
		stored = v.Content
	}
	c, problems := Decode([]byte(stored))
	if Refused(problems) {
		return bringing{}, errors.New("application " + l.Number + ": stored content cannot be read")
	}
	carryForward(&c, rules, baseYear, workflows.DateOf(tx.Now()).String())
	return bringing{kind: fromApplication, id: l.ID, number: l.Number, year: workflows.DateOf(l.CreatedAt).Year, content: c}, nil
}

// carryForward makes an old document the beginning of a new one: goals move to the new base
// year, and what belongs to the old filing or is past is left out.
func carryForward(c *Content, rules policy.RuleSet, baseYear int64, today string) {
	c.Recommendation = Recommendation{} // a new request has its own number
	c.Goals = shiftGoals(c.Goals, rules, baseYear)
	c.Fund.Years = slices.DeleteFunc(slices.Clone(c.Fund.Years), func(y FundYear) bool { return y.Year <= baseYear })
	for _, f := range []*Factor{&c.Factors.Land, &c.Factors.Funds, &c.Factors.Talent, &c.Factors.Utilities} {
		if f.Date < today {
			f.Date = ""
		}
	}
}

// shiftGoals moves goals to a later base year: what was planned for a year stays with that
// year, and the figure of the new base year is asked, because it is an actual one now. Only
// indicators that the rule set asks for are kept.
func shiftGoals(g Goals, rules policy.RuleSet, baseYear int64) Goals {
	by := baseYear - g.BaseYear
	if g.BaseYear == 0 || by < 0 {
		by = 0
		baseYear = max(g.BaseYear, 0)
	}
	out := Goals{BaseYear: baseYear}
	years := rules.Goals.PlannedYears.Value
	for _, row := range g.Rows {
		if !slices.ContainsFunc(rules.Goals.Indicators, func(i policy.GoalIndicator) bool { return i.Code == row.Indicator }) {
			continue
		}
		moved := GoalRow{Indicator: row.Indicator, Planned: make([]*int64, years)}
		if by == 0 {
			moved.Base, moved.Reason = row.Base, row.Reason
		}
		for k := range moved.Planned {
			if at := int(by) + k; at < len(row.Planned) {
				moved.Planned[k] = row.Planned[at]
			}
		}
		out.Rows = append(out.Rows, moved)
	}
	return out
}

// carriedRow is what a draft began with, as stored.
type carriedRow struct {
	ApplicationID, SourceKind, SourceID, SourceNumber string
	SourceYear                                        int
	Content, Confirmed                                string
	CarriedBy                                         string
	CarriedAt                                         time.Time
}

func carriedOf(tx *database.Tx, id string) (r carriedRow, found bool, err error) {
	err = tx.One(&r, `SELECT application_id, source_kind, source_id, source_number, source_year, content, confirmed, carried_by, carried_at
		FROM application_carried WHERE application_id = ?`, id)
	if fault.Is(err, fault.NotFound) {
		return r, false, nil
	}
	return r, err == nil, err
}

// fillCarried tells the unit what its draft was filled from, while it works on it.
func (s *Service) fillCarried(tx *database.Tx, a identity.Actor, l loaded, v *View) error {
	if !ownSide(a) || !v.Working || l.SubmittedNo > 0 {
		return nil
	}
	r, found, err := carriedOf(tx, l.ID)
	if err != nil || !found {
		return err
	}
	v.Carried, err = r.carried(v.Content)
	return err
}

func (r carriedRow) carried(now Content) (*Carried, error) {
	c := &Carried{Kind: r.SourceKind, SourceID: r.SourceID, Number: r.SourceNumber, Year: r.SourceYear}
	came, problems := Decode([]byte(r.Content))
	if Refused(problems) {
		return nil, errors.New("what " + r.ApplicationID + " was filled from cannot be read")
	}
	var err error
	if c.Unchanged, err = unchanged(came, now); err != nil {
		return nil, err
	}
	return c, json.Unmarshal([]byte(r.Confirmed), &c.Confirmed)
}

// unchanged lists the places that hold something and hold the same in both documents. A list
// without names for its rows counts as one place.
func unchanged(came, now Content) ([]string, error) {
	a, err := treeOf(came)
	if err != nil {
		return nil, err
	}
	b, err := treeOf(now)
	if err != nil {
		return nil, err
	}
	before := contentSchema.places("", a, nil)
	var out []string
	for _, p := range contentSchema.places("", b, nil) {
		if i := slices.Index(before, p); i >= 0 {
			out = append(out, p.path)
		}
	}
	return out, nil
}

type place struct{ path, value string }

// places lists everything that holds a value, in document order.
func (f contentField) places(path string, node any, out []place) []place {
	switch {
	case f.kind == objectKind:
		members, _ := node.(map[string]any)
		for _, m := range f.fields {
			if path != "" && m.name == "indicator" {
				continue // names its row
			}
			out = m.places(joinPath(path, m.name), members[m.name], out)
		}
		return out
	case f.kind == listKind && f.named:
		items, _ := node.([]any)
		for i, item := range items {
			out = f.item.places(f.itemPath(path, items, i), item, out)
		}
		return out
	}
	if value := string(appendCanonical(nil, node)); !emptyValue(value) {
		out = append(out, place{path, value})
	}
	return out
}

// emptyValue reports whether nothing has been filled in.
func emptyValue(canonical string) bool {
	return canonical == `""` || canonical == "0" || strings.Trim(strings.ReplaceAll(canonical, "null", ""), "[],") == ""
}

// ConfirmCarried records that somebody has looked at the values of a part that came along and
// found them still right. It changes nothing in the document.
func (s *Service) ConfirmCarried(ctx context.Context, a identity.Actor, id, part string) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		if err := tx.Lock("application/" + id); err != nil {
			return err
		}
		l, err := s.editable(tx, a, id)
		if err != nil {
			return err
		}
		if !slices.Contains(append(Parts(), "materials"), part) {
			return fault.BadField("part", "part.unknown")
		}
		r, found, err := carriedOf(tx, id)
		if err != nil || !found {
			return err
		}
		return confirmCarried(tx, a, l, r, part)
	})
}

func confirmCarried(tx *database.Tx, a identity.Actor, l loaded, r carriedRow, part string) error {
	now, err := l.content()
	if err != nil {
		return err
	}
	c, err := r.carried(now)
	if err != nil || c.OpenIn(part) == 0 {
		return err
	}
	var paths []string
	for _, path := range c.Unchanged {
		if partOf(path) == part && c.Open(path) {
			paths = append(paths, path)
		}
	}
	text, _ := json.Marshal(append(c.Confirmed, paths...)) // strings always marshal
	if err := tx.Must("UPDATE application_carried SET confirmed = ? WHERE application_id = ?", string(text), l.ID); err != nil {
		return err
	}
	return casework.Record(tx, a, "application.confirm_carried", refOf(l.ID), map[string]any{"part": part, "paths": paths})
}

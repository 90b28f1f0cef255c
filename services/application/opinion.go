package application

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Opinions is the service of the department opinions (会签): every lead department of every
// sector of the application is asked once, in parallel; where the commission itself leads
// (大健康), an officer who is not the decider answers.
type Opinions struct{ s *Service }

// Kind names the workflow.
func (o *Opinions) Kind() workflows.Kind { return workflows.Opinion.Kind }

type opinionRow struct {
	ID, Number, ApplicationID, UnitCode string
	Sectors, Status                     string
	Version                             int64
	AssigneeID                          *string
	Stance, Grounds, Conditions         string
	Late                                bool
	RequestedBy                         string
	GivenBy                             *string
	GivenAt                             *time.Time
	VersionNo                           int // of the application that it was given on
	CreatedAt, UpdatedAt                time.Time
}

const opinionColumns = "o.id, o.number, o.application_id, o.unit_code, o.sectors, o.status, o.version, " + holder + " AS assignee_id, o.stance, o.grounds, " +
	"o.conditions, o.late, o.requested_by, o.given_by, o.given_at, o.version_no, o.created_at, o.updated_at"

func (r opinionRow) kase(l loaded) casework.Case {
	return casework.Case{Kind: workflows.Opinion.Kind, ID: r.ID, Number: r.Number, Title: l.title(), State: workflows.State(r.Status), Version: r.Version,
		Unit: l.UnitCode, Office: r.UnitCode, Subject: refOf(l.ID), Rules: l.rules.RulesFor(workflows.Opinion.Kind)}
}

// requestAll asks every lead department of the application's sectors, as the system does it
// on acceptance; a department that leads two of them is asked once for both.
func (o *Opinions) requestAll(tx *database.Tx, l loaded) error {
	var sectors []string
	if err := tx.Find(&sectors, "SELECT sector FROM application_sector WHERE application_id = ? ORDER BY sector LIMIT 20", l.ID); err != nil {
		return err
	}
	asked := map[string][]string{}
	var order []string
	for _, code := range sectors {
		sector, ok := o.s.Book.Sector(code)
		if !ok {
			continue
		}
		for _, unit := range sector.Leads {
			if asked[unit] == nil {
				order = append(order, unit)
			}
			asked[unit] = append(asked[unit], code)
		}
	}
	slices.Sort(order)
	for _, unit := range order {
		if err := o.request(tx, l, unit, asked[unit]); err != nil {
			return fmt.Errorf("request opinion of %s: %w", unit, err)
		}
	}
	return nil
}

func (o *Opinions) request(tx *database.Tx, l loaded, unit string, sectors []string) error {
	n, err := tx.Count("SELECT count(*) FROM opinion WHERE application_id = ? AND unit_code = ?", l.ID, unit)
	if err != nil || n > 0 {
		return err
	}
	year := workflows.DateOf(tx.Now()).Year
	seq, err := tx.Next(fmt.Sprintf("opinion/%d", year))
	if err != nil {
		return err
	}
	text, _ := json.Marshal(sectors) // strings always marshal
	r := opinionRow{ID: tx.ID(), Number: fmt.Sprintf("CQ-YJ-%d-%04d", year, seq), ApplicationID: l.ID, UnitCode: unit, Sectors: string(text),
		Version: 1, RequestedBy: "system", CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
	kase := r.kase(l)
	kase.State, kase.Version = "", 0
	_, err = o.s.Engine.Apply(tx, casework.Step{Case: kase, Action: "request", Actor: identity.SystemActor(), Detail: map[string]any{"unit": unit, "sectors": sectors},
		Insert: func(tx *database.Tx, st workflows.State) error {
			r.Status = string(st)
			if err := tx.Insert("opinion", &r); err != nil {
				return err
			}
			return search.Put(tx, string(workflows.Opinion.Kind), r.ID, r.Number, l.Name)
		}})
	return err
}

// cancelAll withdraws what has not been answered.
func (o *Opinions) cancelAll(tx *database.Tx, l loaded, reason string) error {
	var rows []opinionRow
	err := tx.Find(&rows, "SELECT "+opinionColumns+" FROM opinion o WHERE o.application_id = ? AND o.status IN ('requested', 'overdue') ORDER BY o.id LIMIT 50", l.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := o.s.Engine.Apply(tx, casework.Step{Case: r.kase(l), Action: "cancel", Actor: identity.SystemActor(), Reason: reason}); err != nil {
			return err
		}
	}
	return nil
}

// load reads an opinion of an application that the actor may see; everything else is
// NotFound. The asked department and the commission see it; the applicant does not see what a
// department writes.
func (o *Opinions) load(tx *database.Tx, a identity.Actor, id string) (r opinionRow, l loaded, err error) {
	cond, args := scope(a)
	if !a.ReadsAll() {
		cond, args = "o.unit_code = ? AND o.status <> 'cancelled' AND "+cond, append([]any{a.Unit}, args...)
	}
	err = tx.One(&r, "SELECT "+opinionColumns+" FROM opinion o JOIN application a ON a.id = o.application_id WHERE o.id = ? AND "+cond, append([]any{id}, args...)...)
	if err != nil {
		return r, l, fmt.Errorf("load opinion: %w", err)
	}
	l, err = o.s.load(tx, a, r.ApplicationID)
	return r, l, err
}

// Do performs give {"stance","grounds","conditions":[{"text","proof","moment","due_on","responsible"}]}, transfer {"person_id"} and cancel.
func (o *Opinions) Do(ctx context.Context, a identity.Actor, c casework.Command) (out casework.Outcome, err error) {
	err = o.s.DB.Update(ctx, func(tx *database.Tx) error {
		if c.Key != "" {
			if _, _, err := o.load(tx, a, c.ID); err != nil {
				return err
			}
		}
		out, err = casework.Once(tx, a.ID, c.Key, digestOf(c), func() (casework.Outcome, error) { return o.DoTx(tx, a, c) })
		return err
	})
	return out, err
}

// DoTx performs a command inside a transaction; deadlines use it as System.
func (o *Opinions) DoTx(tx *database.Tx, a identity.Actor, c casework.Command) (casework.Outcome, error) {
	r, l, err := o.load(tx, a, c.ID)
	if err != nil {
		return casework.Outcome{}, err
	}
	if !a.Has(workflows.System) {
		if err := casework.CheckVersion(tx, a, r.kase(l), c.Version); err != nil {
			return casework.Outcome{}, err
		}
	}
	p, err := o.prepare(tx, a, r, l, c)
	if err != nil {
		return casework.Outcome{}, err
	}
	facts, err := o.facts(tx, a, r, l, p.facts)
	if err != nil {
		return casework.Outcome{}, err
	}
	out, err := o.s.Engine.Apply(tx, casework.Step{Case: r.kase(l), Action: c.Action, Actor: a, Reason: c.Reason, Facts: facts, Set: p.set, Detail: p.detail})
	if err != nil || p.after == nil {
		return out, err
	}
	return out, p.after(tx, l)
}

func (o *Opinions) facts(tx *database.Tx, a identity.Actor, r opinionRow, l loaded, given map[workflows.Fact]bool) (map[workflows.Fact]bool, error) {
	guards := map[workflows.Fact]casework.Guard{
		workflows.OwnDesk:       yes(onDesk(a, r)),
		workflows.StillInReview: yes(l.Status == "in_review"),
		workflows.ClockOver: func() (bool, error) {
			return casework.Over(tx, casework.Ref{Kind: o.Kind(), ID: r.ID}, workflows.ClockOpinion)
		},
	}
	for f, v := range given {
		guards[f] = yes(v)
	}
	return casework.Establish(workflows.Opinion, workflows.State(r.Status), guards)
}

func (o *Opinions) prepare(tx *database.Tx, a identity.Actor, r opinionRow, l loaded, c casework.Command) (plan, error) {
	row, ok := workflows.Opinion.Row(workflows.State(r.Status), c.Action)
	if !ok || !a.Any(row.Roles...) {
		return plan{}, nil
	}
	if err := casework.CheckReason(c.Reason, row.Reason); err != nil {
		return plan{}, err
	}
	switch c.Action {
	case "give":
		return o.planGive(tx, a, r, l, c.Data)
	case "transfer":
		return planTransfer(tx, a, r, c.Data)
	case "ask_again":
		return o.planAgain(tx, r, c.Reason)
	case "cancel":
		return plan{}, notLast(tx, a, r)
	}
	return plan{}, nil
}

// notLast keeps an officer from cancelling the one opinion that is left: it could not be asked
// for again, and nothing could be recommended without any.
func notLast(tx *database.Tx, a identity.Actor, r opinionRow) error {
	if a.Has(workflows.System) {
		return nil
	}
	n, err := tx.Count("SELECT count(*) FROM opinion WHERE application_id = ? AND id <> ? AND status <> 'cancelled'", r.ApplicationID, r.ID)
	if err != nil || n > 0 {
		return err
	}
	return &fault.Error{Kind: fault.Blocked, Code: "blocked", Facts: []workflows.Fact{workflows.OpinionsIn}, Case: workflows.Application.Kind}
}

// maxOpinion bounds the texts of an opinion, in characters.
const maxOpinion = 2000

// planGive reads an opinion; what it is tied to becomes conditions of the application.
func (o *Opinions) planGive(tx *database.Tx, a identity.Actor, r opinionRow, l loaded, data json.RawMessage) (plan, error) {
	var in OpinionDraft
	if err := decodeData(data, &in); err != nil {
		return plan{}, err
	}
	in.Grounds = strings.TrimSpace(in.Grounds)
	if problems := in.problems(workflows.DateOf(tx.Now())); len(problems) > 0 {
		return plan{}, fault.Bad(problems...)
	}
	words := make([]string, len(in.Conditions))
	for i, c := range in.Conditions {
		words[i] = strings.TrimSpace(c.Text)
	}
	late := r.Status == "overdue"
	return plan{facts: map[workflows.Fact]bool{workflows.GroundsGiven: true},
		set: map[string]any{"stance": in.Stance, "grounds": in.Grounds, "conditions": strings.Join(words, "\n"), "late": late,
			"given_by": a.ID, "given_at": tx.Now(), "version_no": l.SubmittedNo},
		detail: map[string]any{"stance": in.Stance, "late": late, "conditions": len(in.Conditions)},
		after: func(tx *database.Tx, l loaded) error {
			origin := condition.Origin{Subject: refOf(l.ID), Source: condition.FromOpinion, SourceID: r.ID, Unit: r.UnitCode, Path: "data.conditions"}
			if err := o.s.conditions.Set(tx, a, origin, in.Conditions); err != nil {
				return err
			}
			return dropDraft(tx, r.ID)
		}}, nil
}

// problems says what keeps an opinion from being given.
func (d OpinionDraft) problems(today workflows.Date) (out []fault.Field) {
	out = d.tooLarge()
	if !slices.Contains([]string{"agree", "conditional", "disagree"}, d.Stance) {
		out = append(out, fault.Field{Path: "data.stance", Code: "opinion.stance"})
	}
	if (d.Stance == "conditional" || d.Stance == "disagree") && utf8.RuneCountInString(d.Grounds) < 10 {
		out = append(out, fault.BadField("data.grounds", "opinion.grounds", "Min", "10").Fields...)
	}
	switch {
	case d.Stance == "conditional" && len(d.Conditions) == 0:
		out = append(out, fault.Field{Path: "data.conditions", Code: "opinion.conditions"})
	case d.Stance != "conditional" && len(d.Conditions) > 0:
		out = append(out, fault.Field{Path: "data.conditions", Code: "opinion.conditions_only"})
	}
	return append(out, condition.Check("data.conditions", d.Conditions, today)...)
}

// Actions lists what the actor can do with the opinion now.
func (o *Opinions) Actions(ctx context.Context, a identity.Actor, id string) (out casework.Actions, err error) {
	err = o.s.DB.View(ctx, func(tx *database.Tx) error {
		r, l, err := o.load(tx, a, id)
		if err != nil {
			return err
		}
		facts, err := o.facts(tx, a, r, l, map[workflows.Fact]bool{workflows.GroundsGiven: true, workflows.ColleagueNamed: true})
		out = casework.Actions{Case: casework.Ref{Kind: o.Kind(), ID: r.ID}, Number: r.Number, State: workflows.State(r.Status), Version: r.Version,
			Choices: workflows.Opinion.Choices(workflows.State(r.Status), a.Roles, facts)}
		return err
	})
	return out, err
}

// Opinion is a department opinion as those who may read it see it.
type Opinion struct {
	ID, Number, Unit string
	Sectors          []string
	State            workflows.State
	Version          int64
	Stance           string
	Grounds          string
	Conditions       []condition.Condition // as they stand now
	Earlier          []EarlierAnswer       // what was given before it was asked for anew, the latest first
	Late             bool                  // given or still to be given after its time
	NoObjection      bool                  // overdue, which the rule set of the case counts as no objection
	GivenAt          *time.Time
	Clocks           []casework.Clock
	History          []casework.Event // of View only
}

// View reads one opinion with the application it belongs to.
func (o *Opinions) View(ctx context.Context, a identity.Actor, id string) (out Opinion, app View, err error) {
	err = o.s.DB.View(ctx, func(tx *database.Tx) error {
		r, l, err := o.load(tx, a, id)
		if err != nil {
			return err
		}
		if out, err = o.face(tx, a, r, l); err != nil {
			return err
		}
		if app, err = o.s.view(tx, a, l); err != nil {
			return err
		}
		if reads(a, r) {
			out.History, err = casework.History(tx, casework.Ref{Kind: o.Kind(), ID: r.ID})
		}
		return err
	})
	return out, app, err
}

// face shows what a department wrote to itself and the commission side; others see only that
// it was asked and whether it has answered.
func (o *Opinions) face(tx *database.Tx, a identity.Actor, r opinionRow, l loaded) (Opinion, error) {
	out := Opinion{ID: r.ID, Number: r.Number, Unit: r.UnitCode, State: workflows.State(r.Status), Version: r.Version, Late: r.Late || r.Status == "overdue", GivenAt: r.GivenAt,
		NoObjection: r.Status == "overdue" && l.rules.Opinions.OverdueIsNoObjection.Value}
	_ = json.Unmarshal([]byte(r.Sectors), &out.Sectors) // written by us
	clocks, err := o.s.Engine.Clocks(tx, casework.Ref{Kind: o.Kind(), ID: r.ID})
	if err != nil {
		return out, err
	}
	out.Clocks = clocks
	if reads(a, r) {
		if out.Earlier, err = earlierAnswers(tx, r.ID); err != nil {
			return out, err
		}
		out.Stance, out.Grounds = r.Stance, r.Grounds
		if out.Conditions, err = condition.OfSource(tx, a, condition.FromOpinion, r.ID); err != nil {
			return out, err
		}
	}
	return out, nil
}

// reads tells who may read what a department writes.
func reads(a identity.Actor, r opinionRow) bool {
	return a.ReadsAll() || a.Has(workflows.Department) && a.Unit == r.UnitCode
}

func (o *Opinions) forApplication(tx *database.Tx, a identity.Actor, l loaded) ([]Opinion, error) {
	var rows []opinionRow
	err := tx.Find(&rows, "SELECT "+opinionColumns+" FROM opinion o WHERE o.application_id = ? ORDER BY o.unit_code, o.id LIMIT 50", l.ID)
	if err != nil {
		return nil, err
	}
	var out []Opinion
	for _, r := range rows {
		f, err := o.face(tx, a, r, l)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

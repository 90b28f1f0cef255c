package application_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// sees says who may see a case of unit A in a state, apart from the states before the first
// signature: the unit always, those outside once it is signed, those asked once they are.
func sees(who string, state workflows.State) bool {
	signed := state != "draft" && state != "signing"
	switch who {
	case "filler", "filler2", "leader", "leader2", "system":
		return true
	case "clerk", "officer", "director", "both", "supervision":
		return signed
	case "industry", "expert1":
		return slices.Contains([]workflows.State{"recommended", "refusal_proposed", "notice", "deciding", "accredited", "refused"}, state) ||
			who == "industry" && state == "in_review"
	}
	return false
}

// everybody is one person of each role and of each relation to the case, besides the system.
func everybody() []string {
	return []string{"filler", "leader", "fillerB", "leaderB", "clerk", "officer", "director", "both", "industry", "culture", "expert1", "expert6",
		"statistics", "supervision", "sysadmin", "security", "auditor", "public", "system"}
}

// missing lists the facts that the prepared cases lack, by state and action; every other fact
// holds.
func missing() map[string][]workflows.Fact {
	out := map[string][]workflows.Fact{
		"submitted accept":            {workflows.VerdictsPass},
		"submitted accept_by_silence": {workflows.AcceptanceOver},
		"correction send_to_sign":     {workflows.ItemsAnswered},
		"correction lapse":            {workflows.CorrectionOver},
		"correction_signing lapse":    {workflows.CorrectionOver},
		"in_review recommend":         {workflows.OpinionsIn, workflows.ScoresIn},
		"in_review propose_refusal":   {workflows.OpinionsIn, workflows.ScoresIn},
		"notice end_notice":           {workflows.NoticeOver},
	}
	for _, s := range []string{"in_review", "recommended", "refusal_proposed", "notice", "deciding"} {
		out[s+" agree_withdrawal"] = []workflows.Fact{workflows.WithdrawalAsked}
	}
	return out
}

func dataFor(action workflows.Action) json.RawMessage {
	var data any
	switch action {
	case "request_correction":
		data = items()
	case "accredit", "refuse":
		data = numbered()
	default:
		return nil
	}
	text, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	return text
}

// states lists every state of the table with a case in it.
func (w *world) states() map[workflows.State]string {
	w.t.Helper()
	out := map[workflows.State]string{}
	for _, s := range workflows.Application.States { // those that need time to pass come last
		if s.State != "lapsed" && s.State != "deciding" && s.State != "accredited" {
			out[s.State] = ""
		}
	}
	for _, s := range []workflows.State{"deciding", "accredited", "lapsed"} {
		out[s] = w.at(s, "filler")
	}
	for s, id := range out {
		if id == "" {
			out[s] = w.at(s, "filler")
		}
	}
	return out
}

// In every state of the table: who may do what, whom each change has told, which clocks run.
func TestEveryState(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		states := w.states()
		w.run("permissions", func(t *testing.T) { checkPermissions(t, w, states) })
		w.run("notices", func(t *testing.T) { checkTold(t, w, states) })
		w.run("clocks", func(t *testing.T) {
			for _, id := range states {
				checkDeadlines(t, w, app(id))
				for _, o := range w.opinions(id) {
					checkDeadlines(t, w, opinion(o))
				}
				checkHistory(t, w, app(id), nil)
			}
			w.until(w.due(states["notice"], workflows.ClockDecision)) // the two clocks of one state end by themselves
			checkDeadlines(t, w, app(states["notice"]))
		})
	})
}

// Every state × action × person: done exactly when the person sees the case, the table has
// the row, the row names a role of the person and the facts hold; otherwise refused in that
// order, and for whoever may not see it in the very words of a case that does not exist.
func checkPermissions(t *testing.T, w *world, states map[workflows.State]string) {
	t.Helper()
	cells, allowed := 0, 0
	for state, id := range states {
		for _, who := range everybody() {
			for action, err := range w.tryAll(who, state, id) {
				cells++
				if problem := judge(w, who, state, action, err); problem != "" {
					t.Errorf("%s by %s in %s: %s", action, who, state, problem)
				}
				if err == nil {
					allowed++
				}
			}
			checkChoices(t, w, who, state, id)
		}
	}
	if want := 15 * len(everybody()) * len(workflows.Application.Actions()); cells != want || allowed < 30 {
		t.Errorf("%d cells, want %d; %d allowed", cells, want, allowed)
	}
}

// tryAll tries every action and undoes it. What the table lets pass has a transaction of its
// own; a refusal writes nothing, so that all refusals share one.
func (w *world) tryAll(who string, state workflows.State, id string) map[workflows.Action]error {
	w.t.Helper()
	out := map[workflows.Action]error{}
	var refused []casework.Command
	version := w.version(app(id))
	for _, action := range workflows.Application.Actions() {
		c := casework.Command{ID: id, Action: action, Version: version, Reason: why, Data: dataFor(action)}
		row, _ := workflows.Application.Row(state, action)
		if w.actor(who).Any(row.Roles...) {
			_, out[action] = w.tried(w.actor(who), "application", c)
		} else {
			refused = append(refused, c)
		}
	}
	err := w.db.Update(w.t.Context(), func(tx *database.Tx) error {
		for _, c := range refused {
			_, out[c.Action] = w.apps.DoTx(tx, w.actor(who), c)
		}
		return errUndo
	})
	if !errors.Is(err, errUndo) {
		w.t.Fatal(err)
	}
	return out
}

// judge says what is wrong with the outcome of one cell; "" is nothing.
func judge(w *world, who string, state workflows.State, action workflows.Action, err error) string {
	a := w.actor(who)
	row, inTable := workflows.Application.Row(state, action)
	lacks := missing()[fmt.Sprintf("%s %s", state, action)]
	switch {
	case !sees(who, state):
		if err == nil || err.Error() != "load application: not_found" || !fault.Is(err, fault.NotFound) {
			return fmt.Sprintf("got %v, want the answer for an unknown id", err)
		}
	case !inTable:
		if !fault.Is(err, fault.Conflict) {
			return fmt.Sprintf("got %v, want Conflict: no such row", err)
		}
	case !a.Any(row.Roles...):
		if !fault.Is(err, fault.Forbidden) {
			return fmt.Sprintf("got %v, want Forbidden", err)
		}
	case len(lacks) > 0:
		if got := blocked(err); !cmp.Equal(got, lacks) {
			return fmt.Sprintf("got %v, want blocked by %v", err, lacks)
		}
	case err != nil:
		return fmt.Sprintf("refused: %v", err)
	}
	return ""
}

// checkChoices: the buttons are the rows of the table for the person's roles, each grey
// exactly for the facts that would refuse it.
func checkChoices(t *testing.T, w *world, who string, state workflows.State, id string) {
	t.Helper()
	acts, err := w.apps.Actions(t.Context(), w.actor(who), id)
	if !sees(who, state) {
		if err == nil || err.Error() != "load application: not_found" {
			t.Errorf("buttons of %s in %s: %v", who, state, err)
		}
		return
	}
	w.must(err)
	var got, want []string
	for _, c := range acts.Choices {
		slices.Sort(c.Blocked)
		got = append(got, fmt.Sprintf("%s %v", c.Action, c.Blocked))
	}
	for _, row := range workflows.Application.Transitions {
		if slices.Contains(row.From, state) && w.actor(who).Any(row.Roles...) {
			want = append(want, fmt.Sprintf("%s %v", row.Action, missing()[fmt.Sprintf("%s %s", state, row.Action)]))
		}
	}
	shown := state
	if (state == "recommended" || state == "refusal_proposed") && !slices.Contains([]string{"clerk", "officer", "director", "both", "supervision", "system"}, who) {
		shown = "in_review"
	}
	if diff := cmp.Diff(want, got); diff != "" || acts.State != shown {
		t.Errorf("buttons of %s in %s, shown as %s: %s", who, state, acts.State, diff)
	}
}

// door is one operation on an application or an opinion by id.
type door struct {
	name string
	use  func(a identity.Actor, id string) error
}

func (w *world) doors() []door {
	ctx := w.t.Context()
	inTx := func(fn func(tx *database.Tx) error) error { return w.db.Update(ctx, fn) }
	return []door{
		{"View", func(a identity.Actor, id string) error { _, err := w.apps.View(ctx, a, id); return err }},
		{"Actions", func(a identity.Actor, id string) error { _, err := w.apps.Actions(ctx, a, id); return err }},
		{"Versions", func(a identity.Actor, id string) error { _, err := w.apps.Versions(ctx, a, id); return err }},
		{"Do", func(a identity.Actor, id string) error {
			_, err := w.apps.Do(ctx, a, casework.Command{ID: id, Action: "withdraw", Version: 1, Reason: why})
			return err
		}},
		{"Do with a key", func(a identity.Actor, id string) error {
			_, err := w.apps.Do(ctx, a, casework.Command{ID: id, Action: "withdraw", Version: 1, Reason: why, Key: "door"})
			return err
		}},
		{"Save", func(a identity.Actor, id string) error {
			_, err := w.apps.Save(ctx, a, id, application.Edit{Version: 1, Path: "body.name", Value: quoted("x")})
			return err
		}},
		{"SetVerdict", func(a identity.Actor, id string) error {
			_, err := w.apps.SetVerdict(ctx, a, id, 1, application.Verdict{Part: "body", Verdict: "pass"})
			return err
		}},
		{"AnswerItem", func(a identity.Actor, id string) error {
			_, err := w.apps.AnswerItem(ctx, a, id, "x", application.Answer{Text: "已补充", Done: true, Seen: 1})
			return err
		}},
		{"Reading", func(a identity.Actor, id string) error {
			return inTx(func(tx *database.Tx) error { return w.apps.Reading(tx, a, id) })
		}},
		{"Writing", func(a identity.Actor, id string) error {
			return inTx(func(tx *database.Tx) error { _, err := w.apps.Writing(tx, a, id, "development-plan"); return err })
		}},
		{"Touched", func(a identity.Actor, id string) error {
			return inTx(func(tx *database.Tx) error { return w.apps.Touched(tx, a, id) })
		}},
	}
}

func (w *world) opinionDoors() []door {
	ctx, o := w.t.Context(), w.apps.Opinions()
	return []door{
		{"opinion View", func(a identity.Actor, id string) error { _, _, err := o.View(ctx, a, id); return err }},
		{"opinion Actions", func(a identity.Actor, id string) error { _, err := o.Actions(ctx, a, id); return err }},
		{"opinion Draft", func(a identity.Actor, id string) error { _, err := o.Draft(ctx, a, id); return err }},
		{"opinion SaveDraft", func(a identity.Actor, id string) error {
			_, err := o.SaveDraft(ctx, a, id, 0, application.OpinionDraft{Grounds: "x"})
			return err
		}},
		{"opinion Colleagues", func(a identity.Actor, id string) error { _, err := o.Colleagues(ctx, a, id); return err }},
		{"opinion Do", func(a identity.Actor, id string) error {
			_, err := o.Do(ctx, a, casework.Command{ID: id, Action: "give", Version: 1})
			return err
		}},
		{"opinion Do with a key", func(a identity.Actor, id string) error {
			_, err := o.Do(ctx, a, casework.Command{ID: id, Action: "give", Version: 1, Key: "door"})
			return err
		}},
	}
}

// checkDoors: each door answers the person as it answers an id that does not exist.
func checkDoors(t *testing.T, w *world, who, id string, doors []door) {
	t.Helper()
	for _, d := range doors {
		a := w.actor(who)
		none, got := d.use(a, "0197a000-0000-7000-8000-000000000000"), d.use(a, id)
		if none == nil || got == nil || !fault.Is(got, fault.NotFound) || got.Error() != none.Error() {
			t.Errorf("%s by %s: got %v, an unknown id gets %v", d.name, who, got, none)
		}
	}
}

// Absent and not yours are the same, in every operation that takes an id.
func TestDeniedIsAbsent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		reviewed := w.at("recommended", "filler") // asked: dept-industry and expert1
		draft := w.draft("filler")
		for _, who := range []string{"fillerB", "leaderB", "culture", "science", "expert6", "statistics", "sysadmin", "security", "auditor", "public"} {
			checkDoors(t, w, who, reviewed, w.doors())
			checkDoors(t, w, who, w.opinions(reviewed)["dept-industry"], w.opinionDoors())
			checkUnlisted(t, w, who, reviewed)
		}
		for _, who := range []string{"clerk", "officer", "director", "supervision", "industry", "expert1"} {
			checkDoors(t, w, who, draft, w.doors())
			checkUnlisted(t, w, who, draft)
		}
		for _, who := range []string{"filler", "leader", "expert1"} { // see the case, not what a department wrote
			w.view(who, reviewed)
			checkDoors(t, w, who, w.opinions(reviewed)["dept-industry"], w.opinionDoors())
		}
		for _, who := range []string{"filler2", "leader2", "clerk", "officer", "director", "supervision", "industry", "expert1"} {
			w.view(who, reviewed)
			if len(w.list(t.Context(), who, application.Filter{})) != len(visible(who)) {
				t.Errorf("%s lists %d, want %d", who, len(w.list(t.Context(), who, application.Filter{})), len(visible(who)))
			}
		}
	})
}

// visible: of the two cases above, the unit sees both, the others the signed one.
func visible(who string) []string {
	if who == "filler2" || who == "leader2" {
		return []string{"reviewed", "draft"}
	}
	return []string{"reviewed"}
}

// checkUnlisted: the case is in no list and no work list of the person, whatever the filter.
func checkUnlisted(t *testing.T, w *world, who, id string) {
	t.Helper()
	number := one[string](w, "SELECT number FROM application WHERE id = ?", id)
	for _, f := range []application.Filter{{}, {Text: number}, {Unit: unitA}, {State: w.state(app(id))}, {RoundID: w.round.ID}, {Sector: "internet-cloud-data"}} {
		for _, l := range w.list(t.Context(), who, f) {
			if l.ID == id {
				t.Errorf("%s lists the case with %+v", who, f)
			}
		}
	}
	for _, tab := range []casework.Tab{casework.TabTodo, casework.TabDone, casework.TabStarted, casework.TabCopied} {
		for _, kind := range []workflows.Kind{"application", "opinion"} {
			for _, it := range w.work(who, kind, tab) {
				if it.ID == id || it.Number == number {
					t.Errorf("%s has the case on tab %s of %s", who, tab, kind)
				}
			}
		}
	}
}

// After recusal the case does not exist for that person, whatever the role: in no operation,
// no list, no count, and no answer is given again.
func TestRecusedPersonFindsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "health")
		ask := w.opinions(id)["commission"]
		w.invite(id, "expert1")
		if len(w.work("officer", "application", casework.TabTodo)) != 1 || len(w.work("officer", "opinion", casework.TabTodo)) != 1 {
			t.Fatal("the officer's desk is empty before the recusal")
		}
		c := w.command(app(id), "ask_withdrawal", why, nil)
		c.Key = "before"
		_, err := w.apps.Do(t.Context(), w.actor("leader"), c)
		w.must(err)
		for _, who := range []string{"officer", "clerk", "director", "supervision", "expert1", "leader"} {
			w.view(who, id)
			w.recuse(who, id)
			checkDoors(t, w, who, id, w.doors())
			checkUnlisted(t, w, who, id)
			if who != "expert1" && who != "leader" {
				checkDoors(t, w, who, ask, w.opinionDoors())
			}
		}
		if _, err := w.apps.Do(t.Context(), w.actor("leader"), c); !fault.Is(err, fault.NotFound) {
			t.Errorf("the answer of before was given again: %v", err)
		}
		w.view("officer2", id)
		if len(w.work("officer", "application", casework.TabTodo)) != 0 || len(w.work("officer2", "application", casework.TabTodo)) != 1 {
			t.Error("desks after the recusal")
		}
	})
}

// Each right to write is one person's alone among those who see the case.
func TestWritingIsForWhoseDeskItIs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.at("submitted", "filler")
		for _, who := range []string{"director", "supervision", "filler", "leader"} {
			wantKind(t, "verdict by "+who, w.verdict(who, id, "body", "pass", ""), fault.Forbidden)
		}
		w.must(w.verdict("officer", id, "body", "pass", ""))
		save := func(who string) error {
			_, err := w.apps.Save(ctx, w.actor(who), id, application.Edit{Version: w.version(app(id)), Path: "body.name", Value: quoted("示例")})
			return err
		}
		wantKind(t, "save while it is checked", save("filler"), fault.Conflict)
		for _, who := range []string{"leader", "clerk", "officer", "supervision"} {
			wantKind(t, "save by "+who, save(who), fault.Forbidden)
		}
		if _, err := w.apps.Create(ctx, w.actor("leader"), application.Start{RoundID: w.round.ID, Name: "示例集聚示范区"}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("created by a leader: %v", err)
		}
		w.pass(id)
		wantKind(t, "verdict on nothing", w.verdict("clerk", id, "moon", "pass", ""), fault.Invalid)
		wantKind(t, "verdict without words", w.verdict("clerk", id, "goals", "correct", ""), fault.Invalid)
		w.do("clerk", app(id), "accept", "", nil)
		wantKind(t, "verdict after acceptance", w.verdict("clerk", id, "body", "pass", ""), fault.Conflict)
	})
}

package application_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/notice"
	"clusterzone/workflows"
)

// Every lead department of every sector is asked once, for all its sectors together; a jointly
// led sector asks both, the health sector the commission itself.
func TestOpinionsAreAskedOncePerLead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "professional-services", "internet-cloud-data", "logistics", "e-commerce", "health")
		var rows []struct{ UnitCode, Sectors, Status string }
		w.see(func(tx *database.Tx) error {
			return tx.Find(&rows, "SELECT unit_code, sectors, status FROM opinion WHERE application_id = ? ORDER BY unit_code", id)
		})
		got := map[string]string{}
		for _, r := range rows {
			got[r.UnitCode] = r.Sectors + " " + r.Status
		}
		want := map[string]string{"commission": `["health"] requested`, "dept-commerce": `["e-commerce","logistics"] requested`,
			"dept-industry": `["internet-cloud-data","professional-services"] requested`, "dept-science": `["professional-services"] requested`}
		if diff := cmp.Diff(want, got); diff != "" || len(rows) != 4 {
			t.Errorf("asked: %s", diff)
		}
		for unit, o := range w.opinions(id) {
			if k := w.clockOf(opinion(o), workflows.ClockOpinion); k.Reading.Due.String() != "2026-12-02" {
				t.Errorf("%s until %s, want 2026-12-02", unit, k.Reading.Due)
			}
			if n := w.count("outbox WHERE topic = 'notice' AND kind = 'opinion' AND case_id = ? AND payload LIKE ?", o, `%"office":"`+unit+`"%`); n != 1 {
				t.Errorf("%s is told %d times", unit, n)
			}
		}
	})
}

// desks tells whose answer is awaited.
func (w *world) desks(who string) int {
	w.t.Helper()
	return len(w.work(who, "opinion", casework.TabTodo))
}

// Who answers for whom: the asked department's people, after a transfer the one it was handed
// to; for the commission its officers; nobody else.
func TestOpinionIsGivenByTheAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "professional-services", "health")
		asked := w.opinions(id)
		if w.desks("industry") != 1 || w.desks("industry2") != 1 || w.desks("science") != 1 || w.desks("officer") != 1 || w.desks("culture") != 0 || w.desks("clerk") != 0 {
			t.Error("desks at first")
		}
		give := func(who, unit string) error {
			_, err := w.try(who, opinion(asked[unit]), "give", "", agree())
			return err
		}
		wantKind(t, "another department", give("science", "dept-industry"), fault.NotFound)
		if err := give("officer", "dept-industry"); !cmp.Equal(blocked(err), []workflows.Fact{workflows.OwnDesk}) {
			t.Errorf("an officer for a department: %v", err)
		}
		for who, kind := range map[string]fault.Kind{"clerk": fault.Forbidden, "director": fault.Forbidden, "supervision": fault.Forbidden, "filler": fault.NotFound, "leader": fault.NotFound} {
			wantKind(t, "by "+who, give(who, "commission"), kind)
		}
		hand := func(who, to string) error {
			_, err := w.try(who, opinion(asked["dept-industry"]), "transfer", why, map[string]any{"person_id": w.actor(to).ID})
			return err
		}
		if got := fields(hand("industry", "science")); !cmp.Equal(got, []string{"data.person_id opinion.colleague"}) {
			t.Errorf("handed to another department: %v", got)
		}
		w.must(hand("industry", "industry2"))
		if w.desks("industry") != 0 || w.desks("industry2") != 1 {
			t.Error("desks after the transfer")
		}
		if err := give("industry", "dept-industry"); !cmp.Equal(blocked(err), []workflows.Fact{workflows.OwnDesk}) {
			t.Errorf("after handing it over: %v", err)
		}
		w.must(give("industry2", "dept-industry"))
		w.must(give("science", "dept-science"))
		w.must(give("officer2", "commission"))
		wantKind(t, "a second time", give("officer2", "commission"), fault.Conflict)
		if w.desks("officer") != 0 || len(w.work("industry2", "opinion", casework.TabDone)) != 1 {
			t.Error("desks at the end")
		}
		for _, o := range asked {
			checkHistory(t, w, opinion(o), nil)
			checkDeadlines(t, w, opinion(o))
		}
	})
}

// Grounds are required unless a department agrees; conditions where it agrees with some.
func TestOpinionNeedsGrounds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		o := opinion(w.opinions(id)["dept-industry"])
		long := strings.Repeat("长", 2001)
		for _, c := range []struct {
			data map[string]any
			want string
		}{
			{map[string]any{"stance": ""}, "data.stance opinion.stance"},
			{map[string]any{"stance": "perhaps"}, "data.stance opinion.stance"},
			{map[string]any{"stance": "disagree"}, "data.grounds opinion.grounds"},
			{map[string]any{"stance": "disagree", "grounds": "太短"}, "data.grounds opinion.grounds"},
			{map[string]any{"stance": "conditional", "grounds": "集聚程度与目标有差距"}, "data.conditions opinion.conditions"},
			{map[string]any{"stance": "agree", "grounds": long}, "data.grounds opinion.text"},
			{map[string]any{"stance": "agree", "grounds": "x\x00"}, "data.grounds opinion.text"},
			{map[string]any{"stance": "agree", "conditions": conditionsOf("补充两家骨干企业")}, "data.conditions opinion.conditions_only"},
			{map[string]any{"stance": "conditional", "grounds": "集聚程度与目标有差距", "conditions": "补充两家骨干企业"}, "data data.malformed"},
			{map[string]any{"stance": "agree", "colour": "red"}, "data data.malformed"},
		} {
			if got := fields(second(w.try("industry", o, "give", "", c.data))); !cmp.Equal(got, []string{c.want}) {
				t.Errorf("%v: %v", c.data, got)
			}
		}
		w.do("industry", o, "give", "", map[string]any{"stance": "conditional", "grounds": "集聚程度与目标有差距", "conditions": conditionsOf("补充两家骨干企业")})
		got, _, err := w.apps.Opinions().View(t.Context(), w.actor("industry"), o.ID)
		w.must(err)
		if got.State != "given" || got.Stance != "conditional" || len(got.Conditions) != 1 || got.Conditions[0].Text != "补充两家骨干企业" || got.Conditions[0].State != "open" || got.Late || got.GivenAt == nil {
			t.Errorf("%+v", got)
		}
	})
}

// An opinion that is late is recorded, told to officers and supervision, stays answerable, and
// keeps nothing from being recommended.
func TestOverdueOpinion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "professional-services")
		asked := w.opinions(id)
		w.scored(id, w.invite(id, "expert1")[0], "expert1")
		w.do("industry", opinion(asked["dept-industry"]), "give", "", agree())
		if _, err := w.try("officer", app(id), "recommend", why, nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.OpinionsIn}) {
			t.Errorf("with one of two: %v", err)
		}
		late := opinion(asked["dept-science"])
		w.until(w.clockOf(late, workflows.ClockOpinion).Reading.DueAt)
		if w.state(late) != "overdue" {
			t.Fatalf("after its time the opinion is %s", w.state(late))
		}
		told := audiences(w, late, "mark_overdue")
		if !slices.Contains(told, workflows.ToSupervision) || !slices.Contains(told, workflows.ToOfficers) {
			t.Errorf("told: %v", told)
		}
		w.do("officer", app(id), "recommend", why, nil)
		w.do("science", late, "give", "", agree())
		got, _, err := w.apps.Opinions().View(t.Context(), w.actor("officer"), late.ID)
		w.must(err)
		if !got.Late || got.State != "given" {
			t.Errorf("%+v", got)
		}
	})
}

// audiences are those told of the last time that a case took an action.
func audiences(w *world, c casework.Ref, action workflows.Action) []workflows.Audience {
	w.t.Helper()
	n, ok := w.told(c, action)
	if !ok {
		return nil
	}
	return n.Audiences
}

// told is the notice of the last time that a case took an action.
func (w *world) told(c casework.Ref, action workflows.Action) (n casework.Notice, ok bool) {
	w.t.Helper()
	seq := one[int64](w, "SELECT max(seq) FROM case_history WHERE kind = ? AND case_id = ? AND action = ?", string(c.Kind), c.ID, string(action))
	var texts []string
	w.see(func(tx *database.Tx) error {
		return tx.Find(&texts, "SELECT payload FROM outbox WHERE event_key = ?", "moved/"+string(c.Kind)+"/"+c.ID+"/"+jsonOf(seq))
	})
	if len(texts) == 0 {
		return n, false
	}
	w.must(json.Unmarshal([]byte(texts[0]), &n))
	return n, true
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// An officer can take back a request that was not needed, but not the last one: it could not
// be asked for again.
func TestLastOpinionStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "professional-services")
		asked := w.opinions(id)
		w.do("officer", opinion(asked["dept-science"]), "cancel", why, nil)
		checkDoors(t, w, "science", asked["dept-science"], w.opinionDoors())
		checkDoors(t, w, "science", id, w.doors())
		if _, err := w.try("officer", opinion(asked["dept-industry"]), "cancel", why, nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.OpinionsIn}) {
			t.Errorf("the last one: %v", err)
		}
		w.do("industry", opinion(asked["dept-industry"]), "give", "", agree())
		w.scored(id, w.invite(id, "expert1")[0], "expert1")
		w.do("officer", app(id), "recommend", why, nil)
	})
}

// When a case ends, nothing is asked of anybody any more: not of departments, not of experts,
// and a running notice is taken back.
func TestEndCancelsWhatIsAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "professional-services")
		reviews := w.invite(id, "expert1", "expert2")
		w.do("expert1", asked(reviews[0]), "accept", "", map[string]any{"commitment": true, "no_conflict": true})
		w.do("science", opinion(w.opinions(id)["dept-science"]), "give", "", agree())
		w.do("leader", app(id), "ask_withdrawal", why, nil)
		w.do("officer", app(id), "agree_withdrawal", why, nil)
		checkClosed(t, w, id)
		for unit, want := range map[string]workflows.State{"dept-industry": "cancelled", "dept-science": "given"} {
			if got := w.state(opinion(w.opinions(id)[unit])); got != want {
				t.Errorf("opinion of %s is %s, want %s", unit, got, want)
			}
		}
		for _, r := range reviews {
			if got := w.state(asked(r)); got != "cancelled" {
				t.Errorf("review is %s", got)
			}
		}
		for _, who := range []string{"industry", "expert1", "expert2"} {
			checkDoors(t, w, who, id, w.doors())
		}
		w.view("science", id) // who has answered keeps the case

		noticed := w.at("notice", "filler")
		w.do("leader", app(noticed), "ask_withdrawal", why, nil)
		w.do("officer", app(noticed), "agree_withdrawal", why, nil)
		if n := w.count("notice WHERE subject_id = ? AND cancelled_at IS NOT NULL", noticed); n != 1 {
			t.Errorf("%d notices taken back", n)
		}
		returned := w.at("recommended", "filler")
		w.do("director", app(returned), "return_review", why, nil)
		if v := w.view("officer", returned); v.State != "in_review" || v.Recommendation != "" {
			t.Errorf("returned: %s, %q", v.State, v.Recommendation)
		}
	})
}

// An opinion still owed is closed by the decision.
func TestDecisionClosesOverdueOpinions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "professional-services")
		w.scored(id, w.invite(id, "expert1")[0], "expert1")
		w.until(w.clockOf(opinion(w.opinions(id)["dept-science"]), workflows.ClockOpinion).Reading.DueAt)
		w.do("officer", app(id), "recommend", why, nil)
		w.do("clerk", app(id), "publish_notice", "", nil)
		w.until(w.due(id, workflows.ClockNotice))
		w.do("director", app(id), "accredit", why, numbered())
		checkClosed(t, w, id)
	})
}

// Nobody decides on what they recommended, nor on a lead opinion of their own.
func TestDeciderIsAnother(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "health")
		w.do("both", opinion(w.opinions(id)["commission"]), "give", "", agree())
		w.scored(id, w.invite(id, "expert1")[0], "expert1")
		w.do("both", app(id), "recommend", why, nil)
		w.do("clerk", app(id), "publish_notice", "", nil)
		w.until(w.due(id, workflows.ClockNotice))
		for _, action := range []workflows.Action{"accredit", "refuse"} {
			_, err := w.try("both", app(id), action, why, numbered())
			if got := blocked(err); !cmp.Equal(got, []workflows.Fact{workflows.NotOpinionGiver, workflows.NotRecommender}) {
				t.Errorf("%s by who recommended and gave the opinion: %v", action, err)
			}
		}
		w.do("director", app(id), "return_review", why, nil)
		w.do("officer", app(id), "recommend", why, nil)
		w.do("clerk", app(id), "publish_notice", "", nil)
		w.until(w.due(id, workflows.ClockNotice))
		if _, err := w.try("both", app(id), "accredit", why, numbered()); !cmp.Equal(blocked(err), []workflows.Fact{workflows.NotOpinionGiver}) {
			t.Errorf("by who gave the opinion: %v", err)
		}
		w.do("director", app(id), "accredit", why, numbered())

		other := w.at("in_review", "filler")
		w.heard(other)
		w.do("both", app(other), "propose_refusal", why, nil)
		if _, err := w.try("both", app(other), "refuse", why, numbered()); !cmp.Equal(blocked(err), []workflows.Fact{workflows.NotRecommender}) {
			t.Errorf("refused by who proposed it: %v", err)
		}
	})
}

// An objection that is open stands against any decision.
func TestOpenObjectionBlocks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("notice", "filler")
		out, _, err := w.notices.File(t.Context(), w.actor("public"), notice.Objection{NoticeID: one[string](w, "SELECT id FROM notice WHERE subject_id = ?", id),
			ObjectorKind: notice.ByIndividual, Name: "示例居民", Contact: "023-00000000", Body: "示例异议:四至范围内的一处地块存在权属争议,请予核实。(演示)"}, "")
		w.must(err)
		w.until(w.due(id, workflows.ClockNotice))
		for _, action := range []workflows.Action{"accredit", "refuse"} {
			if _, err := w.try("director", app(id), action, why, numbered()); !cmp.Equal(blocked(err), []workflows.Fact{workflows.NoOpenObjection}) {
				t.Errorf("%s: %v", action, err)
			}
		}
		o := casework.Ref{Kind: out.Kind, ID: out.ID}
		w.do("officer", o, "handle", "经核实,权属清晰,附有证明(演示)", nil)
		w.do("director", o, "dismiss", "异议不成立(演示)", nil)
		w.do("director", app(id), "accredit", why, numbered())
	})
}

// A case that is withdrawn during its notice takes its open objections with it; those that are
// settled stay as they were, and one of another case too.
func TestWithdrawalMakesObjectionsMoot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, other := w.at("notice", "filler"), w.at("notice", "filler")
		object := func(app string) casework.Ref {
			out, _, err := w.notices.File(t.Context(), w.actor("public"), notice.Objection{NoticeID: one[string](w, "SELECT id FROM notice WHERE subject_id = ?", app),
				ObjectorKind: notice.ByIndividual, Name: "示例居民", Contact: "li@example.org", Body: "示例异议:四至范围内的一处地块存在权属争议,请予核实。(演示)"}, "")
			w.must(err)
			return casework.Ref{Kind: out.Kind, ID: out.ID}
		}
		received, handled, settled, foreign := object(id), object(id), object(id), object(other)
		w.do("officer", handled, "handle", "经核实(演示)", nil)
		w.do("officer", settled, "reject", "与公示事项无关(演示)", nil)
		w.do("leader", app(id), "ask_withdrawal", why, nil)
		w.do("officer", app(id), "agree_withdrawal", why, nil)
		for ref, want := range map[casework.Ref]workflows.State{received: "moot", handled: "moot", settled: "inadmissible", foreign: "received"} {
			if got := w.state(ref); got != want {
				t.Errorf("objection: %s, want %s", got, want)
			}
		}
		if n := w.count("outbox WHERE topic = 'objector' AND kind = 'objection' AND case_id IN (?, ?)", received.ID, handled.ID); n != 2 {
			t.Errorf("%d objectors are told, want 2", n)
		}
		if n := w.count("case_history WHERE kind = 'objection' AND action = 'close_moot' AND reason = ?", why); n != 2 {
			t.Errorf("%d on record with the reason, want 2", n)
		}
	})
}

// An accreditation makes one zone with one certificate and its measures, of the version that
// was signed, however often it is asked for.
func TestAccreditationMakesOneZone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("deciding", "filler", "professional-services")
		for data, want := range map[string]string{`{}`: "data.document_number document_number.length", `{"document_number":"示例发改〔2026〕1号","valid_from":"2026-01-01"}`: "data.valid_from decision.valid_from",
			`{"document_number":"示例发改〔2026〕1号","valid_from":"soon"}`: "data.valid_from decision.valid_from", `{"number":"1"}`: "data data.malformed"} {
			c := w.command(app(id), "accredit", why, nil)
			c.Data = json.RawMessage(data)
			if got := fields(second(w.apps.Do(t.Context(), w.actor("director"), c))); !cmp.Equal(got, []string{want}) {
				t.Errorf("%s: %v", data, got)
			}
		}
		if n := w.count("zone"); n != 0 {
			t.Fatalf("%d zones before the decision", n)
		}
		c := w.command(app(id), "accredit", why, numbered())
		c.Key = "decide-once"
		deciding := func() error { _, err := w.apps.Do(t.Context(), w.actor("director"), c); return err }
		for _, err := range append(w.together(deciding, deciding), deciding()) {
			w.must(err)
		}
		c.Key = ""
		wantKind(t, "a second decision", second(w.apps.Do(t.Context(), w.actor("director"), c)), fault.Conflict)
		v := w.view("filler", id)
		var zone struct{ ID, Name, UnitCode, CreditCode, BodyName, Sectors, DocumentNumber, DecidedOn, ValidFrom, ValidTo string }
		w.see(func(tx *database.Tx) error {
			return tx.One(&zone, "SELECT id, name, unit_code, credit_code, body_name, sectors, document_number, decided_on, valid_from, valid_to FROM zone WHERE application_id = ?", id)
		})
		today := workflows.DateOf(w.clock.now()).String()
		if zone.Name != v.Name || zone.UnitCode != unitA || zone.CreditCode != v.Content.Body.CreditCode || zone.BodyName != v.Content.Body.Name || zone.Sectors != `["professional-services"]` ||
			zone.DocumentNumber != "示例发改〔2026〕1号" || zone.DecidedOn != today || zone.ValidFrom != today {
			t.Errorf("%+v", zone)
		}
		geo := one[string](w, "SELECT geojson FROM zone_boundary WHERE zone_id = ?", zone.ID)
		if geo != string(v.Content.Boundary.Polygon) {
			t.Error("the boundary is not the signed one")
		}
		for what, n := range map[string]int64{"zones": w.count("zone"), "certificates": w.count("certificate WHERE zone_id = ?", zone.ID), "boundaries": w.count("zone_boundary WHERE zone_id = ?", zone.ID),
			"certificates to print": w.count("outbox WHERE topic = 'certificate'"), "accreditations on record": w.count("case_history WHERE case_id = ? AND action = 'accredit'", id)} {
			if n != 1 {
				t.Errorf("%d %s, want 1", n, what)
			}
		}
		if n := w.count("zone_measure WHERE zone_id = ?", zone.ID); n != int64(len(w.book.UnlockedMeasures())) || n == 0 {
			t.Errorf("%d measures", n)
		}
	})
}

// What is refused makes no zone.
func TestOtherEndsMakeNoZone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, end := range []workflows.State{"refused", "declined", "withdrawn", "lapsed"} {
			w.at(end, "filler")
		}
		if n := w.count("zone") + w.count("certificate"); n != 0 {
			t.Errorf("%d zones and certificates", n)
		}
	})
}

// Each change tells whom the table names, not who made it, in the transaction of the change.
func checkTold(t *testing.T, w *world, states map[workflows.State]string) {
	t.Helper()
	seen := 0
	for _, id := range states {
		var events []casework.Event
		w.see(func(tx *database.Tx) (err error) { events, err = casework.History(tx, app(id)); return err })
		for i, e := range events {
			if slices.ContainsFunc(events[i+1:], func(x casework.Event) bool { return x.Action == e.Action }) {
				continue // told looks at the last
			}
			row, _ := workflows.Application.Row(e.From, e.Action)
			want := slices.Clone(row.Told)
			if state, _ := workflows.Application.State(e.To); e.To != e.From {
				want = append(want, state.Told...)
			}
			n, ok := w.told(app(id), e.Action)
			if ok != (len(want) > 0) || ok && !cmp.Equal(n.Audiences, want) {
				t.Errorf("%s into %s tells %v, want %v", e.Action, e.To, n.Audiences, want)
			}
			if ok && (n.Unit != unitA || n.Subject != app(id) || n.Except == "" || n.Params["Number"] == "" || n.Params["State_zh"] == "" || n.Params["Action_en"] == "") {
				t.Errorf("%s: %+v", e.Action, n)
			}
			seen++
		}
	}
	if seen < 40 {
		t.Errorf("only %d changes", seen)
	}
}

// What was never filed is told to nobody outside the unit, not even that it has gone.
func TestDraftsAreToldToTheUnitOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		draft, sent := w.at("draft", "filler"), w.at("signing", "filler")
		w.do("filler", app(draft), "discard", why, nil)
		w.do("leader", app(sent), "withdraw", why, nil)
		unit := []workflows.Audience{workflows.ToFillers, workflows.ToLeaders}
		if got := audiences(w, app(draft), "discard"); !cmp.Equal(got, unit) {
			t.Errorf("a discarded draft is told to %v", got)
		}
		if got := audiences(w, app(sent), "withdraw"); !cmp.Equal(got, unit) {
			t.Errorf("an unfiled withdrawal is told to %v", got)
		}
		filed := w.at("withdrawn", "filler")
		if got := audiences(w, app(filed), "withdraw"); !slices.Contains(got, workflows.ToClerks) {
			t.Errorf("a filed withdrawal is told to %v", got)
		}
	})
}

// A command with an idempotency key is done once, and answers the same again; the key cannot
// be used for another command.
func TestCommandWithAKeyIsDoneOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.at("signing", "filler")
		c := w.command(app(id), "sign", "", nil)
		c.Key = "key-1"
		first, err := w.apps.Do(ctx, w.actor("leader"), c)
		w.must(err)
		again, err := w.apps.Do(ctx, w.actor("leader"), c)
		if err != nil || !cmp.Equal(first, again) {
			t.Errorf("again: %+v, %v; first %+v", again, err, first)
		}
		for what, change := range map[string]func(c *casework.Command){"action": func(c *casework.Command) { c.Action = "withdraw" }, "reason": func(c *casework.Command) { c.Reason = why },
			"version": func(c *casework.Command) { c.Version++ }, "data": func(c *casework.Command) { c.Data = []byte("{}") }} {
			other := c
			change(&other)
			_, err := w.apps.Do(ctx, w.actor("leader"), other)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != fault.Conflict || f.Code != "idempotency_reused" {
				t.Errorf("another %s under the key: %v", what, err)
			}
		}
		if _, err := w.apps.Do(ctx, w.actor("leader2"), c); fault.Is(err, fault.NotFound) || err == nil {
			t.Errorf("another person's key is another key: %v", err)
		}
		start := application.Start{RoundID: w.round.ID, Name: "示例重复集聚示范区", Key: "key-2"}
		one, err := w.apps.Create(ctx, w.actor("filler"), start)
		w.must(err)
		two, err := w.apps.Create(ctx, w.actor("filler"), start)
		if err != nil || one.ID != two.ID || one.Number != two.Number {
			t.Errorf("created %+v and %+v, %v", one, two, err)
		}
		o := opinion(w.opinions(w.at("in_review", "filler"))["dept-industry"])
		give := w.command(o, "give", "", agree())
		give.Key = "key-3"
		for range 2 {
			if out, err := w.apps.Opinions().Do(ctx, w.actor("industry"), give); err != nil || out.State != "given" {
				t.Errorf("%+v, %v", out, err)
			}
		}
	})
}

// The number names the year that it is in Chongqing.
func TestNumberTakesTheLocalYear(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.openRound("turn", 9, day("2026-12-01"), day("2027-02-01"))
		w.clock.set(hour("2027-01-01", 1))
		id, _ := w.create("filler")
		if got := one[string](w, "SELECT number FROM application WHERE id = ?", id); got != "CQ-SB-2027-0001" {
			t.Errorf("numbered %s", got)
		}
	})
}

// conditionsOf are conditions to be met before the decision, as an opinion lists them.
func conditionsOf(texts ...string) []condition.Draft {
	var out []condition.Draft
	for _, text := range texts {
		out = append(out, condition.Draft{Text: text, Proof: "有关证明材料", Moment: condition.BeforeDecision})
	}
	return out
}

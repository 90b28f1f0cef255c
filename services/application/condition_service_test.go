package application_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

func conditionRef(id string) casework.Ref { return casework.Ref{Kind: "condition", ID: id} }

// conditional lets dept-industry agree with one condition for each moment, the later one for
// the unit that filed.
func (w *world) conditional(id string) (before, after casework.Ref) {
	w.t.Helper()
	o := opinion(w.opinions(id)["dept-industry"])
	w.do("industry", o, "give", "", application.OpinionDraft{Stance: "conditional", Grounds: "集聚程度与目标有差距", Conditions: []condition.Draft{
		{Text: "补充两家骨干企业", Proof: "入驻协议", Moment: condition.BeforeDecision, DueOn: "2026-12-10"},
		{Text: "建成公共服务平台", Proof: "验收意见", Moment: condition.AfterAccreditation, DueOn: "2027-06-30"}}})
	var ids []string
	w.see(func(tx *database.Tx) error {
		return tx.Find(&ids, "SELECT id FROM condition WHERE source_id = ? ORDER BY position", o.ID)
	})
	if len(ids) != 2 {
		w.t.Fatalf("%d conditions, want 2", len(ids))
	}
	return conditionRef(ids[0]), conditionRef(ids[1])
}

// rest gives the opinions that are left and the scores.
func (w *world) rest(id string) {
	w.t.Helper()
	for unit, o := range w.opinions(id) {
		if w.state(opinion(o)) != "given" {
			w.do(giver(unit), opinion(o), "give", "", agree())
		}
	}
	w.scored(id, w.invite(id, "expert1")[0], "expert1")
}

// deciding brings a case with both conditions to the director's desk.
func (w *world) deciding() (id string, before, after casework.Ref) {
	w.t.Helper()
	id = w.at("in_review", "filler")
	before, after = w.conditional(id)
	w.rest(id)
	w.do("officer", app(id), "recommend", why, nil)
	w.do("clerk", app(id), "publish_notice", "", nil)
	w.until(w.due(id, workflows.ClockNotice))
	return id, before, after
}

// A condition to be met before the decision holds accreditation, and nothing else, until it is
// met or waived; the later one is carried to the zone with its clock.
func TestConditionsHoldAccreditation(t *testing.T) {
	for _, settle := range []struct{ who, action string }{{"industry", "confirm"}, {"officer", "confirm"}, {"officer", "waive"}, {"industry", "waive"}} {
		t.Run(settle.who+" "+settle.action, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				id, before, after := w.deciding()
				if _, err := w.try("director", app(id), "accredit", why, numbered()); !cmp.Equal(blocked(err), []workflows.Fact{workflows.ConditionsMet}) {
					t.Fatalf("with a condition that is not met: %v", err)
				}
				if _, err := w.tried(w.actor("director"), "application", w.command(app(id), "refuse", why, numbered())); err != nil {
					t.Errorf("a refusal waits for nothing: %v", err)
				}
				w.do(settle.who, before, workflows.Action(settle.action), why, nil)
				w.do("director", app(id), "accredit", why, numbered())
				w.checkCarried(t, id, after)
			})
		})
	}
}

func (w *world) checkCarried(t *testing.T, id string, after casework.Ref) {
	t.Helper()
	zone := one[string](w, "SELECT id FROM zone WHERE application_id = ?", id)
	var found []condition.Condition
	w.see(func(tx *database.Tx) (err error) {
		found, err = condition.ForZone(tx, w.actor("filler"), zone)
		return err
	})
	if len(found) != 1 || found[0].ID != after.ID || found[0].State != "open" || found[0].DueOn != "2027-06-30" {
		t.Fatalf("carried: %+v", found)
	}
	if k := w.clockOf(after, workflows.ClockCondition); k.Reading.Due.String() != "2027-06-30" {
		t.Errorf("the clock ends on %s", k.Reading.Due)
	}
	if n := one[int](w, "SELECT count(*) FROM outbox WHERE topic = 'remind' AND kind = 'condition' AND case_id = ? AND cancelled_at IS NULL", after.ID); n == 0 {
		t.Error("nobody will be reminded")
	}
	if got := w.work("filler", "condition", casework.TabTodo); len(got) != 1 || got[0].ID != after.ID || got[0].DueOn != "2027-06-30" {
		t.Errorf("the responsible person's list: %+v", got)
	}
	w.do("filler", after, "report", "平台已于五月投入使用，附验收意见。", nil)
	if got := w.work("industry", "condition", casework.TabTodo); len(got) != 1 {
		t.Errorf("the department that set it has %d to confirm", len(got))
	}
	w.do("industry", after, "return", "请补充验收意见原件。", nil)
	w.do("leader", after, "report", "已补充验收意见。", nil)
	w.do("industry", after, "confirm", "已核对验收意见。", nil)
	checkHistory(t, w, after, nil)
	v, err := w.apps.Conditions().View(t.Context(), w.actor("leader"), after.ID)
	w.must(err)
	if v.State != "met" || v.Evidence != "已补充验收意见。" || v.Reason != "已核对验收意见。" || len(v.History) != 6 {
		t.Errorf("%+v", v)
	}
}

// A due date that has passed before the accreditation is put off by as many days as it gave.
func TestConditionsArePutOff(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		w.do("industry", opinion(w.opinions(id)["dept-industry"]), "give", "", application.OpinionDraft{Stance: "conditional", Grounds: "集聚程度与目标有差距",
			Conditions: []condition.Draft{{Text: "建成公共服务平台", Proof: "验收意见", Moment: condition.AfterAccreditation, DueOn: "2026-11-25"}}})
		w.rest(id)
		w.do("officer", app(id), "recommend", why, nil)
		w.do("clerk", app(id), "publish_notice", "", nil)
		w.until(w.due(id, workflows.ClockNotice))
		w.do("director", app(id), "accredit", why, numbered())
		want := workflows.DateOf(w.clock.now()).AddDays(2).String() // it was set on 2026-11-23
		if got := one[string](w, "SELECT due_on FROM condition WHERE subject_id = ?", id); got != want {
			t.Errorf("due on %s, want %s", got, want)
		}
	})
}

// A case that ends without a zone ends its conditions.
func TestConditionsEndWithTheCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, before, after := w.deciding()
		w.do("director", app(id), "refuse", why, numbered())
		for _, c := range []casework.Ref{before, after} {
			if w.state(c) != "cancelled" {
				t.Errorf("after the refusal a condition is %s", w.state(c))
			}
		}
		if n := one[int](w, "SELECT count(*) FROM deadline WHERE kind = 'condition' AND ended_at IS NULL"); n != 0 {
			t.Errorf("%d clocks go on", n)
		}
	})
}

// settlers are who may take an action on a condition of dept-industry's opinion for the unit
// that filed, by the facts; the table says in which states.
func settlers(source condition.Source) map[workflows.Action][]string {
	out := map[workflows.Action][]string{"report": {"filler", "leader"}, "confirm": {"industry", "officer", "both"}, "return": {"industry", "officer", "both"},
		"waive": {"industry", "officer", "both"}, "carry": {"system"}, "cancel": {"system"}}
	if source == condition.FromDecision {
		out["waive"] = []string{"director", "both"}
	}
	return out
}

// Every state × action × person, for conditions of opinions and of decisions: done exactly
// where the person sees it, the table has the row and names a role, and the facts hold.
func TestConditionPermissions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		before, _ := w.conditional(id)
		sees := []string{"filler", "leader", "clerk", "officer", "director", "both", "industry", "supervision", "system"}
		cells := 0
		for _, source := range []condition.Source{condition.FromOpinion, condition.FromDecision} {
			for _, st := range workflows.Condition.States {
				w.update(func(tx *database.Tx) error { // the test stands in any state
					_, err := tx.Exec("UPDATE condition SET status = ?, source = ? WHERE id = ?", string(st.State), string(source), before.ID)
					return err
				})
				for _, who := range everybody() {
					for _, action := range workflows.Condition.Actions() {
						cells++
						want := fault.Internal // it is done
						row, known := workflows.Condition.Row(st.State, action)
						switch a := w.actor(who); {
						case !slices.Contains(sees, who):
							want = fault.NotFound
						case !known:
							want = fault.Conflict
						case !a.Any(row.Roles...):
							want = fault.Forbidden
						case !slices.Contains(settlers(source)[action], who):
							want = fault.Blocked
						}
						_, err := w.tried(w.actor(who), "condition", w.command(before, action, why, nil))
						if done := want == fault.Internal; done != (err == nil) || !done && !fault.Is(err, want) {
							t.Errorf("%s of %s by %s in %s: got %v, want kind %d", action, source, who, st.State, err, want)
						}
					}
				}
			}
		}
		if want := 2 * 6 * len(everybody()) * 8; cells != want {
			t.Errorf("%d cells, want %d", cells, want)
		}
	})
}

// Conditions are for whom they concern; the unit that filed reads what it must meet, and what
// holds after the decision only after it.
func TestConditionsAreSeenByWhomTheyConcern(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "professional-services")
		w.conditional(id)
		w.do("science", opinion(w.opinions(id)["dept-science"]), "give", "", application.OpinionDraft{Stance: "conditional", Grounds: "集聚程度与目标有差距",
			Conditions: []condition.Draft{{Text: "本部门另行核查", Proof: "核查报告", Moment: condition.BeforeDecision, Responsible: "dept-science"}}})
		want := map[string]int{"filler": 1, "leader": 1, "clerk": 3, "officer": 3, "director": 3, "both": 3, "industry": 2, "science": 1, "supervision": 3, "system": 3}
		for _, who := range append(everybody(), "science") {
			var found []condition.Condition
			w.see(func(tx *database.Tx) (err error) {
				found, err = condition.ForSubject(tx, w.actor(who), app(id))
				return err
			})
			if len(found) != want[who] {
				t.Errorf("%s sees %d, want %d", who, len(found), want[who])
			}
		}
		w.recuse("industry", id)
		var found []condition.Condition
		w.see(func(tx *database.Tx) (err error) {
			found, err = condition.ForSubject(tx, w.actor("industry"), app(id))
			return err
		})
		if len(found) != 0 {
			t.Errorf("recused, and yet sees %d", len(found))
		}
	})
}

// What is wrong with a condition is said by its field.
func TestConditionsAreReadStrictly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		o := opinion(w.opinions(w.at("in_review", "filler"))["dept-industry"])
		good := condition.Draft{Text: "建成公共服务平台", Proof: "验收意见", Moment: condition.BeforeDecision}
		for name, c := range map[string]struct {
			spoil func(*condition.Draft)
			want  string
		}{
			"short":        {func(d *condition.Draft) { d.Text = "平台" }, "data.conditions[0].text condition.text"},
			"no proof":     {func(d *condition.Draft) { d.Proof = " " }, "data.conditions[0].proof condition.proof"},
			"no moment":    {func(d *condition.Draft) { d.Moment = "" }, "data.conditions[0].moment condition.moment"},
			"past":         {func(d *condition.Draft) { d.DueOn = "2026-11-22" }, "data.conditions[0].due_on condition.due_on"},
			"no date":      {func(d *condition.Draft) { d.DueOn = "soon" }, "data.conditions[0].due_on condition.due_on"},
			"without date": {func(d *condition.Draft) { d.Moment = condition.AfterAccreditation }, "data.conditions[0].due_on condition.due_missing"},
			"other unit":   {func(d *condition.Draft) { d.Responsible = unitB }, "data.conditions[0].responsible condition.responsible"},
		} {
			d := good
			c.spoil(&d)
			_, err := w.try("industry", o, "give", "", application.OpinionDraft{Stance: "conditional", Grounds: "集聚程度与目标有差距", Conditions: []condition.Draft{d}})
			if got := fields(err); !cmp.Equal(got, []string{c.want}) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := one[int](w, "SELECT count(*) FROM condition"); n != 0 || w.state(o) != "requested" {
			t.Errorf("%d conditions were set, the opinion is %s", n, w.state(o))
		}
	})
}

// A draft is kept for everybody on the desk; two hands at once lose nothing; nobody else
// writes or reads it; it goes when the opinion is given.
func TestOpinionDraft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		o := opinion(w.opinions(id)["dept-industry"])
		save := func(who string, base int64, grounds string) (int64, error) {
			return w.apps.Opinions().SaveDraft(t.Context(), w.actor(who), o.ID, base, application.OpinionDraft{Stance: "disagree", Grounds: grounds})
		}
		v, err := save("industry", 0, "一")
		w.must(err)
		if again, err := save("industry", 0, "一"); err != nil || again != v {
			t.Errorf("the same once more: %d, %v", again, err)
		}
		_, err = save("industry2", 0, "二")
		wantKind(t, "an older base", err, fault.Conflict)
		if saved, ok := detailOf(err).(application.SavedDraft); !ok || saved.Draft.Grounds != "一" || saved.Version != v {
			t.Errorf("told: %+v", detailOf(err))
		}
		if v, err = save("industry2", v, "一二"); err != nil || v != 2 {
			t.Errorf("got %d, %v", v, err)
		}
		for who, kind := range map[string]fault.Kind{"officer": fault.Forbidden, "director": fault.Forbidden, "filler": fault.NotFound, "culture": fault.NotFound} {
			_, err := save(who, v, "别人")
			wantKind(t, who, err, kind)
		}
		if d, err := w.apps.Opinions().Draft(t.Context(), w.actor("officer"), o.ID); err != nil || d.Version != 0 {
			t.Errorf("the officer reads the draft: %+v, %v", d, err)
		}
		w.do("industry", o, "transfer", "", map[string]any{"person_id": w.actor("industry2").ID})
		_, err = save("industry", v, "旧人")
		wantKind(t, "handed on", err, fault.Forbidden)
		if d, err := w.apps.Opinions().Draft(t.Context(), w.actor("industry2"), o.ID); err != nil || d.Draft.Grounds != "一二" {
			t.Errorf("the draft goes along: %+v, %v", d, err)
		}
		w.do("industry2", o, "give", "", agree())
		_, err = save("industry2", v, "迟了")
		wantKind(t, "given", err, fault.Conflict)
		if n := one[int](w, "SELECT count(*) FROM opinion_draft"); n != 0 {
			t.Errorf("%d drafts are left", n)
		}
	})
}

// An opinion goes to a colleague of the department who is not recused: they are told, the
// former holder reads on; with a holder recused later the department goes on.
func TestOpinionTransfer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		o := opinion(w.opinions(id)["dept-industry"])
		colleagues := func() (out []string) {
			found, err := w.apps.Opinions().Colleagues(t.Context(), w.actor("industry"), o.ID)
			w.must(err)
			for _, p := range found {
				out = append(out, p.ID)
			}
			return out
		}
		hand := func(who, to string) error {
			return second(w.try(who, o, "transfer", "", map[string]any{"person_id": w.actor(to).ID}))
		}
		if got := colleagues(); !cmp.Equal(got, []string{w.actor("industry2").ID}) {
			t.Errorf("colleagues: %v", got)
		}
		if got := fields(hand("industry", "industry")); !cmp.Equal(got, []string{"data.person_id opinion.colleague"}) {
			t.Errorf("to oneself: %v", got)
		}
		w.must(hand("industry", "industry2"))
		if n, ok := w.told(o, "transfer"); !ok || !slices.Contains(n.Audiences, workflows.ToDepartment) || n.Except != w.actor("industry").ID {
			t.Errorf("told: %+v", n)
		}
		if w.desks("industry") != 0 || len(w.work("industry", "opinion", casework.TabDone)) != 1 {
			t.Error("the former holder's lists")
		}
		v, _, err := w.apps.Opinions().View(t.Context(), w.actor("industry"), o.ID)
		if err != nil || v.History[len(v.History)-1].Action != "transfer" {
			t.Errorf("the former holder reads %+v, %v", v.History, err)
		}
		w.recuse("industry2", id)
		if w.desks("industry") != 1 || w.desks("industry2") != 0 || len(colleagues()) != 0 {
			t.Error("lists once the holder is recused")
		}
		if got := fields(hand("industry", "industry2")); !cmp.Equal(got, []string{"data.person_id opinion.colleague"}) {
			t.Errorf("to somebody recused: %v", got)
		}
		w.must(second(w.try("industry", o, "give", "", agree())))
	})
}

// Two departments that lead one sector must both answer or be overdue, in either order; an
// opinion asked for anew is missing again, keeps the earlier answer and ends its conditions.
func TestJointLeadsAndAskingAnew(t *testing.T) {
	for _, order := range [][]string{{"industry", "science"}, {"science", "industry"}} {
		t.Run(order[0]+" first", func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				id := w.at("in_review", "filler", "professional-services")
				asked := w.opinions(id)
				w.scored(id, w.invite(id, "expert1")[0], "expert1")
				waits := func(what string) {
					t.Helper()
					if _, err := w.try("officer", app(id), "recommend", why, nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.OpinionsIn}) {
						t.Errorf("%s: %v", what, err)
					}
				}
				waits("with none")
				first, other := opinion(asked["dept-"+order[0]]), opinion(asked["dept-"+order[1]])
				w.do(order[0], first, "give", "", application.OpinionDraft{Stance: "conditional", Grounds: "集聚程度与目标有差距", Conditions: conditionsOf("补充两家骨干企业")})
				waits("with one")
				w.do(order[1], other, "give", "", agree())
				w.do("officer", app(id), "recommend", why, nil)
				if _, err := w.try("officer", first, "ask_again", why, nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.StillInReview}) {
					t.Errorf("asked anew after the recommendation: %v", err)
				}
				w.do("director", app(id), "return_review", why, nil)
				w.do("officer", first, "ask_again", "补充材料后请重新研究", nil)
				waits("asked anew")
				w.checkAnew(t, first, order[0])
				w.do(order[0], first, "give", "", agree())
				w.do("officer", app(id), "recommend", why, nil)
			})
		})
	}
}

func (w *world) checkAnew(t *testing.T, o casework.Ref, who string) {
	t.Helper()
	v, _, err := w.apps.Opinions().View(t.Context(), w.actor(who), o.ID)
	w.must(err)
	if v.Stance != "" || len(v.Conditions) != 0 || len(v.Earlier) != 1 || v.Earlier[0].Stance != "conditional" || v.Earlier[0].VersionNo != 1 || v.Earlier[0].Conditions != "补充两家骨干企业" {
		t.Errorf("%+v", v)
	}
	d, err := w.apps.Opinions().Draft(t.Context(), w.actor(who), o.ID)
	if err != nil || d.Draft.Stance != "conditional" || len(d.Draft.Conditions) != 1 {
		t.Errorf("the draft to begin with: %+v, %v", d, err)
	}
	if n := one[int](w, "SELECT count(*) FROM condition WHERE source_id = ? AND status <> 'cancelled'", o.ID); n != 0 {
		t.Errorf("%d conditions of the earlier opinion hold", n)
	}
	if k := w.clockOf(o, workflows.ClockOpinion); k.Ended || k.Reading.Used != 0 {
		t.Errorf("the clock: %+v", k)
	}
}

// An overdue opinion is marked late, its ladder goes on to superiors and supervision, and it
// counts as no objection only where the rule set says so.
func TestSilenceIsNoObjectionOnlyByRule(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		o := opinion(w.opinions(id)["dept-industry"])
		w.until(w.clockOf(o, workflows.ClockOpinion).Reading.DueAt)
		face := func(a identity.Actor) application.Opinion {
			v, _, err := w.apps.Opinions().View(t.Context(), a, o.ID)
			w.must(err)
			return v
		}
		if v := face(w.actor("officer")); v.State != "overdue" || !v.Late || v.NoObjection {
			t.Errorf("by the rules as they are: %+v", v)
		}
		if k := w.clockOf(o, workflows.ClockOpinion); !k.Reading.Overdue {
			t.Errorf("the clock of an overdue opinion: %+v", k)
		}
		var escalated int
		w.see(func(tx *database.Tx) error {
			var payloads []string
			err := tx.Find(&payloads, "SELECT payload FROM outbox WHERE topic = 'remind' AND case_id = ? AND cancelled_at IS NULL AND due_at > ?", o.ID, tx.Now())
			for _, p := range payloads {
				var n casework.Notice
				w.must(json.Unmarshal([]byte(p), &n))
				if n.Superiors && slices.Contains(n.Audiences, workflows.ToSupervision) {
					escalated++
				}
			}
			return err
		})
		if escalated == 0 {
			t.Error("nothing escalates to superiors and supervision")
		}
		queue, err := w.apps.Opinions().Queue(t.Context(), w.actor("industry"), application.QueueFilter{Part: application.QueueOpen, Late: true})
		if err != nil || len(queue) != 1 || !queue[0].Late || !queue[0].Mine {
			t.Errorf("queue of what is late: %+v, %v", queue, err)
		}
		w.update(func(tx *database.Tx) error {
			var body string
			if err := tx.One(&body, "SELECT r.body FROM rule_set r JOIN application a ON a.rule_set_id = r.id WHERE a.id = ?", id); err != nil {
				return err
			}
			silent := regexp.MustCompile(`("overdue_is_no_objection":\s*\{\s*"value":\s*)false`).ReplaceAllString(body, "${1}true")
			if silent == body {
				t.Error("the rule set does not speak of silence")
			}
			if _, err := tx.Exec("INSERT INTO rule_set (id, name, version, body, digest, created_at) VALUES ('silent', 'x', 'silent', ?, 'x', ?)", silent, tx.Now()); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE application SET rule_set_id = 'silent' WHERE id = ?", id)
			return err
		})
		if v := face(w.actor("officer")); !v.NoObjection || !v.Late {
			t.Errorf("by a rule set that says so: %+v", v)
		}
	})
}

// The responsible unit puts evidence while the condition is open, nobody else; whoever sees the
// condition reads it, and a file that was put makes the form of before stale.
func TestConditionEvidence(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler")
		before, later := w.conditional(id)
		const slot = "rectification-evidence"
		version := w.version(before)
		for who, kind := range map[string]fault.Kind{"industry": fault.Forbidden, "officer": fault.Forbidden, "culture": fault.NotFound, "fillerB": fault.NotFound} {
			wantKind(t, who, second(w.uploadTo(who, before, slot, "别人")), kind)
		}
		wantKind(t, "another slot", second(w.uploadTo("filler", before, "development-plan", "x")), fault.Invalid)
		wantKind(t, "not the unit's to see yet", second(w.uploadTo("filler", later, slot, "x")), fault.NotFound)
		file, err := w.uploadTo("filler", before, slot, "入驻协议")
		w.must(err)
		if got := w.version(before); got != version+1 {
			t.Errorf("version %d, want %d", got, version+1)
		}
		for who, sees := range map[string]bool{"filler": true, "industry": true, "officer": true, "culture": false, "expert1": false} {
			content, _, err := w.files.Open(t.Context(), w.actor(who), file.ID)
			if err == nil {
				w.must(content.Close())
			}
			if sees != (err == nil) {
				t.Errorf("%s reads the file: %v", who, err)
			}
		}
		w.do("filler", before, "report", "已签订两份入驻协议。", nil)
		wantKind(t, "once reported", second(w.uploadTo("filler", before, slot, "更多")), fault.Conflict)
		w.do("industry", before, "confirm", "已核对协议原件。", nil)
	})
}

// Whoever gave an earlier opinion of the commission may not decide, though another has given
// the present one.
func TestEarlierGiverDoesNotDecide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("in_review", "filler", "health")
		o := opinion(w.opinions(id)["commission"])
		w.do("both", o, "give", "", agree())
		w.do("officer", o, "ask_again", "请由另一位经办重新研究", nil)
		w.do("officer2", o, "give", "", agree())
		w.scored(id, w.invite(id, "expert1")[0], "expert1")
		w.do("officer", app(id), "recommend", why, nil)
		w.do("clerk", app(id), "publish_notice", "", nil)
		w.until(w.due(id, workflows.ClockNotice))
		if _, err := w.try("both", app(id), "accredit", why, numbered()); !cmp.Equal(blocked(err), []workflows.Fact{workflows.NotOpinionGiver}) {
			t.Errorf("by who gave the earlier opinion: %v", err)
		}
		w.do("director", app(id), "accredit", why, numbered())
	})
}

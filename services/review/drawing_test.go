package review_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/outbox"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

func (w *world) draw(refs ...casework.Ref) string {
	w.t.Helper()
	id, err := w.s.Draw(w.t.Context(), w.actor("officer"), refs)
	w.must(err)
	return id
}

func (w *world) drawing(id string) review.Drawing {
	w.t.Helper()
	d, err := w.s.Drawing(w.t.Context(), w.actor("officer"), id)
	w.must(err)
	return d
}

// A draw fills two panels from those who may sit, can be made again, takes a replacement with
// a reason, and asks nobody before it is confirmed.
func TestDraw(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.addCase("app-2")
		second := casework.Ref{Kind: "application", ID: "app-2"}
		id := w.draw(second, w.ref)
		d := w.drawing(id)
		if len(d.Cases) != 2 || len(d.Cases[0].Picks) != 5 || len(d.Cases[1].Picks) != 5 || d.Seed == "" {
			t.Fatalf("drawn %+v", d)
		}
		bad := []string{"same-unit", "same-body", "named", "both"}
		for _, c := range d.Cases {
			for _, seat := range c.Picks {
				if slices.Contains(bad, seat.Expert) {
					t.Errorf("%s was drawn", seat.Expert)
				}
			}
			if len(c.Out) != len(bad) {
				t.Errorf("out of %s: %+v", c.Number, c.Out)
			}
		}
		check, err := w.s.Check(t.Context(), w.actor("supervisor"), id)
		if err != nil || !check.Same || !check.InputWhole {
			t.Errorf("drawn again: %+v %v", check, err)
		}
		if n := w.count("SELECT count(*) FROM review"); n != 0 {
			t.Errorf("%d people are asked before the draw is confirmed", n)
		}
		was := d.Cases[0].Picks[0].Expert
		free, err := w.s.Replacements(t.Context(), w.actor("officer"), id, d.Cases[0].Ref, 0)
		if err != nil || len(free) != 1 {
			t.Fatalf("replacements: %+v %v", free, err)
		}
		swap := review.Replacement{Ref: d.Cases[0].Ref, Seat: 0, ExpertID: free[0].Expert, Version: d.Version}
		wantKind(t, "no reason", w.s.Replace(t.Context(), w.actor("officer"), id, swap), fault.Invalid)
		swap.Reason = "该专家近期出差"
		wantKind(t, "a clerk", w.s.Replace(t.Context(), w.actor("clerk"), id, swap), fault.Forbidden)
		swap.ExpertID = "named"
		wantKind(t, "a conflicted one", w.s.Replace(t.Context(), w.actor("officer"), id, swap), fault.Invalid)
		swap.ExpertID = free[0].Expert
		w.must(w.s.Replace(t.Context(), w.actor("officer"), id, swap))
		wantKind(t, "stale", w.s.Replace(t.Context(), w.actor("officer"), id, swap), fault.Conflict)
		d = w.drawing(id)
		if seat := d.Cases[0].Picks[0]; seat.Expert != free[0].Expert || seat.Was == "" || !seat.Changed {
			t.Errorf("replaced %s: %+v", was, seat)
		}
		outs, err := w.s.Confirm(t.Context(), w.actor("officer"), id, d.Version)
		if err != nil || len(outs) != 10 {
			t.Fatalf("confirmed: %d %v", len(outs), err)
		}
		_, err = w.s.Confirm(t.Context(), w.actor("officer"), id, d.Version+1)
		wantKind(t, "twice", err, fault.Conflict)
		_, err = w.s.Draw(t.Context(), w.actor("officer"), []casework.Ref{w.ref})
		wantKind(t, "a full panel", err, fault.Invalid)
		check, err = w.s.Check(t.Context(), w.actor("officer"), id)
		if err != nil || !check.Same {
			t.Errorf("after the changes the draw itself is no longer the same: %+v %v", check, err)
		}
	})
}

func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	w.see(func(tx *database.Tx) (err error) {
		n, err = tx.Count(query, args...)
		return err
	})
	return n
}

// Whoever has declined is not drawn again for the case; the empty seat is drawn by itself.
func TestDeclinersAreNotDrawnAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := w.invite("e1", "e2", "e3", "e4", "e5")
		w.must(w.do("e1", ids[0], "decline", "近期出差", ""))
		d := w.drawing(w.draw(w.ref))
		if got := d.Cases[0]; len(got.Picks) != 1 || got.Picks[0].Expert != "e6" {
			t.Fatalf("drawn instead: %+v", got.Picks)
		}
		if !slices.ContainsFunc(d.Cases[0].Out, func(o review.OutLine) bool { return o.ID == "e1" && o.Why == "evaluator_declined" }) {
			t.Errorf("why e1 is out: %+v", d.Cases[0].Out)
		}
		w.must(w.do("e2", ids[1], "decline", "近期出差", ""))
		w.invite("e6")
		_, err := w.s.Confirm(t.Context(), w.actor("officer"), d.ID, d.Version)
		if err == nil {
			t.Error("a draw is confirmed whose pick has been asked since")
		}
	})
}

// What is tampered with in the record shows when it is drawn again.
func TestATamperedDrawIsSeen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, change := range []string{"seed = 'other'", "input = replace(input, 'e1', 'e9')", "result = replace(result, '\"cost\":', '\"cost\":1')", "digest = 'x'"} {
			id := w.draw(w.ref)
			w.update(func(tx *database.Tx) error { return tx.Must("UPDATE draw SET "+change+" WHERE id = ?", id) })
			if c, err := w.s.Check(t.Context(), w.actor("officer"), id); err == nil && c.Same {
				t.Errorf("%s: %+v", change, c)
			}
		}
	})
}

// The pool's record counts: who is away is not drawn, nor who worked there within the years.
func TestRecordsKeepPeopleOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		save := func(who, id string, in review.ExpertEdit) error {
			e, err := w.s.Expert(t.Context(), w.actor(who), id)
			if err != nil {
				return err
			}
			_, err = w.s.SaveExpert(t.Context(), w.actor(who), id, e.Version, in)
			return err
		}
		w.must(save("officer", "e1", review.ExpertEdit{InPool: false, Employer: "示例研究院"}))
		w.must(save("officer", "e2", review.ExpertEdit{InPool: true, UntilOn: "2026-11-01", Employer: "示例研究院"}))
		w.must(save("e3", "e3", review.ExpertEdit{Employer: "示例研究院", Posts: []review.Post{{Employer: bodyName, From: "2020-01-01", To: "2024-06-30"}}}))
		w.must(save("e4", "e4", review.ExpertEdit{Employer: "示例研究院", Posts: []review.Post{{Employer: bodyName, From: "2010-01-01", To: "2020-06-30"}}}))
		wantKind(t, "a stranger's record", save("e4", "e5", review.ExpertEdit{}), fault.NotFound)
		wantKind(t, "an upside-down period", save("e4", "e4", review.ExpertEdit{Posts: []review.Post{{Employer: "x", From: "2024-01-01", To: "2023-01-01"}}}), fault.Invalid)
		pool, err := w.s.Pool(t.Context(), w.actor("officer"), w.ref)
		w.must(err)
		want := map[string]string{"e1": "evaluator_away", "e2": "evaluator_away", "e3": "evaluator_worked", "e4": ""}
		for _, c := range pool {
			if why, asked := want[c.ID]; asked && c.Excluded != why {
				t.Errorf("%s: %q, want %q", c.ID, c.Excluded, why)
			}
		}
		if e, _ := w.s.Expert(t.Context(), w.actor("e3"), "e3"); e.ConfirmedAt == nil || !e.InPool {
			t.Errorf("own record: %+v", e)
		}
		// A conflict that comes to light ends the open review at once.
		id := w.accepted("e5")
		w.must(save("officer", "e5", review.ExpertEdit{InPool: true, Employer: bodyName}))
		if state, _ := w.stateOf(id); state != "cancelled" {
			t.Errorf("the review is %s", state)
		}
		w.wantAbsent(t, w.actor("e5"), id)
	})
}

// Detection recuses people by office who are named or employed there; their case is gone.
func TestDetect(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.accepted("e1")
		w.update(func(tx *database.Tx) error {
			for person, set := range map[string]string{"officer2": "name = '张示例'", "auditor": "employer = '示例发展有限公司'", "e1": "name = '张 示例'"} {
				if _, err := tx.Exec("UPDATE person SET "+set+" WHERE id = ?", person); err != nil {
					return err
				}
			}
			return w.s.Detect(tx, w.ref)
		})
		x, err := w.s.Recusals(t.Context(), w.actor("officer"), w.ref)
		w.must(err)
		got := map[string]string{}
		for _, r := range x.InForce {
			got[r.PersonID] = r.Kind + " " + r.Source
		}
		for person, want := range map[string]string{"officer2": "named detected", "auditor": "employer detected", "e1": "named detected"} {
			if got[person] != want {
				t.Errorf("%s: %q, want %q", person, got[person], want)
			}
		}
		if len(got) != 3 {
			t.Errorf("recused: %v", got)
		}
		if state, _ := w.stateOf(id); state != "cancelled" {
			t.Errorf("the open review is %s", state)
		}
		w.wantAbsent(t, w.actor("officer2"), id)
		_, err = w.s.Recusals(t.Context(), w.actor("officer2"), w.ref)
		wantKind(t, "the recused officer", err, fault.NotFound)
		var hidden []string
		w.see(func(tx *database.Tx) (err error) {
			hidden, err = review.HiddenFrom(tx, "auditor")
			return err
		})
		if !slices.Contains(hidden, w.ref.ID) || !slices.Contains(hidden, id) {
			t.Errorf("hidden from the auditor: %v", hidden)
		}
	})
}

// A recusal is lifted by two directors, until a day; it returns by itself, or before by two.
func TestTwoDirectorsLift(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.update(func(tx *database.Tx) error {
			return w.s.Declare(tx, w.actor("officer2"), w.ref, review.Recusal{PersonID: "officer2", Kind: "other", Reason: "曾参与规划"})
		})
		director := w.actor("director")
		other := director
		other.ID = "director2"
		ask := func(direction, until string) (string, error) {
			return w.s.AskOverride(t.Context(), director, w.ref, review.Ask{PersonID: "officer2", Direction: direction, Reason: "经核实仅为同名", UntilOn: until})
		}
		_, err := w.s.AskOverride(t.Context(), w.actor("officer"), w.ref, review.Ask{PersonID: "officer2", Direction: "lift", Reason: "xx", UntilOn: "2026-11-30"})
		wantKind(t, "an officer asks", err, fault.Forbidden)
		_, err = ask("lift", "2027-11-30")
		wantKind(t, "too long", err, fault.Invalid)
		_, err = ask("restore", "")
		wantKind(t, "nothing to restore", err, fault.Conflict)
		id, err := ask("lift", "2026-11-30")
		w.must(err)
		_, err = ask("lift", "2026-11-30")
		wantKind(t, "asked twice", err, fault.Conflict)
		wantKind(t, "the same person answers", w.s.AnswerOverride(t.Context(), director, w.ref, id, true), fault.Forbidden)
		wantKind(t, "the person concerned", w.s.AnswerOverride(t.Context(), w.actor("officer2"), w.ref, id, true), fault.NotFound)
		recused := func() (is bool) {
			w.see(func(tx *database.Tx) (err error) {
				is, err = review.IsRecused(tx, "officer2", w.ref)
				return err
			})
			return is
		}
		if !recused() {
			t.Fatal("lifted by one director alone")
		}
		w.must(w.s.AnswerOverride(t.Context(), other, w.ref, id, true))
		if recused() {
			t.Fatal("not lifted by two")
		}
		w.update(func(tx *database.Tx) error { return w.s.Detect(tx, w.ref) })
		var due outbox.Row
		w.see(func(tx *database.Tx) error {
			return tx.One(&due, "SELECT id, topic, payload, due_at FROM outbox WHERE topic = 'recusal'")
		})
		if want := time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC); !due.DueAt.Equal(want) {
			t.Errorf("the lift ends at %s, want %s", due.DueAt, want)
		}
		w.update(func(tx *database.Tx) error { return w.s.EndLift(tx, due) })
		if !recused() {
			t.Error("the lift does not end")
		}
		w.update(func(tx *database.Tx) error { return w.s.EndLift(tx, due) })
		id, err = ask("lift", "2026-12-01")
		w.must(err)
		w.must(w.s.AnswerOverride(t.Context(), other, w.ref, id, true))
		id, err = ask("restore", "")
		w.must(err)
		w.must(w.s.AnswerOverride(t.Context(), other, w.ref, id, true))
		if !recused() {
			t.Error("not restored by two")
		}
		var actions []string
		w.see(func(tx *database.Tx) error {
			return tx.Find(&actions, "SELECT action FROM audit_entry WHERE action LIKE 'recusal.%' ORDER BY seq")
		})
		if got, want := strings.Join(actions, " "), "recusal.declare recusal.ask_lift recusal.confirmed_lift recusal.return recusal.ask_lift recusal.confirmed_lift recusal.ask_restore"+
			" recusal.return recusal.confirmed_restore"; got != want {
			t.Errorf("audited: %s", got)
		}
	})
}

// An invitation that races a recommendation leaves no open review behind: whoever comes second
// sees what the first has done.
func TestAnInvitationRacesTheEndOfTheReview(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		held, done := make(chan struct{}), make(chan error, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		go func() {
			<-held
			_, err := w.s.Invite(ctx, w.actor("officer"), w.ref, []string{"e1"}, "")
			done <- err
		}()
		w.update(func(tx *database.Tx) error {
			if err := w.s.Closing(tx, w.ref); err != nil {
				return err
			}
			close(held)
			time.Sleep(300 * time.Millisecond) // the invitation has read the case and waits for the panel
			return w.move(tx, w.ref, w.actor("officer"), "recommend", "符合条件")
		})
		wantKind(t, "the invitation", <-done, fault.Blocked)
		if n := w.count("SELECT count(*) FROM review WHERE status IN ('invited', 'accepted')"); n != 0 {
			t.Errorf("%d reviews stay open of a case that is %s", n, workflows.State("recommended"))
		}
	})
}

package application_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/fault"
)

// field saves one field as an editor does that started from base.
func (w *world) field(who, id, path, base, value string) error {
	w.t.Helper()
	_, err := w.apps.Save(w.t.Context(), w.actor(who), id, application.Edit{Version: 1, Path: path, Base: quoted(base), Value: quoted(value)})
	return err
}

func (w *world) revisions(who, id string) []application.Revision {
	w.t.Helper()
	out, err := w.apps.Revisions(w.t.Context(), w.actor(who), id)
	w.must(err)
	return out
}

// causes are the states in short, newest first.
func causes(revs []application.Revision) (out []string) {
	for _, r := range revs {
		out = append(out, fmt.Sprintf("%s %s %s", r.Cause, strings.TrimPrefix(r.Person, "p-"), strings.Join(r.Paths, ",")))
	}
	return out
}

// Two people on one part: fields of each go beside one another, one field of both is shown.
func TestSavesOfOnePartMeet(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, c := w.create("filler")
		w.save("filler", id, c)
		base, err := json.Marshal(c.Body)
		w.must(err)
		part := func(who string, change func(*application.Body)) error {
			mine := c.Body
			change(&mine)
			text, err := json.Marshal(mine)
			w.must(err)
			_, err = w.apps.Save(t.Context(), w.actor(who), id, application.Edit{Version: 2, Path: "body", Base: base, Value: text})
			return err
		}
		w.must(part("filler2", func(b *application.Body) { b.Name, b.Managers = "示例甲管委会", 40 }))
		w.must(part("filler", func(b *application.Body) { b.LegalRepresentative = "示例乙" }))
		got := w.view("filler", id).Content.Body
		if got.Name != "示例甲管委会" || got.Managers != 40 || got.LegalRepresentative != "示例乙" {
			t.Errorf("merged: %+v", got)
		}
		err = part("filler", func(b *application.Body) { b.Name, b.Contact.Name = "示例丙管委会", "示例丁" })
		if diff := cmp.Diff(map[string][2]string{"body.name": {`"示例丙管委会"`, `"示例甲管委会"`}}, staleFields(err)); diff != "" {
			t.Errorf("both changed the name: %v %s", err, diff)
		}
		if got := w.view("filler", id).Content.Body; got.Contact.Name == "示例丁" {
			t.Error("half of a refused save is stored")
		}
	})
}

// A save whose answer was lost is sent again: it meets itself and nothing more.
func TestSaveAgainMeetsItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, c := w.create("filler")
		w.save("filler", id, c)
		for range 3 {
			w.must(w.field("filler", id, "fund.source_line", c.Fund.SourceLine, "示例来源一"))
		}
		w.must(w.field("filler", id, "fund.source_line", "示例来源一", "示例来源一二"))
		if got := w.view("filler", id); got.Content.Fund.SourceLine != "示例来源一二" || got.Version != 4 {
			t.Errorf("version %d: %s", got.Version, got.Content.Fund.SourceLine)
		}
	})
}

// Every state of a draft can be taken back, and taking back too; saves of one person close
// together are one state.
func TestDraftGoesBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, c := w.create("filler")
		later := func(d time.Duration) { w.clock.set(w.clock.now().Add(d)) }
		w.save("filler", id, c)
		later(3 * time.Minute)
		w.must(w.field("filler", id, "body.name", c.Body.Name, "示例一"))
		later(time.Minute)
		w.must(w.field("filler", id, "body.contact.name", c.Body.Contact.Name, "示例人"))
		later(30 * time.Second)
		w.must(w.field("filler2", id, "body.name", "示例一", "示例二"))
		revs := w.revisions("leader", id)
		want := []string{"save filler2 body.name", "save filler body.name,body.contact.name"}
		if got := causes(revs); len(got) != 4 || !slices.Equal(got[:2], want) || !strings.HasPrefix(got[3], "begin filler ") {
			t.Fatalf("states: %q", got)
		}
		before := w.version(app(id))
		back, err := w.apps.Restore(t.Context(), w.actor("filler"), id, before, revs[2].Version)
		if err != nil || back.Version != before+1 || w.view("filler", id).Content.Body.Name != c.Body.Name {
			t.Fatalf("back: %+v %v", back, err)
		}
		_, err = w.apps.Restore(t.Context(), w.actor("filler"), id, before, revs[0].Version)
		if staleFields(err) == nil {
			t.Errorf("back from what was not seen: %v", err)
		}
		now := w.revisions("filler", id)
		if now[0].Cause != "restore" || now[0].Restored != revs[2].Version || !slices.Equal(now[0].Paths, []string{"body.name", "body.contact.name"}) {
			t.Errorf("the restore is kept as %+v", now[0])
		}
		if n := w.count("audit_entry WHERE object_id = ? AND action = 'application.restore'", id); n != 1 {
			t.Errorf("%d restores on record", n)
		}
		w.must(w.field("filler", id, "fund.source_line", c.Fund.SourceLine, "示例来源"))
		if _, err = w.apps.Restore(t.Context(), w.actor("filler"), id, back.Version+1, before); err != nil {
			t.Fatal(err)
		}
		if v := w.view("filler", id).Content; v.Body.Name != "示例二" || v.Body.Contact.Name != "示例人" || v.Fund.SourceLine != c.Fund.SourceLine {
			t.Errorf("forward again: %+v", v.Body)
		}
	})
}

// Earlier states are the unit's own, and end with the draft; in a correction only what is open
// goes back.
func TestWhoMayGoBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.at("correction", "filler")
		begin := w.revisions("filler", id)
		c := w.view("filler", id).Content
		w.must(w.field("filler", id, "positioning.text", c.Positioning.Text, c.Positioning.Text+"补充(演示)"))
		for _, who := range []string{"fillerB", "leaderB", "clerk", "officer", "director", "supervision", "industry", "expert1", "auditor"} {
			_, err := w.apps.Revisions(ctx, w.actor(who), id)
			wantKind(t, who+" lists the states", err, fault.NotFound)
			_, err = w.apps.Revision(ctx, w.actor(who), id, begin[0].Version)
			wantKind(t, who+" reads a state", err, fault.NotFound)
			_, err = w.apps.Others(ctx, w.actor(who), id)
			wantKind(t, who+" asks who is there", err, fault.NotFound)
			if _, err = w.apps.Restore(ctx, w.actor(who), id, 1, begin[0].Version); err == nil {
				t.Errorf("%s takes a draft back", who)
			}
		}
		_, err := w.apps.Restore(ctx, w.actor("leader"), id, w.version(app(id)), begin[0].Version)
		wantKind(t, "a leader takes back", err, fault.Forbidden)
		_, err = w.apps.Restore(ctx, w.actor("filler"), id, w.version(app(id)), 999)
		wantKind(t, "a state that is not kept", err, fault.NotFound)
		empty := begin[len(begin)-1]
		_, err = w.apps.Restore(ctx, w.actor("filler"), id, w.version(app(id)), empty.Version)
		w.must(err)
		v := w.view("filler", id)
		if v.Content.Positioning.Text != "" || v.Content.Body.Name != c.Body.Name || v.Name == "" {
			t.Errorf("only the open part goes back: %q, %q", v.Content.Positioning.Text, v.Content.Body.Name)
		}
		done := w.at("submitted", "filler")
		_, err = w.apps.Restore(ctx, w.actor("filler"), done, w.version(app(done)), 2)
		wantKind(t, "what has been signed", err, fault.Conflict)
		w.recuse("filler", id)
		_, err = w.apps.Revisions(ctx, w.actor("filler"), id)
		wantKind(t, "a recused person", err, fault.NotFound)
	})
}

// However long a draft is worked on, what is kept of its past is bounded; the first state and
// the newest stay, and every change is still told of.
func TestPastStaysBounded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, c := w.create("filler")
		w.save("filler", id, c)
		was := c.Fund.SourceLine
		for i := range 150 {
			w.clock.set(w.clock.now().Add(3 * time.Minute))
			now := fmt.Sprintf("示例来源%d", i)
			w.must(w.field("filler", id, "fund.source_line", was, now))
			was = now
		}
		revs := w.revisions("filler", id)
		if len(revs) > 121 || len(revs) < 60 || revs[len(revs)-1].Cause != "begin" || revs[0].Version != w.version(app(id)) || revs[1].Version != revs[0].Version-1 {
			t.Errorf("%d states from %d to %d", len(revs), revs[len(revs)-1].Version, revs[0].Version)
		}
		for _, r := range revs[:len(revs)-1] {
			if len(r.Paths) == 0 {
				t.Errorf("state %d says nothing of what it changed", r.Version)
			}
		}
	})
}

// Who has a draft open is told to the people of the unit and ends by itself; where one was
// stays.
func TestPresence(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id, _ := w.create("filler")
		here := func(who string, at application.Place) []application.Present {
			out, err := w.apps.Here(ctx, w.actor(who), id, at)
			w.must(err)
			return out
		}
		if got := here("filler", application.Place{Part: "goals", Field: "goals.base_year"}); len(got) != 0 {
			t.Errorf("alone: %+v", got)
		}
		w.clock.set(monday().Add(20 * time.Second))
		want := []application.Present{{Person: w.actor("filler").ID, Name: "示例filler", Part: "goals", Since: monday()}}
		got := here("filler2", application.Place{Part: "<script>", Field: "x y"})
		for i := range got {
			got[i].Since = got[i].Since.UTC()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("seen by the other: %s", diff)
		}
		others, err := w.apps.Others(ctx, w.actor("leader"), id)
		if err != nil || len(others) != 2 || others[1].Part != "body" {
			t.Errorf("seen by the leader: %+v %v", others, err)
		}
		for _, who := range []string{"fillerB", "leader", "clerk", "expert1"} {
			if _, err := w.apps.Here(ctx, w.actor(who), id, application.Place{Part: "body"}); err == nil {
				t.Errorf("%s is present", who)
			}
		}
		w.must(w.apps.Away(ctx, w.actor("filler2"), id, application.Place{Part: "fund", Field: "fund.source_line"}))
		w.clock.set(monday().Add(application.PresenceSpan))
		if got := here("filler2", application.Place{Part: "fund"}); len(got) != 0 {
			t.Errorf("gone without a word: %+v", got)
		}
		if n, err := w.apps.SweepPresence(ctx); err != nil || n != 1 {
			t.Errorf("swept %d %v", n, err)
		}
		for who, want := range map[string]application.Place{"filler": {Part: "goals", Field: "goals.base_year"}, "leader": {}} {
			if at, err := w.apps.LastPlace(ctx, w.actor(who), id); err != nil || at != want {
				t.Errorf("%s was last at %+v %v", who, at, err)
			}
		}
	})
}

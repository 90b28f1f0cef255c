package application_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
)

func (w *world) start(who string, in application.Start) application.View {
	w.t.Helper()
	in.RoundID, in.Name = w.round.ID, "示例沿用集聚示范区"
	out, err := w.apps.Create(w.t.Context(), w.actor(who), in)
	w.must(err)
	return w.view(who, out.ID)
}

// A draft that starts from an earlier application holds its values, its goals moved to the
// new base year, and knows which of them nobody has touched.
func TestCarryForward(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := w.at("submitted", "filler")
		came := w.view("filler", old).Content
		v := w.start("filler", application.Start{From: old})
		if diff := cmp.Diff(came.Body, v.Content.Body); diff != "" {
			t.Errorf("the body was not carried over:\n%s", diff)
		}
		if v.Content.Recommendation != (application.Recommendation{}) {
			t.Errorf("the old request's number came along: %+v", v.Content.Recommendation)
		}
		if v.Carried == nil || v.Carried.SourceID != old || !v.Carried.Open("body.name") || !v.Carried.Open("business.firms") {
			t.Fatalf("carried: %+v", v.Carried)
		}
		saved, err := w.apps.Save(t.Context(), w.actor("filler"), v.ID, application.Edit{Version: v.Version, Path: "body.legal_representative", Value: quoted("示例新负责人")})
		w.must(err)
		before := v.Carried.OpenIn("body")
		if v = w.view("filler", v.ID); v.Carried.Open("body.legal_representative") || v.Carried.OpenIn("body") != before-1 || v.Version != saved.Version {
			t.Errorf("a changed field still counts as unchanged: %+v", v.Carried)
		}
		w.must(w.apps.ConfirmCarried(t.Context(), w.actor("filler"), v.ID, "body"))
		if v = w.view("filler", v.ID); v.Carried.OpenIn("body") != 0 || v.Carried.OpenIn("boundary") == 0 || v.Version != saved.Version {
			t.Errorf("after confirming the body: %+v", v.Carried)
		}
		wantKind(t, "a leader confirms", w.apps.ConfirmCarried(t.Context(), w.actor("leader"), v.ID, "body"), fault.Forbidden)
		wantKind(t, "a stranger confirms", w.apps.ConfirmCarried(t.Context(), w.actor("fillerB"), v.ID, "body"), fault.NotFound)
	})
}

// Another unit's application is no source, and answers as one that does not exist.
func TestCarryForwardFromStrangers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old := w.at("submitted", "filler")
		for name, from := range map[string]string{"another unit's": old, "none": "00000000-0000-7000-8000-000000000000"} {
			_, err := w.apps.Create(t.Context(), w.actor("fillerB"), application.Start{RoundID: w.round.ID, Name: "示例沿用集聚示范区", From: from})
			if got := fields(err); !cmp.Equal(got, []string{"from source.unknown"}) {
				t.Errorf("%s: %v", name, got)
			}
		}
		got, err := w.apps.Sources(t.Context(), w.actor("fillerB"))
		w.must(err)
		if len(got) != 0 {
			t.Errorf("a stranger is offered %v", got)
		}
		if got, err = w.apps.Sources(t.Context(), w.actor("filler")); err != nil || !slices.ContainsFunc(got, func(s application.Source) bool { return s.ID == old && s.Submitted }) {
			t.Errorf("the unit is offered %v, %v", got, err)
		}
	})
}

// What a unit keeps fills the next draft; two people do not overwrite each other's profile.
func TestUnitProfile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, filler := t.Context(), w.actor("filler")
		old := w.at("submitted", "filler")
		body := w.view("filler", old).Content.Body
		p, err := w.apps.KeepBody(ctx, filler, old)
		w.must(err)
		if !p.Has(body) || p.Version != 2 {
			t.Fatalf("kept: %+v", p)
		}
		again, err := w.apps.KeepBody(ctx, filler, old)
		w.must(err)
		if again.Version != p.Version {
			t.Errorf("keeping the same twice makes version %d", again.Version)
		}
		if v := w.start("filler", application.Start{}); v.Content.Body != body || v.Carried == nil || v.Carried.Kind != "profile" {
			t.Errorf("a new draft begins with %+v, %+v", v.Content.Body, v.Carried)
		}
		if v := w.start("filler", application.Start{Body: application.NoBody}); v.Content.Body != (application.Body{}) {
			t.Errorf("a draft without a body begins with %+v", v.Content.Body)
		}
		bodies := slices.Clone(p.Bodies)
		bodies[0].LegalRepresentative = "示例新负责人"
		p, err = w.apps.SaveProfile(ctx, filler, p.Version, bodies)
		w.must(err)
		_, err = w.apps.SaveProfile(ctx, w.actor("filler2"), p.Version-1, nil)
		wantKind(t, "a stale profile", err, fault.Conflict)
		if n := w.count("audit_entry WHERE object_kind = 'unit_profile' AND object_id = ?", unitA); n != 2 {
			t.Errorf("%d audit entries for two changes", n)
		}
		_, err = w.apps.SaveProfile(ctx, filler, p.Version, append(bodies, application.ProfileBody{Body: bodies[0].Body}, application.ProfileBody{Body: application.Body{CreditCode: "123"}}))
		if got := fields(err); !cmp.Equal(got, []string{"bodies[1].credit_code profile.twice", "bodies[2].credit_code profile.credit_code", "bodies[2].name required"}) {
			t.Errorf("bad bodies: %v", got)
		}
		profileIsTheUnits(t, w, p)
	})
}

func profileIsTheUnits(t *testing.T, w *world, p application.Profile) {
	other, err := w.apps.Profile(t.Context(), w.actor("fillerB"))
	w.must(err)
	if len(other.Bodies) != 0 {
		t.Errorf("another unit reads %+v", other)
	}
	if read, err := w.apps.Profile(t.Context(), w.actor("leader")); err != nil || read.Version != p.Version {
		t.Errorf("the leader reads %+v, %v", read, err)
	}
	for _, who := range []string{"leader", "clerk"} {
		_, err = w.apps.SaveProfile(t.Context(), w.actor(who), p.Version, nil)
		wantKind(t, who+" saves", err, fault.Forbidden)
	}
	_, err = w.apps.Profile(t.Context(), w.actor("officer"))
	wantKind(t, "the office reads", err, fault.Forbidden)
	_, err = w.apps.KeepBody(t.Context(), identity.Actor{Unit: unitA, Roles: w.actor("filler").Roles}, "00000000-0000-7000-8000-000000000000")
	wantKind(t, "keeping from nothing", err, fault.NotFound)
}

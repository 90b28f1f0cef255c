package identity_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

func ptr[T any](v T) *T { return &v }

func TestUnitsComeBackAsTheyWent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := identity.Unit{Code: "500105", Kind: identity.KindDistrict, Name: "示例区", NameShort: "示例", NameEn: "Example District", Pinyin: "shili",
			ValidFrom: "2016-01-01", ValidTo: ptr("2025-11-06"), Successor: ptr("district"), Areas: []string{"core", "expansion"},
			Extent: &[4]float64{106.4, 29.5, 106.9, 29.8}}
		for _, name := range []string{"示例区", "示例新区"} {
			u.Name = name
			w.update(t, func(tx *database.Tx) error { return identity.PutUnit(tx, u) })
		}
		w.view(t, func(tx *database.Tx) error {
			got, err := identity.UnitByCode(tx, "500105")
			if diff := cmp.Diff(u, got); diff != "" {
				t.Error(diff)
			}
			if _, err := identity.UnitByCode(tx, "atlantis"); !fault.Is(err, fault.NotFound) {
				t.Errorf("unknown code: %v", err)
			}
			return err
		})
	})
}

func TestUnitValidity(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		old, next := unit("old", identity.KindDistrict), unit("next", identity.KindDistrict)
		old.ValidTo, old.Successor, next.ValidFrom = ptr("2025-11-06"), ptr("next"), "2025-11-06"
		w.update(t, func(tx *database.Tx) error {
			if err := identity.PutUnit(tx, old); err != nil {
				return err
			}
			return identity.PutUnit(tx, next)
		})
		for date, expect := range map[string][]string{
			"2015-12-31": nil,
			"2016-01-01": {"district", "old"},
			"2025-11-05": {"district", "old"},
			"2025-11-06": {"district", "next"},
		} {
			w.view(t, func(tx *database.Tx) error {
				units, err := identity.UnitsInForce(tx, identity.KindDistrict, date)
				var got []string
				for _, u := range units {
					got = append(got, u.Code)
					if !u.InForce(date) {
						t.Errorf("%s is listed but not in force on %s", u.Code, date)
					}
				}
				if diff := cmp.Diff(expect, got); diff != "" {
					t.Errorf("%s: %s", date, diff)
				}
				return err
			})
		}
		w.view(t, func(tx *database.Tx) error {
			districts, err := identity.Units(tx, identity.KindDistrict)
			if err != nil {
				return err
			}
			all, err := identity.Units(tx, "")
			if len(districts) != 3 || len(all) != 9 {
				t.Errorf("%d districts of %d units, want 3 of 9", len(districts), len(all))
			}
			return err
		})
	})
}

func TestSetUnitProblems(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sysadmin := w.as(t, "sysadmin")
		for name, c := range map[string]struct {
			change func(*identity.Unit)
			code   string
		}{
			"code":             {func(u *identity.Unit) { u.Code = "Ö" }, "unit_code_form"},
			"kind":             {func(u *identity.Unit) { u.Kind = "club" }, "unknown"},
			"other kind":       {func(u *identity.Unit) { u.Kind = identity.KindDepartment }, "unit_kind_fixed"},
			"name":             {func(u *identity.Unit) { u.Name = "" }, "required"},
			"no date":          {func(u *identity.Unit) { u.ValidFrom = "2026-02-30" }, "not_a_date"},
			"dates":            {func(u *identity.Unit) { u.ValidTo = ptr("2016-01-01") }, "unit_dates_order"},
			"successor early":  {func(u *identity.Unit) { u.Successor = ptr("operator") }, "unit_successor_early"},
			"successor itself": {func(u *identity.Unit) { u.ValidTo, u.Successor = ptr("2027-01-01"), ptr("district") }, "unit_unknown"},
			"successor absent": {func(u *identity.Unit) { u.ValidTo, u.Successor = ptr("2027-01-01"), ptr("atlantis") }, "unit_unknown"},
			"extent":           {func(u *identity.Unit) { u.Extent = &[4]float64{107, 29, 106, 30} }, "unit_extent"},
		} {
			u := unit("district", identity.KindDistrict)
			c.change(&u)
			if err := w.SetUnit(t.Context(), sysadmin, u); codeOf(err) != c.code {
				t.Errorf("%s: got %v, want %s", name, err, c.code)
			}
		}
		u := unit("district", identity.KindDistrict)
		u.Name = "改名区"
		if err := w.SetUnit(t.Context(), sysadmin, u); err != nil {
			t.Fatal(err)
		}
		units, err := w.AllUnits(t.Context(), identity.KindDistrict)
		if err != nil || len(units) != 1 || units[0].Name != "改名区" {
			t.Errorf("units %v, %v", units, err)
		}
	})
}

func TestRecipients(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.update(t, func(tx *database.Tx) error { return identity.PutUnit(tx, unit("district-b", identity.KindDistrict)) })
		boss := w.put(t, identity.NewPerson{Login: "boss", Unit: "district", Roles: []workflows.Role{workflows.Leader}})
		other := w.put(t, identity.NewPerson{Login: "other", Unit: "district-b", Roles: []workflows.Role{workflows.Filler}, Email: "o@example.org", Lang: "en", SuperiorID: boss})
		gone := w.put(t, identity.NewPerson{Login: "gone", Unit: "district", Roles: []workflows.Role{workflows.Filler}})
		if err := w.Deactivate(t.Context(), w.as(t, "sysadmin"), gone); err != nil {
			t.Fatal(err)
		}
		filler, officer := w.ids["filler"], w.ids["officer"]
		for name, c := range map[string]struct {
			q    identity.Query
			want map[string]bool
		}{
			"nothing asked":      {identity.Query{}, map[string]bool{}},
			"role":               {identity.Query{Roles: []workflows.Role{workflows.Filler}}, map[string]bool{filler: true, other: true}},
			"role and unit":      {identity.Query{Roles: []workflows.Role{workflows.Filler}, Unit: "district"}, map[string]bool{filler: true}},
			"roles of one, once": {identity.Query{Roles: []workflows.Role{workflows.Clerk, workflows.Officer}}, map[string]bool{officer: true}},
			"unit":               {identity.Query{Unit: "district"}, map[string]bool{filler: true, boss: true}},
			"people":             {identity.Query{PersonIDs: []string{gone, other, "absent"}}, map[string]bool{other: true}},
			"people with a role": {identity.Query{PersonIDs: []string{boss, other}, Roles: []workflows.Role{workflows.Leader}}, map[string]bool{boss: true}},
		} {
			w.view(t, func(tx *database.Tx) error {
				list, err := identity.Recipients(tx, c.q)
				got := map[string]bool{}
				for _, r := range list {
					if got[r.ID] {
						t.Errorf("%s: %s twice", name, r.Name)
					}
					got[r.ID] = true
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
				return err
			})
		}
		w.view(t, func(tx *database.Tx) error {
			got, err := identity.Recipients(tx, identity.Query{PersonIDs: []string{other}})
			expect := []identity.Recipient{{ID: other, Name: "乙other", Email: "o@example.org", Lang: "en", Unit: "district-b", SuperiorID: boss}}
			if diff := cmp.Diff(expect, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}

func TestLookups(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		expert := w.put(t, identity.NewPerson{Login: "expert", Unit: "institute", Roles: []workflows.Role{workflows.Evaluator},
			Fields: []string{"logistics", "health"}, Employer: "某研究院", Demo: true})
		w.put(t, identity.NewPerson{Login: "retired", Unit: "institute", Roles: []workflows.Role{workflows.Evaluator}})
		w.update(t, func(tx *database.Tx) error {
			return tx.Must("UPDATE person SET active = FALSE WHERE login = 'retired'")
		})
		w.view(t, func(tx *database.Tx) error {
			list, err := identity.Evaluators(tx)
			expect := []identity.EvaluatorBrief{{ID: expert, Name: "乙expert", Unit: "institute", Employer: "某研究院", Fields: []string{"health", "logistics"}}}
			if diff := cmp.Diff(expect, list); diff != "" {
				t.Error(diff)
			}
			return err
		})
		w.view(t, func(tx *database.Tx) error {
			got, err := identity.PersonBrief(tx, expert)
			expect := identity.Brief{ID: expert, Login: "expert", Name: "乙expert", Unit: "institute", UnitName: "单位institute", UnitKind: "institute",
				Lang: "zh-CN", Roles: []workflows.Role{workflows.Evaluator}, Employer: "某研究院", Active: true, Demo: true}
			if diff := cmp.Diff(expect, got); diff != "" {
				t.Error(diff)
			}
			if _, err := identity.PersonBrief(tx, "absent"); !fault.Is(err, fault.NotFound) {
				t.Errorf("unknown id: %v", err)
			}
			return err
		})
		w.view(t, func(tx *database.Tx) error {
			ids := make([]string, 0, 40_000) // more than a statement may bind
			for i := range 40_000 {
				ids = append(ids, numbered("absent", i))
			}
			got, err := identity.Names(tx, append(ids, expert, "system"))
			if diff := cmp.Diff(map[string]string{expert: "乙expert"}, got); diff != "" {
				t.Error(diff)
			}
			return err
		})
	})
}

func TestPutPersonIsIdempotentByLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.put(t, identity.NewPerson{ID: "chosen", Login: "Seeded", Unit: "district", Password: secret, MustChange: true, Roles: []workflows.Role{workflows.Leader}})
		again := w.put(t, identity.NewPerson{Login: "seeded", Name: "别名", Unit: "commission", Password: "another secret 5"})
		if id != "chosen" || again != id {
			t.Errorf("ids %q and %q", id, again)
		}
		s, err := w.Login(t.Context(), cookie("seeded", secret, "192.0.2.1"))
		if err != nil || !s.MustChange || s.Actor.Unit != "district" || s.Actor.Name != "乙Seeded" {
			t.Errorf("after the second time: %+v, %v", s.Actor, err)
		}
		for code, p := range map[string]identity.NewPerson{
			"role_conflict":    {Login: "bad", Name: "丙", Unit: "commission", Roles: []workflows.Role{workflows.Officer, workflows.Security}},
			"role_not_in_unit": {Login: "bad", Name: "丙", Unit: "commission", Roles: []workflows.Role{workflows.Evaluator}},
			"password_short":   {Login: "bad", Name: "丙", Unit: "commission", Password: "short"},
			"not_found":        {Login: "bad", Name: "丙", Unit: "atlantis"},
		} {
			err := w.db.Update(t.Context(), func(tx *database.Tx) error { _, err := w.PutPerson(tx, p); return err })
			if codeOf(err) != code {
				t.Errorf("got %v, want %s", err, code)
			}
		}
	})
}

func TestSecondFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, a := t.Context(), w.as(t, "filler")
		want(t, w.ConfirmTOTP(ctx, a, "123456"), fault.Conflict, "second_factor_not_enrolled")
		e, err := w.EnrolTOTP(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		w.login(t, "filler") // not confirmed: not asked for
		want(t, w.ConfirmTOTP(ctx, a, wrongCode(t, e.Secret, w.clock.Now())), fault.Invalid, "second_factor_wrong")
		if err := w.ConfirmTOTP(ctx, a, code(t, e.Secret, w.clock.Now())); err != nil {
			t.Fatal(err)
		}
		_, err = w.EnrolTOTP(ctx, a)
		want(t, err, fault.Conflict, "second_factor_on")
		try := func(totp string) error {
			c := cookie("filler", secret, "192.0.2.1")
			c.TOTP = totp
			_, err := w.Login(ctx, c)
			return err
		}
		want(t, try(""), fault.Unauthenticated, "second_factor_required")
		want(t, try(code(t, e.Secret, w.clock.Now())), fault.Unauthenticated, "bad_credentials") // used by the confirmation
		w.clock.advance(time.Minute)
		now := code(t, e.Secret, w.clock.Now())
		if err := try(now[:3] + " " + now[3:]); err != nil {
			t.Errorf("right code: %v", err)
		}
		want(t, try(now), fault.Unauthenticated, "bad_credentials")
		w.clock.advance(5 * time.Minute)
		want(t, try(code(t, e.Secret, w.clock.Now().Add(-time.Minute))), fault.Unauthenticated, "bad_credentials")
		want(t, try(code(t, e.Secret, w.clock.Now().Add(time.Minute))), fault.Unauthenticated, "bad_credentials")
		if err := try(code(t, e.Secret, w.clock.Now().Add(-30*time.Second))); err != nil {
			t.Errorf("code of the step before: %v", err)
		}
		want(t, w.DisableTOTP(ctx, a, "not the password"), fault.Invalid, "password_wrong")
		if err := w.DisableTOTP(ctx, a, secret); err != nil {
			t.Fatal(err)
		}
		w.login(t, "filler")
	})
}

package identity_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/audit"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Every set of the twelve roles, against a list of the sets that are allowed.
func TestRoleMatrix(t *testing.T) {
	all := identity.Assignable()
	if len(all) != len(workflows.Roles())-2 {
		t.Fatalf("%d assignable roles, want all but public and system", len(all))
	}
	trio := []workflows.Role{workflows.Clerk, workflows.Officer, workflows.Director}
	kinds := map[workflows.Role][]identity.UnitKind{
		workflows.Filler: {"district"}, workflows.Leader: {"district"}, workflows.Clerk: {"commission"}, workflows.Officer: {"commission"},
		workflows.Director: {"commission"}, workflows.Department: {"department"}, workflows.Evaluator: {"institute", "department"},
		workflows.Statistics: {"statistics"}, workflows.Supervision: {"supervision"}, workflows.SystemAdmin: {"operator", "commission"},
		workflows.Security: {"operator", "commission"}, workflows.Auditor: {"operator", "commission"},
	}
	for bits := range 1 << len(all) {
		var set []workflows.Role
		for i, r := range all {
			if bits&(1<<i) != 0 {
				set = append(set, r)
			}
		}
		inTrio := !slices.ContainsFunc(set, func(r workflows.Role) bool { return !slices.Contains(trio, r) })
		for _, kind := range []identity.UnitKind{"district", "commission", "department", "statistics", "supervision", "institute", "operator"} {
			fits := !slices.ContainsFunc(set, func(r workflows.Role) bool { return !slices.Contains(kinds[r], kind) })
			allowed := fits && (len(set) <= 1 || inTrio)
			if err := identity.CheckRoles(set, kind); (err == nil) != allowed {
				t.Fatalf("%v in %s: got %v, want allowed %v", set, kind, err, allowed)
			}
		}
	}
	for _, a := range all {
		for _, b := range all {
			if got := identity.Compatible(a, b); got != (a == b || slices.Contains(trio, a) && slices.Contains(trio, b)) {
				t.Errorf("%s with %s: got %v", a, b, got)
			}
		}
	}
	for _, r := range []workflows.Role{workflows.Public, workflows.System, "emperor"} {
		want(t, identity.CheckRoles([]workflows.Role{r}, "operator"), fault.Invalid, "unknown")
	}
}

// Which administrator may do what, and that all others are told nothing.
func TestThreeAdministrators(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, id := t.Context(), w.ids["filler"]
		profile := identity.Profile{Name: "丙", Unit: "district"}
		uses := map[string]struct {
			by  workflows.Role
			run func(a identity.Actor) error
		}{
			"create": {workflows.SystemAdmin, func(a identity.Actor) error { _, err := w.CreatePerson(ctx, a, "new."+a.Login, profile); return err }},
			"update": {workflows.SystemAdmin, func(a identity.Actor) error {
				_, err := w.UpdatePerson(ctx, a, id, w.version(t, id), profile)
				return err
			}},
			"close": {workflows.SystemAdmin, func(a identity.Actor) error { return w.Deactivate(ctx, a, id) }},
			"open":  {workflows.SystemAdmin, func(a identity.Actor) error { return w.Activate(ctx, a, id) }},
			"unit":  {workflows.SystemAdmin, func(a identity.Actor) error { return w.SetUnit(ctx, a, unit("district", "district")) }},
			"roles": {workflows.Security, func(a identity.Actor) error {
				return w.SetRoles(ctx, a, id, w.version(t, id), []workflows.Role{workflows.Leader})
			}},
			"reset":    {workflows.Security, func(a identity.Actor) error { _, err := w.ResetPassword(ctx, a, w.ids["officer"]); return err }},
			"unlock":   {workflows.Security, func(a identity.Actor) error { return w.Unlock(ctx, a, id) }},
			"factor":   {workflows.Security, func(a identity.Actor) error { return w.ClearTOTP(ctx, a, id) }},
			"sessions": {workflows.Security, func(a identity.Actor) error { _, err := w.SessionsOf(ctx, a, id); return err }},
		}
		actors := map[string]identity.Actor{}
		for _, login := range []string{"filler", "officer", "sysadmin", "security", "auditor"} {
			actors[login] = w.as(t, login)
		}
		for name, use := range uses {
			for login, a := range actors {
				err := use.run(a)
				switch {
				case a.Has(use.by):
					if err != nil {
						t.Errorf("%s by %s: %v", name, login, err)
					}
				case a.Any(workflows.SystemAdmin, workflows.Security, workflows.Auditor):
					want(t, err, fault.Forbidden, "not_your_administration")
				default:
					want(t, err, fault.NotFound, "not_found")
				}
			}
		}
	})
}

func (w *world) version(t *testing.T, id string) int64 {
	t.Helper()
	return w.count(t, "SELECT version FROM person WHERE id = ?", id)
}

// A new account is usable only after both administrators have acted, and then only to
// replace the one-time password.
func TestFirstDayOfAPerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, sysadmin, security := t.Context(), w.as(t, "sysadmin"), w.as(t, "security")
		p, err := w.CreatePerson(ctx, sysadmin, "New.Person", identity.Profile{Name: " 丁 ", Unit: "operator", Email: "new@example.org", SuperiorID: w.ids["auditor"]})
		if err != nil {
			t.Fatal(err)
		}
		if p.Login != "new.person" || p.Name != "丁" || p.CanLogin || !p.Active || len(p.Roles) != 0 || p.Version != 1 || p.UnitKind != identity.KindOperator {
			t.Errorf("created %+v", p)
		}
		_, err = w.Login(ctx, cookie("new.person", "", "192.0.2.1"))
		want(t, err, fault.Unauthenticated, "bad_credentials")
		if err := w.SetRoles(ctx, security, p.ID, p.Version, []workflows.Role{workflows.SystemAdmin}); err != nil {
			t.Fatal(err)
		}
		once, err := w.ResetPassword(ctx, security, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Login(ctx, cookie("new.person", once, "192.0.2.1"))
		if err != nil || !s.MustChange || !s.Actor.MustChange {
			t.Fatalf("first login: %+v, %v", s, err)
		}
		want(t, w.Deactivate(ctx, s.Actor, w.ids["filler"]), fault.Forbidden, "must_change_password")
		if err := w.ChangePassword(ctx, s.Actor, once, secret); err != nil {
			t.Fatal(err)
		}
		a, err := w.Authenticate(ctx, s.Token, identity.Cookie)
		if err != nil || a.MustChange || !a.Has(workflows.SystemAdmin) {
			t.Fatalf("after the change: %+v, %v", a, err)
		}
		if err := w.Deactivate(ctx, a, w.ids["filler"]); err != nil {
			t.Error(err)
		}
	})
}

func TestProfileProblemsAreNamedTogether(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, sysadmin := t.Context(), w.as(t, "sysadmin")
		_, err := w.CreatePerson(ctx, sysadmin, "_x", identity.Profile{Unit: "district", Email: "no address", Lang: "fr", Phone: "1\n2"})
		got := map[string]string{}
		if f := asFault(err); f != nil {
			for _, field := range f.Fields {
				got[field.Path] = field.Code
			}
		}
		expect := map[string]string{"login": "login_form", "name": "required", "email": "email_form", "lang": "unknown", "phone": "not_text"}
		if diff := cmp.Diff(expect, got); diff != "" {
			t.Error(diff)
		}
		ended := unit("ended", identity.KindDistrict)
		end := "2026-03-02"
		ended.ValidTo = &end
		w.update(t, func(tx *database.Tx) error { return identity.PutUnit(tx, ended) })
		for code, try := range map[string]struct {
			login string
			p     identity.Profile
		}{
			"unit_unknown":      {"fresh", identity.Profile{Name: "丙", Unit: "atlantis"}},
			"unit_not_in_force": {"fresh", identity.Profile{Name: "丙", Unit: "ended"}},
			"superior_unknown":  {"fresh", identity.Profile{Name: "丙", Unit: "district", SuperiorID: "nobody"}},
			"login_taken":       {"Filler", identity.Profile{Name: "丙", Unit: "district"}},
		} {
			_, err := w.CreatePerson(ctx, sysadmin, try.login, try.p)
			want(t, err, fault.Invalid, code)
		}
	})
}

func TestUpdateConflictCarriesThePerson(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, sysadmin, id := t.Context(), w.as(t, "sysadmin"), w.ids["filler"]
		was, err := w.Person(ctx, sysadmin, id)
		if err != nil {
			t.Fatal(err)
		}
		p := identity.Profile{Name: "新名", Unit: "district", Phone: "000", Fields: []string{"b", "a", "b"}, Employer: "某院"}
		now, err := w.UpdatePerson(ctx, sysadmin, id, was.Version, p)
		if err != nil || now.Version != was.Version+1 || now.Name != "新名" || !slices.Equal(now.Fields, []string{"a", "b"}) {
			t.Fatalf("updated %+v, %v", now, err)
		}
		_, err = w.UpdatePerson(ctx, sysadmin, id, was.Version, identity.Profile{Name: "旧名", Unit: "district"})
		want(t, err, fault.Conflict, "stale")
		if seen, ok := asFault(err).Detail.(identity.Person); !ok || seen.Name != "新名" || seen.Version != now.Version {
			t.Errorf("conflict carries %+v", asFault(err).Detail)
		}
		_, err = w.UpdatePerson(ctx, sysadmin, "absent", 1, p)
		want(t, err, fault.NotFound, "not_found")
		want(t, w.SetRoles(ctx, w.as(t, "security"), id, was.Version, nil), fault.Conflict, "stale")
	})
}

// The system administrator must not be able to hand one unit's cases to another's person.
func TestPeopleWithRolesStayInTheirUnit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, sysadmin, security, id := t.Context(), w.as(t, "sysadmin"), w.as(t, "security"), w.ids["filler"]
		w.update(t, func(tx *database.Tx) error { return identity.PutUnit(tx, unit("district-b", identity.KindDistrict)) })
		move := func() error {
			_, err := w.UpdatePerson(ctx, sysadmin, id, w.version(t, id), identity.Profile{Name: "甲", Unit: "district-b"})
			return err
		}
		want(t, move(), fault.Invalid, "unit_while_roles")
		if err := w.SetRoles(ctx, security, id, w.version(t, id), nil); err != nil {
			t.Fatal(err)
		}
		if err := move(); err != nil {
			t.Error(err)
		}
	})
}

func TestSetRoles(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, security, id := t.Context(), w.as(t, "security"), w.ids["officer"]
		s := w.login(t, "officer")
		want(t, w.SetRoles(ctx, security, id, w.version(t, id), []workflows.Role{workflows.Officer, workflows.SystemAdmin}), fault.Invalid, "role_conflict")
		want(t, w.SetRoles(ctx, security, id, w.version(t, id), []workflows.Role{workflows.Filler}), fault.Invalid, "role_not_in_unit")
		want(t, w.SetRoles(ctx, security, security.ID, w.version(t, security.ID), nil), fault.Forbidden, "own_account")
		roles := []workflows.Role{workflows.Officer, workflows.Director, workflows.Officer}
		if err := w.SetRoles(ctx, security, id, w.version(t, id), roles); err != nil {
			t.Fatal(err)
		}
		a, err := w.Authenticate(ctx, s.Token, s.Kind)
		if err != nil || !slices.Equal(a.Roles, []workflows.Role{workflows.Director, workflows.Officer}) {
			t.Errorf("roles in the open session: %v, %v", a.Roles, err)
		}
		if diff := cmp.Diff([]string{`{"from":"clerk,officer","to":"director,officer"}`}, w.entries(t, "person.roles")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLastAdministratorsStay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, sysadmin, security := t.Context(), w.as(t, "sysadmin"), w.as(t, "security")
		want(t, w.Deactivate(ctx, sysadmin, w.ids["security"]), fault.Conflict, "last_administrator")
		want(t, w.Deactivate(ctx, sysadmin, sysadmin.ID), fault.Forbidden, "own_account")
		want(t, w.SetRoles(ctx, security, sysadmin.ID, w.version(t, sysadmin.ID), nil), fault.Conflict, "last_administrator")
		// Who cannot log in yet does not count.
		second := w.put(t, identity.NewPerson{Login: "second", Unit: "operator", Roles: []workflows.Role{workflows.Security}})
		want(t, w.Deactivate(ctx, sysadmin, w.ids["security"]), fault.Conflict, "last_administrator")
		if _, err := w.ResetPassword(ctx, security, second); err != nil {
			t.Fatal(err)
		}
		if err := w.Deactivate(ctx, sysadmin, w.ids["security"]); err != nil {
			t.Error(err)
		}
	})
}

// Two security administrators who dismiss each other at once: one of them stays.
func TestAdministratorsCannotDismissEachOtherAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		second := w.put(t, identity.NewPerson{Login: "second", Unit: "operator", Password: secret, Roles: []workflows.Role{workflows.Security}})
		a, b := w.as(t, "security"), w.as(t, "second")
		va, vb := w.version(t, a.ID), w.version(t, b.ID)
		var wg sync.WaitGroup
		wg.Go(func() { _ = w.SetRoles(t.Context(), a, second, vb, nil) })
		wg.Go(func() { _ = w.SetRoles(t.Context(), b, a.ID, va, nil) })
		wg.Wait()
		if n := w.count(t, "SELECT COUNT(*) FROM person_role WHERE role = 'security_admin'"); n != 1 {
			t.Errorf("%d security administrators left, want 1", n)
		}
	})
}

func TestPersonsPageByPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 5 {
			w.put(t, identity.NewPerson{Login: numbered("p_", i), Name: numbered("张%", i), Unit: "district"})
		}
		w.put(t, identity.NewPerson{Login: "px000", Unit: "district"})
		auditor := w.as(t, "auditor")
		list := func(f identity.PersonFilter) (logins []string) {
			for {
				page, err := w.Persons(t.Context(), auditor, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range page.People {
					logins = append(logins, p.Login)
				}
				if f.After = page.Next; page.Next == "" {
					return logins
				}
			}
		}
		yes, no := true, false
		for name, c := range map[string]struct {
			f    identity.PersonFilter
			want []string
		}{
			"search by login": {identity.PersonFilter{Search: "P_", Limit: 2}, []string{"p_000", "p_001", "p_002", "p_003", "p_004"}},
			"search by name":  {identity.PersonFilter{Search: "张%00"}, []string{"p_000", "p_001", "p_002", "p_003", "p_004"}},
			"role":            {identity.PersonFilter{Role: workflows.Clerk}, []string{"officer"}},
			"unit":            {identity.PersonFilter{Unit: "operator", Limit: 1}, []string{"auditor", "security", "sysadmin"}},
			"active":          {identity.PersonFilter{Unit: "commission", Active: &yes}, []string{"officer"}},
			"inactive":        {identity.PersonFilter{Active: &no}, nil},
		} {
			if diff := cmp.Diff(c.want, list(c.f)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if got := list(identity.PersonFilter{Limit: 3}); len(got) != 11 || !slices.IsSorted(got) {
			t.Errorf("all: %v", got)
		}
		officer := w.as(t, "officer")
		if _, err := w.Persons(t.Context(), officer, identity.PersonFilter{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("list for whoever asks: %v", err)
		}
		if _, err := w.Person(t.Context(), officer, w.ids["filler"]); !fault.Is(err, fault.NotFound) {
			t.Errorf("account for whoever asks: %v", err)
		}
		if p, err := w.Person(t.Context(), officer, officer.ID); err != nil || p.Login != "officer" {
			t.Errorf("own account: %+v, %v", p, err)
		}
	})
}

func TestBootstrap(t *testing.T) {
	c := newClock()
	db := sqlite(t, c)
	w := &world{Service: identity.New(identity.Config{DB: db, Argon: identity.CheapArgon()}), db: db, clock: c}
	ctx := t.Context()
	_, err := w.Bootstrap(ctx, "root", "short")
	want(t, err, fault.Invalid, "password_short")
	f, err := w.Bootstrap(ctx, "Root", secret)
	if err != nil {
		t.Fatal(err)
	}
	system := w.login(t, "root")
	security, err := w.Login(ctx, cookie("root-security", f.Security.Password, "192.0.2.1"))
	if err != nil || !security.MustChange || system.MustChange || f.System.Password != "" {
		t.Errorf("founders %+v, %v", f, err)
	}
	if !system.Actor.Has(workflows.SystemAdmin) || !security.Actor.Has(workflows.Security) || system.Actor.UnitKind != "operator" {
		t.Errorf("roles %v and %v", system.Actor.Roles, security.Actor.Roles)
	}
	_, err = w.Bootstrap(ctx, "other", secret)
	want(t, err, fault.Conflict, "already_bootstrapped")
}

func TestResetByOperator(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		s := w.login(t, "security")
		for range 10 {
			_, _ = w.Login(t.Context(), cookie("security", "wrong", "192.0.2.1"))
		}
		got, err := w.ResetByOperator(t.Context(), "Security")
		if err != nil || got.ID != w.ids["security"] || w.live(t, s) {
			t.Fatalf("reset %+v, %v", got, err)
		}
		if again, err := w.Login(t.Context(), cookie("security", got.Password, "192.0.2.1")); err != nil || !again.MustChange {
			t.Errorf("login with the one-time password: %v", err)
		}
		_, err = w.ResetByOperator(t.Context(), "nobody")
		want(t, err, fault.NotFound, "not_found")
	})
}

// All that these use cases wrote is one unbroken chain.
func TestAuditChainHolds(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, _ = w.Login(t.Context(), cookie("filler", "wrong", "192.0.2.1"))
		_ = w.Deactivate(t.Context(), w.as(t, "sysadmin"), w.ids["filler"])
		w.view(t, func(tx *database.Tx) error {
			rep, err := audit.Verify(tx, nil)
			if rep.Entries != 8 || len(rep.Problems) > 0 {
				t.Errorf("%d entries, want five accounts, two logins and a closing; %v", rep.Entries, rep.Problems)
			}
			return err
		})
	})
}

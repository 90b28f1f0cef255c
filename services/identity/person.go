package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Person is an account as administrators and its owner see it. Password and second factor
// never leave this package.
type Person struct {
	ID, Login, Name      string
	Unit, UnitName       string
	UnitKind             UnitKind
	Email, Phone, Lang   string
	Roles                []workflows.Role
	Fields               []string // sector codes an evaluator knows
	Employer             string   // who an evaluator works for, where that is not the unit
	SuperiorID           string   // told when reminders stay without effect; "" = none
	Active, MustChange   bool
	CanLogin             bool // a password has been issued
	SecondFactor         bool
	Demo                 bool
	CreatedAt, UpdatedAt time.Time
	Version              int64
}

// Profile is what the system administrator keeps of a person.
type Profile struct {
	Name, Unit         string
	Email, Phone, Lang string // Lang "" = zh-CN
	Fields             []string
	Employer           string
	SuperiorID         string
}

// CreatePerson opens an account that cannot be used yet: roles and the first password come
// from the security administrator. System administrator only.
func (s *Service) CreatePerson(ctx context.Context, a Actor, login string, p Profile) (out Person, err error) {
	if err := administer(a, workflows.SystemAdmin); err != nil {
		return Person{}, err
	}
	login, p = NormalLogin(login), p.tidy()
	if err := join(checkLogin(login), p.check()); err != nil {
		return Person{}, err
	}
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		if err := checkReferences(tx, "", p); err != nil {
			return err
		}
		id, err := insertPerson(tx, newRow(tx, login, p))
		if err != nil {
			return err
		}
		if err := recordPerson(tx, a, "person.create", id, map[string]string{"login": login, "unit": p.Unit}); err != nil {
			return err
		}
		out, err = loadPerson(tx, id)
		return err
	})
	if err != nil {
		return Person{}, fmt.Errorf("create person: %w", err)
	}
	return out, nil
}

// UpdatePerson replaces the profile, provided the version is the one that was read; otherwise
// a Conflict carries the Person as it is now. A person who holds roles cannot be moved to
// another unit, because that would hand over the other unit's cases: the security
// administrator takes the roles away first. System administrator only.
func (s *Service) UpdatePerson(ctx context.Context, a Actor, id string, version int64, p Profile) (out Person, err error) {
	if err := administer(a, workflows.SystemAdmin); err != nil {
		return Person{}, err
	}
	p = p.tidy()
	if err := p.check(); err != nil {
		return Person{}, err
	}
	err = s.db.Update(ctx, func(tx *database.Tx) error {
		was, err := loadPerson(tx, id)
		if err != nil {
			return err
		}
		if err := checkMove(tx, was, p); err != nil {
			return err
		}
		if err := updateProfile(tx, id, version, p); err != nil {
			return stale(err, was)
		}
		if err := recordPerson(tx, a, "person.update", id, changed(was.profile(), p)); err != nil {
			return err
		}
		out, err = loadPerson(tx, id)
		return err
	})
	if err != nil {
		return Person{}, fmt.Errorf("update person %s: %w", id, err)
	}
	return out, nil
}

func checkMove(tx *database.Tx, was Person, p Profile) error {
	if p.Unit != was.Unit && len(was.Roles) > 0 {
		return fault.BadField("unit", "unit_while_roles", "Roles", joinRoles(was.Roles))
	}
	if p.Unit == was.Unit {
		return checkSuperior(tx, was.ID, p.SuperiorID) // whoever is there may stay when the unit ends
	}
	return checkReferences(tx, was.ID, p)
}

// Person returns one account: one's own, or any for an administrator.
func (s *Service) Person(ctx context.Context, a Actor, id string) (out Person, err error) {
	if a.ID != id && !a.Any(administrators()...) {
		return Person{}, fault.Missing()
	}
	err = s.db.View(ctx, func(tx *database.Tx) error {
		out, err = loadPerson(tx, id)
		return err
	})
	if err != nil {
		return Person{}, fmt.Errorf("person %s: %w", id, err)
	}
	return out, nil
}

// PersonFilter narrows the list of accounts; zero fields do not.
type PersonFilter struct {
	Search string // part of the login or the name
	Unit   string
	Role   workflows.Role
	Active *bool
	After  string // PersonPage.Next of the page before
	Limit  int    // 1 to 200; 0 = 50
}

// PersonPage is one page of accounts ordered by login.
type PersonPage struct {
	People []Person
	Next   string // "" on the last page
}

// Persons lists accounts for the administrators.
func (s *Service) Persons(ctx context.Context, a Actor, f PersonFilter) (page PersonPage, err error) {
	if !a.Any(administrators()...) {
		return PersonPage{}, fault.Missing()
	}
	f.Search = strings.ToLower(cut(strings.TrimSpace(f.Search), 100))
	f.Limit = min(max(orDefault(f.Limit, 50), 1), 200)
	err = s.db.View(ctx, func(tx *database.Tx) error {
		page.People, err = listPersons(tx, f)
		return err
	})
	if err != nil {
		return PersonPage{}, fmt.Errorf("list persons: %w", err)
	}
	if len(page.People) > f.Limit {
		page.People = page.People[:f.Limit]
		page.Next = page.People[f.Limit-1].Login
	}
	return page, nil
}

func (p Person) profile() Profile {
	return Profile{Name: p.Name, Unit: p.Unit, Email: p.Email, Phone: p.Phone, Lang: p.Lang, Fields: p.Fields,
		Employer: p.Employer, SuperiorID: p.SuperiorID}
}

func (p Profile) tidy() Profile {
	for _, s := range []*string{&p.Name, &p.Unit, &p.Email, &p.Phone, &p.Employer, &p.SuperiorID} {
		*s = strings.TrimSpace(*s)
	}
	p.Lang = orDefault(p.Lang, "zh-CN")
	p.Fields = slices.Clone(p.Fields)
	slices.Sort(p.Fields)
	p.Fields = slices.Compact(p.Fields)
	return p
}

// check looks at what can be judged without the database.
func (p Profile) check() error {
	return join(
		checkText("name", p.Name, 1, 60), checkText("unit", p.Unit, 1, 40), checkText("phone", p.Phone, 0, 40),
		checkText("employer", p.Employer, 0, 100), checkText("fields", strings.Join(p.Fields, ","), 0, 1000),
		checkText("superior", p.SuperiorID, 0, 40), checkEmail(p.Email), checkLang(p.Lang))
}

// checkReferences requires a unit in force today and a superior who exists and is another.
func checkReferences(tx *database.Tx, id string, p Profile) error {
	u, err := UnitByCode(tx, p.Unit)
	if fault.Is(err, fault.NotFound) {
		return fault.BadField("unit", "unit_unknown", "Unit", p.Unit)
	}
	if err != nil {
		return err
	}
	if today := workflows.DateOf(tx.Now()).String(); !u.InForce(today) {
		return fault.BadField("unit", "unit_not_in_force", "Unit", u.Name, "Date", today)
	}
	return checkSuperior(tx, id, p.SuperiorID)
}

func checkSuperior(tx *database.Tx, id, superior string) error {
	if superior == "" {
		return nil
	}
	there, err := otherPersonExists(tx, superior, id)
	if err == nil && !there {
		return fault.BadField("superior", "superior_unknown")
	}
	return err
}

// stale turns the conflict of a conditional write into one that carries the row as it is.
func stale(err error, now Person) error {
	if fault.Is(err, fault.Conflict) {
		return fault.Stale(now)
	}
	return err
}

// changed names the fields that differ; their values stay out of a record that nobody can
// erase, except the unit, which decides what a person sees.
func changed(was, now Profile) map[string]any {
	var names []string
	for _, f := range []struct{ name, was, now string }{
		{"name", was.Name, now.Name}, {"email", was.Email, now.Email}, {"phone", was.Phone, now.Phone},
		{"lang", was.Lang, now.Lang}, {"employer", was.Employer, now.Employer}, {"superior", was.SuperiorID, now.SuperiorID},
		{"fields", strings.Join(was.Fields, ","), strings.Join(now.Fields, ",")}, {"unit", was.Unit, now.Unit},
	} {
		if f.was != f.now {
			names = append(names, f.name)
		}
	}
	detail := map[string]any{"changed": names}
	if was.Unit != now.Unit {
		detail["unit"] = []string{was.Unit, now.Unit}
	}
	return detail
}

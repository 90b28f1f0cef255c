package application

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// maxBodies bounds the development bodies that a unit keeps.
const maxBodies = 30

// Profile is what a unit keeps about itself, so that no filing asks for it twice: its
// development bodies with their contacts. Version 1 is a profile that nobody has saved yet.
type Profile struct {
	Unit      string
	Version   int64
	Bodies    []ProfileBody
	UpdatedBy string // person id
	UpdatedAt *time.Time
}

// ProfileBody is a development body that a unit keeps.
type ProfileBody struct {
	ID string `json:"id"` // ours; empty in a new one
	Body
}

func (p Profile) body(id string) (ProfileBody, bool) {
	i := slices.IndexFunc(p.Bodies, func(b ProfileBody) bool { return b.ID == id })
	if i < 0 {
		return ProfileBody{}, false
	}
	return p.Bodies[i], true
}

// Has reports whether the profile keeps a body exactly as it is given.
func (p Profile) Has(b Body) bool {
	return slices.ContainsFunc(p.Bodies, func(x ProfileBody) bool { return x.Body == b })
}

// Knows reports whether the profile keeps the body under its credit code, whatever else it says.
func (p Profile) Knows(b Body) bool { return p.place(b) >= 0 }

// place is where a body lies that is the same organisation; -1 where there is none.
func (p Profile) place(b Body) int {
	return slices.IndexFunc(p.Bodies, func(x ProfileBody) bool {
		return b.CreditCode != "" && x.CreditCode == b.CreditCode || b.CreditCode == "" && x.CreditCode == "" && x.Name == b.Name
	})
}

// Profile reads what the actor's unit keeps. Fillers and leaders may.
func (s *Service) Profile(ctx context.Context, a identity.Actor) (p Profile, err error) {
	if !ownSide(a) {
		return p, fault.New(fault.Forbidden, "forbidden")
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		p, err = profileOf(tx, a.Unit)
		return err
	})
	return p, err
}

// SaveProfile replaces the bodies that the filler's unit keeps; seen is the version that was
// read. Errors: Forbidden, Invalid by field (bodies[2].credit_code), Conflict "stale".
func (s *Service) SaveProfile(ctx context.Context, a identity.Actor, seen int64, bodies []ProfileBody) (p Profile, err error) {
	if !a.Has(workflows.Filler) {
		return p, fault.New(fault.Forbidden, "forbidden")
	}
	bodies, err = cleanBodies(bodies)
	if err != nil {
		return p, err
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		if p, err = lockedProfile(tx, a.Unit); err != nil {
			return err
		}
		if p.Version != seen {
			return fault.Stale(map[string]any{"version": p.Version}).With("Version", strconv.FormatInt(p.Version, 10))
		}
		for i := range bodies {
			if _, known := p.body(bodies[i].ID); !known {
				bodies[i].ID = tx.ID()
			}
		}
		if slices.Equal(bodies, p.Bodies) {
			return nil
		}
		p.Bodies = bodies
		p, err = putProfile(tx, a, p, "profile.save")
		return err
	})
	return p, err
}

// KeepBody keeps the development body of an application in the unit's profile: in place of
// the same organisation, or besides the others.
func (s *Service) KeepBody(ctx context.Context, a identity.Actor, id string) (p Profile, err error) {
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		l, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		if !a.Has(workflows.Filler) {
			return fault.New(fault.Forbidden, "forbidden")
		}
		c, err := l.content()
		if err != nil {
			return err
		}
		if p, err = lockedProfile(tx, a.Unit); err != nil || p.Has(c.Body) {
			return err
		}
		p, err = keepBody(tx, a, p, c.Body)
		return err
	})
	return p, err
}

func keepBody(tx *database.Tx, a identity.Actor, p Profile, b Body) (Profile, error) {
	bodies := slices.Clone(p.Bodies)
	if at := p.place(b); at >= 0 {
		bodies[at].Body = b
	} else {
		bodies = append(bodies, ProfileBody{ID: tx.ID(), Body: b})
	}
	clean, err := cleanBodies(bodies)
	if err != nil {
		return p, err
	}
	p.Bodies = clean
	return putProfile(tx, a, p, "profile.keep")
}

// cleanBodies tidies and checks bodies as a document would, besides that each has a name and
// none stands there twice.
func cleanBodies(bodies []ProfileBody) ([]ProfileBody, error) {
	if len(bodies) > maxBodies {
		return nil, fault.BadField("bodies", "profile.too_many", "Max", strconv.Itoa(maxBodies))
	}
	out := make([]ProfileBody, 0, len(bodies))
	var fields []fault.Field
	for i, b := range bodies {
		clean, bad, err := cleanBody(b.Body)
		if err != nil {
			return nil, err
		}
		at := "bodies[" + strconv.Itoa(i) + "]."
		for _, f := range bad {
			f.Path = at + strings.TrimPrefix(f.Path, "body.")
			fields = append(fields, f)
		}
		if (Profile{Bodies: out}).place(clean) >= 0 {
			fields = append(fields, fault.Field{Path: at + "credit_code", Code: "profile.twice"})
		}
		out = append(out, ProfileBody{ID: b.ID, Body: clean})
	}
	if len(fields) > 0 {
		return nil, fault.Bad(fields...)
	}
	return out, nil
}

func cleanBody(b Body) (Body, []fault.Field, error) {
	text, err := json.Marshal(map[string]Body{"body": b})
	if err != nil {
		return b, nil, fmt.Errorf("encode body: %w", err)
	}
	c, problems := Decode(text)
	var fields []fault.Field
	for _, p := range problems {
		fields = append(fields, fault.Field{Path: p.Path, Code: p.Code, Params: p.Params})
	}
	if len(fields) > 0 {
		return b, fields, nil
	}
	if c.Body.Name == "" {
		fields = append(fields, fault.Field{Path: "body.name", Code: "required"})
	}
	if c.Body.CreditCode != "" {
		if wrong, _ := CheckCreditCode(c.Body.CreditCode); wrong != CodeOK {
			fields = append(fields, fault.Field{Path: "body.credit_code", Code: "profile.credit_code"})
		}
	}
	return c.Body, fields, nil
}

type profileRow struct {
	UnitCode  string
	Version   int64
	Content   string
	UpdatedBy string
	UpdatedAt time.Time
}

func lockedProfile(tx *database.Tx, unit string) (Profile, error) {
	if err := tx.Lock("unit_profile/" + unit); err != nil {
		return Profile{}, err
	}
	return profileOf(tx, unit)
}

func profileOf(tx *database.Tx, unit string) (Profile, error) {
	var r profileRow
	err := tx.One(&r, "SELECT unit_code, version, content, updated_by, updated_at FROM unit_profile WHERE unit_code = ?", unit)
	if fault.Is(err, fault.NotFound) {
		return Profile{Unit: unit, Version: 1}, nil
	}
	if err != nil {
		return Profile{}, err
	}
	p := Profile{Unit: unit, Version: r.Version, UpdatedBy: r.UpdatedBy, UpdatedAt: &r.UpdatedAt}
	if err := json.Unmarshal([]byte(r.Content), &p.Bodies); err != nil {
		return p, errors.Join(errors.New("profile of "+unit), err)
	}
	return p, nil
}

// putProfile stores a profile that was read in this transaction under its lock.
func putProfile(tx *database.Tx, a identity.Actor, p Profile, action string) (Profile, error) {
	text, err := json.Marshal(p.Bodies)
	if err != nil {
		return p, fmt.Errorf("encode profile: %w", err)
	}
	now := tx.Now()
	if p.UpdatedAt == nil {
		err = tx.Insert("unit_profile", &profileRow{UnitCode: p.Unit, Version: p.Version + 1, Content: string(text), UpdatedBy: a.ID, UpdatedAt: now})
	} else {
		err = tx.Must("UPDATE unit_profile SET content = ?, updated_by = ?, updated_at = ?, version = version + 1 WHERE unit_code = ? AND version = ?",
			string(text), a.ID, now, p.Unit, p.Version)
	}
	if err != nil {
		return p, err
	}
	p.Version, p.UpdatedBy, p.UpdatedAt = p.Version+1, a.ID, &now
	return p, casework.Record(tx, a, action, casework.Ref{Kind: "unit_profile", ID: p.Unit}, map[string]any{"version": p.Version, "bodies": p.Bodies})
}

package registry

import (
	"context"
	"encoding/json"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// View is a zone as one person sees it. Dates are local, YYYY-MM-DD.
type View struct {
	ID, Number, Name          string
	Unit, UnitName, UnitEn    string
	ApplicationID             string // "" for a zone accredited before the system
	RuleSetID                 string
	State                     workflows.State
	Version                   int64
	BodyName, CreditCode      string
	Sectors                   []string // codes
	Area                      string   // functional area
	AreaM2                    int64
	ValidFrom, ValidTo        string
	DocumentNumber, DecidedOn string
	Statement                 string // the unit's answer to a proposal to revoke
	RenewalAsked              bool
	RenewalFrom               string // first day on which a renewal may be filed
	Demo                      bool
	Boundaries                []BoundaryVersion // newest first
	Measures                  []Measure
	Certificates              []Certificate // newest first
	Grades                    []Grade       // newest first
	Clocks                    []casework.Clock
	History                   []casework.Event
	Choices                   []workflows.Choice
	UpdatedAt                 time.Time
}

// BoundaryVersion is the ground of a zone from a day on.
type BoundaryVersion struct {
	No        int
	GeoJSON   json.RawMessage
	Texts     [4]string // east, south, west, north
	AreaM2    int64
	ValidFrom string
	Source    string
}

// Measure is a support measure that the accreditation has unlocked.
type Measure struct {
	Code        string
	Number      int    // in part 四; 0 for the entitlement of part 五(一)
	Title, En   string // in Chinese and English
	Departments []string
	UnlockedAt  time.Time
}

// Certificate is one certificate of a zone.
type Certificate struct {
	Number, CheckCode string
	State             string // issued, revoked, expired, superseded
	Printed           bool
	SHA256            string
	IssuedAt          time.Time
}

// Grade is the confirmed grade of one year.
type Grade struct {
	Year  int
	Grade string // excellent, good, qualified, unqualified
}

// View reads a zone with everything the actor may see of it.
func (s *Service) View(ctx context.Context, a identity.Actor, id string) (out View, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		z, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		out, err = s.view(tx, a, z)
		return err
	})
	return out, err
}

func (s *Service) view(tx *database.Tx, a identity.Actor, z loaded) (View, error) {
	v := View{ID: z.ID, Number: z.Number, Name: z.Name, Unit: z.UnitCode, RuleSetID: z.RuleSetID, State: workflows.State(z.Status), Version: z.Version,
		BodyName: z.BodyName, CreditCode: z.CreditCode, Sectors: z.sectors(), Area: z.Area, AreaM2: z.AreaM2, ValidFrom: z.ValidFrom, ValidTo: z.ValidTo,
		DocumentNumber: z.DocumentNumber, DecidedOn: z.DecidedOn, RenewalAsked: z.RenewalAsked, Demo: z.Demo, UpdatedAt: z.UpdatedAt}
	if z.ApplicationID != nil {
		v.ApplicationID = *z.ApplicationID
	}
	if end, err := workflows.ParseDate(z.ValidTo); err == nil {
		v.RenewalFrom = end.AddMonths(-z.rules.Validity.RenewalMonths.Value).String()
	}
	for _, fill := range []func(*database.Tx, identity.Actor, loaded, *View) error{s.fillGround, s.fillRights, s.fillCourse} {
		if err := fill(tx, a, z, &v); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (s *Service) fillGround(tx *database.Tx, _ identity.Actor, z loaded, v *View) error {
	unit, err := identity.UnitByCode(tx, z.UnitCode)
	if err != nil {
		return err
	}
	v.UnitName, v.UnitEn = unit.Name, unit.NameEn
	v.Boundaries, err = boundaries(tx, z.ID, 50)
	return err
}

func boundaries(tx *database.Tx, id string, limit int) ([]BoundaryVersion, error) {
	var rows []struct {
		No             int
		Geojson, Texts string
		AreaM2         int64
		ValidFrom      string
		Source         string
	}
	err := tx.Find(&rows, `SELECT no, geojson, texts, area_m2, valid_from, source FROM zone_boundary WHERE zone_id = ? ORDER BY no DESC LIMIT ?`, id, limit)
	out := make([]BoundaryVersion, 0, len(rows))
	for _, r := range rows {
		b := BoundaryVersion{No: r.No, GeoJSON: json.RawMessage(r.Geojson), AreaM2: r.AreaM2, ValidFrom: r.ValidFrom, Source: r.Source}
		_ = json.Unmarshal([]byte(r.Texts), &b.Texts) // written by us
		out = append(out, b)
	}
	return out, err
}

func (s *Service) fillRights(tx *database.Tx, a identity.Actor, z loaded, v *View) (err error) {
	if v.Measures, err = s.measures(tx, z.ID); err != nil {
		return err
	}
	if v.Grades, err = grades(tx, z.ID); err != nil || !insider(a) {
		return err
	}
	var rows []certificateRow
	err = tx.Find(&rows, "SELECT "+certificateColumns+" FROM certificate c WHERE c.zone_id = ? ORDER BY c.issued_at DESC, c.number LIMIT 50", z.ID)
	for _, c := range rows {
		v.Certificates = append(v.Certificates, Certificate{Number: c.Number, CheckCode: c.CheckCode, State: c.Status, Printed: c.RenderedAt != nil,
			SHA256: c.SHA256, IssuedAt: c.IssuedAt})
	}
	return err
}

func (s *Service) measures(tx *database.Tx, id string) ([]Measure, error) {
	var rows []struct {
		Measure, Departments string
		UnlockedAt           time.Time
	}
	err := tx.Find(&rows, "SELECT measure, departments, unlocked_at FROM zone_measure WHERE zone_id = ? ORDER BY measure LIMIT 50", id)
	out := make([]Measure, 0, len(rows))
	for _, r := range rows {
		m := Measure{Code: r.Measure, UnlockedAt: r.UnlockedAt}
		if known, ok := s.Book.Measure(r.Measure); ok {
			m.Number, m.Title, m.En = known.Number, known.Title.ZH, known.Title.EN
		}
		_ = json.Unmarshal([]byte(r.Departments), &m.Departments) // written by us
		out = append(out, m)
	}
	return out, err
}

// grades lists the confirmed grades, which are public.
func grades(tx *database.Tx, id string) (out []Grade, err error) {
	err = tx.Find(&out, "SELECT year, grade FROM evaluation WHERE zone_id = ? AND status = 'graded' ORDER BY year DESC LIMIT 50", id)
	return out, err
}

// insider is whoever takes part in the zone's cases: its unit, the commission, supervision.
func insider(a identity.Actor) bool {
	return a.ReadsAll() || a.Any(workflows.Filler, workflows.Leader)
}

func (s *Service) fillCourse(tx *database.Tx, a identity.Actor, z loaded, v *View) (err error) {
	if !insider(a) {
		return nil
	}
	v.Statement = z.Statement
	if v.Clocks, err = s.Engine.Clocks(tx, refOf(z.ID)); err != nil {
		return err
	}
	if v.History, err = casework.History(tx, refOf(z.ID)); err != nil {
		return err
	}
	v.Choices, err = s.choices(tx, a, z)
	return err
}

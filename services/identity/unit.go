package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// UnitKind is what a unit does in the procedure.
type UnitKind string

// The kinds of unit.
const (
	KindDistrict    UnitKind = "district"    // files applications
	KindCommission  UnitKind = "commission"  // receives, handles, decides
	KindDepartment  UnitKind = "department"  // gives opinions
	KindStatistics  UnitKind = "statistics"  // checks and releases figures
	KindSupervision UnitKind = "supervision" // reads all, urges
	KindInstitute   UnitKind = "institute"   // evaluators come from it
	KindOperator    UnitKind = "operator"    // runs the service
)

// Unit is a public body in one stretch of its existence. Dates are local, YYYY-MM-DD.
type Unit struct {
	Code         string // GB/T 2260 where one is known, else internal
	Kind         UnitKind
	Name         string
	NameShort    string
	NameEn       string
	Pinyin       string
	ValidFrom    string      // first day
	ValidTo      *string     // first day on which it no longer exists; nil: open
	Successor    *string     // code of who takes its zones over
	Areas        []string    // functional areas it lies in
	Extent       *[4]float64 // rough bounding box in degrees: west, south, east, north
	InternalCode bool        // Code is not a GB/T 2260 code
}

// InForce reports whether the unit exists on a local date.
func (u Unit) InForce(date string) bool {
	return date >= u.ValidFrom && (u.ValidTo == nil || date < *u.ValidTo)
}

// SetUnit stores a unit under its code, new or not; the kind of a known unit stays, because
// its people's roles hang on it. System administrator only.
func (s *Service) SetUnit(ctx context.Context, a Actor, u Unit) error {
	if err := administer(a, workflows.SystemAdmin); err != nil {
		return err
	}
	if err := u.check(); err != nil {
		return err
	}
	err := s.db.Update(ctx, func(tx *database.Tx) error {
		if err := checkUnitAgainst(tx, u); err != nil {
			return err
		}
		if err := PutUnit(tx, u); err != nil {
			return err
		}
		return record(tx, a, "unit.set", "unit", u.Code, map[string]string{"kind": string(u.Kind), "name": u.Name,
			"valid_from": u.ValidFrom, "valid_to": deref(u.ValidTo), "successor": deref(u.Successor)})
	})
	if err != nil {
		return fmt.Errorf("set unit %s: %w", u.Code, err)
	}
	return nil
}

// AllUnits lists the units of a kind in the order of their codes, whether in force or not;
// an empty kind means all. Units are public.
func (s *Service) AllUnits(ctx context.Context, kind UnitKind) (out []Unit, err error) {
	err = s.db.View(ctx, func(tx *database.Tx) error {
		out, err = Units(tx, kind)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list units: %w", err)
	}
	return out, nil
}

func (u Unit) check() error {
	return join(
		checkCode("code", u.Code), u.checkKind(), u.checkDates(), u.checkExtent(),
		checkText("name", u.Name, 1, 60), checkText("name_short", u.NameShort, 1, 30), checkText("name_en", u.NameEn, 1, 120),
		checkText("pinyin", u.Pinyin, 0, 60), checkText("areas", strings.Join(u.Areas, ","), 0, 200))
}

func (u Unit) checkKind() error {
	kinds := []UnitKind{KindDistrict, KindCommission, KindDepartment, KindStatistics, KindSupervision, KindInstitute, KindOperator}
	if !slices.Contains(kinds, u.Kind) {
		return fault.BadField("kind", "unknown")
	}
	return nil
}

func (u Unit) checkDates() error {
	if _, err := workflows.ParseDate(u.ValidFrom); err != nil {
		return fault.BadField("valid_from", "not_a_date")
	}
	if u.ValidTo == nil {
		if u.Successor != nil {
			return fault.BadField("successor", "unit_successor_early")
		}
		return nil
	}
	if _, err := workflows.ParseDate(*u.ValidTo); err != nil {
		return fault.BadField("valid_to", "not_a_date")
	}
	if *u.ValidTo <= u.ValidFrom {
		return fault.BadField("valid_to", "unit_dates_order")
	}
	return nil
}

func (u Unit) checkExtent() error {
	if u.Extent == nil {
		return nil
	}
	west, south, east, north := u.Extent[0], u.Extent[1], u.Extent[2], u.Extent[3]
	if !(-180 <= west && west < east && east <= 180 && -90 <= south && south < north && north <= 90) {
		return fault.BadField("extent", "unit_extent")
	}
	return nil
}

// checkUnitAgainst compares a unit with the register: its kind stays, its successor exists.
func checkUnitAgainst(tx *database.Tx, u Unit) error {
	was, err := UnitByCode(tx, u.Code)
	switch {
	case err != nil && !fault.Is(err, fault.NotFound):
		return err
	case err == nil && was.Kind != u.Kind:
		return fault.BadField("kind", "unit_kind_fixed")
	case u.Successor == nil:
		return nil
	case *u.Successor == u.Code:
		return fault.BadField("successor", "unit_unknown", "Unit", *u.Successor)
	}
	_, err = UnitByCode(tx, *u.Successor)
	if fault.Is(err, fault.NotFound) {
		return fault.BadField("successor", "unit_unknown", "Unit", *u.Successor)
	}
	return err
}

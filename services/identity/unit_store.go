package identity

import (
	"encoding/json"
	"fmt"

	"clusterzone/services/database"
	"clusterzone/services/search"
)

type unitRow struct {
	Code, Kind, Name, NameShort, NameEn, Pinyin string
	ValidFrom                                   string
	ValidTo, Successor                          *string
	Areas                                       string
	Extent                                      *string
	InternalCode                                bool
}

const selectUnit = `SELECT code, kind, name, name_short, name_en, pinyin, valid_from, valid_to, successor, areas, extent, internal_code FROM unit `

// PutUnit stores a unit under its code, new or not. It is for seeding: it checks the unit by
// itself but neither who asks nor whether the successor is there yet.
func PutUnit(tx *database.Tx, u Unit) error {
	if err := u.check(); err != nil {
		return fmt.Errorf("put unit %s: %w", u.Code, err)
	}
	var extent *string
	if u.Extent != nil {
		b, err := json.Marshal(u.Extent)
		if err != nil {
			return fmt.Errorf("put unit %s: %w", u.Code, err)
		}
		s := string(b)
		extent = &s
	}
	_, err := tx.Exec(`INSERT INTO unit (code, kind, name, name_short, name_en, pinyin, valid_from, valid_to, successor, areas, extent, internal_code)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, name = excluded.name, name_short = excluded.name_short,
		name_en = excluded.name_en, pinyin = excluded.pinyin, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
		successor = excluded.successor, areas = excluded.areas, extent = excluded.extent, internal_code = excluded.internal_code`,
		u.Code, string(u.Kind), u.Name, u.NameShort, u.NameEn, u.Pinyin, u.ValidFrom, u.ValidTo, u.Successor,
		encodeList(u.Areas), extent, u.InternalCode)
	if err != nil {
		return fmt.Errorf("put unit %s: %w", u.Code, err)
	}
	return search.Put(tx, search.UnitKind, u.Code, u.Name, u.NameShort, u.NameEn, u.Pinyin)
}

// UnitByCode returns a unit whether in force or not; an unknown code is NotFound.
func UnitByCode(tx *database.Tx, code string) (Unit, error) {
	var r unitRow
	if err := tx.One(&r, selectUnit+"WHERE code = ?", code); err != nil {
		return Unit{}, fmt.Errorf("unit %s: %w", code, err)
	}
	return r.unit()
}

// Units lists the units of a kind by code, whether in force or not; an empty kind means all.
func Units(tx *database.Tx, kind UnitKind) ([]Unit, error) {
	return findUnits(tx, "WHERE (? = '' OR kind = ?) ORDER BY code", string(kind), string(kind))
}

// UnitsInForce is Units on a local date (YYYY-MM-DD).
func UnitsInForce(tx *database.Tx, kind UnitKind, date string) ([]Unit, error) {
	return findUnits(tx, "WHERE (? = '' OR kind = ?) AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?) ORDER BY code",
		string(kind), string(kind), date, date)
}

func findUnits(tx *database.Tx, where string, args ...any) ([]Unit, error) {
	var rows []unitRow
	if err := tx.Find(&rows, selectUnit+where, args...); err != nil {
		return nil, fmt.Errorf("units: %w", err)
	}
	out := make([]Unit, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.unit(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r unitRow) unit() (Unit, error) {
	u := Unit{Code: r.Code, Kind: UnitKind(r.Kind), Name: r.Name, NameShort: r.NameShort, NameEn: r.NameEn, Pinyin: r.Pinyin,
		ValidFrom: r.ValidFrom, ValidTo: r.ValidTo, Successor: r.Successor, InternalCode: r.InternalCode}
	var err error
	if u.Areas, err = decodeList(r.Areas); err != nil {
		return Unit{}, fmt.Errorf("unit %s: areas: %w", r.Code, err)
	}
	if r.Extent == nil {
		return u, nil
	}
	u.Extent = new([4]float64)
	if err := json.Unmarshal([]byte(*r.Extent), u.Extent); err != nil {
		return Unit{}, fmt.Errorf("unit %s: extent: %w", r.Code, err)
	}
	return u, nil
}

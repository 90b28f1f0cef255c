package application

import (
	"errors"
	"strconv"
	"strings"
)

// Unit says how a stored integer is shown to and typed by people.
type Unit string

// The units of the document. The comment says what is stored and what is shown.
const (
	UnitNone    Unit = ""        // text, or a plain number such as a year
	UnitCount   Unit = "count"   // stored and shown as it is
	UnitFen     Unit = "fen"     // stored in fen, shown in 万元
	UnitKm2     Unit = "km2"     // stored in m², shown in km²
	UnitM2      Unit = "m2"      // stored and shown in m²
	UnitHectare Unit = "hectare" // stored in m², shown in hectares
	UnitPercent Unit = "percent" // stored in hundredths of a percent, shown in percent
)

// ErrNotNumber is returned by Unit.Parse for text that is no number of the unit's precision.
var ErrNotNumber = errors.New("not a number of the expected precision")

// maxInteger is the largest integer of a document: below 2^53, so that no JavaScript reader rounds it.
const maxInteger = 9_000_000_000_000_000

// Decimals is how many digits after the point the shown form may have.
func (u Unit) Decimals() int {
	switch u {
	case UnitFen, UnitKm2:
		return 6
	case UnitHectare:
		return 4
	case UnitPercent:
		return 2
	}
	return 0
}

// Format writes a stored value in its shown unit, without trailing zeros and without a unit name.
func (u Unit) Format(v int64) string {
	text := strconv.FormatInt(v, 10)
	decimals := u.Decimals()
	if decimals == 0 {
		return text
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	if short := decimals + 1 - len(text); short > 0 {
		text = strings.Repeat("0", short) + text
	}
	whole, fraction := text[:len(text)-decimals], strings.TrimRight(text[len(text)-decimals:], "0")
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}

// Parse reads what a person typed in the shown unit. It is exact: more decimals than the unit has are an error, not
// rounded. Thousands may be separated by commas. Negative numbers are not part of any document.
func (u Unit) Parse(text string) (int64, error) {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	whole, fraction, _ := strings.Cut(text, ".")
	if whole == "" || !allDigits(whole) || !allDigits(fraction) || len(fraction) > u.Decimals() {
		return 0, ErrNotNumber
	}
	v, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", u.Decimals()-len(fraction)), 10, 64)
	if err != nil || v > maxInteger {
		return 0, ErrNotNumber
	}
	return v, nil
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// IndicatorUnit is the unit of a goal indicator: money for revenue, value added, tax and investment, else a count.
func IndicatorUnit(indicator string) Unit {
	switch indicator {
	case "revenue", "value-added", "tax", "investment":
		return UnitFen
	}
	return UnitCount
}

// UnitOf is the unit of the field at a path, such as goals.rows[revenue].base; UnitNone for texts and unknown paths.
func UnitOf(path string) Unit {
	steps, ok := parsePath(path)
	if !ok {
		return UnitNone
	}
	f, ok := fieldAt(steps)
	if !ok {
		return UnitNone
	}
	if f.unit == unitOfRow {
		return IndicatorUnit(steps[2].name)
	}
	return f.unit
}

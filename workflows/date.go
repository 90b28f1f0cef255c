package workflows

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// dateLayout is the one written form of a Date.
const dateLayout = "2006-01-02"

// dateLastYear is the last year that dateLayout can write. Every search for a
// working day ends there, so that no parameter can make one run for ever.
const dateLastYear = 9999

// dateZone is the zone all dates are read in. It is a fixed offset, so that a
// host without zone files counts like any other; China has had no summer time
// since 1991.
var dateZone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Date is a calendar date in Asia/Shanghai (always +08:00). It is comparable
// and may be a map key; the zero value is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads a date written as 2026-11-23, and nothing else.
func ParseDate(s string) (Date, error) {
	if len(s) != len(dateLayout) {
		return Date{}, fmt.Errorf("date has %d bytes: write it as year-month-day, such as 2026-11-23", len(s))
	}
	t, err := time.Parse(dateLayout, s)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("date %q is not a day of the calendar: write it as year-month-day, such as 2026-11-23", s)
	}
	return dateFrom(t), nil
}

// DateOf returns the date it is in Shanghai at the instant t, whatever the
// location of t and of the host.
func DateOf(t time.Time) Date { return dateFrom(t.In(dateZone)) }

// Start returns the first instant of d, 00:00 in Shanghai, in UTC.
func (d Date) Start() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, dateZone).UTC()
}

// End returns 24:00 of d in Shanghai, in UTC: the first instant that is no
// longer d.
func (d Date) End() time.Time { return d.AddDays(1).Start() }

// AddDays returns the date n calendar days after d, or before it if n < 0.
func (d Date) AddDays(n int) Date {
	return dateFrom(time.Date(d.Year, d.Month, d.Day+n, 0, 0, 0, 0, time.UTC))
}

// AddMonths returns the corresponding day n months after d, or the last day of
// that month where there is none (Civil Code 202). It does not move rest days:
// see Calendar.AddMonths for that.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.Day, last)}
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Sub returns the number of calendar days from e to d, negative if d is earlier.
func (d Date) Sub(e Date) int {
	const day = 24 * 60 * 60
	return int((d.utc().Unix() - e.utc().Unix()) / day)
}

// Compare returns -1, 0 or +1 as d is before, equal to or after e.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month), cmp.Compare(d.Day, e.Day))
}

// Before reports whether d is an earlier date than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After reports whether d is a later date than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// IsZero reports whether d is the zero value, which stands for "no date".
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether d is a day of the calendar in the years 1 to 9999.
func (d Date) Valid() bool {
	return d.Year >= 1 && d.Year <= dateLastYear && dateFrom(d.utc()) == d
}

// String returns d as 2026-11-23, and the empty string for the zero value.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText writes the form String returns; JSON uses it too. The zero value
// is written as the empty string, a date that does not exist is an error.
func (d Date) MarshalText() ([]byte, error) {
	if !d.IsZero() && !d.Valid() {
		return nil, errors.New("date " + d.String() + " is not a day of the years 1 to 9999")
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes: the empty string gives the zero
// value, so a caller for whom the date is compulsory asks IsZero.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// utc returns 00:00 of d in UTC: the neutral ground for date arithmetic.
func (d Date) utc() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// dateFrom takes the date t shows in its own location.
func dateFrom(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

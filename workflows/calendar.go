package workflows

import (
	"errors"
	"fmt"
	"time"
)

// Day is one row of the working-day calendar: a date that the yearly notice of
// the State Council names. Most rows deviate from the plain week of Monday to
// Friday; a Saturday inside a long holiday may be listed too.
type Day struct {
	Date Date
	Rest bool   // true: a holiday; false: a working day, such as a make-up day on a Sunday
	Name string // the holiday the row belongs to, shown to people
}

// Calendar tells working days from rest days. It is immutable, so one value
// serves every goroutine; the version goes into each stored due date.
//
// All counting follows the Civil Code: the day of the event is not counted
// (201), a period of months or years ends on the corresponding day (202), a
// last day that is a rest day gives way to the next working day, and a period
// ends at 24:00 of its last day (203).
//
// A year is confirmed once its notice is in the table. In any other year
// Monday to Friday are taken for working days (with what rows there are), and
// a result that rests on one day of such a year is provisional: compute it
// again when the year is confirmed.
type Calendar struct {
	version   string
	confirmed map[int]bool
	rows      map[Date]Day
}

// NewCalendar builds a calendar from its rows and the years that are complete.
// It refuses an empty version, a year or date that does not exist, and two
// rows for one date.
func NewCalendar(version string, confirmed []int, days []Day) (*Calendar, error) {
	if version == "" {
		return nil, errors.New("calendar version is empty: stored due dates refer to it")
	}
	c := &Calendar{version: version, confirmed: make(map[int]bool), rows: make(map[Date]Day, len(days))}
	for _, year := range confirmed {
		if year < 1 || year > dateLastYear {
			return nil, fmt.Errorf("calendar %s: confirmed year %d: want 1 to %d", version, year, dateLastYear)
		}
		c.confirmed[year] = true
	}
	for _, day := range days {
		if !day.Date.Valid() {
			return nil, fmt.Errorf("calendar %s: row %q has the date %q, which does not exist", version, day.Name, day.Date)
		}
		if old, ok := c.rows[day.Date]; ok {
			return nil, fmt.Errorf("calendar %s: two rows for %s, %q and %q: keep one", version, day.Date, old.Name, day.Name)
		}
		c.rows[day.Date] = day
	}
	return c, nil
}

// Version returns the name under which this state of the table is kept.
func (c *Calendar) Version() string { return c.version }

// Day returns the row of d, or for a date without one the plain week's answer
// with no name.
func (c *Calendar) Day(d Date) Day {
	if row, ok := c.rows[d]; ok {
		return row
	}
	week := d.Weekday()
	return Day{Date: d, Rest: week == time.Saturday || week == time.Sunday}
}

// Working reports whether d is a working day.
func (c *Calendar) Working(d Date) bool { return !c.Day(d).Rest }

// Confirmed reports whether the year of d is complete. If not, Working(d) is
// an assumption.
func (c *Calendar) Confirmed(d Date) bool { return c.confirmed[d.Year] }

// Next returns d itself if it is a working day, else the first one after it.
func (c *Calendar) Next(d Date) Date {
	due, _ := c.settle(d)
	return due
}

// Add returns the last day of a period of n working days after an event on
// start; the period ends at 24:00 of it, Date.End. The day of the event is not
// counted. With n = 0 it is start, or the next working day; with n < 0 it is
// the n-th working day before start. A period beyond the year 9999 gives a Date
// that is not Valid.
func (c *Calendar) Add(start Date, n int) (due Date, provisional bool) {
	if n == 0 {
		return c.settle(start)
	}
	step := 1
	if n < 0 {
		step = -1
	}
	for due = start; n != 0 && calendarHas(due); {
		due = due.AddDays(step)
		provisional = provisional || !c.Confirmed(due)
		if c.Working(due) {
			n -= step
		}
	}
	return due, provisional
}

// AddCalendar returns the last day of a period of so many calendar days after
// an event on start; a last day that is a rest day moves to the next working
// day. Only that move can be provisional.
func (c *Calendar) AddCalendar(start Date, days int) (due Date, provisional bool) {
	return c.settle(start.AddDays(days))
}

// AddMonths is AddCalendar for months: the corresponding day of the month, or
// its last day where there is none, then moved off rest days.
func (c *Calendar) AddMonths(start Date, months int) (due Date, provisional bool) {
	return c.settle(start.AddMonths(months))
}

// AddYears is AddMonths for years: 29 February gives 28 February in a year
// that is no leap year.
func (c *Calendar) AddYears(start Date, years int) (due Date, provisional bool) {
	return c.settle(start.AddMonths(12 * years))
}

// Between counts the working days after from, up to and including to. It is
// negative, and counted from to, if to is earlier.
func (c *Calendar) Between(from, to Date) int {
	if to.Before(from) {
		return -c.Between(to, from)
	}
	n := 0
	for d := from.AddDays(1); !d.After(to); d = d.AddDays(1) {
		if c.Working(d) {
			n++
		}
	}
	return n
}

// settle moves d to the first working day not before it, and says whether a
// day of an unconfirmed year was looked at.
func (c *Calendar) settle(d Date) (due Date, provisional bool) {
	for {
		provisional = provisional || !c.Confirmed(d)
		if c.Working(d) || !calendarHas(d) {
			return d, provisional
		}
		d = d.AddDays(1)
	}
}

// calendarHas reports whether d lies in the years that dates can be written in.
func calendarHas(d Date) bool { return d.Year >= 1 && d.Year <= dateLastYear }

package policy

import (
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// CalendarVersion names the working-day table that SeedCalendar yields. It changes whenever a row could.
const CalendarVersion = "seed-2016-2026/1"

// The years of the seed: from the governing text to the last year whose public holidays are announced.
const (
	firstSeedYear = 2016
	lastSeedYear  = 2026
)

// Day is a row of the working-day table: a public holiday or a make-up working day. Days without a row follow the
// Monday-to-Friday rule, but only in a covered year.
type Day struct {
	Date   string // local date, 2006-01-02
	Rest   bool   // not a working day
	Name   string // the holiday it belongs to
	MakeUp bool   // a weekend day that is worked
}

// SeedYears lists the years that SeedCalendar covers completely. A year outside the list is unknown, not ordinary.
func SeedYears() []int {
	var years []int
	for year := firstSeedYear; year <= lastSeedYear; year++ {
		if announced(year) {
			years = append(years, year)
		}
	}
	return years
}

// SeedCalendar gives the rows of all covered years in order of date. Holidays that fall on a weekend are included, so
// that a calendar can name them.
func SeedCalendar() []Day {
	var days []Day
	for _, year := range SeedYears() {
		days = append(days, holidaysOf(year)...)
	}
	return days
}

func holidaysOf(year int) []Day {
	var days []Day
	for t := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); t.Year() == year; t = t.AddDate(0, 0, 1) {
		date := t.Format(time.DateOnly)
		if h := HolidayUtil.GetHoliday(date); h != nil {
			days = append(days, Day{Date: date, Rest: !h.IsWork(), Name: h.GetName(), MakeUp: h.IsWork()})
		}
	}
	return days
}

// announced guards against the source's silence: it answers nil for an ordinary day and for an unknown year alike. A
// year counts as known when each of the seven public holidays has a rest day in it.
func announced(year int) bool {
	rested := map[string]bool{}
	for _, d := range holidaysOf(year) {
		if !d.Rest {
			continue
		}
		if d.Name == "国庆中秋" {
			rested["国庆节"], rested["中秋节"] = true, true
		}
		rested[d.Name] = true
	}
	for _, name := range []string{"元旦节", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"} {
		if !rested[name] {
			return false
		}
	}
	return true
}

package policy

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func workingDays(year int, rows map[string]Day) int {
	n := 0
	for t := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); t.Year() == year; t = t.AddDate(0, 0, 1) {
		work := t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
		if row, ok := rows[t.Format(time.DateOnly)]; ok {
			work = !row.Rest
		}
		if work {
			n++
		}
	}
	return n
}

func seedRows(t *testing.T) map[string]Day {
	t.Helper()
	rows := map[string]Day{}
	last := ""
	for _, d := range SeedCalendar() {
		if d.Date <= last {
			t.Fatalf("%s follows %s", d.Date, last)
		}
		last = d.Date
		rows[d.Date] = d
	}
	return rows
}

// Holidays on weekends are made up for, so a year's working days are its days less its weekends less the statutory
// holidays: eleven, thirteen from 2025 on. The one exception is 2020, when the Spring Festival rest was prolonged by a
// Friday and by a Saturday that was to be worked.
func TestWorkingDaysAgreeWithTheStatutoryCount(t *testing.T) {
	rows := seedRows(t)
	for year := 2016; year <= 2026; year++ {
		want := workingDays(year, nil) - 11
		if year >= 2025 {
			want -= 2
		}
		if year == 2020 {
			want -= 2
		}
		if got := workingDays(year, rows); got != want {
			t.Errorf("%d has %d working days, want %d", year, got, want)
		}
	}
}

func TestWorkingDaysOfKnownYears(t *testing.T) {
	rows := seedRows(t)
	for year, want := range map[int]int{2024: 251, 2025: 248, 2026: 248} {
		if got := workingDays(year, rows); got != want {
			t.Errorf("%d has %d working days, want %d", year, got, want)
		}
	}
}

func TestSeedDays(t *testing.T) {
	rows := seedRows(t)
	for date, want := range map[string]Day{
		"2016-10-01": {Rest: true, Name: "国庆节"},
		"2016-10-08": {Name: "国庆节", MakeUp: true},
		"2020-01-31": {Rest: true, Name: "春节"},
		"2025-10-06": {Rest: true, Name: "国庆中秋"},
		"2025-10-11": {Name: "国庆中秋", MakeUp: true},
		"2026-02-14": {Name: "春节", MakeUp: true},
		"2026-02-23": {Rest: true, Name: "春节"},
		"2026-09-20": {Name: "国庆节", MakeUp: true},
		"2026-11-23": {},
	} {
		if want != (Day{}) {
			want.Date = date
		}
		if diff := cmp.Diff(want, rows[date]); diff != "" {
			t.Errorf("%s: %s", date, diff)
		}
	}
	for date, row := range rows {
		if row.Rest == row.MakeUp {
			t.Errorf("%s is both or neither: %+v", date, row)
		}
		day, err := time.Parse(time.DateOnly, date)
		weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
		if err != nil || row.MakeUp && !weekend {
			t.Errorf("%s is made up for on a weekday (%v)", date, err)
		}
	}
}

func TestSeedYearsGuardOnCoverage(t *testing.T) {
	want := []int{2016, 2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026}
	if diff := cmp.Diff(want, SeedYears()); diff != "" {
		t.Error(diff)
	}
	if announced(2027) || announced(1999) || len(holidaysOf(2027)) != 0 {
		t.Error("an unknown year must not pass for one without holidays")
	}
}

// Day by day: a period runs from the day after its event and ends on its last working day.
func TestPeriodsEndOnTheDaysOfTheVectors(t *testing.T) {
	rows := seedRows(t)
	for _, v := range []struct {
		start string
		days  int
		due   string
	}{
		{"2025-09-26", 5, "2025-10-10"}, {"2025-12-31", 20, "2026-01-29"}, {"2026-01-01", 5, "2026-01-08"},
		{"2026-02-13", 5, "2026-02-27"}, {"2026-02-14", 5, "2026-02-28"}, {"2026-04-30", 5, "2026-05-11"},
		{"2026-09-18", 5, "2026-09-24"}, {"2026-09-19", 5, "2026-09-24"}, {"2026-09-24", 10, "2026-10-15"},
		{"2026-09-30", 7, "2026-10-15"}, {"2026-10-08", 20, "2026-11-04"}, {"2026-11-23", 20, "2026-12-21"},
	} {
		day, err := time.Parse(time.DateOnly, v.start)
		if err != nil {
			t.Fatal(err)
		}
		for left := v.days; left > 0; {
			day = day.AddDate(0, 0, 1)
			row, special := rows[day.Format(time.DateOnly)]
			weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
			if special && !row.Rest || !special && !weekend {
				left--
			}
		}
		if got := day.Format(time.DateOnly); got != v.due {
			t.Errorf("%s + %d working days is %s, want %s", v.start, v.days, got, v.due)
		}
	}
}

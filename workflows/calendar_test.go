package workflows_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the New York case must not depend on the host

	"clusterzone/workflows"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// The years the tests' calendar holds as confirmed.
const calendarFirst, calendarLast = 2015, 2026

// calendarLunar builds the calendar from the holiday table of lunar-go.
func calendarLunar(t testing.TB) *workflows.Calendar {
	t.Helper()
	var years []int
	var days []workflows.Day
	for year := calendarFirst; year <= calendarLast; year++ {
		years = append(years, year)
		for e := HolidayUtil.GetHolidaysByYear(year).Front(); e != nil; e = e.Next() {
			h := e.Value.(*HolidayUtil.Holiday)
			days = append(days, workflows.Day{Date: dateFor(t, h.GetDay()), Rest: !h.IsWork(), Name: h.GetName()})
		}
	}
	c, err := workflows.NewCalendar("lunar-2026", years, days)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// calendarHosts returns the locations a host or an instant may be in.
func calendarHosts(t testing.TB) []*time.Location {
	t.Helper()
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return []*time.Location{time.UTC, time.FixedZone("CST", 8*60*60), newYork, time.FixedZone("far east", 14*60*60)}
}

// calendarOnHosts runs body with the process set to each of these locations.
func calendarOnHosts(t *testing.T, body func(t *testing.T)) {
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	for _, loc := range calendarHosts(t) {
		time.Local = loc
		t.Run(loc.String(), body)
	}
}

func TestCalendarAdd(t *testing.T) {
	calendarOnHosts(t, func(t *testing.T) {
		c := calendarLunar(t)
		for _, v := range []struct {
			start string
			n     int
			due   string
		}{
			{"2025-09-26", 5, "2025-10-10"}, {"2025-12-31", 20, "2026-01-29"}, {"2026-01-01", 5, "2026-01-08"},
			{"2026-02-13", 5, "2026-02-27"}, {"2026-02-14", 5, "2026-02-28"}, {"2026-04-30", 5, "2026-05-11"},
			{"2026-09-18", 5, "2026-09-24"}, {"2026-09-19", 5, "2026-09-24"}, {"2026-09-24", 10, "2026-10-15"},
			{"2026-09-30", 7, "2026-10-15"}, {"2026-10-08", 20, "2026-11-04"}, {"2026-11-23", 20, "2026-12-21"},
			{"2024-02-28", 1, "2024-02-29"}, {"2024-02-29", 1, "2024-03-01"}, {"2026-02-14", 0, "2026-02-14"},
			{"2026-02-15", 0, "2026-02-24"}, {"2026-02-24", -1, "2026-02-14"}, {"2026-01-08", -5, "2025-12-31"},
		} {
			due, provisional := c.Add(dateFor(t, v.start), v.n)
			if due.String() != v.due || provisional {
				t.Errorf("%s %+d wd = %s, provisional %v, want %s", v.start, v.n, due, provisional, v.due)
			}
			// The same from an instant of that day, in this host's zone.
			last := dateFor(t, v.start).End().Add(-time.Microsecond).Local()
			if r := c.Read(last, workflows.Term{Days: max(v.n, 0), Working: true}, 0, nil, last); v.n >= 0 && r.Due != due {
				t.Errorf("Read from %v: due %s, want %s", last, r.Due, due)
			}
		}
	})
}

// calendarWorking asks lunar-go about one day, and the plain week if it is silent.
func calendarWorking(d time.Time) bool {
	if h := HolidayUtil.GetHolidayByYmd(d.Year(), int(d.Month()), d.Day()); h != nil {
		return h.IsWork()
	}
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

func TestCalendarEveryDay(t *testing.T) {
	calendarOnHosts(t, func(t *testing.T) {
		c := calendarLunar(t)
		perYear, seen := map[int]int{}, 0
		for at := time.Date(2016, 1, 1, 12, 0, 0, 0, time.UTC); at.Year() <= 2026; at = at.AddDate(0, 0, 1) {
			d := workflows.DateOf(at.Local())
			if d.String() != at.Format("2006-01-02") {
				t.Fatalf("DateOf(%v) = %s", at.Local(), d)
			}
			want := calendarWorking(at)
			if got := c.Working(d); got != want {
				t.Errorf("Working(%s) = %v, want %v", d, got, want)
			}
			if !c.Confirmed(d) {
				t.Errorf("Confirmed(%s) = false", d)
			}
			if want {
				perYear[d.Year]++
			}
			seen++
		}
		if seen != 4018 {
			t.Errorf("%d days looked at, want 4018", seen)
		}
		for year, want := range map[int]int{2024: 251, 2025: 248, 2026: 248} {
			from, to := dateFor(t, fmt.Sprintf("%d-12-31", year-1)), dateFor(t, fmt.Sprintf("%d-12-31", year))
			if got := c.Between(from, to); got != want || perYear[year] != want {
				t.Errorf("%d has %d working days (lunar-go: %d), want %d", year, got, perYear[year], want)
			}
		}
	})
}

// TestCalendarNotices checks the table against the State Council's notices for
// three years, typed in here: an error of the library would show.
func TestCalendarNotices(t *testing.T) {
	rest := "2024-01-01 2024-02-10/17 2024-04-04/06 2024-05-01/05 2024-06-10 2024-09-15/17 2024-10-01/07 " +
		"2025-01-01 2025-01-28/31 2025-02-01/04 2025-04-04/06 2025-05-01/05 2025-05-31 2025-06-01/02 2025-10-01/08 " +
		"2026-01-01/03 2026-02-15/23 2026-04-04/06 2026-05-01/05 2026-06-19/21 2026-09-25/27 2026-10-01/07"
	work := "2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12 " +
		"2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11 " +
		"2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10"
	want := map[workflows.Date]bool{}
	for d := dateFor(t, "2024-01-01"); d.Year <= 2026; d = d.AddDays(1) {
		want[d] = d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
	}
	for _, span := range strings.Fields(rest) {
		first := dateFor(t, span[:10])
		last := first
		if len(span) > 10 {
			last = dateFor(t, span[:8]+span[11:])
		}
		for d := first; !d.After(last); d = d.AddDays(1) {
			want[d] = false
		}
	}
	for _, s := range strings.Fields(work) {
		want[dateFor(t, s)] = true
	}
	c := calendarLunar(t)
	for d, working := range want {
		if got := c.Working(d); got != working {
			t.Errorf("Working(%s) = %v, want %v", d, got, working)
		}
	}
}

func TestCalendarProvisional(t *testing.T) {
	c := calendarLunar(t)
	day := func(s string) workflows.Date { return dateFor(t, s) }
	type result struct {
		due         string
		provisional bool
	}
	got := func(due workflows.Date, provisional bool) result { return result{due.String(), provisional} }
	for name, v := range map[string]struct{ got, want result }{
		"last day of the table":     {got(c.Add(day("2026-12-30"), 1)), result{"2026-12-31", false}},
		"one day further":           {got(c.Add(day("2026-12-31"), 1)), result{"2027-01-01", true}},
		"20 wd over the year end":   {got(c.Add(day("2026-12-21"), 20)), result{"2027-01-18", true}},
		"known days counted back":   {got(c.Add(day("2027-01-04"), -2)), result{"2026-12-31", true}},
		"only known days back":      {got(c.Add(day("2027-01-01"), -2)), result{"2026-12-30", false}},
		"nothing to count, unknown": {got(c.Add(day("2027-01-02"), 0)), result{"2027-01-04", true}},
		"calendar days, known":      {got(c.AddCalendar(day("2026-12-01"), 30)), result{"2026-12-31", false}},
		"calendar days, unknown":    {got(c.AddCalendar(day("2026-12-03"), 30)), result{"2027-01-04", true}},
		"months":                    {got(c.AddMonths(day("2026-12-31"), 2)), result{"2027-03-01", true}},
		"years":                     {got(c.AddYears(day("2026-11-23"), 3)), result{"2029-11-23", true}},
		"before the table":          {got(c.Add(day("2014-12-31"), 1)), result{"2015-01-04", false}},
		"from before the table":     {got(c.Add(day("2014-12-30"), 1)), result{"2014-12-31", true}},
	} {
		if v.got != v.want {
			t.Errorf("%s: %+v, want %+v", name, v.got, v.want)
		}
	}
	if c.Confirmed(day("2027-01-01")) || c.Confirmed(day("2014-12-31")) {
		t.Error("a year outside the table counts as confirmed")
	}
}

// TestCalendarRestDayAtTheEnd is the rule for periods in days, months and years.
func TestCalendarRestDayAtTheEnd(t *testing.T) {
	c := calendarLunar(t)
	day := func(s string) workflows.Date { return dateFor(t, s) }
	due := func(d workflows.Date, _ bool) string { return d.String() }
	for _, v := range [][2]string{
		{due(c.AddCalendar(day("2026-09-21"), 10)), "2026-10-08"}, // 10-01 is a holiday
		{due(c.AddCalendar(day("2026-09-10"), 10)), "2026-09-20"}, // a Sunday made up for
		{due(c.AddCalendar(day("2026-11-23"), 5)), "2026-11-30"},  // a Saturday
		{due(c.AddMonths(day("2026-01-31"), 1)), "2026-02-28"},    // a Saturday made up for
		{due(c.AddMonths(day("2025-12-31"), 2)), "2026-02-28"},    // no 31st
		{due(c.AddMonths(day("2026-08-03"), 2)), "2026-10-08"},    // in the National Day week
		{due(c.AddYears(day("2024-02-29"), 2)), "2026-02-28"},     // no leap day
		{due(c.AddYears(day("2023-10-01"), 3)), "2026-10-08"},
		{c.Next(day("2026-02-15")).String(), "2026-02-24"},
		{c.Next(day("2026-02-14")).String(), "2026-02-14"},
		{c.Next(day("2026-11-28")).String(), "2026-11-30"},
	} {
		if v[0] != v[1] {
			t.Errorf("got %s, want %s", v[0], v[1])
		}
	}
}

// TestCalendarAddBetween: what Add counts, Between counts back.
func TestCalendarAddBetween(t *testing.T) {
	c := calendarLunar(t)
	for d := dateFor(t, "2023-01-01"); d.Year < 2026; d = d.AddDays(3) {
		for n := 1; n <= 60; n += 7 {
			due, _ := c.Add(d, n)
			if got := c.Between(d, due); got != n || c.Between(due, d) != -n || !c.Working(due) {
				t.Fatalf("%s + %d wd = %s, but %d working days lie between, %d back", d, n, due, got, c.Between(due, d))
			}
			back, _ := c.Add(due, -n)
			if c.Working(d) && back != d {
				t.Fatalf("%s + %d wd = %s, - %d wd = %s", d, n, due, n, back)
			}
		}
	}
	if got := c.Between(dateFor(t, "2026-11-23"), dateFor(t, "2026-11-23")); got != 0 {
		t.Errorf("%d working days within a day, want 0", got)
	}
}

func TestNewCalendarRefuses(t *testing.T) {
	day := func(s string) workflows.Day { return workflows.Day{Date: dateFor(t, s), Rest: true, Name: "x"} }
	for name, v := range map[string]struct {
		version string
		years   []int
		days    []workflows.Day
		want    string
	}{
		"no version":   {"", nil, nil, "version is empty"},
		"year 0":       {"a", []int{2026, 0}, nil, "confirmed year 0"},
		"year 10000":   {"a", []int{10000}, nil, "confirmed year 10000"},
		"no such date": {"a", nil, []workflows.Day{{Date: workflows.Date{Year: 2026, Month: 2, Day: 29}}}, "2026-02-29"},
		"zero date":    {"a", nil, []workflows.Day{{}}, "does not exist"},
		"twice":        {"a", nil, []workflows.Day{day("2026-10-01"), day("2026-10-02"), day("2026-10-01")}, "two rows for 2026-10-01"},
	} {
		c, err := workflows.NewCalendar(v.version, v.years, v.days)
		if err == nil || c != nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s: %v, %v, want an error with %q", name, c, err, v.want)
		}
	}
}

// TestCalendarKeepsItsRows: neither the caller's slices nor a silent year change it.
func TestCalendarKeepsItsRows(t *testing.T) {
	years := []int{2026}
	days := []workflows.Day{{Date: dateFor(t, "2026-10-01"), Rest: true, Name: "国庆节"}, {Date: dateFor(t, "2027-01-01"), Rest: true, Name: "元旦节"}}
	c, err := workflows.NewCalendar("v7", years, days)
	if err != nil {
		t.Fatal(err)
	}
	years[0], days[0].Date = 1999, dateFor(t, "2026-11-23")
	if row := c.Day(dateFor(t, "2026-10-01")); !row.Rest || row.Name != "国庆节" || c.Version() != "v7" {
		t.Errorf("row %+v of version %s", row, c.Version())
	}
	if d := dateFor(t, "2026-11-23"); !c.Working(d) || !c.Confirmed(d) {
		t.Error("the calendar follows the slices it was made from")
	}
	// A row of an unconfirmed year counts, and stays provisional.
	if due, provisional := c.Add(dateFor(t, "2026-12-31"), 1); due.String() != "2027-01-04" || !provisional {
		t.Errorf("due %s, provisional %v", due, provisional)
	}
	if row := c.Day(dateFor(t, "2026-11-28")); row != (workflows.Day{Date: dateFor(t, "2026-11-28"), Rest: true}) {
		t.Errorf("plain Saturday: %+v", row)
	}
}

// TestCalendarEnds: an absurd length ends at the last year instead of never.
func TestCalendarEnds(t *testing.T) {
	c := calendarLunar(t)
	if due, _ := c.Add(dateFor(t, "9999-01-01"), 1<<62); due.Valid() {
		t.Errorf("due %s", due)
	}
	if due, _ := c.Add(dateFor(t, "0001-06-01"), -1<<62); due.Valid() {
		t.Errorf("due %s", due)
	}
	at := dateFor(t, "9999-12-01").Start()
	if r := c.Read(at, workflows.Term{Days: 1 << 40}, 0, nil, at); r.Due.Valid() || r.Overdue {
		t.Errorf("reading %+v", r)
	}
}

// TestCalendarAsksNoHost: the code may know neither zone files nor the host's clock.
func TestCalendarAsksNoHost(t *testing.T) {
	for _, file := range []string{"date.go", "calendar.go", "clock.go"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"LoadLocation", "time.Local", ".Local()", "time.Now", "time.Since", "time.Until"} {
			if strings.Contains(string(src), word) {
				t.Errorf("%s uses %s", file, word)
			}
		}
	}
}

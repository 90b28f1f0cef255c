package workflows_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"clusterzone/workflows"

	"github.com/google/go-cmp/cmp"
)

// dateFor parses a date that the test knows to be good.
func dateFor(t testing.TB, s string) workflows.Date {
	t.Helper()
	d, err := workflows.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestParseDateRefuses(t *testing.T) {
	for _, s := range []string{"", "2026-11-3", "2026-1-23", "26-11-23", "2026/11/23", "20261123", "2026-02-29",
		"2026-13-01", "2026-00-10", "2026-11-00", "2026-11-31", "0000-01-01", " 2026-11-23", "2026-11-23T00:00:00Z",
		"-001-11-23", "2026-11-2x", "２０２６-11"} {
		if got, err := workflows.ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", s, got)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-23", "2024-02-29", "2023-02-29", "0001-01-01", "9999-12-31", "0000-00-00", "2026-1-1", "", "20 6-11-23"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := workflows.ParseDate(s)
		_, want := time.Parse(time.RFC3339, s+"T00:00:00Z")
		if good := want == nil && s[:4] != "0000"; good != (err == nil) {
			t.Fatalf("ParseDate(%q): error %v, but RFC 3339 takes it for good = %v", s, err, good)
		}
		if err != nil {
			if !d.IsZero() {
				t.Fatalf("ParseDate(%q) = %v beside an error", s, d)
			}
			return
		}
		if d.String() != s || !d.Valid() {
			t.Fatalf("ParseDate(%q) = %v, valid %v", s, d, d.Valid())
		}
	})
}

func TestDateText(t *testing.T) {
	type form struct {
		Due  workflows.Date            `json:"due"`
		None workflows.Date            `json:"none"`
		Gone workflows.Date            `json:"gone,omitzero"`
		By   map[workflows.Date]string `json:"by"`
	}
	d := dateFor(t, "2026-11-23")
	in := form{Due: d, By: map[workflows.Date]string{d: "x"}}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"due":"2026-11-23","none":"","by":{"2026-11-23":"x"}}`; string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
	var out form
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, out); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`{"due":"2026-02-29"}`, `{"due":20261123}`, `{"due":"2026-11-23 "}`} {
		if err := json.Unmarshal([]byte(bad), &out); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
	if out.Due != d {
		t.Errorf("a refused text changed the date to %v", out.Due)
	}
	for _, bad := range []workflows.Date{{Year: 2026, Month: 2, Day: 29}, {Year: 10000, Month: 1, Day: 1}, {Year: 2026}} {
		if text, err := json.Marshal(bad); err == nil {
			t.Errorf("%#v was written as %s", bad, text)
		}
	}
}

// TestDateOf reads instants at both ends of the Shanghai day, in several locations.
func TestDateOf(t *testing.T) {
	d := dateFor(t, "2026-11-23")
	if got, want := d.Start(), time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC); got != want {
		t.Errorf("Start() = %v, want %v", got, want)
	}
	if got, want := d.End(), time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC); got != want {
		t.Errorf("End() = %v, want %v", got, want)
	}
	for _, loc := range calendarHosts(t) {
		for _, at := range []struct {
			t    time.Time
			want string
		}{
			{d.Start().Add(-1), "2026-11-22"}, {d.Start(), "2026-11-23"}, {d.End().Add(-1), "2026-11-23"}, {d.End(), "2026-11-24"},
		} {
			if got := workflows.DateOf(at.t.In(loc)).String(); got != at.want {
				t.Errorf("DateOf(%v) = %s, want %s", at.t.In(loc), got, at.want)
			}
		}
	}
}

func TestDateAddMonths(t *testing.T) {
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2026-01-30", 1, "2026-02-28"},
		{"2026-02-28", 1, "2026-03-28"}, {"2026-12-31", 2, "2027-02-28"}, {"2026-10-31", 1, "2026-11-30"},
		{"2024-02-29", 12, "2025-02-28"}, {"2024-02-29", 48, "2028-02-29"}, {"2026-03-31", -1, "2026-02-28"},
		{"2026-01-15", -1, "2025-12-15"}, {"2026-01-15", -13, "2024-12-15"}, {"2026-11-23", 36, "2029-11-23"}, {"2026-11-23", 0, "2026-11-23"},
	} {
		if got := dateFor(t, c.from).AddMonths(c.n).String(); got != c.want {
			t.Errorf("%s %+d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

// TestDateArithmetic holds the operations against each other and against time.Time.
func TestDateArithmetic(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		a := workflows.Date{Year: 1900 + rng.IntN(300), Month: time.Month(1 + rng.IntN(12)), Day: 1 + rng.IntN(28)}
		n := rng.IntN(4001) - 2000
		b := a.AddDays(n)
		std := time.Date(a.Year, a.Month, a.Day, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * 24 * time.Hour)
		if b.String() != std.Format("2006-01-02") || b.Weekday() != std.Weekday() || !b.Valid() {
			t.Fatalf("%v.AddDays(%d) = %v (%v), want %v", a, n, b, b.Weekday(), std)
		}
		if b.Sub(a) != n || a.Sub(b) != -n {
			t.Fatalf("%v.Sub(%v) = %d, want %d", b, a, b.Sub(a), n)
		}
		if a.Before(b) != (n > 0) || a.After(b) != (n < 0) || (a.Compare(b) == 0) != (n == 0) || a.Compare(b) != -b.Compare(a) {
			t.Fatalf("order of %v and %v, %d days apart", a, b, n)
		}
		if workflows.DateOf(b.Start()) != b || b.End() != b.AddDays(1).Start() {
			t.Fatalf("%v does not hold its own start or end", b)
		}
	}
	if d := (workflows.Date{}); !d.IsZero() || d.Valid() || d.String() != "" {
		t.Errorf("zero date: IsZero %v, Valid %v, %q", d.IsZero(), d.Valid(), d)
	}
}

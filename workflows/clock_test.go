package workflows_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"clusterzone/workflows"

	"github.com/6tail/lunar-go/HolidayUtil"
	"github.com/google/go-cmp/cmp"
)

// clockAt reads a Shanghai wall clock time such as "2026-11-23 10:00"; "" is the zero time.
func clockAt(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse("2006-01-02 15:04 -0700", s+" +0800")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestClockExamples works through the rules of Calendar.Read by hand. Monday is
// 2026-11-23; the term is 5 working days unless it says otherwise.
func TestClockExamples(t *testing.T) {
	wd5 := workflows.Term{Days: 5, Working: true}
	type want struct {
		Used, Paused, Left            int
		Due                           string
		Overdue, Provisional, Running bool
	}
	for _, v := range []struct {
		name   string
		start  string
		term   workflows.Term
		extra  int
		pauses [][2]string
		now    string
		want   want
	}{
		{"day of the event", "2026-11-23 00:00", wd5, 0, nil, "2026-11-23 23:59", want{0, 0, 5, "2026-11-30", false, false, true}},
		{"event in the last minute", "2026-11-23 23:59", wd5, 0, nil, "2026-11-24 00:00", want{1, 0, 4, "2026-11-30", false, false, true}},
		{"not begun", "2026-11-23 10:00", wd5, 0, nil, "2026-11-23 09:59", want{0, 0, 5, "2026-11-30", false, false, false}},
		{"weekend uses nothing", "2026-11-23 10:00", wd5, 0, nil, "2026-11-29 12:00", want{4, 0, 1, "2026-11-30", false, false, true}},
		{"last minute", "2026-11-23 10:00", wd5, 0, nil, "2026-11-30 23:59", want{5, 0, 0, "2026-11-30", false, false, true}},
		{"24:00", "2026-11-23 10:00", wd5, 0, nil, "2026-12-01 00:00", want{6, 0, 0, "2026-11-30", true, false, true}},
		{"extension", "2026-11-23 10:00", workflows.Term{Days: 20, Working: true}, 10, nil, "2026-12-22 00:00",
			want{21, 0, 9, "2027-01-04", false, true, true}},
		{"extension taken back below zero", "2026-11-23 10:00", wd5, -9, nil, "2026-11-23 12:00", want{0, 0, 0, "2026-11-23", false, false, true}},

		{"pause Wed to Fri", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 14:00", "2026-11-27 09:00"}}, "2026-12-02 12:00",
			want{4, 3, 1, "2026-12-03", false, false, true}},
		{"the day it begins", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 14:00", ""}}, "2026-11-25 15:00",
			want{1, 1, 4, "2026-12-01", false, false, false}},
		{"the day it ends", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 14:00", "2026-11-27 09:00"}}, "2026-11-27 09:00",
			want{1, 3, 4, "2026-12-03", false, false, true}},
		{"within one day", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 09:00", "2026-11-25 09:01"}}, "2026-11-25 12:00",
			want{1, 1, 4, "2026-12-01", false, false, true}},
		{"twice within one day", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 09:00", "2026-11-25 09:01"}, {"2026-11-25 15:00", "2026-11-25 16:00"}},
			"2026-11-25 17:00", want{1, 1, 4, "2026-12-01", false, false, true}},
		{"within the day of the event", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-23 11:00", "2026-11-23 12:00"}}, "2026-11-24 12:00",
			want{1, 0, 4, "2026-11-30", false, false, true}},
		{"within a Saturday", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-28 11:00", "2026-11-28 12:00"}}, "2026-11-30 12:00",
			want{5, 0, 0, "2026-11-30", false, false, true}},
		{"Friday evening to Monday morning", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-27 18:00", "2026-11-30 08:00"}}, "2026-12-01 12:00",
			want{4, 2, 1, "2026-12-02", false, false, true}},
		{"to 00:00 of Friday", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 14:00", "2026-11-27 00:00"}}, "2026-11-30 12:00",
			want{2, 3, 3, "2026-12-03", false, false, true}},
		{"in the last hour of the last day", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-30 23:00", "2026-12-02 08:00"}}, "2026-12-02 12:00",
			want{4, 3, 1, "2026-12-03", false, false, true}},
		{"after the end", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-12-01 00:00", ""}}, "2026-12-02 12:00",
			want{5, 2, 0, "2026-11-30", true, false, false}},
		{"before the start", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-16 00:00", "2026-11-24 09:00"}}, "2026-11-25 12:00",
			want{1, 1, 4, "2026-12-01", false, false, true}},
		{"overlapping, in disorder", "2026-11-23 10:00", wd5, 0,
			[][2]string{{"2026-11-26 08:00", "2026-11-30 09:00"}, {"2026-11-25 14:00", "2026-11-27 09:00"}, {"2026-11-26 10:00", "2026-11-26 11:00"}},
			"2026-12-01 12:00", want{2, 4, 3, "2026-12-04", false, false, true}},
		{"still paused after a week", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 14:00", ""}}, "2026-12-02 12:00",
			want{1, 6, 4, "2026-12-08", false, false, false}},
		{"planned end ahead", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 14:00", "2026-12-02 17:00"}}, "2026-11-26 12:00",
			want{1, 2, 4, "2026-12-08", false, false, false}},
		{"pause to come", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 14:00", ""}}, "2026-11-25 13:59",
			want{2, 0, 3, "2026-11-30", false, false, true}},
		{"end before begin", "2026-11-23 10:00", wd5, 0, [][2]string{{"2026-11-25 14:00", "2026-11-24 14:00"}, {"2026-11-26 14:00", "2026-11-26 14:00"}},
			"2026-11-26 15:00", want{3, 0, 2, "2026-11-30", false, false, true}},

		{"calendar days end on a Saturday", "2026-11-23 10:00", workflows.Term{Days: 5}, 0, nil, "2026-11-29 12:00",
			want{6, 0, 0, "2026-11-30", false, false, true}},
		{"calendar days, paused on the Sunday after", "2026-11-23 10:00", workflows.Term{Days: 5}, 0, [][2]string{{"2026-11-29 08:00", "2026-12-01 08:00"}},
			"2026-12-01 12:00", want{5, 3, 0, "2026-12-02", false, false, true}},
		{"calendar days over the year's end", "2026-12-01 10:00", workflows.Term{Days: 32}, 0, nil, "2026-12-31 12:00",
			want{30, 0, 2, "2027-01-04", false, true, true}},
		{"spring festival", "2026-02-13 10:00", wd5, 0, [][2]string{{"2026-02-16 08:00", "2026-02-25 08:00"}}, "2026-02-26 12:00",
			want{2, 2, 3, "2026-03-02", false, false, true}},
	} {
		t.Run(v.name, func(t *testing.T) {
			calendarOnHosts(t, func(t *testing.T) {
				var pauses []workflows.Span
				for _, p := range v.pauses {
					pauses = append(pauses, workflows.Span{From: clockAt(t, p[0]), To: clockAt(t, p[1])})
				}
				r := calendarLunar(t).Read(clockAt(t, v.start).Local(), v.term, v.extra, pauses, clockAt(t, v.now).Local())
				got := want{r.Used, r.Paused, r.Left, r.Due.String(), r.Overdue, r.Provisional, r.Running}
				if diff := cmp.Diff(v.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				if want := clockAt(t, v.want.Due+" 00:00").Add(24 * time.Hour); !r.DueAt.Equal(want) || r.DueAt.Location() != time.UTC {
					t.Errorf("DueAt %v, want %v in UTC", r.DueAt, want)
				}
			})
		})
	}
}

// clockSlow is the reference: it works on seconds and day numbers since 1970 and
// a table of days, shares no code with the package, and looks at every day.
type clockSlow struct {
	working   map[int64]bool // by day number
	confirmed map[int64]bool
}

const clockHorizon = 1200 // days looked at after the start

func clockReference() clockSlow {
	s := clockSlow{map[int64]bool{}, map[int64]bool{}}
	for at := time.Unix(0, 0).UTC().AddDate(54, 0, 0); at.Year() < 2034; at = at.AddDate(0, 0, 1) {
		k := at.Unix() / 86400
		s.working[k] = (k+4)%7 != 0 && (k+4)%7 != 6 // 1970-01-01 was a Thursday
		if at.Year() <= calendarLast {
			s.confirmed[k] = true
			if h := HolidayUtil.GetHoliday(at.Format("20060102")); h != nil {
				s.working[k] = h.IsWork()
			}
		}
	}
	return s
}

// read answers as Calendar.Read does, with Due as the day number.
func (s clockSlow) read(start int64, term workflows.Term, extra int, pauses [][2]int64, now int64) (r workflows.Reading, due int64) {
	number := func(sec int64) int64 { return (sec + 8*3600) / 86400 }
	begins := func(k int64) int64 { return k*86400 - 8*3600 }
	paused := func(k int64) bool {
		for _, p := range pauses {
			from, to := p[0], p[1]
			if from > now || (to != 0 && to <= from) {
				continue
			}
			if to == 0 {
				to = now
			}
			if from < begins(k+1) && to >= begins(k) {
				return true
			}
		}
		return false
	}
	r.Running = start <= now
	for _, p := range pauses {
		if p[0] <= now && (p[1] == 0 || now < p[1]) {
			r.Running = false
		}
	}
	n, need := term.Days+extra, 0
	if n > 0 {
		need = n
	}
	count := 0
	for k := number(start); k < number(start)+clockHorizon; k++ {
		kind := !term.Working || s.working[k]
		elapsed := k > number(start) && k <= number(now)
		switch {
		case paused(k):
			if kind && elapsed {
				r.Paused++
			}
			continue
		case kind && k > number(start):
			if elapsed {
				r.Used++
			}
			count++
		}
		if due != 0 {
			continue
		}
		asked := count >= need || (term.Working && k > number(start))
		if asked && !s.confirmed[k] {
			r.Provisional = true
		}
		if count >= need && s.working[k] {
			due = k
		}
	}
	if r.Left = need - r.Used; r.Left < 0 {
		r.Left = 0
	}
	r.Overdue = now >= begins(due+1)
	r.DueAt = time.Unix(begins(due+1), 0).UTC()
	return r, due
}

// clockHistory is one generated case.
type clockHistory struct {
	start, now int64
	term       workflows.Term
	extra      int
	pauses     [][2]int64
}

func clockGenerate(rng *rand.Rand) clockHistory {
	const day = 86400
	instant := func(from, days int64) int64 {
		sec := from + rng.Int64N(days*day)
		if rng.IntN(4) == 0 { // on the stroke of midnight in Shanghai, or a second off
			sec = (sec+8*3600)/day*day - 8*3600 + rng.Int64N(3) - 1
		}
		return sec
	}
	base := time.Date(2024, 1, 5, 0, 0, 0, 0, time.UTC).Unix()
	h := clockHistory{start: instant(base, 3*365)}
	h.term = workflows.Term{Days: rng.IntN(40), Working: rng.IntN(3) > 0}
	h.extra = max(rng.IntN(40)-25, -3)
	h.now = instant(h.start-3*day, 90)
	for range rng.IntN(6) {
		p := [2]int64{instant(h.start-5*day, 60), 0}
		switch rng.IntN(6) {
		case 0: // still paused
		case 1: // within the hour
			p[1] = p[0] + rng.Int64N(3600)
		case 2: // ends before it begins
			p[1] = p[0] - rng.Int64N(2*day)
		default:
			p[1] = instant(p[0], 15)
		}
		h.pauses = append(h.pauses, p)
	}
	return h
}

func (h clockHistory) read(c *workflows.Calendar, loc *time.Location, now int64) workflows.Reading {
	var pauses []workflows.Span
	for _, p := range h.pauses {
		span := workflows.Span{From: time.Unix(p[0], 0).In(loc)}
		if p[1] != 0 {
			span.To = time.Unix(p[1], 0).In(loc)
		}
		pauses = append(pauses, span)
	}
	return c.Read(time.Unix(h.start, 0).In(loc), h.term, h.extra, pauses, time.Unix(now, 0).In(loc))
}

// TestClockAgainstReference compares 10,000 generated histories, in changing
// locations, and counts that the interesting kinds did occur.
func TestClockAgainstReference(t *testing.T) {
	c, slow, hosts := calendarLunar(t), clockReference(), calendarHosts(t)
	rng := rand.New(rand.NewPCG(2016, 228))
	kinds := map[string]int{}
	for i := range 10_000 {
		h := clockGenerate(rng)
		got := h.read(c, hosts[i%len(hosts)], h.now)
		want, due := slow.read(h.start, h.term, h.extra, h.pauses, h.now)
		want.Due = dateFor(t, time.Unix(due*86400, 0).UTC().Format("2006-01-02"))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("history %d %+v (-want +got)\n%s", i, h, diff)
		}
		for kind, is := range map[string]bool{"overdue": got.Overdue, "provisional": got.Provisional, "final": !got.Provisional,
			"held": !got.Running, "paused days": got.Paused > 0, "last day": got.Left == 0 && !got.Overdue, "overdue and held": got.Overdue && !got.Running} {
			if is {
				kinds[kind]++
			}
		}
	}
	for _, kind := range []string{"overdue", "provisional", "final", "held", "paused days", "last day", "overdue and held"} {
		if kinds[kind] < 100 {
			t.Errorf("only %d histories of kind %q", kinds[kind], kind)
		}
	}
}

// TestClockLaws holds what must be true of any history, whatever the rules' detail.
func TestClockLaws(t *testing.T) {
	c := calendarLunar(t)
	rng := rand.New(rand.NewPCG(3, 5))
	for range 3000 {
		h := clockGenerate(rng)
		h.term.Days++ // a term of no days may end on the day it starts
		r := h.read(c, time.UTC, h.now)
		later := h.read(c, time.UTC, h.now+rng.Int64N(20*86400))
		if r.Overdue && (!later.Overdue || later.Due != r.Due) {
			t.Fatalf("%+v: overdue at %s, later not: %+v", h, r.Due, later)
		}
		// A pause that begins later on the same day gives that one day back.
		if later.Used < r.Used-1 || later.Left > r.Left+1 {
			t.Fatalf("%+v: days given back: %+v then %+v", h, r, later)
		}
		if r.Due.Before(workflows.DateOf(time.Unix(h.start, 0))) || !c.Working(r.Due) {
			t.Fatalf("%+v: due on %s", h, r.Due)
		}
		if r.Overdue == r.DueAt.After(time.Unix(h.now, 0)) {
			t.Fatalf("%+v: overdue %v at DueAt %v", h, r.Overdue, r.DueAt)
		}
		free := h
		free.pauses = nil
		if plain := free.read(c, time.UTC, h.now); r.Due.Before(plain.Due) || r.Used+r.Paused != plain.Used {
			t.Fatalf("%+v: with pauses %+v, without %+v", h, r, plain)
		}
		last := max(h.start, h.now) - rng.Int64N(5*86400)
		short := free
		short.pauses = [][2]int64{{last, min(last+3600, last-(last+8*3600)%86400+86399)}}
		if plain, r := free.read(c, time.UTC, h.now), short.read(c, time.UTC, h.now); h.term.Working && c.Between(plain.Due, r.Due) > 1 {
			t.Fatalf("%+v: a pause within one day moved %s to %s", short, plain.Due, r.Due)
		}
	}
}

func TestReminders(t *testing.T) {
	c := calendarLunar(t)
	type rung struct {
		Kind, On string
		Step     int
	}
	for _, v := range []struct {
		name   string
		due    string
		before []int
		every  int
		times  int
		want   []rung
	}{
		{"default ladder over National Day", "2026-10-15", []int{10, 5, 1}, 3, 2, []rung{
			{"before-10", "2026-09-24", -3}, {"before-5", "2026-10-09", -2}, {"before-1", "2026-10-14", -1},
			{"due", "2026-10-15", 0}, {"after-1", "2026-10-20", 1}, {"after-2", "2026-10-23", 2}}},
		{"disorder and nonsense", "2026-11-30", []int{1, 5, 0, 1, -2, 5}, 0, 4, []rung{
			{"before-5", "2026-11-23", -2}, {"before-1", "2026-11-27", -1}, {"due", "2026-11-30", 0}}},
		{"none but due", "2026-11-30", nil, 3, 0, []rung{{"due", "2026-11-30", 0}}},
		{"every day", "2026-11-26", nil, 1, 3, []rung{{"due", "2026-11-26", 0}, {"after-1", "2026-11-27", 1}, {"after-2", "2026-11-30", 2}, {"after-3", "2026-12-01", 3}}},
	} {
		var got []rung
		before := append([]int(nil), v.before...)
		for _, r := range c.Reminders(dateFor(t, v.due), before, v.every, v.times) {
			got = append(got, rung{r.Kind, r.On.String(), r.Step})
		}
		if diff := cmp.Diff(v.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", v.name, diff)
		}
		if diff := cmp.Diff(v.before, before); diff != "" {
			t.Errorf("%s: the caller's slice changed\n%s", v.name, diff)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	c := calendarLunar(b)
	start, now := clockAt(b, "2026-09-01 10:00"), clockAt(b, "2026-10-20 10:00")
	pauses := []workflows.Span{{From: clockAt(b, "2026-09-10 10:00"), To: clockAt(b, "2026-09-20 10:00")}}
	for b.Loop() {
		c.Read(start, workflows.Term{Days: 20, Working: true}, 10, pauses, now)
	}
}

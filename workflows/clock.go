package workflows

import (
	"slices"
	"strconv"
	"time"
)

// Term is the length of a period, in working days or in calendar days.
type Term struct {
	Days    int
	Working bool
}

// Span is one pause of a clock, from the instant From up to, not including, To.
// A zero To means that the pause still lasts.
type Span struct{ From, To time.Time }

// Reading is what a clock shows at one instant. Days are days of the term's
// kind: working days or calendar days.
type Reading struct {
	Used        int       // counted days after the day of the start up to and including today
	Paused      int       // days of the same stretch that a pause kept from counting
	Left        int       // days of the term not yet used, never negative; 0 on the due day
	Due         Date      // the last day; a forecast while the clock is paused, see Read
	DueAt       time.Time // 24:00 of Due in Shanghai, as UTC
	Overdue     bool      // DueAt is reached
	Provisional bool      // Due rests on a year whose calendar is not confirmed
	Running     bool      // started, and not paused at this instant
}

// Read tells what the clock started by an event at start shows at now. For a
// case that is finished, now is the instant at which it was.
//
//  1. The day of the event is not counted; the first day is the one after it.
//  2. The term is term.Days plus extra, the extension that was granted, in the
//     same kind of days. Below zero it is zero: due on the day of the event.
//  3. A day that lies wholly or partly in a pause is not counted. That holds
//     for the day on which a pause begins and for the day on which it ends:
//     counting goes on with the day after resumption, so a pause never costs
//     the case a day. (Used therefore drops by one when a pause begins.) A
//     pause within one day shifts the end by that day at most, and by nothing
//     if it would not have been counted anyway.
//  4. Pauses may come in any order and overlap: a day is left out once. A pause
//     whose To is not after its From is none, nor is one that has not begun.
//  5. The last day is the day on which the term is used up. If that is a rest
//     day (only in calendar days), it is the next working day that no pause
//     touches. The period ends at 24:00 of it, and what begins later changes
//     nothing.
//  6. A pause with To ahead of now is reckoned with in full: To is the planned
//     end. One without To is reckoned as if it ended now: Due is then a
//     forecast which moves on with every day. Arm no deadline from a Reading
//     that is not Running.
//
// With a term of 5 working days from Monday 2026-11-23, due on Monday 11-30, a
// pause from Wednesday 14:00 to Friday 09:00 leaves out three days: Tuesday is
// day 1, Monday 11-30 day 2, and the clock is due on Thursday 12-03.
func (c *Calendar) Read(start time.Time, term Term, extra int, pauses []Span, now time.Time) Reading {
	n := max(term.Days+extra, 0)
	from := DateOf(start)
	out, held := clockPauses(pauses, now)
	var r Reading
	r.Used, r.Paused = c.clockElapsed(from, DateOf(now), term.Working, out)
	r.Left = max(n-r.Used, 0)
	r.Due, r.Provisional = c.clockDue(from, Term{n, term.Working}, out)
	r.DueAt = r.Due.End()
	r.Overdue = !now.Before(r.DueAt)
	r.Running = !now.Before(start) && !held
	return r
}

// Reminder is one rung of the ladder of reminders around a due day.
type Reminder struct {
	Kind string // before-10 (working days), due, after-1 (the first time after)
	On   Date   // the day to send it
	Step int    // 0 is due; -1 the last one before it; 1 the first one after it, 2 the second
}

// Reminders returns the ladder in the order of its days: one reminder so many
// working days before due for each entry of before (in any order; repeated ones
// and those below 1 are dropped), one on due, then one after every so many
// working days, times times. Whoever stores them drops the days that have
// passed: a short term has no tenth day before its end.
func (c *Calendar) Reminders(due Date, before []int, every int, times int) []Reminder {
	ahead := slices.Compact(slices.Sorted(slices.Values(before)))
	ahead = slices.DeleteFunc(ahead, func(n int) bool { return n < 1 })
	var ladder []Reminder
	for i, n := range slices.Backward(ahead) {
		on, _ := c.Add(due, -n)
		ladder = append(ladder, Reminder{"before-" + strconv.Itoa(n), on, -(i + 1)})
	}
	ladder = append(ladder, Reminder{Kind: "due", On: due})
	if every < 1 {
		return ladder
	}
	on := due
	for k := 1; k <= times; k++ {
		on, _ = c.Add(on, every)
		ladder = append(ladder, Reminder{"after-" + strconv.Itoa(k), on, k})
	}
	return ladder
}

// clockDays is a stretch of dates, both ends included.
type clockDays struct{ first, last Date }

// clockPauses returns the dates the pauses touch as known at now, and whether
// one of them holds the clock at that instant.
func clockPauses(pauses []Span, now time.Time) (out []clockDays, held bool) {
	for _, p := range pauses {
		open := p.To.IsZero()
		if p.From.After(now) || (!open && !p.To.After(p.From)) {
			continue
		}
		to := p.To
		if open {
			to = now
		}
		out = append(out, clockDays{DateOf(p.From), DateOf(to)})
		held = held || open || now.Before(p.To)
	}
	return out, held
}

// clockOut reports whether a pause touches d.
func clockOut(out []clockDays, d Date) bool {
	return slices.ContainsFunc(out, func(s clockDays) bool { return !d.Before(s.first) && !d.After(s.last) })
}

// clockElapsed counts the days after from up to and including today that were
// used and that were lost to pauses.
func (c *Calendar) clockElapsed(from, today Date, working bool, out []clockDays) (used, paused int) {
	for d := from.AddDays(1); !d.After(today); d = d.AddDays(1) {
		switch {
		case working && !c.Working(d):
		case clockOut(out, d):
			paused++
		default:
			used++
		}
	}
	return used, paused
}

// clockDue returns the last day of the term, and whether it depends on a day of
// an unconfirmed year: only days that are asked for count for that.
func (c *Calendar) clockDue(from Date, term Term, out []clockDays) (due Date, provisional bool) {
	working := func(d Date) bool {
		provisional = provisional || !c.Confirmed(d)
		return c.Working(d)
	}
	counted := 0
	for due = from; calendarHas(due); {
		if counted >= term.Days && !clockOut(out, due) && working(due) {
			break
		}
		due = due.AddDays(1)
		if !clockOut(out, due) && (!term.Working || working(due)) {
			counted++
		}
	}
	return due, provisional
}

package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/web/views"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// maxDue bounds the cases of the due-date pages.
const maxDue = 500

// dueDates are the cases on the reader's desk that have a due date, soonest first.
func (s *site) dueDates(r *request) (out []casework.WorkItem, err error) {
	err = r.view(func(tx *database.Tx) error {
		page, err := casework.Work(tx, s.desks(s.kindsOfCase()...), r.actor, casework.WorkQuery{Tab: casework.TabTodo, Limit: maxDue})
		for _, w := range page.Items {
			if w.DueOn != "" {
				out = append(out, w)
			}
		}
		return err
	})
	return out, err
}

// calendar shows what is due on one's desk: by month, with working and rest days, or as a list.
func (s *site) calendar(r *request) error {
	items, err := s.dueDates(r)
	if err != nil {
		return err
	}
	list := r.Query("view") == "list"
	v := views.CalendarView{Header: views.Header{Title: r.T("web.calendar"), Lead: r.T("calendar.lead")}, FeedHref: "/profile/notices#feed",
		Tabs: []views.Tab{{Label: r.T("calendar.month"), Href: "/calendar", Active: !list}, {Label: r.T("calendar.list"), Href: "/calendar?view=list", Active: list, Count: len(items)}}}
	if list {
		v.Table, err = s.dueTable(r, items)
	} else {
		err = s.fillMonth(r, &v, items)
	}
	if err != nil {
		return err
	}
	return s.simple(r, http.StatusOK, r.T("web.calendar"), views.CalendarPage(v))
}

// dueTable is the list by day.
func (s *site) dueTable(r *request, items []casework.WorkItem) (views.Table, error) {
	table, err := s.workTable(r, items, casework.TabTodo)
	if err != nil {
		return table, err
	}
	table.Empty = views.Empty{Text: r.T("calendar.empty"), Help: r.T("calendar.empty.help")}
	table.Columns = []views.Column{{Label: r.T("calendar.day"), Keep: true}, {Label: r.T("column.due"), Keep: true}, {Label: r.T("column.case")},
		{Label: r.T("column.asked")}, {Label: r.T("column.action"), Keep: true}}
	for i, row := range table.Rows {
		c := row.Cells
		due, err := workflows.ParseDate(items[i].DueOn)
		if err != nil {
			return table, err
		}
		table.Rows[i].Cells = []views.Cell{{Text: wording.Date(r.lang, due.Start()), Sub: r.T("weekday." + due.Weekday().String())}, {View: c[3].View}, c[0], c[2], c[4]}
	}
	return table, nil
}

// monthAsked is the first day of the month in the address, of the present one without.
func (r *request) monthAsked(today workflows.Date) workflows.Date {
	first, err := workflows.ParseDate(r.text("month") + "-01")
	if err != nil || first.Year < 2000 || first.Year > 2100 {
		first = today
	}
	first.Day = 1
	return first
}

func (s *site) fillMonth(r *request, v *views.CalendarView, items []casework.WorkItem) error {
	d, err := r.days()
	if err != nil {
		return err
	}
	first := r.monthAsked(d.today)
	m := views.Month{Title: r.monthName(first), Before: r.monthLink(first.AddMonths(-1), "calendar.before"), After: r.monthLink(first.AddMonths(1), "calendar.after"),
		Today: views.Link{Label: r.T("calendar.today"), Href: "/calendar"}, EmptyText: r.T("calendar.empty.month")}
	by := map[string][]casework.WorkItem{}
	earlier := 0
	for _, w := range items {
		by[w.DueOn] = append(by[w.DueOn], w)
		if w.Overdue && w.DueOn < first.String() {
			earlier++
		}
	}
	if earlier > 0 {
		v.Notes = append(v.Notes, r.T("calendar.earlier", "Count", earlier))
	}
	day := monday(first)
	for i := range 7 {
		m.Weekdays = append(m.Weekdays, r.T("weekday."+day.AddDays(i).Weekday().String()))
	}
	for end := first.AddMonths(1); day.Before(end); {
		var week []views.CalendarDay
		for range 7 {
			cell := r.monthDay(d, first, day, by[day.String()])
			if !cell.Outside {
				m.Entries += len(cell.Entries)
			}
			for _, e := range cell.Entries {
				m.ProvisionalLegend = m.ProvisionalLegend || e.Provisional
			}
			week, day = append(week, cell), day.AddDays(1)
		}
		m.Weeks = append(m.Weeks, week)
	}
	if !d.calendar.Confirmed(first) {
		v.Notes = append(v.Notes, r.T("calendar.unconfirmed", "Year", strconv.Itoa(first.Year)))
	}
	v.Month = &m
	return nil
}

// monday is the Monday of the week that a day lies in.
func monday(d workflows.Date) workflows.Date {
	return d.AddDays(-(int(d.Weekday()) + 6) % 7)
}

func (r *request) monthName(first workflows.Date) string {
	if r.english() {
		return first.Start().In(time.FixedZone("", 8*3600)).Format("January 2006")
	}
	return fmt.Sprintf("%d年%d月", first.Year, int(first.Month))
}

func (r *request) monthLink(first workflows.Date, key string) views.Link {
	return views.Link{Label: r.T(key), Href: "/calendar?" + url.Values{"month": {first.String()[:7]}}.Encode()}
}

// monthDay is one day of a month. Only what differs from the plain week carries a mark: a
// holiday on a weekday, a weekend that is worked; every named day carries its name.
func (r *request) monthDay(d days, first, day workflows.Date, items []casework.WorkItem) views.CalendarDay {
	row := d.calendar.Day(day)
	weekend := day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
	out := views.CalendarDay{Number: strconv.Itoa(day.Day), Date: wording.Date(r.lang, day.Start()) + " " + r.T("weekday."+day.Weekday().String()),
		Outside: day.Month != first.Month, Today: day == d.today, Rest: row.Rest, Name: r.holiday(row.Name)}
	switch {
	case row.Rest && row.Name != "":
		out.Mark = r.T("calendar.rest")
	case !row.Rest && weekend:
		out.Mark = r.T("calendar.work")
	}
	for _, w := range items {
		step := clockName(r, w)
		out.Entries = append(out.Entries, views.CalendarEntry{Number: w.Number, Title: w.Title, Step: step, Href: casework.Path(w.Kind, w.ID),
			Late: w.Overdue, Provisional: w.Provisional})
	}
	return out
}

// holiday names a holiday in the reader's language; one that the catalogue does not know stands
// as it is in Chinese and is left out in English.
func (r *request) holiday(name string) string {
	keys := map[string]string{"元旦节": "newyear", "春节": "spring", "清明节": "qingming", "劳动节": "labour", "端午节": "dragonboat", "中秋节": "midautumn",
		"国庆节": "national", "国庆中秋": "national_midautumn"}
	key, known := keys[name]
	switch {
	case known:
		return r.T("holiday." + key)
	case r.english():
		return ""
	}
	return name
}

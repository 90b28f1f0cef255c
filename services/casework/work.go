package casework

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Tab is one view of the work list.
type Tab string

// The tabs: on my desk, done by me, started by me, told to me without anything to do.
const (
	TabTodo    Tab = "todo"
	TabDone    Tab = "done"
	TabStarted Tab = "started"
	TabCopied  Tab = "copied"
)

// Tabs lists the tabs in order.
func Tabs() []Tab { return []Tab{TabTodo, TabDone, TabStarted, TabCopied} }

// WorkQuery asks for one page of a tab.
type WorkQuery struct {
	Tab   Tab
	After string // Next of the page before; empty: the first. One that we never gave finds nothing.
	Limit int    // 1 to 500; 0 = 50
}

// WorkItem is one row of the work list.
type WorkItem struct {
	Kind        workflows.Kind
	ID          string
	Number      string
	Title       string
	Unit        string // code of the responsible unit
	State       workflows.State
	Version     int64
	Deadline    string              // id of the clock that ends first, empty: none runs
	Clock       workflows.ClockName // its name
	DueOn       string              // local date, empty: no clock runs
	Overdue     bool
	Provisional bool
	UpdatedAt   time.Time
	key         string // what the tab is ordered by, before the id
}

// WorkPage is one page of a tab: what is due first on one's desk, what moved last elsewhere.
type WorkPage struct {
	Items []WorkItem
	Next  string // empty on the last page
}

// maxWork bounds a page, maxCount a count, whatever is asked.
const (
	maxWork  = 500
	maxCount = 1000
)

// Work reads one page of a tab over kinds of case. Each kind gives at most a page, and the
// pages are merged, so a page costs the same wherever it stands.
func Work(tx *database.Tx, desks []Desk, a identity.Actor, q WorkQuery) (WorkPage, error) {
	limit := 50
	if q.Limit != 0 {
		limit = min(max(q.Limit, 1), maxWork)
	}
	from, ok := readCursor(q)
	if !ok {
		return WorkPage{}, nil
	}
	var page WorkPage
	for _, d := range desks {
		d, err := d.asking(tx, a)
		if err != nil {
			return WorkPage{}, err
		}
		more, err := d.items(tx, a, q.Tab, from, limit+1)
		if err != nil {
			return WorkPage{}, err
		}
		page.Items = append(page.Items, more...)
	}
	slices.SortFunc(page.Items, q.Tab.order)
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := page.Items[limit-1]
		page.Next = last.key + "_" + last.ID
	}
	return page, nil
}

// CountWork counts a tab over kinds of case, to at most 1000 of each kind.
func CountWork(tx *database.Tx, desks []Desk, a identity.Actor, tab Tab) (sum int64, err error) {
	for _, d := range desks {
		if d, err = d.asking(tx, a); err != nil {
			return 0, err
		}
		c := d.on(tab, a, tx.Now())
		n, err := tx.Count("SELECT count(*) FROM (SELECT 1 FROM "+d.From+" WHERE "+c.SQL+" LIMIT ?) q", append(c.Args, maxCount)...)
		if err != nil {
			return 0, fmt.Errorf("count %s of %s: %w", tab, d.Workflow.Kind, err)
		}
		sum += n
	}
	return sum, nil
}

// order is that of a tab: soonest due first on the desk, latest moved first elsewhere.
func (t Tab) order(x, y WorkItem) int {
	if t == TabTodo {
		return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.ID, y.ID))
	}
	return cmp.Or(y.UpdatedAt.Compare(x.UpdatedAt), cmp.Compare(y.ID, x.ID))
}

// cursor is where a page begins: behind the row with this key and id.
type cursor struct {
	key, id string
	at      time.Time // the key of tabs that are ordered by time
}

// readCursor reads what Work gave; ok is false for anything else, which is on no page.
func readCursor(q WorkQuery) (c cursor, ok bool) {
	if q.After == "" {
		return c, true
	}
	key, id, ok := strings.Cut(q.After, "_")
	if !ok || !plain(id) || len(id) > 64 {
		return c, false
	}
	if q.Tab == TabTodo {
		_, err := workflows.ParseDate(key)
		return cursor{key: key, id: id}, err == nil
	}
	micros, err := strconv.ParseInt(key, 10, 64)
	return cursor{key: key, id: id, at: time.UnixMicro(micros).UTC()}, err == nil && micros > 0 && micros < 1<<52
}

func plain(id string) bool {
	return id != "" && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
	})
}

// The keys of what has no date: what is late by its state comes before all, what has no clock
// after all.
const (
	keyLate  = "0001-01-01"
	keyNever = "9999-12-31"
)

type workRow struct {
	ID, Number, Title, Unit, Status, Rank string
	Version                               int64
	UpdatedAt                             time.Time
	Deadline, Clock, DueOn                *string
	DueAt                                 *time.Time
	Provisional                           *bool
}

// items reads the rows of one kind behind a cursor, in the order of the tab.
func (d Desk) items(tx *database.Tx, a identity.Actor, tab Tab, from cursor, limit int) ([]WorkItem, error) {
	c := d.on(tab, a, tx.Now())
	behind, order := d.window(tab, from)
	c = c.and(behind)
	late := names(d.Late)
	if len(late) == 0 {
		late = []string{""}
	}
	var ranked []any
	if tab == TabTodo {
		ranked = from.ranked()
	}
	args := concat([]any{late, keyLate, keyNever, string(d.Workflow.Kind)}, c.Args, ranked, []any{limit})
	var rows []workRow
	err := tx.Find(&rows, "SELECT * FROM (SELECT "+d.Alias+".id, "+d.Alias+".number, "+d.Title+" AS title, "+d.Unit+" AS unit, "+d.Alias+".status, "+d.Alias+`.version,
		`+d.Alias+`.updated_at, d.id AS deadline, d.clock, d.due_on, d.due_at, d.provisional,
		CASE WHEN d.due_on IS NOT NULL THEN d.due_on WHEN `+d.Alias+`.status IN ? THEN ? ELSE ? END AS rank
		FROM `+d.From+` LEFT JOIN deadline d ON d.id = (SELECT dl.id FROM deadline dl WHERE dl.kind = ? AND dl.case_id = `+d.Alias+`.id
			AND dl.ended_at IS NULL AND dl.paused_at IS NULL ORDER BY dl.due_at, dl.id LIMIT 1)
		WHERE `+c.SQL+") q"+order+" LIMIT ?", args...)
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", tab, d.Workflow.Kind, err)
	}
	out := make([]WorkItem, 0, len(rows))
	for _, r := range rows {
		it := d.item(r, tab, tx.Now())
		it.State = SeenState(d.Workflow, a, it.State)
		out = append(out, it)
	}
	return out, nil
}

// window is what lies behind the cursor, and the order it is read in.
func (d Desk) window(tab Tab, from cursor) (behind Condition, order string) {
	if tab == TabTodo {
		if from.id != "" {
			order = " WHERE q.rank > ? OR (q.rank = ? AND q.id > ?)"
		}
		return behind, order + " ORDER BY q.rank, q.id"
	}
	if from.id != "" {
		moved := d.Alias + ".updated_at"
		behind = Condition{moved + " < ? OR (" + moved + " = ? AND " + d.Alias + ".id < ?)", []any{from.at, from.at, from.id}}
	}
	return behind, " ORDER BY q.updated_at DESC, q.id DESC"
}

// ranked are the arguments of a window over ranks.
func (c cursor) ranked() []any {
	if c.id == "" {
		return nil
	}
	return []any{c.key, c.key, c.id}
}

func (d Desk) item(r workRow, tab Tab, now time.Time) WorkItem {
	it := WorkItem{Kind: d.Workflow.Kind, ID: r.ID, Number: r.Number, Title: r.Title, Unit: r.Unit, State: workflows.State(r.Status), Version: r.Version,
		UpdatedAt: r.UpdatedAt, Overdue: slices.Contains(d.Late, workflows.State(r.Status)), key: r.Rank}
	if tab != TabTodo {
		it.key = strconv.FormatInt(r.UpdatedAt.UnixMicro(), 10)
	}
	if r.Deadline != nil && r.DueOn != nil && r.DueAt != nil {
		it.Deadline, it.DueOn, it.Provisional = *r.Deadline, *r.DueOn, r.Provisional != nil && *r.Provisional
		it.Overdue = it.Overdue || !now.Before(*r.DueAt)
		it.Clock = workflows.ClockName(*r.Clock)
	}
	return it
}

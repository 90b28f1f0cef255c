package tables

import (
	"slices"

	"clusterzone/services/application"
)

// Clash is one cell that two people have changed to different values.
type Clash struct {
	Row    int    // in the merged rows, which hold one's own value
	Theirs int    // in the other's rows
	Column string // name, code, sector or revenue_band
}

// RowsStale is the Detail of Conflict "tables.rows_stale": what both have changed, and everything needed to save a
// choice between them.
type RowsStale struct {
	From    int                // where Seen stands in the whole list
	Seen    []application.Firm // the rows as they stand
	Merged  []application.Firm // both changes together, one's own where they clash
	Clashes []Clash
}

// firmCell is one cell of a firm by its name in the document.
type firmCell struct {
	name string
	at   *string
}

func firmCells(f *application.Firm) [4]firmCell {
	return [4]firmCell{{"name", &f.Name}, {"code", &f.Code}, {"sector", &f.Sector}, {"revenue_band", &f.RevenueBand}}
}

// Take copies one cell of a firm from another; an unknown column copies nothing.
func Take(into *application.Firm, from application.Firm, column string) {
	theirs := firmCells(&from)
	for i, c := range firmCells(into) {
		if c.name == column {
			*c.at = *theirs[i].at
		}
	}
}

// MergeRows puts what one person made of some rows into what another has made of them meanwhile. of[i] is the row of
// base that mine[i] was; -1 is a new one. What only one of them changed counts; a row that one removed and the other
// changed stays; where both changed a cell to different values mine stands and the cell is listed.
func MergeRows(base, mine []application.Firm, of []int, theirs []application.Firm) ([]application.Firm, []Clash) {
	m := rowMerger{base: base, mine: mine, of: of, theirs: theirs, at: matchRows(base, theirs), twins: map[int]int{}}
	m.sortOut()
	for i, f := range mine {
		if of[i] < 0 {
			m.twins[i] = m.twin(f)
		}
	}
	m.after(-1)
	for i := range mine {
		m.row(i)
	}
	return m.merged, m.clashes
}

type rowMerger struct {
	base, mine, theirs []application.Firm
	of, at             []int         // base of a row of mine, place in theirs of a row of base
	extras             map[int][]int // rows of theirs that mine has not, by the row of theirs they follow
	twins              map[int]int   // row of theirs that a new row of mine is too
	merged             []application.Firm
	clashes            []Clash
}

// sortOut finds the rows that only the other has, or has changed after mine removed them.
func (m *rowMerger) sortOut() {
	known, stays := map[int]int{}, map[int]bool{}
	for b, t := range m.at {
		known[t] = b
	}
	for _, b := range m.of {
		if b >= 0 && m.at[b] >= 0 {
			stays[m.at[b]] = true
		}
	}
	m.extras = map[int][]int{}
	last := -1
	for t, f := range m.theirs {
		b, was := known[t]
		switch {
		case stays[t]:
			last = t
		case !was || f != m.base[b]:
			m.extras[last] = append(m.extras[last], t)
		}
	}
}

// row merges one row of mine, and brings what the other has put behind it.
func (m *rowMerger) row(i int) {
	b := m.of[i]
	if b < 0 {
		m.put(application.Firm{}, m.mine[i], m.twins[i])
		return
	}
	if m.at[b] >= 0 || m.mine[i] != m.base[b] { // otherwise the other has removed it
		m.put(m.base[b], m.mine[i], m.at[b])
	}
	if m.at[b] >= 0 {
		m.after(m.at[b])
	}
}

// twin takes a row that the other has added too, by its code; -1 where they have not.
func (m *rowMerger) twin(f application.Firm) int {
	for last, all := range m.extras {
		for k, t := range all {
			if f.Code != "" && m.theirs[t].Code == f.Code {
				m.extras[last] = slices.Delete(all, k, k+1)
				return t
			}
		}
	}
	return -1
}

func (m *rowMerger) put(base, mine application.Firm, t int) {
	if t >= 0 {
		was, theirs := firmCells(&base), firmCells(&m.theirs[t])
		for i, c := range firmCells(&mine) {
			switch {
			case *c.at == *was[i].at:
				*c.at = *theirs[i].at
			case *theirs[i].at != *was[i].at && *theirs[i].at != *c.at:
				m.clashes = append(m.clashes, Clash{Row: len(m.merged), Theirs: t, Column: c.name})
			}
		}
	}
	m.merged = append(m.merged, mine)
}

func (m *rowMerger) after(t int) {
	for _, extra := range m.extras[t] {
		m.merged = append(m.merged, m.theirs[extra])
	}
	delete(m.extras, t)
}

// matchRows finds each row of one list in another: by its code or name, and where that was changed, by its place
// between its neighbours; -1 where it is gone.
func matchRows(from, in []application.Firm) []int {
	places, taken := map[string][]int{}, make([]bool, len(in))
	for i, f := range in {
		places[key(f)] = append(places[key(f)], i)
	}
	out := make([]int, len(from))
	for i, f := range from {
		out[i] = -1
		if left := places[key(f)]; len(left) > 0 {
			out[i], places[key(f)] = left[0], left[1:]
			taken[left[0]] = true
		}
	}
	for i := range from {
		next := 0
		if i > 0 {
			next = out[i-1] + 1
		}
		if out[i] < 0 && (i == 0 || out[i-1] >= 0) && next < len(in) && !taken[next] && (i+1 >= len(from) || out[i+1] < 0 || out[i+1] == next+1) {
			out[i], taken[next] = next, true
		}
	}
	return out
}

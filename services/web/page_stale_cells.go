package web

import (
	"slices"
	"strconv"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/tables"
	"clusterzone/services/web/views"
)

// mergeClash puts both changes together, one's own where they meet, and names the places where they do: a field, an
// indicator, a cell of a list by the places its row has in the merged list and in the other's, a list as a whole where
// its rows cannot be told apart.
func (e *editor) mergeClash(base, mine, theirs application.Content) (merged application.Content, names []string, err error) {
	merged, both, err := application.Merge(base, mine, theirs)
	if err != nil {
		return merged, nil, err
	}
	for _, c := range both {
		if c.Path == firmsPath {
			cells := e.mergeFirms(base, mine, theirs, &merged)
			names = append(names, cells...)
			continue
		}
		name, err := choiceIn(c.Path, mine, merged, theirs)
		if err != nil {
			return merged, nil, err
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return merged, names, nil
}

// mergeFirms merges firms whose codes do not tell them apart: by the numbers that their rows have on the page.
func (e *editor) mergeFirms(base, mine, theirs application.Content, merged *application.Content) (names []string) {
	g := grid{editor: e}
	of := g.origins()
	if len(of) != len(mine.Business.Firms) || e.was.typed.rows[firmsPath] != len(base.Business.Firms) {
		return []string{firmsPath}
	}
	rows, clashes := tables.MergeRows(base.Business.Firms, mine.Business.Firms, of, theirs.Business.Firms)
	merged.Business.Firms = rows
	for _, c := range clashes {
		names = append(names, firmCell(c))
	}
	return names
}

// choiceIn names what a person chooses for where a path of their own document differs: choiceOf, or the cell of a row.
func choiceIn(path string, mine, merged, theirs application.Content) (string, error) {
	list, row, column, ok := rowOf(path)
	key := application.ItemKey(list)
	if !ok || key == "" || column == "" {
		return choiceOf(path), nil
	}
	part, _, _ := strings.Cut(list, ".")
	var t [3]typed
	for i, c := range []application.Content{mine, merged, theirs} {
		var err error
		if t[i], err = typedOf(c, part); err != nil {
			return "", err
		}
	}
	value := t[0].text[rowPath(list, row)+"."+key]
	into, from := t[1].rowWith(list, key, value), t[2].rowWith(list, key, value)
	if into < 0 || from < 0 {
		return list, nil
	}
	return list + "[" + strconv.Itoa(into) + ":" + strconv.Itoa(from) + "]." + column, nil
}

// rowWith finds the row of a list by one of its values; -1 where there is none.
func (t typed) rowWith(list, column, value string) int {
	for i := range t.rows[list] {
		if t.text[rowPath(list, i)+"."+column] == value {
			return i
		}
	}
	return -1
}

// cellPath splits firms[3:5].name, the name of a choice without its part.
func cellPath(path string) (list, at, column string, ok bool) {
	list, rest, ok := strings.Cut(path, "[")
	at, column, end := strings.Cut(rest, "].")
	return list, at, column, ok && end && strings.Contains(at, ":")
}

// staleCell is the choice for a cell of a list.
func (r *request) staleCell(f partForm, own, theirs typed, name string) (views.StaleChoice, bool) {
	path, at, column, ok := cellPath(name)
	list, known := f.list(path)
	mine, other, two := twoRows(at)
	if !ok || !known || !two {
		return views.StaleChoice{}, false
	}
	c := columnOf(list, column)
	title := own.text[rowPath(path, mine)+"."+list.columns[0].path]
	return views.StaleChoice{Name: name, Label: r.rowLabel(path, mine, title, column), Mine: orNone(r, labelOf(c, own.text[rowPath(path, mine)+"."+column])),
		Theirs: orNone(r, labelOf(c, theirs.text[rowPath(path, other)+"."+column]))}, true
}

// takeCell copies one cell from the row of one list into the row of another.
func takeCell(into, from any, at, column string) {
	mine, theirs, ok := twoRows(at)
	a, _ := into.([]any)
	b, _ := from.([]any)
	if !ok || mine >= len(a) || theirs >= len(b) {
		return
	}
	x, okX := a[mine].(map[string]any)
	y, okY := b[theirs].(map[string]any)
	if okX && okY {
		x[column] = y[column]
	}
}

// onlyDiffering leaves of two lists in words the lines that differ.
func onlyDiffering(f partForm, path, mine, theirs string) (string, string) {
	if _, list := f.list(path); !list {
		return mine, theirs
	}
	a, b := strings.Split(mine, "\n"), strings.Split(theirs, "\n")
	without := func(lines, other []string) string {
		return strings.Join(slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(other, line) }), "\n")
	}
	return without(a, b), without(b, a)
}

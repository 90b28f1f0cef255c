package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"clusterzone/services/application"
)

// typed is one part of an application as a person reads and types it: the text of every field
// by its path in the document, such as goals.rows[revenue].base. A form is shown from it, and
// a form that comes back becomes one again before anything is judged, so that nothing typed
// is lost whatever is wrong with it.
type typed struct {
	text map[string]string
	rows map[string]int // rows of a list by its path
	// from leads from the place of a row to the one it had in the form that was sent: empty
	// rows are left out, so the rows after them move up.
	from map[string]string
}

func newTyped() typed {
	return typed{text: map[string]string{}, rows: map[string]int{}, from: map[string]string{}}
}

// typedOf writes the stored values of a part (or of the recommendation) as people type them.
func typedOf(c application.Content, part string) (typed, error) {
	t := newTyped()
	tree, err := treeOfContent(c)
	if err != nil {
		return t, err
	}
	t.walk(part, tree[part])
	return t, nil
}

// treeOfContent is the document as maps, lists and numbers.
func treeOfContent(c application.Content) (map[string]any, error) {
	text, err := application.Canonical(c)
	if err != nil {
		return nil, err
	}
	return treeOfJSON(text)
}

func treeOfJSON(text []byte) (tree map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err = d.Decode(&tree)
	return tree, err
}

func (t typed) walk(path string, node any) {
	switch v := node.(type) {
	case map[string]any:
		if path == polygonPath {
			text, _ := json.Marshal(v) // it was read from JSON
			t.text[path] = string(text)
			return
		}
		for name, member := range v {
			t.walk(path+"."+name, member)
		}
	case []any:
		t.walkList(path, v)
	case json.Number:
		n, err := v.Int64()
		if err == nil && (n != 0 || zeroCounts(path)) {
			t.text[path] = application.UnitOf(path).Format(n)
		}
	case string:
		t.text[path] = v
	}
}

func (t typed) walkList(path string, items []any) {
	if path == sectorsPath {
		t.text[path] = strings.Join(textsOf(items), "\n")
		return
	}
	t.rows[path] = len(items)
	for i, item := range items {
		key := strconv.Itoa(i)
		if members, ok := item.(map[string]any); ok && path == goalRowsPath {
			key, _ = members["indicator"].(string)
		}
		t.walk(path+"["+key+"]", item)
	}
}

func textsOf(items []any) []string {
	out := make([]string, 0, len(items))
	for _, item := range items {
		if text, ok := item.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// The places of the document that are not a plain field.
const (
	polygonPath  = "boundary.polygon"
	sectorsPath  = "business.sectors"
	firmsPath    = "business.firms"
	goalRowsPath = "goals.rows"
)

// zeroCounts reports whether a figure may be stated as 0; elsewhere 0 means not filled in.
func zeroCounts(path string) bool {
	return strings.HasSuffix(path, ".base") || strings.Contains(path, ".planned[") || strings.HasSuffix(path, ".amount") || strings.HasSuffix(path, "floor_area_m2")
}

// started reports whether anything has been filled in.
func (t typed) started() bool {
	for path, text := range t.text {
		if text != "" && !strings.HasSuffix(path, "].indicator") {
			return true
		}
	}
	return false
}

// read takes the values of a form: known fields, rows of lists in their order without the
// empty ones. What the part does not have is named in unknown.
func (t typed) read(values url.Values, f partForm) (unknown []string) {
	lists := map[string]map[int]bool{}
	for name := range values {
		if list, row, _, ok := f.column(name); ok {
			if lists[list.path] == nil {
				lists[list.path] = map[int]bool{}
			}
			lists[list.path][row] = true
			continue
		}
		if _, ok := f.input(name); ok {
			t.text[name] = strings.Join(values[name], "\n")
			continue
		}
		unknown = append(unknown, fieldName(name))
	}
	for _, list := range f.lists {
		t.readRows(values, list, lists[list.path])
	}
	slices.Sort(unknown)
	return unknown
}

// readRows gives the rows of a list new places from 0.
func (t typed) readRows(values url.Values, list listForm, sent map[int]bool) {
	places := make([]int, 0, len(sent))
	for place := range sent {
		places = append(places, place)
	}
	slices.Sort(places)
	next := 0
	for _, place := range places {
		was, now := rowPath(list.path, place), rowPath(list.path, next)
		empty := true
		for _, column := range list.columns {
			text := values.Get(was + "." + column.path)
			t.text[now+"."+column.path] = text
			empty = empty && strings.TrimSpace(text) == ""
		}
		if empty {
			t.dropRow(list, next)
			continue
		}
		t.from[now] = was
		next++
	}
	t.rows[list.path] = next
}

func (t typed) dropRow(list listForm, row int) {
	for _, column := range list.columns {
		delete(t.text, rowPath(list.path, row)+"."+column.path)
	}
}

// remove takes one row out; the rows after it move up.
func (t typed) remove(list listForm, row int) {
	last := t.rows[list.path] - 1
	if row < 0 || row > last {
		return
	}
	for i := row; i < last; i++ {
		for _, column := range list.columns {
			t.text[rowPath(list.path, i)+"."+column.path] = t.text[rowPath(list.path, i+1)+"."+column.path]
		}
	}
	t.dropRow(list, last)
	t.rows[list.path] = last
}

// sentAs is the name that a field had in the form that was sent.
func (t typed) sentAs(path string) string {
	end := strings.LastIndex(path, "].")
	if end < 0 {
		return path
	}
	if was, ok := t.from[path[:end+1]]; ok {
		return was + path[end+1:]
	}
	return path
}

func rowPath(list string, row int) string { return list + "[" + strconv.Itoa(row) + "]" }

// rowOf splits business.firms[3].code into the list, the row and the column.
func rowOf(path string) (list string, row int, column string, ok bool) {
	list, rest, ok := strings.Cut(path, "[")
	if !ok {
		return "", 0, "", false
	}
	number, column, ok := strings.Cut(rest, "]")
	if !ok {
		return "", 0, "", false
	}
	row, err := strconv.Atoi(number)
	if err != nil || row < 0 || strconv.Itoa(row) != number {
		return "", 0, "", false
	}
	return list, row, strings.TrimPrefix(column, "."), true
}

// refuse is a problem of our own with a field.
func refuse(path, code string) application.Problem {
	return application.Problem{Path: path, Code: code, Severity: application.Refuse, Params: map[string]string{"Field": application.LabelKey(path)}}
}

// value makes the document's value of the part from what was typed, or says which fields
// cannot be read.
func (t typed) value(f partForm) (json.RawMessage, []application.Problem) {
	b := builder{t: t, tree: map[string]any{}}
	for _, in := range f.inputs {
		if in.stored() {
			b.put(strings.TrimPrefix(in.path, f.path+"."), b.leaf(in.kind, in.path))
		}
	}
	for _, list := range f.lists {
		b.tree[strings.TrimPrefix(list.path, f.path+".")] = b.list(list)
	}
	if len(f.indicators) > 0 {
		b.tree["rows"] = b.goals(f)
	}
	if len(b.problems) > 0 {
		slices.SortFunc(b.problems, func(x, y application.Problem) int { return cmp.Compare(x.Path, y.Path) })
		return nil, b.problems
	}
	text, err := json.Marshal(b.tree)
	if err != nil { // a raw value that is no JSON has been refused before
		return nil, []application.Problem{refuse(f.path, "document.syntax")}
	}
	return text, nil
}

// builder turns texts into a tree of JSON values.
type builder struct {
	t        typed
	tree     map[string]any
	problems []application.Problem
}

// put stores a value below a dotted path.
func (b *builder) put(path string, value any) {
	at := b.tree
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		next, ok := at[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[name] = next
		}
		at = next
	}
	at[names[len(names)-1]] = value
}

// leaf reads one field: a figure in the unit it is shown in, a geometry, a list of choices, a
// text.
func (b *builder) leaf(kind fieldKind, path string) any {
	text := strings.TrimSpace(strings.ReplaceAll(b.t.text[path], "\r\n", "\n"))
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		b.problems = append(b.problems, refuse(path, "field.control_character"))
		return nil
	}
	switch kind {
	case figureField, yearField:
		return b.figure(path, text)
	case mapField:
		return b.geometry(path, text)
	case checksField:
		if text == "" {
			return []string{}
		}
		return strings.Split(text, "\n")
	}
	return text
}

func (b *builder) figure(path, text string) any {
	if text == "" {
		return nil
	}
	n, err := application.UnitOf(path).Parse(text)
	if err != nil {
		b.problems = append(b.problems, refuse(path, "field.not_integer"))
		return nil
	}
	return n
}

func (b *builder) geometry(path, text string) any {
	switch {
	case text == "":
		return nil
	case !json.Valid([]byte(text)):
		b.problems = append(b.problems, refuse(path, "boundary.not_geojson"))
		return nil
	}
	return json.RawMessage(text)
}

func (b *builder) list(list listForm) []any {
	out := make([]any, 0, b.t.rows[list.path])
	for i := range b.t.rows[list.path] {
		row := map[string]any{}
		for _, column := range list.columns {
			row[column.path] = b.leaf(column.kind, rowPath(list.path, i)+"."+column.path)
		}
		out = append(out, row)
	}
	return out
}

// goals are the rows of the indicators; a year that is not filled in is null.
func (b *builder) goals(f partForm) []any {
	out := make([]any, 0, len(f.indicators))
	for _, indicator := range f.indicators {
		path := goalPath(indicator)
		planned := make([]any, f.years)
		for k := range planned {
			planned[k] = b.leaf(figureField, plannedPath(indicator, k))
		}
		out = append(out, map[string]any{"indicator": indicator, "base": b.leaf(figureField, path+".base"), "planned": planned,
			"reason": b.leaf(areaText, path+".reason")})
	}
	return out
}

func goalPath(indicator string) string { return goalRowsPath + "[" + indicator + "]" }

func plannedPath(indicator string, k int) string {
	return goalPath(indicator) + ".planned[" + strconv.Itoa(k) + "]"
}

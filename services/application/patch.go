package application

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The limits of a document as it arrives.
const (
	maxDocumentBytes = 8 << 20
	maxDepth         = 12  // a MultiPolygon's numbers lie at depth 8
	maxProblems      = 100 // more would only amplify a hostile body
)

// Decode reads a whole content document. Absent fields are empty; unknown and repeated members, wrong types, values
// out of range, text beyond its length, control characters and bad UTF-8 are problems by field, and then the content
// is not to be used. Text is trimmed and its line ends made \n; codes are put in capitals.
func Decode(data []byte) (Content, []Problem) {
	tree, problem := readDocument(data)
	if problem != nil {
		return Content{}, []Problem{*problem}
	}
	return build(tree)
}

// Apply sets the field, part or list item at a path to a JSON value and returns the new content; null clears. A list
// grows by naming the position after its last, a goals row by naming its indicator. On problems the old content is
// returned unchanged.
func Apply(c Content, path string, value []byte) (Content, []Problem) {
	node, problem := readDocument(value)
	if problem != nil {
		problem.Path = knownPath(path)
		problem.Clarification = partOf(path)
		return c, []Problem{*problem}
	}
	steps, ok := parsePath(path)
	if ok {
		_, ok = fieldAt(steps)
	}
	if !ok {
		return c, []Problem{newProblem("", "field.unknown", Refuse, paramsOf([]string{"Name", printable(path)}))}
	}
	tree, err := treeOf(c)
	if err == nil {
		tree, err = setAt(contentSchema, tree, steps, node)
	}
	if err != nil {
		return c, []Problem{newProblem(path, "field.position", Refuse, nil)}
	}
	changed, problems := build(tree)
	if len(problems) > 0 {
		return c, problems
	}
	return changed, nil
}

func knownPath(path string) string {
	if steps, ok := parsePath(path); ok {
		if _, known := fieldAt(steps); known {
			return path
		}
	}
	return ""
}

var errPosition = errors.New("no such list position")

// setAt replaces the node that the steps lead to; the steps fit the schema.
func setAt(f contentField, node any, steps []pathStep, value any) (any, error) {
	if len(steps) == 0 {
		return value, nil
	}
	if f.kind == listKind {
		return setItem(f, node, steps, value)
	}
	members, ok := node.(map[string]any)
	if !ok {
		members = map[string]any{}
	}
	m, _ := f.member(steps[0].name)
	set, err := setAt(m, members[m.name], steps[1:], value)
	if err != nil {
		return nil, err
	}
	members[m.name] = set
	return members, nil
}

func setItem(f contentField, node any, steps []pathStep, value any) (any, error) {
	items, _ := node.([]any)
	i := positionOf(steps[0].name)
	if f.named {
		i = slices.IndexFunc(items, func(item any) bool { return f.itemKey(item) == steps[0].name })
		if i < 0 {
			i, items = len(items), append(items, map[string]any{f.key: steps[0].name})
		}
	}
	if i < 0 || i > len(items) {
		return nil, errPosition
	}
	if i == len(items) {
		items = append(items, nil)
	}
	set, err := setAt(*f.item, items[i], steps[1:], value)
	if err != nil {
		return nil, err
	}
	items[i] = set
	return items, nil
}

// build checks a tree against the schema and makes the content of it.
func build(tree any) (Content, []Problem) {
	s := &shaper{}
	shaped := s.shape(contentSchema, "", tree)
	if len(s.problems) > 0 {
		return Content{}, s.problems
	}
	var c Content
	if err := json.Unmarshal(appendCanonical(nil, shaped), &c); err != nil {
		return Content{}, []Problem{newProblem("", "document.syntax", Refuse, nil)}
	}
	if string(c.Boundary.Polygon) == "null" {
		c.Boundary.Polygon = nil
	}
	return c, nil
}

// shaper walks a tree along the schema, tidies values and collects problems.
type shaper struct {
	problems []Problem
}

func (s *shaper) refuse(path, code string, pairs ...string) {
	if len(s.problems) < maxProblems {
		s.problems = append(s.problems, newProblem(path, code, Refuse, paramsOf(pairs)))
	}
}

func (s *shaper) shape(f contentField, path string, node any) any {
	switch f.kind {
	case objectKind:
		return s.object(f, path, node)
	case listKind:
		return s.list(f, path, node)
	case integerKind, optionalKind:
		return s.integer(f, path, node)
	case geometryKind:
		return s.geometry(path, node)
	}
	return s.text(f, path, node)
}

func (s *shaper) object(f contentField, path string, node any) any {
	members, ok := node.(map[string]any)
	if !ok && node != nil {
		s.refuse(path, "field.wrong_type")
		return nil
	}
	known := make(map[string]any, len(f.fields))
	for _, m := range f.fields {
		known[m.name] = s.shape(m, joinPath(path, m.name), members[m.name])
	}
	var unknown []string
	for name := range members {
		if _, ok := known[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		s.refuse(path, "field.unknown", "Name", printable(name))
	}
	return known
}

func (s *shaper) list(f contentField, path string, node any) any {
	items, ok := node.([]any)
	if !ok && node != nil {
		s.refuse(path, "field.wrong_type")
		return nil
	}
	if int64(len(items)) > f.limit {
		s.refuse(path, "field.too_many", "Limit", strconv.FormatInt(f.limit, 10), "Count", strconv.Itoa(len(items)))
		return nil
	}
	shaped := make([]any, len(items))
	for i, item := range items {
		key := strconv.Itoa(i)
		if members, ok := item.(map[string]any); ok && f.named {
			if name, ok := members[f.key].(string); ok && plainKey(name) {
				key = name
			}
		}
		shaped[i] = s.shape(*f.item, indexPath(path, key), item)
	}
	return shaped
}

// plainKey keeps outside text from building a path of its own.
func plainKey(key string) bool {
	return key != "" && len(key) <= maxShort && strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_-0123456789") == ""
}

func (s *shaper) integer(f contentField, path string, node any) any {
	if node == nil {
		if f.kind == integerKind {
			return json.Number("0")
		}
		return nil
	}
	n, ok := node.(json.Number)
	if !ok {
		s.refuse(path, "field.not_integer")
		return nil
	}
	if !wholeNumber(n.String()) {
		s.refuse(path, "field.not_integer")
		return nil
	}
	v, err := n.Int64()
	if err != nil || v < 0 || v > f.limit {
		unit := UnitOf(path)
		s.refuse(path, "field.out_of_range", "Min", "0", "Max", unit.Format(f.limit))
		return nil
	}
	return json.Number(strconv.FormatInt(v, 10))
}

func (s *shaper) text(f contentField, path string, node any) any {
	if node == nil {
		return ""
	}
	text, ok := node.(string)
	if !ok {
		s.refuse(path, "field.wrong_type")
		return nil
	}
	if f.kind == codeKind {
		text = tidyCode(text)
	}
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if strings.IndexFunc(text, func(r rune) bool { return forbidden(r, f.kind == linesKind) }) >= 0 {
		s.refuse(path, "field.control_character")
		return nil
	}
	if n := int64(utf8.RuneCountInString(text)); n > f.limit {
		s.refuse(path, "field.too_long", "Limit", strconv.FormatInt(f.limit, 10), "Length", strconv.FormatInt(n, 10))
		return nil
	}
	return text
}

// forbidden tells characters that do not belong in a filed text: controls, and marks that reverse the reading order
// and so can make a text read other than it is stored.
func forbidden(r rune, lines bool) bool {
	if lines && (r == '\n' || r == '\t') {
		return false
	}
	return unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

func (s *shaper) geometry(path string, node any) any {
	if node == nil {
		return nil
	}
	g, err := ParseGeometry(appendCanonical(nil, node))
	if err != nil {
		var fault *GeometryError
		if !errors.As(err, &fault) {
			fault = geometryFault("invalid")
		}
		s.problems = append(s.problems, fault.problem(path))
		return nil
	}
	tree, err := genericTree(g)
	if err != nil {
		s.refuse(path, "boundary.invalid")
		return nil
	}
	return tree
}

// readDocument turns JSON bytes into a tree, or says why they are none.
func readDocument(data []byte) (any, *Problem) {
	refuse := func(code string, pairs ...string) (any, *Problem) {
		p := newProblem("", code, Refuse, paramsOf(pairs))
		return nil, &p
	}
	if len(data) > maxDocumentBytes {
		return refuse("document.too_large", "Limit", strconv.Itoa(maxDocumentBytes>>20))
	}
	if code := scanDocument(data); code != "" {
		return refuse(code)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	tree, err := readNode(d)
	if errors.Is(err, errRepeated) {
		return refuse("document.repeated_member")
	}
	if err != nil {
		return refuse("document.syntax")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse("document.syntax")
	}
	return tree, nil
}

// scanDocument refuses what encoding/json would quietly repair or descend into: bad UTF-8, NUL, halves of surrogate
// pairs, and great depth.
func scanDocument(data []byte) string {
	if !utf8.Valid(data) {
		return "document.encoding"
	}
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case b == 0:
			return "document.encoding"
		case b == '"':
			quoted = !quoted
		case quoted && b == '\\':
			skip, ok := escapeLength(data[i:])
			if !ok {
				return "document.encoding"
			}
			i += skip - 1
		case !quoted && (b == '{' || b == '['):
			if depth++; depth > maxDepth {
				return "document.too_deep"
			}
		case !quoted && (b == '}' || b == ']'):
			depth--
		}
	}
	return ""
}

// escapeLength is the length of the escape at the start of data; not ok for NUL and lone surrogates.
func escapeLength(data []byte) (int, bool) {
	r, ok := unicodeEscape(data)
	switch {
	case !ok:
		return 2, true // a plain escape, or one that the JSON reader will refuse
	case r == 0 || r >= 0xdc00 && r <= 0xdfff:
		return 0, false
	case r < 0xd800 || r > 0xdfff:
		return 6, true
	}
	low, ok := unicodeEscape(data[6:])
	return 12, ok && low >= 0xdc00 && low <= 0xdfff
}

func unicodeEscape(data []byte) (rune, bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	return rune(v), err == nil
}

var errRepeated = errors.New("member given twice")

// readNode reads one value by tokens, because decoding into a map keeps the last of two equal members in silence.
func readNode(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	switch token {
	case json.Delim('{'):
		return readObject(d)
	case json.Delim('['):
		return readList(d)
	}
	return token, nil
}

func readObject(d *json.Decoder) (any, error) {
	members := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, fmt.Errorf("read document: %w", err)
		}
		name, ok := token.(string)
		if !ok {
			return nil, errors.New("read document: member without a name")
		}
		if _, twice := members[name]; twice {
			return nil, errRepeated
		}
		if members[name], err = readNode(d); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return members, err
}

func readList(d *json.Decoder) (any, error) {
	items := []any{}
	for d.More() {
		item, err := readNode(d)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := d.Token()
	return items, err
}

// printable makes outside text fit for a message: short, and without anything but letters, digits and plain marks.
func printable(text string) string {
	out := make([]rune, 0, 40)
	for _, r := range text {
		if len(out) == 40 {
			break
		}
		if r == utf8.RuneError || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.[]", r) {
			r = '?'
		}
		out = append(out, r)
	}
	return string(out)
}

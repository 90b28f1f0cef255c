package application

import (
	"strconv"
	"strings"
)

// contentKind is the JSON shape of a field.
type contentKind int

const (
	objectKind contentKind = iota
	listKind
	textKind     // one line
	linesKind    // text with line breaks
	codeKind     // credit code: written in capitals without spaces
	integerKind  // absent reads as 0
	optionalKind // integer that may be absent
	geometryKind // GeoJSON, one opaque value to paths and comparison
)

// contentField describes one field of Content. Decoding, comparison, units and labels all follow this one table, so a
// new field is added here and in Content, and a test holds the two together.
type contentField struct {
	name   string
	kind   contentKind
	limit  int64 // longest text in characters, most items, largest integer
	unit   Unit
	key    string // list: the member that identifies an item across versions; keySelf: the item itself
	named  bool   // list: paths name an item by its key instead of its position
	fields []contentField
	item   *contentField
}

const (
	keySelf = "."
	// unitOfRow marks goal values, whose unit depends on the row's indicator.
	unitOfRow Unit = "row"

	maxName   = 100
	maxShort  = 60
	maxLine   = 300
	maxText   = 8000
	maxFirms  = 20_000
	maxYear   = 2200
	maxRows   = 40
	maxShares = 10_000
)

var contentSchema = contentField{kind: objectKind, fields: []contentField{
	{name: "body", kind: objectKind, fields: []contentField{
		{name: "name", kind: textKind, limit: maxName},
		{name: "kind", kind: textKind, limit: maxShort},
		{name: "credit_code", kind: codeKind, limit: maxShort},
		{name: "legal_representative", kind: textKind, limit: maxShort},
		{name: "managers", kind: integerKind, limit: 100_000, unit: UnitCount},
		{name: "contact", kind: objectKind, fields: []contentField{
			{name: "name", kind: textKind, limit: maxShort},
			{name: "phone", kind: textKind, limit: maxShort},
			{name: "email", kind: textKind, limit: 254},
		}},
	}},
	{name: "boundary", kind: objectKind, fields: []contentField{
		{name: "east", kind: textKind, limit: maxLine},
		{name: "south", kind: textKind, limit: maxLine},
		{name: "west", kind: textKind, limit: maxLine},
		{name: "north", kind: textKind, limit: maxLine},
		{name: "polygon", kind: geometryKind},
		{name: "area_m2", kind: integerKind, limit: 1_000_000_000_000, unit: UnitKm2},
		{name: "floor_area_m2", kind: optionalKind, limit: 1_000_000_000_000, unit: UnitM2},
	}},
	{name: "goals", kind: objectKind, fields: []contentField{
		{name: "base_year", kind: integerKind, limit: maxYear},
		{name: "rows", kind: listKind, limit: maxRows, key: "indicator", named: true,
			item: &contentField{kind: objectKind, fields: []contentField{
				{name: "indicator", kind: textKind, limit: maxShort},
				{name: "base", kind: optionalKind, limit: maxInteger, unit: unitOfRow},
				{name: "planned", kind: listKind, limit: 10,
					item: &contentField{kind: optionalKind, limit: maxInteger, unit: unitOfRow}},
				{name: "reason", kind: linesKind, limit: 1000},
			}}},
	}},
	{name: "business", kind: objectKind, fields: []contentField{
		{name: "sectors", kind: listKind, limit: maxRows, key: keySelf,
			item: &contentField{kind: textKind, limit: maxShort}},
		{name: "leading", kind: listKind, limit: maxRows, key: "name",
			item: &contentField{kind: objectKind, fields: []contentField{
				{name: "name", kind: textKind, limit: maxName},
				{name: "sector", kind: textKind, limit: maxShort},
				{name: "share_bp", kind: integerKind, limit: maxShares, unit: UnitPercent},
			}}},
		{name: "firms", kind: listKind, limit: maxFirms, key: "code",
			item: &contentField{kind: objectKind, fields: []contentField{
				{name: "name", kind: textKind, limit: maxName},
				{name: "code", kind: codeKind, limit: maxShort},
				{name: "sector", kind: textKind, limit: maxShort},
				{name: "revenue_band", kind: textKind, limit: maxShort},
			}}},
	}},
	{name: "positioning", kind: objectKind, fields: []contentField{
		{name: "area", kind: textKind, limit: maxShort},
		{name: "text", kind: linesKind, limit: maxText},
		{name: "relation", kind: linesKind, limit: maxText},
		{name: "platforms", kind: listKind, limit: maxRows, key: "name",
			item: &contentField{kind: objectKind, fields: []contentField{
				{name: "name", kind: textKind, limit: maxName},
				{name: "description", kind: linesKind, limit: 1000},
				{name: "year", kind: integerKind, limit: maxYear},
			}}},
	}},
	{name: "factors", kind: objectKind, fields: []contentField{
		{name: "land", kind: objectKind, fields: factorFields(UnitHectare)},
		{name: "funds", kind: objectKind, fields: factorFields(UnitFen)},
		{name: "talent", kind: objectKind, fields: factorFields(UnitCount)},
		{name: "utilities", kind: objectKind, fields: factorFields(UnitFen)},
	}},
	{name: "fund", kind: objectKind, fields: []contentField{
		{name: "years", kind: listKind, limit: maxRows, key: "year",
			item: &contentField{kind: objectKind, fields: []contentField{
				{name: "year", kind: integerKind, limit: maxYear},
				{name: "amount_fen", kind: integerKind, limit: maxInteger, unit: UnitFen},
			}}},
		{name: "source_line", kind: textKind, limit: maxLine},
		{name: "document_number", kind: textKind, limit: maxShort},
	}},
	{name: "recommendation", kind: objectKind, fields: []contentField{
		{name: "document_number", kind: textKind, limit: maxShort},
		{name: "date", kind: textKind, limit: 10},
	}},
}}

func factorFields(amount Unit) []contentField {
	return []contentField{
		{name: "amount", kind: optionalKind, limit: maxInteger, unit: amount},
		{name: "source", kind: textKind, limit: maxLine},
		{name: "body", kind: textKind, limit: maxName},
		{name: "date", kind: textKind, limit: 10},
	}
}

// pathStep is one step into the document: a member's name, or the index or key of a list item.
type pathStep struct {
	name string
	item bool
}

// maxPath bounds a path's length in bytes; the longest honest one is far below.
const maxPath = 160

// parsePath splits business.firms[3].code into its steps.
func parsePath(path string) ([]pathStep, bool) {
	if path == "" || len(path) > maxPath {
		return nil, false
	}
	var steps []pathStep
	for part := range strings.SplitSeq(path, ".") {
		name, index, indexed := strings.Cut(part, "[")
		if name == "" {
			return nil, false
		}
		steps = append(steps, pathStep{name: name})
		if !indexed {
			continue
		}
		key, ok := strings.CutSuffix(index, "]")
		if !ok || key == "" || strings.ContainsAny(key, "[]") {
			return nil, false
		}
		steps = append(steps, pathStep{name: key, item: true})
	}
	return steps, true
}

// fieldAt finds the schema of the field that the steps lead to.
func fieldAt(steps []pathStep) (contentField, bool) {
	f := contentSchema
	for _, s := range steps {
		next, ok := f.step(s)
		if !ok {
			return contentField{}, false
		}
		f = next
	}
	return f, true
}

func (f contentField) step(s pathStep) (contentField, bool) {
	if f.kind == listKind && s.item {
		return *f.item, f.named || positionOf(s.name) >= 0
	}
	if f.kind == objectKind && !s.item {
		return f.member(s.name)
	}
	return contentField{}, false
}

func (f contentField) member(name string) (contentField, bool) {
	for _, m := range f.fields {
		if m.name == name {
			return m, true
		}
	}
	return contentField{}, false
}

// positionOf reads a list position; -1 when the text is none.
func positionOf(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || strconv.Itoa(n) != text {
		return -1
	}
	return n
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func indexPath(path, key string) string {
	return path + "[" + key + "]"
}

func itemField(list string, i int, name string) string {
	return list + "[" + strconv.Itoa(i) + "]." + name
}

// LabelKey is the catalogue key of a field's label: the path without indexes, field.business.firms.code.
func LabelKey(path string) string {
	var b strings.Builder
	b.WriteString("field.")
	depth := 0
	for _, r := range path {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// IndicatorLabelKey is the catalogue key of a standard goal indicator's name.
func IndicatorLabelKey(indicator string) string {
	return "field.goals.rows." + indicator
}

// BodyKindLabelKey is the catalogue key of a kind of development body.
func BodyKindLabelKey(kind BodyKind) string {
	return "field.body.kind." + string(kind)
}

// LabelKeys lists the label of every field and part in document order; a catalogue must have them all.
func LabelKeys() []string {
	keys := contentSchema.labels("", nil)
	for _, i := range StandardIndicators() {
		keys = append(keys, IndicatorLabelKey(i))
	}
	for _, k := range []BodyKind{CommitteeBody, StateFirmBody, PrivateFirmBody, JointBody} {
		keys = append(keys, BodyKindLabelKey(k))
	}
	return append(keys, "field.materials", "field.document")
}

func (f contentField) labels(path string, keys []string) []string {
	if path != "" {
		keys = append(keys, LabelKey(path))
	}
	for _, m := range f.fields {
		keys = m.labels(joinPath(path, m.name), keys)
	}
	if f.item != nil {
		for _, m := range f.item.fields {
			keys = m.labels(joinPath(path, m.name), keys)
		}
	}
	return keys
}

// partOf is the clarification a path belongs to; the recommendation and files count as materials.
func partOf(path string) string {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	switch part := path[:end]; part {
	case "", "body", "boundary", "goals", "business", "positioning", "factors", "fund":
		return part
	}
	return "materials"
}

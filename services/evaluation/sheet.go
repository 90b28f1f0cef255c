package evaluation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"clusterzone/services/fault"
	"clusterzone/services/policy"
)

// Column says who fills in a sheet.
type Column string

// The columns that are typed in; the third comes from the experts.
const (
	SelfColumn  Column = "self"  // the unit: figures and the bonuses it claims
	CheckColumn Column = "check" // the officer: figures, bonuses, deductions, vetoes
)

// Sheet is one column as it is typed in. Figures are decimals in the indicator's unit, bonuses
// and deductions points, both as plain decimal text, by code; what is empty is absent. Targets
// are the zone's own goals where the rule set asks for them. Notes belong to a code of any
// kind. Carried names the figures taken over from last year that nobody has looked at yet.
type Sheet struct {
	Figures    map[string]string `json:"figures"`
	Targets    map[string]string `json:"targets"`
	Bonuses    map[string]string `json:"bonuses"`
	Deductions map[string]string `json:"deductions"`
	Vetoes     []string          `json:"vetoes"`
	Notes      map[string]string `json:"notes"`
	Carried    []string          `json:"carried"`
}

// The bounds of a sheet.
const (
	maxSheet = 256 << 10 // bytes
	maxNote  = 1000      // characters
)

// ParseSheet reads a column strictly and returns it in its one canonical form, or everything
// that is wrong with it by field.
func ParseSheet(raw []byte, rules policy.Evaluation, column Column) (Sheet, []fault.Field) {
	s, problem := decodeSheet(raw)
	if problem != nil {
		return Sheet{}, []fault.Field{*problem}
	}
	c := sheetCheck{rules: rules, column: column, sheet: s.tidy()}
	c.figures()
	c.targets()
	c.points("bonuses", rules.Bonuses, c.sheet.Bonuses)
	c.points("deductions", rules.Deductions, c.sheet.Deductions)
	c.vetoes()
	c.notes()
	return c.sheet, c.problems
}

func decodeSheet(raw []byte) (s Sheet, problem *fault.Field) {
	if len(raw) > maxSheet {
		return s, &fault.Field{Path: "", Code: "evaluation.sheet_size", Params: map[string]string{"Max": strconv.Itoa(maxSheet >> 10)}}
	}
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte(`\u0000`)) {
		return s, &fault.Field{Path: "", Code: "text.invalid"}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	err := d.Decode(&s)
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return s, &fault.Field{Path: kind.Field, Code: "evaluation.sheet_text"}
	}
	if _, more := d.Token(); err != nil || !errors.Is(more, io.EOF) {
		return s, &fault.Field{Path: "", Code: "evaluation.sheet"}
	}
	return s, nil
}

// tidy trims what was typed, drops what is empty and makes every part present.
func (s Sheet) tidy() Sheet {
	return Sheet{Figures: tidyMap(s.Figures, true), Targets: tidyMap(s.Targets, true), Bonuses: tidyMap(s.Bonuses, true),
		Deductions: tidyMap(s.Deductions, true), Notes: tidyMap(s.Notes, false), Vetoes: tidyList(s.Vetoes), Carried: tidyList(s.Carried)}
}

// tidyMap takes the commas out of numbers, as people type them between thousands.
func tidyMap(m map[string]string, numbers bool) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		if v = strings.TrimSpace(v); numbers {
			v = strings.ReplaceAll(v, ",", "")
		}
		if v != "" {
			out[strings.TrimSpace(k)] = v
		}
	}
	return out
}

func tidyList(list []string) []string {
	out := slices.Sorted(slices.Values(list))
	return slices.Concat([]string{}, slices.Compact(out))
}

// sheetCheck gathers what is wrong with a sheet and writes its numbers in their one form.
type sheetCheck struct {
	rules    policy.Evaluation
	column   Column
	sheet    Sheet
	problems []fault.Field
}

func (c *sheetCheck) add(path, code string, name policy.Text, params ...string) {
	c.problems = append(c.problems, fieldOf(path, code, name, params...))
}

// fieldOf names a field in both languages: NameEn stands in for Name in English.
func fieldOf(path, code string, name policy.Text, params ...string) fault.Field {
	f := fault.Field{Path: path, Code: "evaluation." + code, Params: map[string]string{"Name": name.ZH, "NameEn": name.EN}}
	for i := 0; i+1 < len(params); i += 2 {
		f.Params[params[i]] = params[i+1]
	}
	return f
}

func (c *sheetCheck) figures() {
	for _, code := range slices.Sorted(maps.Keys(c.sheet.Figures)) {
		path := "figures." + code
		i, ok := c.rules.Indicator(code)
		switch {
		case !ok:
			c.add(path, "figure_unknown", policy.Text{ZH: code, EN: code})
		case i.Method.Kind == policy.MethodExpert:
			c.add(path, "figure_expert", i.Name)
		default:
			c.sheet.Figures[code] = c.number(path, c.sheet.Figures[code], i)
		}
	}
	c.sheet.Carried = slices.DeleteFunc(c.sheet.Carried, func(code string) bool { return c.sheet.Figures[code] == "" || c.column != SelfColumn })
}

// number checks one figure against precision and range.
func (c *sheetCheck) number(path, text string, i policy.Indicator) string {
	v, err := policy.ParseDecimal(text)
	_, decimals, _ := strings.Cut(text, ".")
	switch {
	case err != nil:
		c.add(path, "figure_number", i.Name)
		return text
	case len(strings.TrimRight(decimals, "0")) > i.Precision:
		c.add(path, "figure_precision", i.Name, "Count", strconv.Itoa(i.Precision))
	case i.Min != nil && v < *i.Min:
		c.add(path, "figure_low", i.Name, "Min", i.Min.String())
	case i.Max != nil && v > *i.Max:
		c.add(path, "figure_high", i.Name, "Max", i.Max.String())
	}
	return v.String()
}

func (c *sheetCheck) targets() {
	for _, code := range slices.Sorted(maps.Keys(c.sheet.Targets)) {
		path := "targets." + code
		i, ok := c.rules.Indicator(code)
		if !ok || !needsTarget(i) {
			c.add(path, "target_unknown", policy.Text{ZH: code, EN: code})
			continue
		}
		c.sheet.Targets[code] = c.number(path, c.sheet.Targets[code], i)
	}
}

// needsTarget: the method measures against the zone's own goal of the year.
func needsTarget(i policy.Indicator) bool {
	return i.Method.Kind == policy.MethodStep && i.Method.Step != nil && i.Method.Step.Target == nil
}

func (c *sheetCheck) points(part string, items []policy.Adjustment, given map[string]string) {
	for _, code := range slices.Sorted(maps.Keys(given)) {
		path := part + "." + code
		n := slices.IndexFunc(items, func(a policy.Adjustment) bool { return a.Code == code })
		switch {
		case n < 0:
			c.add(path, "item_unknown", policy.Text{ZH: code, EN: code})
			continue
		case part == "deductions" && c.column == SelfColumn:
			c.add(path, "officer_only", items[n].Name)
			continue
		}
		p, err := policy.ParsePoints(given[code])
		if err != nil || p < 0 || p > items[n].Max {
			c.add(path, "item_points", items[n].Name, "Max", items[n].Max.String())
			continue
		}
		if given[code] = p.String(); p == 0 {
			delete(given, code)
		}
	}
}

func (c *sheetCheck) vetoes() {
	for _, code := range c.sheet.Vetoes {
		n := slices.IndexFunc(c.rules.Vetoes, func(v policy.Veto) bool { return v.Code == code })
		switch {
		case n < 0:
			c.add("vetoes", "veto_unknown", policy.Text{ZH: code, EN: code})
		case c.column == SelfColumn:
			c.add("vetoes", "officer_only", c.rules.Vetoes[n].Name)
		}
	}
}

func (c *sheetCheck) notes() {
	for _, code := range slices.Sorted(maps.Keys(c.sheet.Notes)) {
		name, ok := c.nameOf(code)
		switch {
		case !ok:
			c.add("notes."+code, "note_unknown", policy.Text{ZH: code, EN: code})
		case utf8.RuneCountInString(c.sheet.Notes[code]) > maxNote:
			c.add("notes."+code, "note_length", name, "Max", strconv.Itoa(maxNote))
		}
	}
}

// nameOf finds what a code names: an indicator, a bonus, a deduction or a veto row.
func (c *sheetCheck) nameOf(code string) (policy.Text, bool) {
	if i, ok := c.rules.Indicator(code); ok {
		return i.Name, true
	}
	for _, a := range slices.Concat(c.rules.Bonuses, c.rules.Deductions) {
		if a.Code == code {
			return a.Name, true
		}
	}
	for _, v := range c.rules.Vetoes {
		if v.Code == code {
			return v.Name, true
		}
	}
	return policy.Text{}, false
}

// canonical is the one byte form of a sheet, fit for storing and hashing.
func (s Sheet) canonical() (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s.tidy()); err != nil {
		return "", err
	}
	return strings.TrimRight(buf.String(), "\n"), nil
}

// readSheet reads a column as it was stored; "{}" is an empty one.
func readSheet(text string) (Sheet, error) {
	var s Sheet
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s, fmt.Errorf("stored column: %w", err)
	}
	return s.tidy(), nil
}

// empty reports whether nothing has been typed in.
func (s Sheet) empty() bool {
	return len(s.Figures)+len(s.Targets)+len(s.Bonuses)+len(s.Deductions)+len(s.Vetoes)+len(s.Notes) == 0
}

// values lists the sheet field by field, for comparing two of them.
func (s Sheet) values() map[string]string {
	out := map[string]string{}
	for part, m := range map[string]map[string]string{"figures": s.Figures, "targets": s.Targets, "bonuses": s.Bonuses, "deductions": s.Deductions, "notes": s.Notes} {
		for k, v := range m {
			out[part+"."+k] = v
		}
	}
	if len(s.Vetoes) > 0 {
		out["vetoes"] = strings.Join(s.Vetoes, ",")
	}
	if len(s.Carried) > 0 {
		out["carried"] = strings.Join(s.Carried, ",")
	}
	return out
}

// differing lists the paths at which two sheets differ, in order.
func differing(a, b Sheet) []string {
	av, bv := a.values(), b.values()
	var out []string
	for path, v := range av {
		if bv[path] != v {
			out = append(out, path)
		}
	}
	for path := range bv {
		if _, ok := av[path]; !ok {
			out = append(out, path)
		}
	}
	slices.Sort(out)
	return out
}

// Part is one of the sheet's groups of values by its name: figures, targets, bonuses, deductions or notes; of no sheet,
// and of any other name, none.
func (s *Sheet) Part(name string) map[string]string {
	if s == nil {
		return nil
	}
	return map[string]map[string]string{"figures": s.Figures, "targets": s.Targets, "bonuses": s.Bonuses, "deductions": s.Deductions, "notes": s.Notes}[name]
}

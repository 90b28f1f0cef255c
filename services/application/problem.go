package application

import "maps"

// Severity says what a problem does to filing.
type Severity string

// A refusing problem blocks filing; a warning is shown to the filer and to the commission.
const (
	Refuse Severity = "refuse"
	Warn   Severity = "warn"
)

// Problem is one finding in a document. Path leads to the field or, for a file, to materials[slot]. The catalogue text
// is check.<Code>, filled with Params; Params["Field"] is always there and holds a label key, and any other parameter
// that is itself a catalogue key (an indicator's label) is to be replaced by its text first. Clarification is the part
// of the application: body, boundary, goals, business, positioning, factors, fund or materials;
// empty for a fault of the document as a whole.
type Problem struct {
	Path          string
	Code          string
	Check         string // the named check that found it; empty for what decoding refuses
	Severity      Severity
	Params        map[string]string
	Clarification string
}

// MessageKey is the catalogue key of the problem's text.
func (p Problem) MessageKey() string { return "check." + p.Code }

// Refused reports whether any problem blocks filing.
func Refused(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Refuse {
			return true
		}
	}
	return false
}

func newProblem(path, code string, severity Severity, params map[string]string) Problem {
	all := map[string]string{"Field": problemLabel(path)}
	maps.Copy(all, params)
	return Problem{Path: path, Code: code, Severity: severity, Params: all, Clarification: partOf(path)}
}

func problemLabel(path string) string {
	if path == "" {
		return "field.document"
	}
	if steps, ok := parsePath(path); ok {
		if _, known := fieldAt(steps); known {
			return LabelKey(path)
		}
	}
	return "field.materials"
}

// paramsOf pairs names with values.
func paramsOf(pairs []string) map[string]string {
	params := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return params
}

package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"clusterzone/services/fault"
	"clusterzone/services/problem"
	"clusterzone/services/web/views"
)

// refusal is why a form comes back: its status, and what to say where. The zero value is a
// form that nobody has sent yet.
type refusal struct {
	Status   int
	Problems []views.Problem // the summary above the form
	fields   map[string]string
	Told     problem.Problem
}

// Of returns what is wrong with a field, empty where nothing is.
func (f refusal) Of(field string) string { return f.fields[field] }

func (f refusal) status() int {
	if f.Status == 0 {
		return http.StatusOK
	}
	return f.Status
}

// refused sorts an error of a form: what the person can mend by looking at the same form
// again comes back as a refusal, anything else as the error it was. Labels name the fields in
// the summary; a problem of a field without label stands in it without link.
func (r *request) refused(err error, labels map[string]string) (refusal, error) {
	var f *fault.Error
	if err == nil || !errors.As(err, &f) || !slices.Contains([]fault.Kind{fault.Invalid, fault.Blocked, fault.Conflict, fault.RateLimited,
		fault.Unauthenticated, fault.TooLarge}, f.Kind) {
		return refusal{}, err
	}
	told := r.site.Teller.Of(r.lang, err)
	out := refusal{Status: told.Status, Told: told, fields: map[string]string{}}
	for _, x := range told.Fields {
		if f.Kind == fault.Blocked { // the self-check shows them, each at its place
			break
		}
		if out.fields[x.Path] == "" {
			out.fields[x.Path] = x.Message
		}
		out.Problems = append(out.Problems, summaryLine(r, labels, x))
	}
	for _, reason := range told.Blocked {
		out.Problems = append(out.Problems, views.Problem{Text: reason})
	}
	if len(out.Problems) == 0 {
		out.Problems = []views.Problem{{Text: told.Title}}
	}
	return out, nil
}

func summaryLine(r *request, labels map[string]string, x problem.Field) views.Problem {
	label, known := labels[x.Path]
	switch {
	case known:
		return views.Problem{Field: x.Path, Text: r.T("page.problem", "Label", label, "Text", x.Message)}
	case x.Path == "" || strings.HasPrefix(x.Path, "data"):
		return views.Problem{Text: x.Message}
	}
	return views.Problem{Text: r.T("page.problem", "Label", x.Path, "Text", x.Message)}
}

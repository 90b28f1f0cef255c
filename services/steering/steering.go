// Package steering is what goes over many cases at once: views people keep, runs of one action
// over a selection, files made of lists, urgings, and the figures of dashboards. It owns the
// tables saved_view, view_default, bulk_run, bulk_item, export_file and urging. It decides
// nothing about a case: who sees what is the scope of the package that keeps the case, and
// every change goes through the case's own service with its own version.
package steering

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strings"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/outbox"
	"clusterzone/services/policy"
	"clusterzone/services/problem"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// The topics of the outbox that this package handles.
const (
	TopicBulk   outbox.Topic = "bulk"   // Run: the next cases of a run
	TopicExport outbox.Topic = "export" // Build: a file of a list
)

// Objects stores the files made of lists.
type Objects interface {
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) (objects.Info, error)
	Open(ctx context.Context, key, version string) (io.ReadSeekCloser, objects.Info, error)
	Delete(ctx context.Context, key, version string) error
}

// Config is what the service works with.
type Config struct {
	DB           *database.DB
	Book         *policy.Book
	Objects      Objects
	Applications *application.Service
	Cases        map[workflows.Kind]casework.Service
	Words        *wording.Catalogue
	Teller       *problem.Teller
}

// Service steers.
type Service struct{ Config }

// New returns the service.
func New(c Config) *Service { return &Service{Config: c} }

// FilterOf reads the filter of a list of applications from what stands in its address, so that
// the page, a saved view, a run and an export mean the same cases by the same words.
func FilterOf(q url.Values) application.Filter {
	get := func(name string) string { return clean(q.Get(name)) }
	sort, desc := strings.CutPrefix(get("sort"), "-")
	f := application.Filter{Text: get("q"), State: workflows.State(get("state")), RoundID: get("round"), Sector: get("sector"), Unit: get("unit"),
		Overdue: get("overdue") == "1", DueBefore: get("due_before"), SubmittedFrom: get("from"), SubmittedTo: get("to"), Officer: get("officer"),
		Passed: workflows.State(get("passed")), Corrected: get("corrected"), Sort: application.Sort(sort), Desc: desc, Before: get("before"), After: get("after")}
	if !slices.Contains(application.Sorts(), f.Sort) {
		f.Sort, f.Desc = "", false
	}
	return f
}

// clean makes a text from an address fit for a query: without control characters, trimmed, at
// most 200 characters.
func clean(text string) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "")))
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200])
	}
	return text
}

// names are the parts of an address that make a view; what only leads through its pages does
// not belong to it.
func names() []string {
	return []string{"q", "state", "round", "sector", "unit", "overdue", "due_before", "from", "to", "officer", "passed", "corrected", "sort", "columns", "clock", "kind", "person"}
}

// Canonical is the part of an address that makes a view, in one order, without what is empty.
func Canonical(q url.Values) string {
	out := url.Values{}
	for _, name := range names() {
		if v := clean(strings.Join(q[name], ",")); v != "" {
			out.Set(name, v)
		}
	}
	return out.Encode()
}

// actorOf is a person as they are now, for what is done in their name without them.
func actorOf(tx *database.Tx, id, lang string) (identity.Actor, error) {
	p, err := identity.PersonBrief(tx, id)
	if err != nil {
		return identity.Actor{}, err
	}
	if !p.Active {
		return identity.Actor{}, fault.New(fault.Forbidden, "forbidden")
	}
	if lang == "" {
		lang = p.Lang
	}
	return identity.Actor{ID: p.ID, Name: p.Name, Login: p.Login, Unit: p.Unit, UnitName: p.UnitName, UnitKind: p.UnitKind, Roles: p.Roles, Lang: lang}, nil
}

// rights are what decides what a person sees besides recusals: unit and roles.
func rights(a identity.Actor) string {
	roles := make([]string, 0, len(a.Roles))
	for _, r := range a.Roles {
		roles = append(roles, string(r))
	}
	slices.Sort(roles)
	return a.Unit + " " + strings.Join(roles, ",")
}

// text is a text of the catalogue in a person's language.
func (s *Service) text(lang, key string) string { return s.Words.Text(wording.Lang(lang), key, nil) }

// reason says in a person's language why a case was refused.
func (s *Service) reason(lang string, err error) string {
	if lang == "" {
		lang = string(wording.ZH)
	}
	p := s.Teller.Of(wording.Lang(lang), err)
	parts := slices.Clone(p.Blocked)
	for _, f := range p.Fields {
		parts = append(parts, f.Message)
	}
	if len(parts) == 0 {
		return p.Title
	}
	return strings.Join(parts, s.text(lang, "web.list.comma"))
}

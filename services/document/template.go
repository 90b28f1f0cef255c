package document

import (
	"bytes"
	"context"
	_ "embed" // the first version of every template
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

//go:embed data/templates.json
var shipped []byte

// Template is the text of a kind of paper. {{name}} stands for a field of the case.
type Template struct {
	Heading    string   `json:"heading"`
	Number     string   `json:"number"` // with {{year}} and {{no}}, or {{decision_number}}
	Title      string   `json:"title"`
	Addressee  string   `json:"addressee"`
	Paragraphs []string `json:"paragraphs"`
	ItemTitles []string `json:"item_titles"` // headings of the two columns; empty: no table
	Closing    []string `json:"closing"`
}

// TemplateVersion is one version of a template; an unpublished one can still change.
type TemplateVersion struct {
	Kind        Kind
	No          int
	Template    Template
	Version     int64 // of the draft, for saves that come too late
	CreatedBy   string
	UpdatedAt   time.Time
	PublishedBy string
	PublishedAt *time.Time
}

var field = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// FieldNames lists what a template may name.
func FieldNames() []string {
	return []string{"number", "name", "unit", "body", "round", "sectors", "area", "received_on", "accepted_on", "decision_due", "correction_due", "items_count",
		"notice_from", "notice_to", "experts", "score", "recommendation", "decision_number", "decided_on", "decision_reason", "valid_from", "valid_to",
		"issuer", "today", "year", "no"}
}

// Seed stores the shipped templates as version 1 where there is none.
func Seed(tx *database.Tx) error {
	var all map[Kind]Template
	dec := json.NewDecoder(bytes.NewReader(shipped))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&all); err != nil {
		return fmt.Errorf("document templates: %w", err)
	}
	for _, k := range Kinds() {
		t, ok := all[k]
		if problems := t.problems(k); !ok || len(problems) > 0 {
			return fmt.Errorf("document template %s: %v", k, problems)
		}
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if err := seedTemplate(tx, k, string(text)); err != nil {
			return err
		}
	}
	return nil
}

// problems names what is wrong with a template, field by field.
func (t Template) problems(k Kind) []fault.Field {
	var out []fault.Field
	check := func(path, text string, most int) {
		switch n := utf8.RuneCountInString(text); {
		case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' }):
			out = append(out, fault.Field{Path: path, Code: "text.invalid"})
		case n > most:
			out = append(out, fault.Field{Path: path, Code: "document.long", Params: map[string]string{"Max": strconv.Itoa(most)}})
		}
		for _, found := range field.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(FieldNames(), found[1]) {
				out = append(out, fault.Field{Path: path, Code: "document.field", Params: map[string]string{"Name": found[1]}})
			}
		}
	}
	check("heading", t.Heading, 60)
	check("number", t.Number, 80)
	check("title", t.Title, 120)
	check("addressee", t.Addressee, 120)
	check("paragraphs", strings.Join(t.Paragraphs, "\n"), 6000)
	check("closing", strings.Join(t.Closing, "\n"), 3000)
	check("item_titles", strings.Join(t.ItemTitles, "\n"), 60)
	for path, text := range map[string]string{"heading": t.Heading, "title": t.Title} {
		if strings.TrimSpace(text) == "" {
			out = append(out, fault.Field{Path: path, Code: "required"})
		}
	}
	if len(t.Paragraphs) == 0 {
		out = append(out, fault.Field{Path: "paragraphs", Code: "required"})
	}
	if n := len(t.ItemTitles); n != 0 && n != 2 {
		out = append(out, fault.Field{Path: "item_titles", Code: "document.items"})
	}
	if !t.numbers(k) {
		out = append(out, fault.Field{Path: "number", Code: "document.number_form"})
	}
	slices.SortStableFunc(out, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// numbers reports whether no two papers of the kind can get the same number.
func (t Template) numbers(k Kind) bool {
	if k == Accreditation || k == Refusal {
		return t.Number == "{{decision_number}}"
	}
	return strings.Contains(t.Number, "{{year}}") && strings.Contains(t.Number, "{{no}}")
}

// fill puts the fields in their places. missing are those the case does not have.
func fill(text string, fields map[string]string) (out string, missing []string) {
	out = field.ReplaceAllStringFunc(text, func(found string) string {
		name := found[2 : len(found)-2]
		value, ok := fields[name]
		if !ok || value == "" {
			missing = append(missing, name)
		}
		return value
	})
	return out, missing
}

// Templates lists the versions of every template, newest first in each kind. For those who
// may see cases of the commission; others find nothing.
func (s *Service) Templates(ctx context.Context, a identity.Actor) (out []TemplateVersion, err error) {
	if !a.Commission() && !a.Has(workflows.Supervision) {
		return nil, fault.Missing()
	}
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		out, err = templates(tx)
		return err
	})
	return out, err
}

// SaveTemplate stores the draft of a kind's next version; seen is the version of the draft
// that the officer has read, 0 for a new one. Errors: Forbidden, Invalid by field, Conflict
// "stale" with the stored draft.
func (s *Service) SaveTemplate(ctx context.Context, a identity.Actor, k Kind, t Template, seen int64) (out TemplateVersion, err error) {
	if _, ok := ruleOf(k); !ok {
		return out, fault.Missing()
	}
	if !a.Has(workflows.Officer) {
		return out, fault.New(fault.Forbidden, "forbidden")
	}
	if problems := t.problems(k); len(problems) > 0 {
		return out, fault.Bad(problems...)
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		if err := tx.Lock("document/template/" + string(k)); err != nil {
			return err
		}
		if out, err = saveDraft(tx, a, k, t, seen); err != nil {
			return err
		}
		return casework.Record(tx, a, "document.template", casework.Ref{Kind: "document", ID: string(k)}, map[string]any{"no": out.No, "template": t})
	})
	return out, err
}

// Publish puts a draft into force. Whoever wrote it may not: Conflict "document.own_draft".
func (s *Service) Publish(ctx context.Context, a identity.Actor, k Kind, no int, seen int64) error {
	if !a.Has(workflows.Director) {
		return fault.New(fault.Forbidden, "forbidden")
	}
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		v, err := templateOf(tx, k, no)
		if err != nil {
			return err
		}
		if v.PublishedAt != nil || v.Version != seen {
			return fault.Stale(map[string]any{"version": v.Version})
		}
		if v.CreatedBy == a.ID {
			return fault.New(fault.Conflict, "document.own_draft")
		}
		err = tx.Must("UPDATE document_template SET published_by = ?, published_at = ?, version = version + 1 WHERE kind = ? AND no = ? AND version = ? AND published_at IS NULL",
			a.ID, tx.Now(), string(k), no, seen)
		if err != nil {
			return err
		}
		return casework.Record(tx, a, "document.publish", casework.Ref{Kind: "document", ID: string(k)}, map[string]any{"no": no})
	})
}

func decodeTemplate(text string) (t Template, err error) {
	dec := json.NewDecoder(strings.NewReader(text))
	if err = dec.Decode(&t); err != nil {
		return t, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return t, errors.New("more text after the template")
	}
	return t, nil
}

package document

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
	"clusterzone/services/paper"
	"clusterzone/workflows"
)

// maxExtra bounds what an official adds to a template, in characters.
const maxExtra = 2000

// Order asks for a paper. Version is that of the case as the official has seen it, TemplateNo
// the template they have previewed, Extra an additional paragraph or several.
type Order struct {
	Case       casework.Ref
	Kind       Kind
	Version    int64
	TemplateNo int
	Extra      string
	Key        string // idempotency key; may be empty
}

// marshal gives the canonical text of what the schema keeps as JSON.
func marshal(v any) (string, error) {
	text, err := json.Marshal(v)
	return string(text), err
}

// List shows the papers of a case and what may be issued, to whoever may read the case.
func (s *Service) List(ctx context.Context, a identity.Actor, ref casework.Ref) (papers []Paper, offers []Offer, err error) {
	err = s.DB.View(ctx, func(tx *database.Tx) error {
		sub, err := s.subject(tx, a, ref)
		if err != nil {
			return err
		}
		rows, err := ofCase(tx, ref)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if rule, ok := ruleOf(Kind(r.Kind)); ok && rule.readable(a) {
				papers = append(papers, r.face(a))
			}
		}
		offers, err = s.offers(tx, a, ref, sub)
		return err
	})
	return papers, offers, err
}

func (s *Service) offers(tx *database.Tx, a identity.Actor, ref casework.Ref, sub Subject) (out []Offer, err error) {
	for _, r := range rules() {
		if !a.Any(r.roles...) {
			continue
		}
		v, err := inForce(tx, r.kind)
		if err != nil {
			return nil, err
		}
		issued, err := live(tx, r.kind, ref, sub.cycle(r.kind))
		if err != nil {
			return nil, err
		}
		out = append(out, Offer{Kind: r.kind, TemplateNo: v.No, Ready: sub.Ready[r.kind], Issued: issued})
	}
	return out, nil
}

func (sub Subject) cycle(k Kind) int { return max(1, sub.Cycle[k]) }

// subject loads a case that the actor may read; everything else is NotFound.
func (s *Service) subject(tx *database.Tx, a identity.Actor, ref casework.Ref) (Subject, error) {
	source, ok := s.Sources[ref.Kind]
	if !ok {
		return Subject{}, fault.Missing()
	}
	if err := source.Reading(tx, a, ref.ID); err != nil {
		return Subject{}, err
	}
	return source.DocumentSubject(tx, ref.ID)
}

// Preview prints a paper as it would be issued now, marked as a draft and without a number.
// no 0 is the version in force; officers and directors may try one that is not published yet.
func (s *Service) Preview(ctx context.Context, a identity.Actor, o Order) ([]byte, error) {
	var letter paper.LetterData
	err := s.DB.View(ctx, func(tx *database.Tx) error {
		sub, err := s.may(tx, a, o, o.TemplateNo != 0 && a.Any(workflows.Officer, workflows.Director))
		if err != nil {
			return err
		}
		v, err := inForce(tx, o.Kind)
		if o.TemplateNo != 0 {
			v, err = templateOf(tx, o.Kind, o.TemplateNo)
		}
		if err != nil {
			return err
		}
		fields := s.fields(tx, sub)
		fields["no"] = "×"
		letter, err = compose(v.Template, o, sub, fields)
		return err
	})
	if err != nil {
		return nil, err
	}
	letter.Draft, letter.Number = true, ""
	return s.press(letter)
}

// Ready tells whether a case that the actor may read has come so far that the paper could be
// issued.
func (s *Service) Ready(tx *database.Tx, a identity.Actor, ref casework.Ref, k Kind) (bool, error) {
	sub, err := s.subject(tx, a, ref)
	return sub.Ready[k], err
}

// may refuses who may not issue the kind, and a case that has not come so far.
func (s *Service) may(tx *database.Tx, a identity.Actor, o Order, trying bool) (Subject, error) {
	sub, err := s.subject(tx, a, o.Case)
	if err != nil {
		return sub, err
	}
	r, ok := ruleOf(o.Kind)
	if !ok {
		return sub, fault.Missing()
	}
	if !trying && !a.Any(r.roles...) {
		return sub, fault.New(fault.Forbidden, "forbidden")
	}
	if n := utf8.RuneCountInString(o.Extra); n > maxExtra || !utf8.ValidString(o.Extra) {
		return sub, fault.BadField("extra", "document.long", "Max", strconv.Itoa(maxExtra))
	}
	if !sub.Ready[o.Kind] {
		return sub, fault.New(fault.Conflict, "document.early")
	}
	return sub, nil
}

// Issue numbers a paper and asks for it to be printed. What cannot be printed is refused
// before anything is stored. Errors: NotFound; Forbidden; Invalid by field; Conflict "stale"
// with what has happened to the case, "document.template_changed", "document.early",
// "document.issued" when a valid one exists.
func (s *Service) Issue(ctx context.Context, a identity.Actor, o Order) (out Paper, err error) {
	// The letter is printed once on trial, outside the transaction that takes the number.
	if _, err := s.Preview(ctx, a, Order{Case: o.Case, Kind: o.Kind, Extra: o.Extra}); err != nil {
		return out, err
	}
	err = s.DB.Update(ctx, func(tx *database.Tx) error {
		if err := tx.Lock("document/" + string(o.Case.Kind) + "/" + o.Case.ID); err != nil {
			return err
		}
		var kept casework.Outcome
		kept, err = casework.Once(tx, a.ID, o.Key, digestOf(o), func() (casework.Outcome, error) { return s.issue(tx, a, o) })
		if err != nil {
			return err
		}
		r, err := byID(tx, kept.ID)
		out = r.face(a)
		return err
	})
	return out, err
}

func digestOf(o Order) string {
	return fmt.Sprintf("document\x00%s\x00%s\x00%s\x00%d\x00%d\x00%s", o.Case.Kind, o.Case.ID, o.Kind, o.Version, o.TemplateNo, o.Extra)
}

func (s *Service) issue(tx *database.Tx, a identity.Actor, o Order) (casework.Outcome, error) {
	sub, err := s.may(tx, a, o, false)
	if err != nil {
		return casework.Outcome{}, err
	}
	if err := casework.CheckVersion(tx, a, sub.Case, o.Version); err != nil {
		return casework.Outcome{}, err
	}
	v, err := inForce(tx, o.Kind)
	if err != nil {
		return casework.Outcome{}, err
	}
	if v.No != o.TemplateNo {
		return casework.Outcome{}, fault.New(fault.Conflict, "document.template_changed")
	}
	issued, err := live(tx, o.Kind, o.Case, sub.cycle(o.Kind))
	if err != nil {
		return casework.Outcome{}, err
	}
	if issued {
		return casework.Outcome{}, fault.New(fault.Conflict, "document.issued")
	}
	return s.put(tx, a, o, sub, v)
}

func (s *Service) put(tx *database.Tx, a identity.Actor, o Order, sub Subject, v TemplateVersion) (casework.Outcome, error) {
	fields := s.fields(tx, sub)
	if strings.Contains(v.Template.Number, "{{no}}") {
		n, err := tx.Next("document/" + string(o.Kind) + "/" + fields["year"])
		if err != nil {
			return casework.Outcome{}, err
		}
		fields["no"] = strconv.FormatInt(n, 10)
	}
	letter, err := compose(v.Template, o, sub, fields)
	if err != nil {
		return casework.Outcome{}, err
	}
	code := rand.Text() // cannot be guessed: holding it shows that one holds the paper
	letter.CheckURL, letter.Issued = s.PublicURL+"/document-check/"+code, tx.Now()
	content, err := marshal(letter)
	if err != nil {
		return casework.Outcome{}, err
	}
	r := row{ID: tx.ID(), Kind: string(o.Kind), TemplateNo: v.No, Number: letter.Number, Title: letter.Title, SubjectKind: string(o.Case.Kind),
		SubjectID: o.Case.ID, Cycle: sub.cycle(o.Kind), Content: content, CheckCode: code, Demo: sub.Demo, IssuedBy: a.ID, IssuedAt: tx.Now()}
	if err := tx.Insert("document", &r); err != nil {
		return casework.Outcome{}, err
	}
	err = outbox.Put(tx, outbox.Item{Key: "document/" + r.ID, Topic: TopicDocument, Kind: o.Case.Kind, CaseID: o.Case.ID, Payload: due{r.ID}})
	if err != nil {
		return casework.Outcome{}, err
	}
	out := casework.Outcome{Kind: "document", ID: r.ID, Number: r.Number, Action: "issue", Version: 1, At: tx.Now()}
	if err := s.tell(tx, a, r, sub); err != nil {
		return out, err
	}
	return out, casework.Record(tx, a, "document.issue", o.Case, map[string]any{"document": r.ID, "kind": r.Kind, "number": r.Number, "template": v.No})
}

func (s *Service) tell(tx *database.Tx, a identity.Actor, r row, sub Subject) error {
	rule, _ := ruleOf(Kind(r.Kind))
	return casework.Tell(tx, "document/"+r.ID+"/told", casework.Notice{Code: "document", Params: map[string]string{"Number": sub.Case.Number,
		"Title": sub.Case.Title, "Reason": "", "Action_zh": r.Title + "（" + r.Number + "）", "Action_en": r.Title + " (" + r.Number + ")"}, Audiences: rule.told,
		Except: a.ID, Kind: sub.Case.Kind, CaseID: sub.Case.ID, Unit: sub.Case.Unit, Subject: r.ref()}, tx.Now())
}

// fields adds what every paper knows to what the case gives.
func (s *Service) fields(tx *database.Tx, sub Subject) map[string]string {
	today := workflows.DateOf(tx.Now())
	out := map[string]string{"today": Day(today), "year": strconv.Itoa(today.Year), "unit": sub.UnitName, "number": sub.Case.Number, "name": sub.Case.Title}
	if units, err := identity.Units(tx, identity.KindCommission); err == nil && len(units) > 0 {
		out["issuer"] = units[0].Name
	}
	for k, v := range sub.Fields {
		out[k] = v
	}
	return out
}

// Day writes a date as papers do.
func Day(d workflows.Date) string { return fmt.Sprintf("%d年%d月%d日", d.Year, int(d.Month), d.Day) }

// compose makes the letter. A field the case does not have is Invalid and named: a paper with
// a gap is not issued.
func compose(t Template, o Order, sub Subject, fields map[string]string) (paper.LetterData, error) {
	var missing []string
	put := func(text string) string {
		out, gone := fill(text, fields)
		missing = append(missing, gone...)
		return out
	}
	all := func(texts []string) (out []string) {
		for _, text := range texts {
			out = append(out, put(text))
		}
		return out
	}
	l := paper.LetterData{Heading: put(t.Heading), Number: put(t.Number), Title: put(t.Title), Addressee: put(t.Addressee), Paragraphs: all(t.Paragraphs),
		Closing: all(t.Closing), Issuer: fields["issuer"], Date: fields["today"], Demo: sub.Demo}
	for _, text := range strings.Split(strings.TrimSpace(o.Extra), "\n") {
		if text = strings.TrimSpace(text); text != "" {
			l.Closing = append(l.Closing, text)
		}
	}
	if len(t.ItemTitles) == 2 {
		l.Items = paper.Table{Columns: []paper.Column{{Title: t.ItemTitles[0], Share: 2}, {Title: t.ItemTitles[1], Share: 5}}, Numbered: true}
		for _, it := range sub.Items[o.Kind] {
			l.Items.Rows = append(l.Items.Rows, it[:])
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return l, fault.BadField("template", "document.missing", "Names", strings.Join(slices.Compact(missing), "、"))
	}
	return l, nil
}

// press prints a letter; characters that cannot be printed are named.
func (s *Service) press(l paper.LetterData) ([]byte, error) {
	body, err := s.Press.Letter(l)
	var glyphs *paper.MissingGlyphError
	if errors.As(err, &glyphs) {
		return nil, &fault.Error{Kind: fault.Invalid, Code: "document.glyph", Params: map[string]string{"Where": glyphs.Where, "Characters": string(glyphs.Runes)}, Err: err}
	}
	return body, err
}

// Void declares a paper void. Directors only, with a reason; the paper stays to be read.
func (s *Service) Void(ctx context.Context, a identity.Actor, id, reason string) error {
	return s.DB.Update(ctx, func(tx *database.Tx) error {
		r, err := s.load(tx, a, id)
		if err != nil {
			return err
		}
		if !a.Has(workflows.Director) {
			return fault.New(fault.Forbidden, "forbidden")
		}
		if err := casework.CheckReason(reason, true); err != nil {
			return err
		}
		n, err := tx.Exec("UPDATE document SET void_reason = ?, voided_by = ?, voided_at = ? WHERE id = ? AND voided_at IS NULL", strings.TrimSpace(reason), a.ID, tx.Now(), id)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "document.void")
		}
		return casework.Record(tx, a, "document.void", r.ref(), map[string]any{"document": id, "number": r.Number, "reason": reason})
	})
}

// load reads a paper that the actor may read; everything else is NotFound.
func (s *Service) load(tx *database.Tx, a identity.Actor, id string) (row, error) {
	r, err := byID(tx, id)
	if err != nil {
		return r, err
	}
	source, ok := s.Sources[r.ref().Kind]
	rule, known := ruleOf(Kind(r.Kind))
	if !ok || !known || !rule.readable(a) {
		return row{}, fault.Missing()
	}
	if err := source.Reading(tx, a, r.SubjectID); err != nil {
		return row{}, fault.Missing()
	}
	return r, nil
}

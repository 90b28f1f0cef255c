package application_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"clusterzone/services/database"
	"clusterzone/services/document"
	"clusterzone/services/fault"
	"clusterzone/services/outbox"
	"clusterzone/services/paper"
	"clusterzone/workflows"
)

func (w *world) documents() *document.Service {
	w.t.Helper()
	press, err := paper.New()
	w.must(err)
	w.update(document.Seed)
	return document.New(document.Config{DB: w.db, Objects: w.disk, Press: press, PublicURL: "https://zones.example",
		Sources: map[workflows.Kind]document.Source{workflows.Application.Kind: w.apps}})
}

func (w *world) order(id string, k document.Kind) document.Order {
	return document.Order{Case: app(id), Kind: k, Version: w.view("officer", id).Version, TemplateNo: 1}
}

// issuers says who issues which paper.
func issuers() map[document.Kind][]string {
	desk := []string{"clerk", "officer", "officer2", "both"}
	return map[document.Kind][]string{document.Acceptance: desk, document.Correction: desk, document.Notice: desk, document.ReviewOpinion: {"officer", "officer2", "both"},
		document.Accreditation: {"director"}, document.Refusal: {"director"}}
}

// due says in which state which papers can be issued. The states are reached without a
// correction but for the two that are one.
func due() map[workflows.State][]document.Kind {
	seen := []document.Kind{document.Acceptance, document.ReviewOpinion}
	return map[workflows.State][]document.Kind{
		"submitted": nil, "correction": {document.Correction}, "correction_signing": {document.Correction}, "in_review": {document.Acceptance}, "recommended": seen,
		"refusal_proposed": seen, "notice": append(slices.Clone(seen), document.Notice), "deciding": append(slices.Clone(seen), document.Notice),
		"accredited": append(slices.Clone(seen), document.Notice, document.Accreditation), "refused": append(slices.Clone(seen), document.Refusal),
	}
}

// Every kind × state × person: issued exactly when the state has come so far and the person
// holds the role; a person who may not see the case hears what is said of one that is not there.
func TestWhoMayIssueWhichPaper(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		docs := w.documents()
		states := w.states()
		cells := 0
		for state, want := range due() {
			id := states[state]
			for _, k := range document.Kinds() {
				for _, who := range []string{"filler", "leader", "fillerB", "clerk", "officer", "director", "industry", "expert1", "supervision", "sysadmin", "auditor"} {
					cells++
					_, err := docs.Preview(t.Context(), w.actor(who), document.Order{Case: app(id), Kind: k})
					switch {
					case !sees(who, state):
						_, absent := docs.Preview(t.Context(), w.actor(who), document.Order{Case: app("0197a000-0000-7000-8000-000000000000"), Kind: k})
						if !fault.Is(err, fault.NotFound) || err.Error() != absent.Error() {
							t.Errorf("%s %s in %s: %v, unknown: %v", who, k, state, err, absent)
						}
					case !slices.Contains(issuers()[k], who):
						if !fault.Is(err, fault.Forbidden) {
							t.Errorf("%s %s in %s: %v", who, k, state, err)
						}
					case slices.Contains(want, k) != (err == nil):
						t.Errorf("%s %s in %s: %v", who, k, state, err)
					}
				}
			}
		}
		if cells != 10*6*11 {
			t.Errorf("%d cells", cells)
		}
	})
}

// A paper is numbered, printed once and checked by its code; it does not change, it can only
// be declared void, and then another one may be issued.
func TestAPaperIsIssuedOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		docs, ctx := w.documents(), t.Context()
		id := w.at("in_review", "filler")
		first, err := docs.Issue(ctx, w.actor("clerk"), w.order(id, document.Acceptance))
		w.must(err)
		if first.Number != "渝战新服受〔2026〕1号" || first.Printed {
			t.Errorf("issued %+v", first)
		}
		if _, _, _, err := docs.Open(ctx, w.actor("filler"), first.ID); !fault.Is(err, fault.Unavailable) {
			t.Errorf("before it is printed: %v", err)
		}
		body := w.printed(docs, first.ID)
		if _, err := docs.Issue(ctx, w.actor("clerk"), w.order(id, document.Acceptance)); !coded(err, "document.issued") {
			t.Errorf("a second one: %v", err)
		}
		public, err := docs.Check(ctx, first.CheckCode)
		w.must(err)
		sum := sha256.Sum256(body)
		if public.Void || !public.ByCode || public.SHA256 != hex.EncodeToString(sum[:]) || public.Title != "受理通知书" {
			t.Errorf("checked: %+v", public)
		}
		if _, err := docs.Check(ctx, first.Number); !fault.Is(err, fault.NotFound) {
			t.Errorf("a paper that is not published, by its number: %v", err)
		}
		if err := docs.Void(ctx, w.actor("officer"), first.ID, why); !fault.Is(err, fault.Forbidden) {
			t.Errorf("voided by an officer: %v", err)
		}
		w.must(docs.Void(ctx, w.actor("director"), first.ID, why))
		if err := docs.Void(ctx, w.actor("director"), first.ID, why); !coded(err, "document.void") {
			t.Errorf("voided twice: %v", err)
		}
		if public, err = docs.Check(ctx, first.CheckCode); err != nil || !public.Void {
			t.Errorf("a void one: %+v, %v", public, err)
		}
		second, err := docs.Issue(ctx, w.actor("officer"), w.order(id, document.Acceptance))
		w.must(err)
		if second.Number != "渝战新服受〔2026〕2号" {
			t.Errorf("numbers repeat or skip: %s", second.Number)
		}
		if again := w.read(docs, "filler", first.ID); !bytes.Equal(body, again) {
			t.Error("the first one has changed")
		}
		if papers, _, err := docs.List(ctx, w.actor("filler"), app(id)); err != nil || len(papers) != 2 || papers[0].ID != second.ID || papers[1].VoidReason != why {
			t.Errorf("listed %+v, %v", papers, err)
		}
	})
}

// printed lets the worker print a paper twice and returns its bytes.
func (w *world) printed(docs *document.Service, id string) []byte {
	w.t.Helper()
	var job outbox.Row
	w.see(func(tx *database.Tx) error {
		return tx.One(&job, "SELECT id, event_key, topic, payload FROM outbox WHERE event_key = ?", "document/"+id)
	})
	finish, err := docs.Render(w.t.Context(), job)
	w.must(err)
	twice, err := docs.Render(w.t.Context(), job)
	w.must(err)
	w.update(finish)
	w.update(twice)
	if third, err := docs.Render(w.t.Context(), job); err != nil || third != nil {
		w.t.Errorf("printed again: %v", err)
	}
	return w.read(docs, "officer", id)
}

func (w *world) read(docs *document.Service, who, id string) []byte {
	w.t.Helper()
	r, _, _, err := docs.Open(w.t.Context(), w.actor(who), id)
	w.must(err)
	body, err := io.ReadAll(r)
	w.must(errors.Join(err, r.Close()))
	return body
}

func coded(err error, code string) bool {
	var f *fault.Error
	return errors.As(err, &f) && f.Code == code
}

// What the paper on a review says stays inside; the others are read by the unit, the published
// ones by whoever may read the case, and nothing by strangers.
func TestWhoReadsAPaper(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		docs := w.documents()
		id := w.at("accredited", "filler")
		readers := map[document.Kind][]string{
			document.Acceptance:    {"filler", "leader", "clerk", "officer", "director", "supervision"},
			document.ReviewOpinion: {"clerk", "officer", "director", "supervision"},
			document.Accreditation: {"filler", "leader", "clerk", "officer", "director", "supervision", "industry"},
		}
		for k, may := range readers {
			p, err := docs.Issue(t.Context(), w.actor(issuers()[k][0]), w.order(id, k))
			w.must(err)
			for _, who := range []string{"filler", "leader", "fillerB", "leaderB", "clerk", "officer", "director", "supervision", "industry", "sysadmin", "security", "auditor", "public"} {
				_, err := docs.Paper(t.Context(), w.actor(who), p.ID)
				want := slices.Contains(may, who) && sees(who, "accredited")
				if want != (err == nil) || err != nil && !fault.Is(err, fault.NotFound) {
					t.Errorf("%s reads %s: %v, want %v", who, k, err, want)
				}
				if _, _, err := docs.Docx(t.Context(), w.actor(who), p.ID); want != (err == nil) {
					t.Errorf("%s takes %s as docx: %v", who, k, err)
				}
			}
		}
	})
}

// What is issued is what was previewed: an older version of the case, a newer template, a
// missing field or a character without a glyph refuses it, and nothing is stored.
func TestAPaperThatIsNotWhatWasSeenIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		docs, ctx := w.documents(), t.Context()
		id := w.at("in_review", "filler")
		stale := w.order(id, document.Acceptance)
		stale.Version--
		if _, err := docs.Issue(ctx, w.actor("clerk"), stale); !coded(err, "stale") {
			t.Errorf("an older version: %v", err)
		}
		odd := w.order(id, document.Acceptance)
		odd.Extra = "含有生僻字𠮷的段落"
		var f *fault.Error
		if _, err := docs.Issue(ctx, w.actor("clerk"), odd); !errors.As(err, &f) || f.Code != "document.glyph" || f.Params["Characters"] != "𠮷" {
			t.Errorf("a missing glyph: %v", err)
		}
		templates, err := docs.Templates(ctx, w.actor("officer"))
		w.must(err)
		next := templates[slices.IndexFunc(templates, func(v document.TemplateVersion) bool { return v.Kind == document.Acceptance })].Template
		next.Paragraphs = append(next.Paragraphs, "有效期至{{valid_to}}。")
		draft, err := docs.SaveTemplate(ctx, w.actor("officer"), document.Acceptance, next, 0)
		w.must(err)
		if _, err := docs.SaveTemplate(ctx, w.actor("officer2"), document.Acceptance, next, 0); !coded(err, "stale") {
			t.Errorf("two drafts at once: %v", err)
		}
		if err := docs.Publish(ctx, w.actor("officer"), document.Acceptance, draft.No, draft.Version); !fault.Is(err, fault.Forbidden) {
			t.Errorf("published by an officer: %v", err)
		}
		w.must(docs.Publish(ctx, w.actor("director"), document.Acceptance, draft.No, draft.Version))
		if _, err := docs.Issue(ctx, w.actor("clerk"), w.order(id, document.Acceptance)); !coded(err, "invalid") && !fault.Is(err, fault.Invalid) {
			t.Errorf("a field that the case does not have: %v", err)
		}
		next.Paragraphs = []string{"{{nothing}}"}
		if _, err := docs.SaveTemplate(ctx, w.actor("officer"), document.Acceptance, next, 0); !fault.Is(err, fault.Invalid) {
			t.Errorf("an unknown field: %v", err)
		}
		next.Paragraphs, next.Number = []string{"正文"}, "渝战新服受1号"
		if _, err := docs.SaveTemplate(ctx, w.actor("officer"), document.Acceptance, next, 0); !fault.Is(err, fault.Invalid) {
			t.Errorf("numbers that repeat: %v", err)
		}
		next.Number = "渝战新服受〔{{year}}〕{{no}}号"
		draft, err = docs.SaveTemplate(ctx, w.actor("officer"), document.Acceptance, next, 0)
		w.must(err)
		w.must(docs.Publish(ctx, w.actor("director"), document.Acceptance, draft.No, draft.Version))
		if _, err := docs.Issue(ctx, w.actor("clerk"), w.order(id, document.Acceptance)); !coded(err, "document.template_changed") {
			t.Errorf("an older template: %v", err)
		}
		if n := one[int64](w, "SELECT count(*) FROM document"); n != 0 {
			t.Errorf("%d papers were stored", n)
		}
	})
}

// Two officials at once: one paper, one number.
func TestTwoIssueAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		docs := w.documents()
		id := w.at("in_review", "filler")
		o := w.order(id, document.Acceptance)
		errs := make([]error, 6)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() { _, errs[i] = docs.Issue(t.Context(), w.actor([]string{"clerk", "officer"}[i%2]), o) })
		}
		wait.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
			} else if !coded(err, "document.issued") {
				t.Errorf("refused with %v", err)
			}
		}
		if n := one[int64](w, "SELECT count(*) FROM document"); done != 1 || n != 1 {
			t.Errorf("%d issued, %d stored", done, n)
		}
	})
}

// The Word copy opens, holds every item of the correction and says what it is.
func TestCorrectionPaperAsDocx(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		docs := w.documents()
		id := w.at("correction", "filler")
		p, err := docs.Issue(t.Context(), w.actor("clerk"), w.order(id, document.Correction))
		w.must(err)
		body, name, err := docs.Docx(t.Context(), w.actor("filler"), p.ID)
		w.must(err)
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		w.must(err)
		f, err := z.Open("word/document.xml")
		w.must(err)
		text, err := io.ReadAll(f)
		w.must(err)
		want := []string{p.Number, "补正通知书", "https://zones.example/document-check/" + p.CheckCode}
		for _, it := range w.view("filler", id).Items {
			want = append(want, it.Words)
		}
		for _, piece := range want {
			if !strings.Contains(string(text), piece) {
				t.Errorf("%s holds no %q", name, piece)
			}
		}
		if n := len(w.view("filler", id).Items); n == 0 {
			t.Error("no items")
		}
	})
}

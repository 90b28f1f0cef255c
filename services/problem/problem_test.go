package problem_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"clusterzone/services/fault"
	"clusterzone/services/problem"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

func teller(t *testing.T) *problem.Teller {
	t.Helper()
	words, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	return problem.New(words, slog.New(slog.DiscardHandler))
}

// Each kind has one status, and a text in both languages.
func TestKinds(t *testing.T) {
	tell := teller(t)
	for kind, want := range map[fault.Kind]int{fault.Invalid: 422, fault.Blocked: 422, fault.Unauthenticated: 401, fault.Forbidden: 403, fault.NotFound: 404,
		fault.Conflict: 409, fault.TooLarge: 413, fault.RateLimited: 429, fault.Unavailable: 503, fault.Unsupported: 415, fault.Internal: 500} {
		for _, lang := range wording.Langs() {
			p := tell.Of(lang, fmt.Errorf("somewhere: %w", &fault.Error{Kind: kind, Code: "forbidden"}))
			if p.Status != want || p.Title == "" || strings.Contains(p.Title, "⟦") {
				t.Errorf("%d in %s: %+v, want status %d", kind, lang, p, want)
			}
		}
	}
}

// What is not a fault tells the reader nothing of itself.
func TestInternalsStayInside(t *testing.T) {
	p := teller(t).Of(wording.ZH, errors.New("password=geheim at host db"))
	if p.Status != http.StatusInternalServerError || p.Reference == "" || strings.Contains(fmt.Sprintf("%+v", p), "geheim") {
		t.Errorf("%+v", p)
	}
}

// Absent and hidden are the same, whatever the code.
func TestNotFoundNeverVaries(t *testing.T) {
	tell := teller(t)
	a, b := tell.Of(wording.EN, fault.Missing()), tell.Of(wording.EN, &fault.Error{Kind: fault.NotFound, Code: "other", Params: map[string]string{"x": "y"}})
	if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
		t.Errorf("%+v differs from %+v", a, b)
	}
}

// A field problem names the field in words, and a blocked action says why.
func TestFieldsAndFacts(t *testing.T) {
	tell := teller(t)
	p := tell.Of(wording.ZH, fault.BadField("reason", "reason_length", "Min", "2", "Max", "2000"))
	if len(p.Fields) != 1 || p.Fields[0].Path != "reason" || !strings.Contains(p.Fields[0].Message, "2000") {
		t.Errorf("%+v", p)
	}
	state := fault.New(fault.Conflict, "not_editable").With("State", "草稿").With("StateEn", "Draft")
	if p := tell.Of(wording.EN, state); !strings.Contains(p.Title, "Draft") || strings.Contains(p.Title, "草稿") {
		t.Errorf("%+v", p)
	}
	blocked := fault.FromWorkflow(workflows.Application.Kind, &workflows.BlockedError{Missing: []workflows.Fact{workflows.OpinionsIn}})
	if p := tell.Of(wording.ZH, blocked); len(p.Blocked) != 1 || p.Blocked[0] != workflows.Application.Facts[workflows.OpinionsIn].Zh {
		t.Errorf("%+v", p)
	}
}

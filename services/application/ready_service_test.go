package application_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// TestSelfCheckAndServerAgree draws filings – complete ones, and ones spoiled in their content,
// their files, their round and their correction – and lets the self-check and the server judge
// the same state: ready means that signing and submitting are accepted, and otherwise the
// refusal names exactly what the self-check named.
func TestSelfCheckAndServerAgree(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.at("submitted", "fillerB")
		inUse := w.view("fillerB", other).Content.Body.CreditCode
		var ready, refused, blockedOtherwise int
		var ids []string
		for _, state := range []workflows.State{"draft", "draft", "draft", "correction"} {
			ids = append(ids, w.at(state, "filler"))
		}
		begin := map[string]application.Content{}
		for _, id := range ids {
			begin[id] = w.view("filler", id).Content
		}
		rapid.Check(t, func(t *rapid.T) {
			id := rapid.SampledFrom(ids).Draw(t, "filing")
			c := spoil(t, begin[id], inUse)
			undone := w.db.Update(w.t.Context(), func(tx *database.Tx) error {
				w.put(t, tx, id, c)
				w.spoilFiles(t, tx, id)
				w.spoilRound(t, tx, id)
				switch w.judge(t, tx, id) {
				case "ready":
					ready++
				case "checks":
					refused++
				default:
					blockedOtherwise++
				}
				return errUndo
			})
			if !errors.Is(undone, errUndo) {
				t.Fatal(undone)
			}
		})
		t.Logf("%d ready, %d refused by checks, %d for other facts", ready, refused, blockedOtherwise)
		if ready == 0 || refused == 0 || blockedOtherwise == 0 {
			t.Error("the filings drawn are all of one sort")
		}
	})
}

// leaves are the paths of everything that a document says.
func leaves(t *rapid.T, c application.Content) []string {
	changes, err := application.Compare(application.Content{}, c)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, 0, len(changes))
	for _, x := range changes {
		out = append(out, x.Path)
	}
	return out
}

// spoil changes a few places of a document into something that can be stored.
func spoil(t *rapid.T, c application.Content, inUse string) application.Content {
	odd := []string{`null`, `""`, `" "`, `"x"`, `"示例"`, `0`, `1`, `99`, `123456789012`, `"2026-02-30"`, `"2027-06-30"`, `"91350100M000100Y44"`, quotedText(inUse),
		quotedText(strings.Repeat("长", 900)), `"club"`, `"a@b"`, `"e-commerce"`, `[]`}
	for range rapid.IntRange(0, 3).Draw(t, "changes") {
		paths := append(leaves(t, c), "business.firms", "goals.rows", "fund.years", "positioning.platforms", "business.leading", "boundary.polygon")
		part := rapid.SampledFrom(append(application.Parts(), "recommendation")).Draw(t, "part")
		paths = slices.DeleteFunc(paths, func(path string) bool { return !strings.HasPrefix(path, part+".") })
		if len(paths) == 0 { // everything in it has been taken out
			continue
		}
		path := rapid.SampledFrom(paths).Draw(t, "path")
		value := rapid.SampledFrom(odd).Draw(t, "value")
		if after, problems := application.Apply(c, path, []byte(value)); len(problems) == 0 {
			c = after
		}
	}
	return c
}

// put stores a document as a save would have left it.
func (w *world) put(t *rapid.T, tx *database.Tx, id string, c application.Content) {
	text, err := application.Canonical(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Must("UPDATE application SET content = ?, credit_code = ? WHERE id = ?", string(text), c.Body.CreditCode, id); err != nil {
		t.Fatal(err)
	}
}

func (w *world) spoilFiles(t *rapid.T, tx *database.Tx, id string) {
	slots := w.book.Rules.SlotsFor(policy.PurposeApplication)
	slot := rapid.SampledFrom(slots).Draw(t, "slot").Code
	how := map[string]string{
		"none": "", "removed": "DELETE FROM attachment WHERE parent_id = ? AND slot = ?", "twice": "UPDATE attachment SET slot = 'recommendation' WHERE parent_id = ? AND slot = ?",
		"huge": "UPDATE attachment SET size = 9999999999 WHERE parent_id = ? AND slot = ?", "type": "UPDATE attachment SET name = '示例.exe' WHERE parent_id = ? AND slot = ?",
		"lie": "UPDATE attachment SET content_type = 'image/png' WHERE parent_id = ? AND slot = ?", "sum": "UPDATE attachment SET sha256 = 'x' WHERE parent_id = ? AND slot = ?",
		"moved": "UPDATE attachment SET slot = 'moon' WHERE parent_id = ? AND slot = ?",
	}
	names := []string{"none", "none", "none", "none", "removed", "twice", "huge", "type", "lie", "sum", "moved"}
	if query := how[rapid.SampledFrom(names).Draw(t, "files")]; query != "" {
		if _, err := tx.Exec(query, id, slot); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) spoilRound(t *rapid.T, tx *database.Tx, id string) {
	query, args := "", []any{w.round.ID}
	switch rapid.SampledFrom([]string{"open", "open", "open", "shut", "full", "answered"}).Draw(t, "round") {
	case "shut":
		query, args = "UPDATE round SET closes_at = ? WHERE id = ?", []any{tx.Now().Add(-time.Second), w.round.ID}
	case "full":
		query = "UPDATE round SET quota = 1 WHERE id = ?"
	case "answered":
		query, args = "UPDATE correction_item SET done = TRUE, answer = '已补充(演示)' WHERE application_id = ?", []any{id}
	}
	if query == "" {
		return
	}
	if _, err := tx.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

// judge compares what the self-check says with what becomes of sending and signing.
func (w *world) judge(t *rapid.T, tx *database.Tx, id string) string {
	v, err := w.apps.ViewTx(tx, w.actor("filler"), id)
	if err != nil {
		t.Fatal(err)
	}
	err = w.submit(t, tx, id)
	if v.Ready {
		if err != nil {
			t.Fatalf("the self-check says ready, the server refuses: %v", err)
		}
		return "ready"
	}
	facts := blocked(err)
	if len(facts) == 0 {
		t.Fatalf("the self-check names %v, the server says %v", v.Missing, err)
	}
	for _, f := range facts {
		if !slices.Contains(v.Missing, f) {
			t.Fatalf("the server refuses for %s, the self-check named %v", f, v.Missing)
		}
	}
	if !slices.Contains(v.Missing, workflows.CheckClean) {
		if application.Refused(v.Problems) {
			t.Fatalf("problems without the fact: %v", v.Problems)
		}
		return "facts"
	}
	var want []string
	for _, p := range v.Problems {
		if p.Severity == application.Refuse && len(want) < 100 {
			want = append(want, p.Path+" "+p.Code)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, fields(err)); diff != "" {
		t.Fatalf("the server refuses for other reasons than the self-check (-check +server):\n%s", diff)
	}
	return "checks"
}

// submit sends for the signature and signs, as far as it goes.
func (w *world) submit(t *rapid.T, tx *database.Tx, id string) error {
	for _, step := range []struct {
		who    string
		action workflows.Action
	}{{"filler", "send_to_sign"}, {"leader", "sign"}} {
		var version int64
		if err := tx.One(&version, "SELECT version FROM application WHERE id = ?", id); err != nil {
			t.Fatal(err)
		}
		if _, err := w.apps.DoTx(tx, w.actor(step.who), casework.Command{ID: id, Action: step.action, Version: version}); err != nil {
			if !fault.Is(err, fault.Blocked) {
				t.Fatalf("%s: %v", step.action, err)
			}
			return err
		}
	}
	return nil
}

// The refusal of a filing that is not clean names every field, over the API too.
func TestRefusedSubmissionNamesTheFields(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.draft("filler")
		text, err := json.Marshal("")
		w.must(err)
		_, err = w.apps.Save(t.Context(), w.actor("filler"), id, application.Edit{Version: w.version(app(id)), Path: "body.name", Value: text})
		w.must(err)
		_, err = w.try("filler", app(id), "send_to_sign", "", nil)
		if got := fields(err); !slices.Equal(got, []string{"body.name field.required"}) || !slices.Equal(blocked(err), []workflows.Fact{workflows.CheckClean}) {
			t.Errorf("%v: %s", err, fmt.Sprint(got))
		}
	})
}

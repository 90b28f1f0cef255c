package application_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// editPath is one way by which a filler can change what a leader signs.
type editPath struct {
	name string
	do   func(ctx context.Context, w *world, a identity.Actor, id string) error
}

// editPaths are all of them; what is not here must not change an application.
func editPaths() []editPath {
	save := func(e application.Edit) func(context.Context, *world, identity.Actor, string) error {
		return func(ctx context.Context, w *world, a identity.Actor, id string) error {
			e.Version = w.version(app(id))
			_, err := w.apps.Save(ctx, a, id, e)
			return err
		}
	}
	name := "示例改名集聚示范区"
	return []editPath{
		{"a field", save(application.Edit{Path: "positioning.relation", Value: quoted("改后的关系(演示)")})},
		{"the document", func(ctx context.Context, w *world, a identity.Actor, id string) error {
			c, problems := application.Decode([]byte(one[string](w, "SELECT content FROM application WHERE id = ?", id)))
			if len(problems) > 0 {
				return errors.New("stored document cannot be read")
			}
			c.Positioning.Relation += "(改)"
			text, err := application.Canonical(c)
			if err != nil {
				return err
			}
			_, err = w.apps.Save(ctx, a, id, application.Edit{Version: w.version(app(id)), Content: text})
			return err
		}},
		{"the name", save(application.Edit{Name: &name})},
		{"an upload", func(_ context.Context, w *world, a identity.Actor, id string) error {
			_, err := w.upload(a.Login, id, "development-plan", "新的规划(演示)")
			return err
		}},
		{"an upload begun before", func(ctx context.Context, w *world, a identity.Actor, id string) error {
			return w.finishUpload(ctx, a, id)
		}},
		{"a file taken out", func(ctx context.Context, w *world, a identity.Actor, id string) error {
			return w.files.Remove(ctx, a, one[string](w, "SELECT id FROM attachment WHERE parent_id = ? AND slot = 'development-plan' AND state = 'attached'", id))
		}},
		{"an answer", func(ctx context.Context, w *world, a identity.Actor, id string) error {
			item := "x"
			if w.count("correction_item WHERE application_id = ?", id) > 0 {
				item = one[string](w, "SELECT id FROM correction_item WHERE application_id = ? ORDER BY position LIMIT 1", id)
			}
			_, err := w.apps.AnswerItem(ctx, a, id, item, application.Answer{Text: "另一个答复(演示)", Seen: 1})
			return err
		}},
		{"a file of an answer", func(_ context.Context, w *world, a identity.Actor, id string) error {
			item := "x"
			if w.count("correction_item WHERE application_id = ?", id) > 0 {
				item = one[string](w, "SELECT id FROM correction_item WHERE application_id = ? ORDER BY position LIMIT 1", id)
			}
			_, err := w.upload(a.Login, id, application.AnswerSlot(item), "说明(演示)")
			return err
		}},
	}
}

// finishUpload completes an upload whose ticket was issued while the case was still open.
func (w *world) finishUpload(ctx context.Context, a identity.Actor, id string) error {
	w.t.Helper()
	body := pdf("早先的规划(演示)")
	sum := sha256.Sum256(body)
	staged := "staged-" + id
	w.exec(`INSERT INTO attachment (id, parent_kind, parent_id, slot, no, name, size, sha256, content_type, object_key, state, uploaded_by, created_at, expires_at)
		VALUES (?, 'application', ?, 'development-plan', 1, '规划.pdf', ?, ?, 'application/pdf', ?, 'staging', ?, ?, ?)`, staged, id, len(body),
		hex.EncodeToString(sum[:]), "staging/"+staged, a.ID, w.clock.now(), w.clock.now().AddDate(0, 0, 1))
	if err := w.putObject(ctx, "staging/"+staged, body); err != nil {
		return err
	}
	_, err := w.files.Complete(ctx, a, staged)
	return err
}

// signed is everything that a signature stands for.
type signed struct {
	State    string
	Version  int64
	Content  string
	Name     string
	Files    []string
	Answers  []string
	Versions []string
}

func (w *world) signedNow(id string) (s signed) {
	w.t.Helper()
	s.State, s.Version = one[string](w, "SELECT status FROM application WHERE id = ?", id), w.version(app(id))
	s.Content, s.Name = one[string](w, "SELECT content FROM application WHERE id = ?", id), one[string](w, "SELECT name FROM application WHERE id = ?", id)
	for into, query := range map[*[]string]string{
		&s.Files:    "SELECT id FROM attachment WHERE parent_id = ? AND state = 'attached' ORDER BY id",
		&s.Answers:  "SELECT answer FROM correction_item WHERE application_id = ? ORDER BY id",
		&s.Versions: "SELECT digest FROM application_version WHERE application_id = ? ORDER BY no",
	} {
		*into = append(*into, w.texts(query, id)...)
	}
	return s
}

// A signature covers what was signed and nothing later: in every state, each way of editing
// is either refused and leaves everything as it was, or happens in a state from which only a
// new hand-in and a new signature lead on, and the signed versions stay as they are.
func TestNoEditSurvivesUnderASignature(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, row := range workflows.Application.States {
			id := w.at(row.State, "filler")
			for _, path := range editPaths() {
				t.Run(string(row.State)+"/"+path.name, func(t *testing.T) { editOnce(t, w, id, row, path) })
			}
			w.clock.set(monday())
		}
	})
}

func editOnce(t *testing.T, w *world, id string, row workflows.StateRow, path editPath) {
	before := w.signedNow(id)
	err := path.do(t.Context(), w, w.actor("filler"), id)
	after := w.signedNow(id)
	if !cmp.Equal(after.Versions, before.Versions) || after.State != before.State {
		t.Errorf("an edit changes what was signed, or moves the case: %v to %v", before, after)
	}
	if !row.Editable {
		if fault.KindOf(err) != fault.Conflict && fault.KindOf(err) != fault.NotFound {
			t.Errorf("in %s: %v", row.State, err)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("refused, and yet:\n%s", diff)
		}
		return
	}
	v := w.view("leader", id)
	if slices.ContainsFunc(v.Choices, func(c workflows.Choice) bool { return c.Action == "sign" }) {
		t.Errorf("after an edit in %s the leader can sign without a new hand-in", row.State)
	}
	if _, err := w.try("leader", app(id), "sign", "", nil); fault.KindOf(err) != fault.Conflict {
		t.Errorf("signing what is being edited: %v", err)
	}
}

// What the leader was shown is what is signed: a hand-in taken back, changed and handed in
// again does not take a signature given on the version before.
func TestASignatureIsForTheVersionShown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("signing", "filler")
		shown := w.command(app(id), "sign", "", nil)
		w.do("filler", app(id), "recall", "", nil)
		_, err := w.apps.Save(t.Context(), w.actor("filler"), id, application.Edit{Version: w.version(app(id)), Path: "body.legal_representative", Value: quoted("示例另一人")})
		w.must(err)
		w.do("filler", app(id), "send_to_sign", "", nil)
		_, err = w.apps.Do(t.Context(), w.actor("leader"), shown)
		wantKind(t, "signing the version before", err, fault.Conflict)
		if got := w.state(app(id)); got != "signing" {
			t.Errorf("the case is %s", got)
		}
	})
}

// The filler reads why the leader did not sign, and about which parts, until the next hand-in.
func TestSentBackWithReasons(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("signing", "filler")
		_, err := w.try("leader", app(id), "send_back", why, map[string]any{"parts": []string{"body", "roof"}})
		if got := fields(err); !cmp.Equal(got, []string{"data.parts part.unknown"}) {
			t.Errorf("an unknown part: %v", got)
		}
		w.do("leader", app(id), "send_back", why, map[string]any{"parts": []string{"goals", "body", "body"}})
		got := w.view("filler", id).SentBack
		if got == nil || got.Reason != why || !cmp.Equal(got.Parts, []string{"body", "goals"}) || got.By != w.actor("leader").Name {
			t.Fatalf("the filler reads %+v", got)
		}
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("leader", app(id), "sign", "", nil)
		for _, who := range []string{"filler", "clerk"} {
			v := w.view(who, id)
			if v.SentBack != nil {
				t.Errorf("%s still reads %+v", who, v.SentBack)
			}
			for _, e := range v.History {
				if e.Action == "send_back" && who == "clerk" && (e.Reason != "" || e.Detail != nil) {
					t.Errorf("the commission reads what the leader wrote to the filler: %q %s", e.Reason, e.Detail)
				}
			}
		}
	})
}

// Two people answering one item do not overwrite each other: the later one is shown both.
func TestAnswersAreVersioned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx, id := t.Context(), w.at("correction", "filler")
		item := w.view("filler", id).Items[0]
		say := func(who, text string, done bool, seen int64) (int64, error) {
			return w.apps.AnswerItem(ctx, w.actor(who), id, item.ID, application.Answer{Text: text, Done: done, Seen: seen})
		}
		first, err := say("filler", "写到一半", false, item.Version)
		w.must(err)
		_, err = say("filler2", "同事的答复", true, item.Version)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != "stale" {
			t.Fatalf("the second writer: %v", err)
		}
		detail, err := json.Marshal(f.Detail)
		w.must(err)
		var both struct {
			Version int64
			Fields  []struct{ Path, Mine, Theirs string }
		}
		w.must(json.Unmarshal(detail, &both))
		want := []struct{ Path, Mine, Theirs string }{{"answer", "同事的答复", "写到一半"}, {"done", "true", "false"}}
		if both.Version != first || !cmp.Equal(both.Fields, want) {
			t.Errorf("told %s", detail)
		}
		if got, err := say("filler2", "写到一半", false, item.Version); err != nil || got != first {
			t.Errorf("the same answer again: %d, %v", got, err)
		}
		if _, err := say("filler2", "同事的答复", true, first); err != nil {
			t.Errorf("on the version shown: %v", err)
		}
	})
}

// The unit withdraws by itself until the commission has accepted; later it asks, and only
// the officer's agreement ends the case. Both need a reason.
func TestWithdrawalByTheRules(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, row := range workflows.Application.States {
			id := w.at(row.State, "filler")
			alone := slices.Contains([]workflows.State{"signing", "submitted", "correction", "correction_signing"}, row.State)
			asks := slices.Contains([]workflows.State{"in_review", "recommended", "refusal_proposed", "notice", "deciding"}, row.State)
			offered := func(who string, action workflows.Action) bool {
				return slices.ContainsFunc(w.view(who, id).Choices, func(c workflows.Choice) bool { return c.Action == action && len(c.Blocked) == 0 })
			}
			if got := offered("leader", "withdraw"); got != alone {
				t.Errorf("%s: withdraw offered %v", row.State, got)
			}
			if got := offered("leader", "ask_withdrawal"); got != asks {
				t.Errorf("%s: ask_withdrawal offered %v", row.State, got)
			}
			switch {
			case alone:
				_, err := w.try("leader", app(id), "withdraw", "", nil)
				wantKind(t, "withdrawing without a reason", err, fault.Invalid)
				w.do("leader", app(id), "withdraw", why, nil)
			case asks:
				withdrawByAgreement(t, w, id, offered)
			}
			if (alone || asks) && w.state(app(id)) != "withdrawn" {
				t.Errorf("from %s the case comes to %s", row.State, w.state(app(id)))
			}
			w.clock.set(monday())
		}
	})
}

func withdrawByAgreement(t *testing.T, w *world, id string, offered func(string, workflows.Action) bool) {
	if offered("officer", "agree_withdrawal") {
		t.Error("the officer can agree to what nobody has asked for")
	}
	_, err := w.try("leader", app(id), "ask_withdrawal", "", nil)
	wantKind(t, "asking without a reason", err, fault.Invalid)
	w.do("leader", app(id), "ask_withdrawal", why, nil)
	for _, who := range []string{"leader", "officer"} {
		if !w.view(who, id).WithdrawalAsked {
			t.Errorf("%s is not told that a withdrawal was asked for", who)
		}
	}
	if offered("leader", "withdraw") || !offered("officer", "agree_withdrawal") {
		t.Error("asking does not lead to the officer's agreement alone")
	}
	w.do("officer", app(id), "agree_withdrawal", why, nil)
}

// A change that an item names belongs to it; another of the same part to none.
func TestItemFor(t *testing.T) {
	items := []application.CorrectionItem{{ID: "a", AnchorKind: "field", Anchor: "body.contact"}, {ID: "b", AnchorKind: "field", Anchor: "body.contact.phone"},
		{ID: "c", AnchorKind: "clarification", Anchor: "fund"}, {ID: "d", AnchorKind: "slot", Anchor: "development-plan"}, {ID: "e", AnchorKind: "field", Anchor: "goals.rows[tax].base"}}
	for path, want := range map[string]int{"body.contact.phone": 1, "body.contact.email": 0, "body.name": -1, "fund.source_line": 2, "materials[development-plan]": 3,
		"materials[" + application.AnswerSlot("e") + "]": 4, "goals.rows[tax].base": 4, "goals.rows[tax].base_other": -1, "materials[honours]": -1} {
		if got := application.ItemFor(items, nil, path); got != want {
			t.Errorf("%s belongs to %d, want %d", path, got, want)
		}
	}
}

// texts reads one column.
func (w *world) texts(query string, args ...any) (out []string) {
	w.t.Helper()
	w.see(func(tx *database.Tx) error { return tx.Find(&out, query, args...) })
	return out
}

func (w *world) putObject(ctx context.Context, key string, body []byte) error {
	_, err := w.disk.Put(ctx, key, bytes.NewReader(body), int64(len(body)), "application/pdf")
	return err
}

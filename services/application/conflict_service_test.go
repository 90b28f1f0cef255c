package application_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/application"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// openRound makes the round in which further drafts are started.
func (w *world) openRound(code string, quota int, open, shut time.Time) {
	w.t.Helper()
	w.update(func(tx *database.Tx) (err error) {
		w.round, err = w.book.PutRound(tx, policy.Round{Code: code, Name: code, NameEn: code, Year: 2026, OpensAt: open, ClosesAt: shut, Quota: quota, RuleSetID: w.round.RuleSetID})
		return err
	})
}

// Two leaders sign two applications at once when one place is left: one of them wins.
func TestLastPlaceIsTakenOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 4 {
			w.openRound(fmt.Sprintf("tight-%d", i), 1, monday().Add(-time.Hour), monday().Add(time.Hour))
			one, two := w.at("signing", "filler"), w.at("signing", "filler")
			errs := w.together(w.signing("leader", one), w.signing("leader2", two))
			lost := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
			if len(lost) != 1 || !cmp.Equal(blocked(lost[0]), []workflows.Fact{workflows.WithinQuota}) {
				t.Fatalf("round %d: refused: %v", i, lost)
			}
			if n := w.count("application_version v JOIN application a ON a.id = v.application_id WHERE a.round_id = ?", w.round.ID); n != 1 {
				t.Errorf("round %d: %d submitted versions", i, n)
			}
		}
	})
}

func (w *world) signing(who, id string) func() error {
	c := w.command(app(id), "sign", "", nil)
	return func() error { _, err := w.apps.Do(w.t.Context(), w.actor(who), c); return err }
}

// together runs functions at the same time and returns their errors.
func (w *world) together(fns ...func() error) []error {
	errs := make([]error, len(fns))
	var ready, done sync.WaitGroup
	ready.Add(len(fns))
	for i, fn := range fns {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = fn()
		})
	}
	done.Wait()
	return errs
}

// A place is free again when the filing was withdrawn, declined or lapsed; a resubmission
// needs no second one.
func TestQuotaCountsWhatIsLive(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.openRound("tight", 1, monday().Add(-time.Hour), monday().Add(300*24*time.Hour))
		for _, end := range []workflows.State{"withdrawn", "declined", "lapsed"} {
			w.at(end, "filler")
		}
		id, next := w.at("correction_signing", "filler"), w.at("signing", "filler")
		w.do("leader", app(id), "sign", "", nil)
		w.pass(id)
		w.do("clerk", app(id), "accept", "", nil)
		if _, err := w.try("leader", app(next), "sign", "", nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.WithinQuota}) {
			t.Errorf("a second one: %v", err)
		}
		w.at("submitted", "fillerB") // another unit has a place of its own
		w.heard(id)
		w.do("officer", app(id), "propose_refusal", why, nil)
		w.do("director", app(id), "refuse", why, numbered())
		if _, err := w.try("leader", app(next), "sign", "", nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.WithinQuota}) {
			t.Errorf("after a refusal: %v", err)
		}
	})
}

// Outside the window nothing is started or filed; what was filed in time can be corrected.
func TestRoundCloses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.openRound("short", 5, monday().Add(-time.Hour), monday().Add(time.Hour))
		corrected, drafted, sent := w.at("correction_signing", "filler"), w.at("draft", "filler"), w.at("signing", "filler")
		w.clock.set(w.round.ClosesAt.Add(-time.Microsecond))
		if acts, err := w.apps.Actions(t.Context(), w.actor("filler"), drafted); err != nil || len(acts.Choices[0].Blocked) != 0 {
			t.Errorf("the last moment: %+v, %v", acts, err)
		}
		w.clock.set(w.round.ClosesAt)
		late := []workflows.Fact{workflows.RoundOpen}
		if _, err := w.try("filler", app(drafted), "send_to_sign", "", nil); !cmp.Equal(blocked(err), late) {
			t.Errorf("sent after the end: %v", err)
		}
		if _, err := w.try("leader", app(sent), "sign", "", nil); !cmp.Equal(blocked(err), late) {
			t.Errorf("signed after the end: %v", err)
		}
		start := application.Start{RoundID: w.round.ID, Name: "示例晚到集聚示范区"}
		if _, err := w.apps.Create(t.Context(), w.actor("filler"), start); !cmp.Equal(blocked(err), late) {
			t.Errorf("started after the end: %v", err)
		}
		w.do("leader", app(corrected), "sign", "", nil)
		w.openRound("future", 5, monday().Add(100*time.Hour), monday().Add(200*time.Hour))
		start.RoundID = w.round.ID
		if _, err := w.apps.Create(t.Context(), w.actor("filler"), start); !cmp.Equal(blocked(err), late) {
			t.Errorf("started before the beginning: %v", err)
		}
		start.RoundID = "nowhere"
		if _, err := w.apps.Create(t.Context(), w.actor("filler"), start); !cmp.Equal(fields(err), []string{"round_id round.unknown"}) {
			t.Errorf("started in no round: %v", err)
		}
	})
}

// staleFields are the fields that a Conflict shows with both values.
func staleFields(err error) map[string][2]string {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Conflict || f.Code != "stale" {
		return nil
	}
	d, _ := f.Detail.(map[string]any)
	list, _ := d["fields"].([]application.ConflictField)
	out := map[string][2]string{}
	for _, c := range list {
		out[c.Path] = [2]string{string(c.Mine), string(c.Theirs)}
	}
	return out
}

// Two fillers on one draft: nothing of either is lost, and each sees what the other wrote.
func TestSaveOnAnOlderVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id, c := w.create("filler")
		read := w.save("filler", id, c).Version
		save := func(who string, e application.Edit) (application.Saved, error) {
			return w.apps.Save(ctx, w.actor(who), id, e)
		}
		theirs := c
		theirs.Body.LegalRepresentative = "示例第二负责人"
		w.save("filler2", id, theirs)
		mine := c
		mine.Body.LegalRepresentative, mine.Boundary.East = "示例第三负责人", "示例新东路"
		text, err := application.Canonical(mine)
		w.must(err)
		_, err = save("filler", application.Edit{Version: read, Content: text})
		want := map[string][2]string{"body.legal_representative": {`"示例第三负责人"`, `"示例第二负责人"`}, "boundary.east": {`"示例新东路"`, quotedText(c.Boundary.East)}}
		if diff := cmp.Diff(want, staleFields(err)); diff != "" {
			t.Errorf("whole document: %v %s", err, diff)
		}
		out, err := save("filler", application.Edit{Version: read, Path: "boundary.east", Value: quoted("示例新东路"), Base: quoted(c.Boundary.East)})
		if err != nil || out.Version != read+2 {
			t.Errorf("an untouched field: %+v, %v", out, err)
		}
		_, err = save("filler", application.Edit{Version: read, Path: "body.legal_representative", Value: quoted("示例第三负责人"), Base: quoted(c.Body.LegalRepresentative)})
		if diff := cmp.Diff(map[string][2]string{"body.legal_representative": {`"示例第三负责人"`, `"示例第二负责人"`}}, staleFields(err)); diff != "" {
			t.Errorf("a touched field: %v %s", err, diff)
		}
		if _, err = save("filler", application.Edit{Version: read, Path: "body.name", Value: quoted("示例")}); staleFields(err) == nil {
			t.Errorf("without the base: %v", err)
		}
		name, mineName := w.view("filler", id).Name, "示例另一集聚示范区"
		_, err = save("filler", application.Edit{Version: read, Name: &mineName})
		if diff := cmp.Diff(map[string][2]string{"name": {quotedText(mineName), quotedText(name)}}, staleFields(err)); diff != "" {
			t.Errorf("the name: %v %s", err, diff)
		}
		v := w.view("filler", id)
		if v.Version != read+2 || v.Content.Body.LegalRepresentative != "示例第二负责人" || v.Content.Boundary.East != "示例新东路" || v.Name != name {
			t.Errorf("in the end version %d: %+v", v.Version, v.Content.Body)
		}
	})
}

func quotedText(s string) string { return string(quoted(s)) }

// The same save twice – a double click – is one save.
func TestSaveTwiceIsOneSave(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, c := w.create("filler")
		read := w.version(app(id))
		text, err := application.Canonical(c)
		w.must(err)
		for range 2 {
			out, err := w.apps.Save(t.Context(), w.actor("filler"), id, application.Edit{Version: read, Content: text})
			if err != nil || out.Version != read+1 {
				t.Errorf("%+v, %v", out, err)
			}
		}
		if n := w.count("audit_entry WHERE object_id = ? AND action = 'application.save'", id); n != 1 {
			t.Errorf("%d saves on record", n)
		}
	})
}

// Savers at the same moment: different fields are both kept, of one field one wins and the
// other is shown both values.
func TestSaversAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, c := w.create("filler")
		read := w.save("filler", id, c).Version
		field := func(who, path, value, base string) func() error {
			return func() error {
				_, err := w.apps.Save(t.Context(), w.actor(who), id, application.Edit{Version: read, Path: path, Value: quoted(value), Base: quoted(base)})
				return err
			}
		}
		errs := w.together(field("filler", "boundary.east", "示例东一路", c.Boundary.East), field("filler2", "boundary.west", "示例西一路", c.Boundary.West),
			field("filler", "boundary.north", "示例北一路", c.Boundary.North), field("filler2", "boundary.north", "示例北二路", c.Boundary.North))
		if errs[0] != nil || errs[1] != nil || (errs[2] == nil) == (errs[3] == nil) {
			t.Fatalf("errors: %v", errs)
		}
		lost := errors.Join(errs[2:]...)
		b := w.view("filler", id).Content.Boundary
		kept, refused := "示例北一路", "示例北二路"
		if errs[2] != nil {
			kept, refused = refused, kept
		}
		if b.East != "示例东一路" || b.West != "示例西一路" || b.North != kept {
			t.Errorf("kept %+v", b)
		}
		if diff := cmp.Diff(map[string][2]string{"boundary.north": {quotedText(refused), quotedText(kept)}}, staleFields(lost)); diff != "" {
			t.Errorf("the loser sees %v %s", lost, diff)
		}
	})
}

// An action on an older version is refused and told what has happened since.
func TestActionOnAnOlderVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("signing", "filler")
		old := w.command(app(id), "withdraw", why, nil)
		w.do("leader2", app(id), "send_back", "请核对面积(演示)", nil)
		_, err := w.apps.Do(t.Context(), w.actor("leader"), old)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Conflict || f.Code != "stale" {
			t.Fatalf("got %v, want stale", err)
		}
		c, _ := f.Detail.(casework.Changed)
		if c.State != "draft" || c.Version != old.Version+1 || len(c.Since) != 1 || c.Since[0].Action != "send_back" || c.Since[0].Reason != "请核对面积(演示)" {
			t.Errorf("told %+v", c)
		}
		if w.state(app(id)) != "draft" {
			t.Error("the older action was done")
		}
		// The stale officer is not told why the district withdrew.
		id = w.at("submitted", "filler")
		old = w.command(app(id), "decline", why, nil)
		w.do("leader", app(id), "withdraw", why, nil)
		if _, err = w.apps.Do(t.Context(), w.actor("officer"), old); !errors.As(err, &f) {
			t.Fatalf("got %v", err)
		}
		if c, _ = f.Detail.(casework.Changed); len(c.Since) != 1 || c.Since[0].Reason != "" {
			t.Errorf("the officer is told %+v", c.Since)
		}
	})
}

// A correction opens what its items name and nothing else.
func TestCorrectionOpensNamedParts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := w.at("correction", "filler")
		v := w.view("filler", id)
		if diff := cmp.Diff([]string{"positioning", "slot:development-plan"}, v.OpenParts); diff != "" {
			t.Fatalf("open: %s", diff)
		}
		save := func(e application.Edit) error {
			e.Version = w.version(app(id))
			_, err := w.apps.Save(ctx, w.actor("filler"), id, e)
			return err
		}
		values := map[string]json.RawMessage{"body.name": quoted("示例别名"), "boundary.east": quoted("示例"), "goals.base_year": json.RawMessage("2024"), "business.sectors": json.RawMessage(`["health"]`),
			"factors.land.body": quoted("示例"), "fund.source_line": quoted("示例"), "recommendation.document_number": quoted("示例文〔2026〕9号")}
		for path, value := range values {
			if got := fields(save(application.Edit{Path: path, Value: value})); len(got) == 0 || !strings.HasSuffix(got[0], " part_closed") {
				t.Errorf("%s: %v", path, got)
			}
		}
		whole := v.Content
		whole.Positioning.Text += "补充"
		whole.Fund.SourceLine = "示例"
		text, err := application.Canonical(whole)
		w.must(err)
		if got := fields(save(application.Edit{Content: text})); !cmp.Equal(got, []string{"fund.source_line part_closed"}) {
			t.Errorf("a closed field among open ones: %v", got)
		}
		name := "示例改名集聚示范区"
		if got := fields(save(application.Edit{Name: &name})); !cmp.Equal(got, []string{"name part_closed"}) {
			t.Errorf("the name: %v", got)
		}
		w.must(save(application.Edit{Path: "positioning.text", Value: quoted(v.Content.Positioning.Text + "补充")}))
		for slot, closed := range map[string]bool{"development-plan": false, "boundary-map": true, "recommendation": true, "audit-report": true} {
			_, err := w.upload("filler", id, slot, "second "+slot)
			if got := fields(err); closed && !cmp.Equal(got, []string{"slot part_closed"}) || !closed && err != nil {
				t.Errorf("file into %s: %v", slot, err)
			}
		}
		_, err = w.upload("filler", id, "opinion-letter", "x")
		if got := fields(err); !cmp.Equal(got, []string{"slot slot.unknown"}) {
			t.Errorf("file into another purpose's slot: %v", err)
		}
	})
}

// The items of one notice: those of the command and the words of the verdicts, none lost.
func TestCorrectionTakesEveryItem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("submitted", "filler")
		if _, err := w.try("clerk", app(id), "request_correction", "", nil); !cmp.Equal(blocked(err), []workflows.Fact{workflows.ItemsListed}) {
			t.Errorf("without items: %v", err)
		}
		w.must(w.verdict("clerk", id, "goals", "correct", "目标表缺少一年(演示)"))
		w.must(w.verdict("clerk", id, "positioning", "correct", "定位文字过短(演示)"))
		w.must(w.verdict("clerk", id, "fund", "question", "资金来源待核实(演示)"))
		w.must(w.verdict("clerk", id, "body", "pass", ""))
		w.do("clerk", app(id), "request_correction", "", items())
		var got []string
		for _, it := range w.view("filler", id).Items {
			got = append(got, it.AnchorKind+":"+it.Anchor+" "+it.Words)
		}
		want := []string{"field:positioning.relation 请补充与功能区的关系(演示)", "slot:development-plan 请补充分年度目标(演示)", "clarification:goals 目标表缺少一年(演示)"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("items: %s", diff)
		}
		if open := w.view("filler", id).OpenParts; !cmp.Equal(open, []string{"goals", "positioning", "slot:development-plan"}) {
			t.Errorf("open: %v", open)
		}
		other := w.at("submitted", "filler")
		w.must(w.verdict("clerk", other, "body", "correct", "证照号码有误(演示)"))
		w.do("clerk", app(other), "request_correction", "", nil)
		if open := w.view("filler", other).OpenParts; !cmp.Equal(open, []string{"body"}) {
			t.Errorf("verdicts alone open: %v", open)
		}
	})
}

func TestCorrectionItemsAreChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.at("submitted", "filler")
		long := strings.Repeat("长", 501)
		for _, c := range []struct {
			item application.Item
			want string
		}{
			{application.Item{AnchorKind: "slot", Anchor: "moon", Words: "请补充(演示)"}, "data.items[0].anchor correction.anchor"},
			{application.Item{AnchorKind: "field", Anchor: "body.moon", Words: "请补充(演示)"}, "data.items[0].anchor correction.anchor"},
			{application.Item{AnchorKind: "clarification", Anchor: "body.name", Words: "请补充(演示)"}, "data.items[0].anchor correction.anchor"},
			{application.Item{AnchorKind: "", Anchor: "body", Words: "请补充(演示)"}, "data.items[0].anchor correction.anchor"},
			{application.Item{AnchorKind: "clarification", Anchor: "body", Words: " 改 "}, "data.items[0].words correction.words"},
			{application.Item{AnchorKind: "clarification", Anchor: "body", Words: long}, "data.items[0].words correction.words"},
			{application.Item{AnchorKind: "clarification", Anchor: "body", Words: "请补充\x00"}, "data.items[0].words text.invalid"},
		} {
			_, err := w.try("clerk", app(id), "request_correction", "", map[string]any{"items": []application.Item{c.item}})
			if got := fields(err); !cmp.Equal(got, []string{c.want}) {
				t.Errorf("%+v: %v", c.item, err)
			}
		}
		many := make([]application.Item, 101)
		for i := range many {
			many[i] = application.Item{AnchorKind: "clarification", Anchor: "body", Words: "请补充(演示)"}
		}
		_, err := w.try("clerk", app(id), "request_correction", "", map[string]any{"items": many})
		if got := fields(err); !cmp.Equal(got, []string{"data.items correction.too_many"}) {
			t.Errorf("101 items: %v", err)
		}
		for _, data := range []string{`{"items":[],"more":1}`, `{"items":{}}`, `[]`, `{"items":[]} {}`, `{`} {
			c := w.command(app(id), "request_correction", "", nil)
			c.Data = json.RawMessage(data)
			if _, err := w.apps.Do(t.Context(), w.actor("clerk"), c); !cmp.Equal(fields(err), []string{"data data.malformed"}) {
				t.Errorf("%s: %v", data, err)
			}
		}
	})
}

// Every item is answered before the correction goes on, and a second notice is never sent.
func TestCorrectionIsAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id, other := w.at("correction", "filler"), w.at("correction", "filler")
		todo := w.view("filler", id).Items
		send := func() error { _, err := w.try("filler", app(id), "send_to_sign", "", nil); return err }
		answer := func(item, text string, done bool) error {
			_, err := w.apps.AnswerItem(ctx, w.actor("filler"), id, item, application.Answer{Text: text, Done: done, Seen: one[int64](w, "SELECT coalesce(max(version), 1) FROM correction_item WHERE id = ?", item)})
			return err
		}
		unanswered := []workflows.Fact{workflows.ItemsAnswered}
		w.must(answer(todo[0].ID, "已补充关系(演示)", true))
		w.must(answer(todo[1].ID, "正在准备(演示)", false))
		if err := send(); !cmp.Equal(blocked(err), unanswered) {
			t.Errorf("with one of two: %v", err)
		}
		wantKind(t, "an empty answer that is done", answer(todo[1].ID, " ", true), fault.Invalid)
		wantKind(t, "an item of another case", answer(w.view("filler", other).Items[0].ID, "已补充", true), fault.NotFound)
		w.must(answer(todo[1].ID, "已补充规划(演示)", true))
		w.must(send())
		wantKind(t, "an answer once it is sent", answer(todo[0].ID, "改口(演示)", true), fault.Conflict)
		w.do("filler", app(id), "recall", "", nil)
		w.must(answer(todo[0].ID, "再想一想(演示)", false))
		if err := send(); !cmp.Equal(blocked(err), unanswered) {
			t.Errorf("taken back: %v", err)
		}
		w.must(answer(todo[0].ID, "已补充关系(演示)", true))
		w.must(send())
		w.do("leader", app(id), "sign", "", nil)
		if _, err := w.try("clerk", app(id), "request_correction", "", items()); !cmp.Equal(blocked(err), []workflows.Fact{workflows.CorrectionLeft}) {
			t.Errorf("a second notice: %v", err)
		}
		if n := w.count("correction WHERE application_id = ?", id); n != 1 {
			t.Errorf("%d notices", n)
		}
		if v := w.view("clerk", id); len(v.Verdicts) != 0 || len(v.OpenParts) != 0 {
			t.Errorf("the corrected version starts with verdicts %v, open parts %v", v.Verdicts, v.OpenParts)
		}
	})
}

// What was signed stays byte for byte, and its digest covers name, document and files.
func TestSignedVersionStays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		type version struct{ Content, Files, Digest, SignedBy string }
		read := func(id string, no int) (v version) {
			w.see(func(tx *database.Tx) error {
				return tx.One(&v, "SELECT content, files, digest, signed_by FROM application_version WHERE application_id = ? AND no = ?", id, no)
			})
			return v
		}
		id := w.at("correction", "filler")
		before := read(id, 1)
		c := w.view("filler", id).Content
		c.Positioning.Text += "补充(演示)"
		w.save("filler", id, c)
		_, err := w.upload("filler", id, "development-plan", "second plan")
		w.must(err)
		w.answerAll(id)
		w.do("filler", app(id), "send_to_sign", "", nil)
		w.do("leader2", app(id), "sign", "", nil)
		first, second := read(id, 1), read(id, 2)
		if first != before {
			t.Error("the first version has changed")
		}
		if first.SignedBy != w.actor("leader").ID || second.SignedBy != w.actor("leader2").ID {
			t.Errorf("signed by %s and %s", first.SignedBy, second.SignedBy)
		}
		text, err := application.Canonical(c)
		w.must(err)
		if second.Content != string(text) {
			t.Error("the second version is not what was saved")
		}
		name := w.view("filler", id).Name
		for i, v := range []version{first, second} {
			if want := application.Digest([]byte(name + "\x00" + v.Content + "\x00" + v.Files)); v.Digest != want {
				t.Errorf("digest of version %d is not that of its name, document and files", i+1)
			}
			if n := w.count("audit_entry WHERE object_id = ? AND action = 'application.sign' AND detail LIKE ?", id, "%"+v.Digest+"%"); n != 1 {
				t.Errorf("the digest of version %d is on record %d times", i+1, n)
			}
		}
		if first.Content == second.Content || first.Files == second.Files || first.Digest == second.Digest {
			t.Error("the second version says nothing new")
		}
		err = w.db.Update(t.Context(), func(tx *database.Tx) error {
			_, err := tx.Exec("UPDATE application_version SET content = '{}' WHERE application_id = ?", id)
			return err
		})
		if err == nil {
			t.Error("the database lets a signed version be changed")
		}
	})
}

// A saved file and an action that read the draft before it do not overtake one another.
func TestFileMovesTheVersion(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.draft("filler")
		old := w.command(app(id), "send_to_sign", "", nil)
		_, err := w.upload("filler", id, "honours", "late file")
		w.must(err)
		_, err = w.apps.Do(t.Context(), w.actor("filler"), old)
		wantKind(t, "an action on the draft before the file", err, fault.Conflict)
		if v := w.view("filler", id); len(v.Files) == 0 || v.State != "draft" {
			t.Errorf("%s with %d files", v.State, len(v.Files))
		}
	})
}

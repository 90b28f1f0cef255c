package application_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// side is the people of the unit that files an application.
func (w *world) side(id string) (filler, leader string) {
	w.t.Helper()
	if one[string](w, "SELECT unit_code FROM application WHERE id = ?", id) == unitB {
		return "fillerB", "leaderB"
	}
	return "filler", "leader"
}

// create starts a draft of unit A, or of B where filler says so.
func (w *world) create(filler string, sectors ...string) (id string, c application.Content) {
	w.t.Helper()
	w.seed++
	a := w.actor(filler)
	out, err := w.apps.Create(w.t.Context(), a, application.Start{RoundID: w.round.ID, Name: fmt.Sprintf("示例第%d号集聚示范区", w.seed)})
	w.must(err)
	return out.ID, w.content(a.Unit, sectors...)
}

// content is a complete, invented document in which the self-check refuses nothing.
func (w *world) content(unit string, sectors ...string) application.Content {
	w.t.Helper()
	if len(sectors) == 0 {
		sectors = []string{"internet-cloud-data"}
	}
	u, _ := w.book.Unit(unit)
	e := u.Extent
	place := application.DemoPlace{Unit: u.Short.ZH, Region: unit, Sectors: sectors, Area: w.book.AreasOf(unit)[0].Code, BaseYear: 2025, PlannedYears: 3,
		Lon: e.West + (e.East-e.West)*(0.3+0.05*float64(w.seed%8)), Lat: e.South + (e.North-e.South)*(0.3+0.05*float64(w.seed/8%8))}
	for _, i := range w.book.Rules.Goals.Indicators {
		place.Indicators = append(place.Indicators, i.Code)
	}
	for _, b := range w.book.Rules.RevenueBands {
		place.RevenueBands = append(place.RevenueBands, b.Code)
	}
	c, err := application.DemoContent(w.seed, place)
	w.must(err)
	return c
}

// save stores a whole document at the present version.
func (w *world) save(who, id string, c application.Content) application.Saved {
	w.t.Helper()
	text, err := application.Canonical(c)
	w.must(err)
	out, err := w.apps.Save(w.t.Context(), w.actor(who), id, application.Edit{Version: w.version(app(id)), Content: text})
	w.must(err)
	return out
}

// draft is an application that is ready to be sent. Its files are rows without objects: what
// moves bytes is proved with upload.
func (w *world) draft(filler string, sectors ...string) string {
	w.t.Helper()
	id, c := w.create(filler, sectors...)
	w.save(filler, id, c)
	w.update(func(tx *database.Tx) error {
		for _, s := range w.book.Rules.SlotsFor(policy.PurposeApplication) {
			if !s.Required {
				continue
			}
			_, err := tx.Exec(`INSERT INTO attachment (id, parent_kind, parent_id, slot, no, name, size, sha256, content_type, object_key, object_version, state, uploaded_by,
				created_at, attached_at, expires_at) VALUES (?, 'application', ?, ?, 1, ?, 9, ?, 'application/pdf', ?, '1', 'attached', ?, ?, ?, ?)`, tx.ID(), id, s.Code,
				"示例.pdf", strings.Repeat("0", 64), "final/"+tx.ID(), w.actor(filler).ID, tx.Now(), tx.Now(), tx.Now())
			if err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

// upload puts a real file through ticket, verification and attachment.
func (w *world) upload(who, id, slot, words string) (attachment.Attachment, error) {
	w.t.Helper()
	return w.uploadTo(who, app(id), slot, words)
}

func (w *world) uploadTo(who string, parent casework.Ref, slot, words string) (attachment.Attachment, error) {
	w.t.Helper()
	body := pdf(words)
	sum := sha256.Sum256(body)
	ctx, a := w.t.Context(), w.actor(who)
	t, err := w.files.Ticket(ctx, a, attachment.Request{Parent: parent, Slot: slot, Name: slot + ".pdf", Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:])})
	if err != nil {
		return attachment.Attachment{}, err
	}
	key := one[string](w, "SELECT object_key FROM attachment WHERE id = ?", t.AttachmentID)
	_, err = w.disk.Put(ctx, key, bytes.NewReader(body), int64(len(body)), "application/pdf")
	w.must(err)
	return w.files.Complete(ctx, a, t.AttachmentID)
}

// pdf is a small real document that says words in a comment.
func pdf(words string) []byte {
	var b bytes.Buffer
	var at []int
	b.WriteString("%PDF-1.4\n% " + hex.EncodeToString([]byte(words)) + "\n")
	for i, body := range []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>"} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// items are one correction item on a field and one on a file.
func items() map[string]any {
	return map[string]any{"items": []application.Item{
		{AnchorKind: "field", Anchor: "positioning.relation", Words: "请补充与功能区的关系(演示)"},
		{AnchorKind: "slot", Anchor: "development-plan", Words: "请补充分年度目标(演示)"},
	}}
}

func numbered() map[string]any {
	return map[string]any{"document_number": "示例发改〔2026〕1号"}
}

func agree() map[string]any {
	return map[string]any{"stance": "agree", "grounds": "符合行业方向(演示)"}
}

func (w *world) verdict(who, id, part, verdict, note string) error {
	w.t.Helper()
	_, err := w.apps.SetVerdict(w.t.Context(), w.actor(who), id, w.version(app(id)), application.Verdict{Part: part, Verdict: verdict, Note: note})
	return err
}

func (w *world) pass(id string) {
	w.t.Helper()
	for _, p := range application.Parts() {
		w.must(w.verdict("clerk", id, p, "pass", ""))
	}
}

// answerAll answers every correction item.
func (w *world) answerAll(id string) {
	w.t.Helper()
	filler, _ := w.side(id)
	v, err := w.apps.View(w.t.Context(), w.actor(filler), id)
	w.must(err)
	for _, it := range v.Items {
		_, err := w.apps.AnswerItem(w.t.Context(), w.actor(filler), id, it.ID, application.Answer{Text: "已补充(演示)", Done: true, Seen: it.Version})
		w.must(err)
	}
}

// opinions lists the department opinions of an application by the code of the asked unit.
func (w *world) opinions(id string) map[string]string {
	w.t.Helper()
	var rows []struct{ ID, UnitCode string }
	w.see(func(tx *database.Tx) error {
		return tx.Find(&rows, "SELECT id, unit_code FROM opinion WHERE application_id = ? ORDER BY unit_code", id)
	})
	out := map[string]string{}
	for _, r := range rows {
		out[r.UnitCode] = r.ID
	}
	return out
}

// giver is somebody who answers for an asked unit.
func giver(unit string) string {
	switch unit {
	case "dept-industry":
		return "industry"
	case "dept-science":
		return "science"
	case "dept-commerce":
		return "commerce"
	}
	return "officer2"
}

// heard gives every opinion and one expert's scores.
func (w *world) heard(id string) {
	w.t.Helper()
	for unit, o := range w.opinions(id) {
		w.do(giver(unit), opinion(o), "give", "", agree())
	}
	w.scored(id, w.invite(id, "expert1")[0], "expert1")
}

// invite asks experts and returns the ids of their reviews.
func (w *world) invite(id string, who ...string) (ids []string) {
	w.t.Helper()
	people := make([]string, len(who))
	for i, p := range who {
		people[i] = w.actor(p).ID
	}
	outs, err := w.reviews.Invite(w.t.Context(), w.actor("officer"), app(id), people, "")
	w.must(err)
	for _, o := range outs {
		ids = append(ids, o.ID)
	}
	return ids
}

// scored lets an invited expert accept and score.
func (w *world) scored(id, reviewID, who string) {
	w.t.Helper()
	w.do(who, asked(reviewID), "accept", "", map[string]any{"commitment": true, "no_conflict": true})
	scores := map[string]any{}
	for _, c := range w.book.Rules.Review.Criteria {
		scores[c.Code] = map[string]any{"points": (c.Max * 4 / 5).String(), "reason": "材料齐全且依据充分,可以认定"}
	}
	w.do(who, asked(reviewID), "submit_scores", "", map[string]any{"scores": scores, "comment": "可行(演示)"})
}

// at brings a new application of the filler's unit into a state of the table, the shortest way.
func (w *world) at(state workflows.State, filler string, sectors ...string) string {
	w.t.Helper()
	id := w.draft(filler, sectors...)
	_, leader := w.side(id)
	w.walk(id, state, filler, leader)
	if got := w.state(app(id)); got != state {
		w.t.Fatalf("the case is %s, want %s", got, state)
	}
	return id
}

// step is one action on the way to a state; before prepares it.
type step struct {
	who    string
	action workflows.Action
	reason string
	data   any
	before func(id string)
}

func (w *world) walk(id string, state workflows.State, filler, leader string) {
	w.t.Helper()
	send, sign := step{who: filler, action: "send_to_sign"}, step{who: leader, action: "sign"}
	correct := step{who: "clerk", action: "request_correction", data: items()}
	accept := step{who: "clerk", action: "accept", before: w.pass}
	recommend := step{who: "officer", action: "recommend", reason: why, before: w.heard}
	propose := step{who: "officer", action: "propose_refusal", reason: why, before: w.heard}
	publish := step{who: "clerk", action: "publish_notice"}
	steps := map[workflows.State][]step{
		"draft": nil, "signing": {send}, "submitted": {send, sign}, "correction": {send, sign, correct},
		"correction_signing": {send, sign, correct, {who: filler, action: "send_to_sign", before: w.answerAll}},
		"in_review":          {send, sign, accept}, "recommended": {send, sign, accept, recommend}, "refusal_proposed": {send, sign, accept, propose},
		"notice": {send, sign, accept, recommend, publish}, "deciding": {send, sign, accept, recommend, publish},
		"accredited": {send, sign, accept, recommend, publish}, "refused": {send, sign, accept, propose, {who: "director", action: "refuse", reason: why, data: numbered()}},
		"declined": {send, sign, {who: "officer", action: "decline", reason: why}}, "withdrawn": {send, sign, {who: leader, action: "withdraw", reason: why}},
		"lapsed": {send, sign, correct},
	}
	todo, known := steps[state]
	if !known {
		w.t.Fatalf("no way to %s", state)
	}
	for _, s := range todo {
		if s.before != nil {
			s.before(id)
		}
		w.do(s.who, app(id), s.action, s.reason, s.data)
	}
	switch state {
	case "deciding", "accredited":
		w.until(w.due(id, workflows.ClockNotice))
	case "lapsed":
		w.until(w.due(id, workflows.ClockCorrection))
	}
	if state == "accredited" {
		w.do("director", app(id), "accredit", why, numbered())
	}
}

// due is the end of an open clock of an application.
func (w *world) due(id string, name workflows.ClockName) time.Time {
	w.t.Helper()
	return w.clockOf(app(id), name).Reading.DueAt
}

func (w *world) clockOf(c casework.Ref, name workflows.ClockName) (k casework.Clock) {
	w.t.Helper()
	w.see(func(tx *database.Tx) (err error) { k, err = w.engine.ClockOf(tx, c, name); return err })
	return k
}

// until lets time pass; every clock that ends on the way acts at its instant, as the worker
// would let it.
func (w *world) until(at time.Time) {
	w.t.Helper()
	for {
		var ids []string
		w.see(func(tx *database.Tx) error {
			return tx.Find(&ids, `SELECT id FROM outbox WHERE topic = 'deadline' AND done_at IS NULL AND cancelled_at IS NULL AND due_at <= ? ORDER BY due_at, id LIMIT 1`, at.UTC())
		})
		if len(ids) == 0 {
			w.clock.set(at)
			return
		}
		if due := one[time.Time](w, "SELECT due_at FROM outbox WHERE id = ?", ids[0]); due.After(w.clock.now()) {
			w.clock.set(due)
		}
		_, err := w.fire(ids[0])
		w.must(err)
	}
}

// fire handles one outbox row of a deadline; acted tells whether the clock was current.
func (w *world) fire(id string) (acted bool, err error) {
	err = w.db.Update(w.t.Context(), func(tx *database.Tx) error {
		row, ok, err := outbox.Take(tx, id)
		if err != nil || !ok {
			return err
		}
		var due casework.DeadlineDue
		if err := json.Unmarshal([]byte(row.Payload), &due); err != nil {
			return err
		}
		if acted, err = casework.Due(tx, due.Deadline); err != nil || !acted || due.Action == "" {
			return err
		}
		_, err = w.cases[due.Kind].DoTx(tx, identity.SystemActor(), casework.Command{ID: due.CaseID, Action: due.Action})
		return err
	})
	return acted, err
}

package evaluation_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/evaluation"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/notice"
	"clusterzone/services/policy"
	"clusterzone/services/registry"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

// world is a register with three zones of one sector, the services around it, and people.
type world struct {
	t       *testing.T
	db      *database.DB
	at      *time.Time
	book    *policy.Book
	zones   *registry.Service
	reviews *review.Service
	notices *notice.Service
	s       *evaluation.Service
	r       *evaluation.Rectifications
	files   map[casework.Ref][]attachment.Attachment
	ids     [3]string // zones
}

func actor(id, unit string, roles ...workflows.Role) identity.Actor {
	return identity.Actor{ID: id, Name: id, Unit: unit, Roles: roles, Lang: "zh-CN"}
}

var (
	filler     = actor("filler", "500105", workflows.Filler)
	leader     = actor("leader", "500105", workflows.Leader)
	stranger   = actor("stranger", "500112", workflows.Filler, workflows.Leader)
	clerk      = actor("clerk", "sdrc", workflows.Clerk)
	officer    = actor("officer", "sdrc", workflows.Officer)
	director   = actor("director", "sdrc", workflows.Director)
	both       = actor("both", "sdrc", workflows.Officer, workflows.Director)
	supervisor = actor("supervisor", "audit", workflows.Supervision)
	statistics = actor("statistics", "stat", workflows.Statistics)
	system     = identity.SystemActor()
)

// each runs body on a fresh world on both databases, on a Monday morning in Shanghai.
func each(t *testing.T, body func(t *testing.T, w *world)) {
	t.Helper()
	at := new(time.Time)
	databasetest.Each(t, func() time.Time { return *at }, func(t *testing.T, db *database.DB) {
		*at = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
		body(t, newWorld(t, db, at))
	})
}

func newWorld(t *testing.T, db *database.DB, at *time.Time) *world {
	t.Helper()
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	book := policy.NewBook(data)
	engine := casework.New(book)
	w := &world{t: t, db: db, at: at, book: book, files: map[casework.Ref][]attachment.Attachment{}}
	w.zones = registry.New(registry.Config{DB: db, Engine: engine, Book: book, PublicURL: "https://example.org"})
	reviewed, published := map[workflows.Kind]review.Subjects{}, map[workflows.Kind]notice.Subjects{}
	w.reviews = review.New(review.Config{DB: db, Engine: engine, Book: book, Subjects: reviewed})
	w.notices = notice.New(notice.Config{DB: db, Engine: engine, Book: book, Subjects: published})
	w.s = evaluation.New(evaluation.Config{DB: db, Engine: engine, Book: book, Reviews: w.reviews, Notices: w.notices, Zones: w.zones,
		Files: func(_ *database.Tx, c casework.Ref) ([]attachment.Attachment, error) { return w.files[c], nil }})
	w.r = w.s.Rectifications()
	reviewed["evaluation"], published["evaluation"] = w.s.ReviewSubject, w.s.NoticeSubject
	w.update(func(tx *database.Tx) error {
		if err := book.Seed(tx, data.Rules); err != nil {
			return err
		}
		return w.people(tx)
	})
	for i, name := range []string{"甲示例集聚示范区", "乙示例集聚示范区", "丙示例集聚示范区"} {
		w.ids[i] = w.establish(name)
	}
	return w
}

func (w *world) people(tx *database.Tx) error {
	for _, u := range [][2]string{{"500105", "district"}, {"500112", "district"}, {"sdrc", "commission"}, {"inst", "institute"}, {"audit", "supervision"}, {"stat", "statistics"}} {
		if _, err := tx.Exec("INSERT INTO unit (code, kind, name, name_short, name_en, valid_from) VALUES (?, ?, ?, ?, 'x', '2016-01-01')", u[0], u[1], u[0], u[0]); err != nil {
			return err
		}
	}
	for _, id := range []string{"e1", "e2", "e3"} {
		_, err := tx.Exec("INSERT INTO person (id, login, name, unit_code, created_at, updated_at) VALUES (?, ?, ?, 'inst', ?, ?)", id, id, "专家"+id, tx.Now(), tx.Now())
		if err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO person_role (person_id, role) VALUES (?, 'evaluator')", id); err != nil {
			return err
		}
	}
	return nil
}

func expert(id string) identity.Actor { return actor(id, "inst", workflows.Evaluator) }

func (w *world) establish(name string) (id string) {
	w.update(func(tx *database.Tx) error {
		rules, _, err := w.book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		from := workflows.Date{Year: 2024, Month: 12, Day: 2}
		id, err = w.zones.Establish(tx, director, registry.Grant{Name: name, Unit: "500105", RuleSetID: rules, BodyName: "示例发展有限公司", Sectors: []string{"finance"},
			AreaM2: 1_000_000, DocumentNumber: "渝发改〔2024〕12号", DecidedOn: from, ValidFrom: from, Demo: true})
		return err
	})
	return id
}

func (w *world) update(fn func(tx *database.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) days(n int) { *w.at = w.at.AddDate(0, 0, n) }

// open opens the evaluation of a zone for 2026 and returns its id.
func (w *world) open(zone string) string { return w.openYear(zone, 2026, "") }

func (w *world) openYear(zone string, year int, due string) string {
	w.t.Helper()
	out, err := w.s.Open(w.t.Context(), officer, evaluation.Opening{ZoneID: zone, Year: year, Due: due})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.ID
}

func (w *world) view(a identity.Actor, id string) evaluation.View {
	w.t.Helper()
	v, err := w.s.View(w.t.Context(), a, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) do(a identity.Actor, id string, action workflows.Action, reason string) error {
	w.t.Helper()
	_, err := w.s.Do(w.t.Context(), a, casework.Command{ID: id, Action: action, Version: w.view(officer, id).Version, Reason: reason})
	return err
}

func (w *world) must(a identity.Actor, id string, action workflows.Action, reason string) {
	w.t.Helper()
	if err := w.do(a, id, action, reason); err != nil {
		w.t.Fatalf("%s: %v", action, err)
	}
}

// bySystem acts as a deadline does, on evaluations or rectifications.
func (w *world) bySystem(s casework.Service, id string, action workflows.Action) error {
	return w.db.Update(w.t.Context(), func(tx *database.Tx) error {
		_, err := s.DoTx(tx, system, casework.Command{ID: id, Action: action})
		return err
	})
}

// good is a complete column; with a single zone it comes to 70.6 points before the experts.
func good() evaluation.Sheet {
	return evaluation.Sheet{Figures: map[string]string{"revenue": "1200.5", "value-added": "400", "tax": "60", "firms": "35", "above-scale-firms": "6",
		"leading-share": "65", "revenue-growth": "10", "new-above-scale": "3", "platforms": "3", "delivery": "100"}}
}

// bad is a complete column that fails whatever the experts say.
func bad() evaluation.Sheet {
	s := good()
	for code, v := range map[string]string{"firms": "0", "leading-share": "0", "revenue-growth": "-50", "new-above-scale": "0", "platforms": "0", "delivery": "0"} {
		s.Figures[code] = v
	}
	return s
}

func text(t *testing.T, s evaluation.Sheet) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (w *world) attach(ref casework.Ref, slots ...string) {
	for i, slot := range slots {
		w.files[ref] = append(w.files[ref], attachment.Attachment{ID: fmt.Sprintf("f%d", i), Parent: ref, Slot: slot, No: 1, Name: slot + ".pdf", Size: 10,
			SHA256: "aa", ContentType: "application/pdf", ObjectKey: "k/" + slot, ObjectVersion: "1"})
	}
}

func ref(id string) casework.Ref { return casework.Ref{Kind: "evaluation", ID: id} }

// file brings an evaluation from the self-report to the officer's desk.
func (w *world) file(id string, self evaluation.Sheet) {
	w.t.Helper()
	w.attach(ref(id), "self-report", "evaluation-commitment", "evaluation-evidence", "bonus-evidence")
	if _, err := w.s.SaveSelf(w.t.Context(), filler, id, w.view(officer, id).Version, text(w.t, self)); err != nil {
		w.t.Fatal(err)
	}
	w.must(filler, id, "send_to_sign", "")
	w.must(leader, id, "sign", "")
}

// check accepts the figures as they were reported, and passes the check.
func (w *world) check(id string, checked evaluation.Sheet) {
	w.t.Helper()
	if _, err := w.s.SaveChecked(w.t.Context(), officer, id, w.view(officer, id).Version, text(w.t, checked)); err != nil {
		w.t.Fatal(err)
	}
	w.must(officer, id, "pass_check", "")
}

// score lets two experts give their points on both expert indicators.
func (w *world) score(id, points string) {
	w.t.Helper()
	outs, err := w.reviews.Invite(w.t.Context(), officer, ref(id), []string{"e1", "e2"}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	for i, out := range outs {
		a := expert([]string{"e1", "e2"}[i])
		steps := func(action workflows.Action, version int64, data string) casework.Outcome {
			done, err := w.reviews.Do(w.t.Context(), a, casework.Command{ID: out.ID, Action: action, Version: version, Data: json.RawMessage(data)})
			if err != nil {
				w.t.Fatalf("%s: %v", action, err)
			}
			return done
		}
		accepted := steps("accept", out.Version, `{"commitment":true,"no_conflict":true}`)
		mark := review.Mark{Points: points, Reason: "结合材料和现场情况逐项核对后给出的分数,理由充分,证据完整可查。"}
		version, err := w.reviews.SaveScores(w.t.Context(), a, out.ID, accepted.Version, review.Draft{Scores: map[string]review.Mark{"innovation": mark, "management": mark}})
		if err != nil {
			w.t.Fatal(err)
		}
		steps("submit_scores", version, "")
	}
}

// drafted brings an evaluation to a drafted grade.
func (w *world) drafted(id string, sheet evaluation.Sheet, points string) {
	w.t.Helper()
	w.file(id, sheet)
	w.check(id, sheet)
	w.score(id, points)
	w.must(officer, id, "draft_grade", "")
}

// graded brings an evaluation all the way.
func (w *world) graded(id string, sheet evaluation.Sheet, points string) {
	w.t.Helper()
	w.drafted(id, sheet, points)
	w.must(clerk, id, "publish_notice", "")
	w.days(9)
	if err := w.bySystem(w.s, id, "end_notice"); err != nil {
		w.t.Fatal(err)
	}
	w.must(director, id, "confirm", "")
}

func (w *world) zone(id string) registry.View {
	w.t.Helper()
	v, err := w.zones.View(w.t.Context(), officer, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// wantKind fails unless err is a fault of the kind.
func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("got error %v of kind %d, want kind %d", err, fault.KindOf(err), kind)
	}
}

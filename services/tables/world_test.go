package tables_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/registry"
	"clusterzone/services/tables"
	"clusterzone/services/wording"
	"clusterzone/workflows"
)

// world is one district that files, with two fillers, and a stranger.
type world struct {
	testing.TB
	db     *database.DB
	book   *policy.Book
	words  *wording.Catalogue
	apps   *application.Service
	tables *tables.Service
	people map[string]identity.Actor
	round  policy.Round
	id     string
	now    time.Time
}

func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// each runs body on a fresh world on both databases.
func each(t *testing.T, body func(w *world)) {
	t.Helper()
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	w := &world{now: now}
	databasetest.Each(t, func() time.Time { return w.now }, func(t *testing.T, db *database.DB) {
		w.now = now
		inner := newWorld(t, db)
		inner.now = now
		body(inner)
	})
}

func lite(t testing.TB) *world { return newWorld(t, databasetest.SQLite(t, nil)) }

func newWorld(t testing.TB, db *database.DB) *world {
	t.Helper()
	data := must(policy.Load())(t)
	w := &world{TB: t, db: db, book: policy.NewBook(data), words: must(wording.New())(t), people: map[string]identity.Actor{}}
	zones := registry.New(registry.Config{DB: db, Engine: casework.New(w.book), Book: w.book, PublicURL: "https://zones.example"})
	w.apps = application.New(application.Config{DB: db, Engine: casework.New(w.book), Book: w.book, Files: attachment.List, Zones: zones})
	w.tables = tables.New(tables.Config{DB: db, Applications: w.apps, Book: w.book, Words: w.words})
	w.update(func(tx *database.Tx) error { return w.seed(tx, data) })
	w.id = must(w.apps.Create(t.Context(), w.people["filler"], application.Start{RoundID: w.round.ID, Name: "示例集聚示范区"}))(t).ID
	return w
}

func (w *world) update(fn func(tx *database.Tx) error) {
	w.Helper()
	if err := w.db.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) seed(tx *database.Tx, data policy.Data) error {
	for _, u := range data.Units {
		if err := identity.PutUnit(tx, identity.Unit{Code: u.Code, Kind: identity.UnitKind(u.Kind), Name: u.Name.ZH, NameShort: u.Short.ZH, NameEn: u.Name.EN,
			Pinyin: u.Pinyin, ValidFrom: u.ValidFrom, Areas: u.Areas, InternalCode: !u.GB}); err != nil {
			return err
		}
	}
	if err := w.book.Seed(tx, data.Rules); err != nil {
		return err
	}
	rules, _, err := w.book.CurrentRuleSet(tx)
	if err != nil {
		return err
	}
	if w.round, err = w.book.PutRound(tx, policy.Round{Code: "T-1", Name: "测试批次", NameEn: "Test round", Year: 2026, OpensAt: tx.Now().Add(-time.Hour),
		ClosesAt: tx.Now().Add(1000 * time.Hour), Quota: 50, RuleSetID: rules, Demo: true}); err != nil {
		return err
	}
	people := identity.New(identity.Config{DB: w.db})
	for _, p := range []struct {
		login, unit string
		role        workflows.Role
	}{{"filler", "500103", workflows.Filler}, {"colleague", "500103", workflows.Filler}, {"leader", "500103", workflows.Leader}, {"stranger", "500104", workflows.Filler}} {
		id, err := people.PutPerson(tx, identity.NewPerson{ID: "p-" + p.login, Login: p.login, Name: "示例", Unit: p.unit, Roles: []workflows.Role{p.role}, Demo: true})
		if err != nil {
			return err
		}
		w.people[p.login] = identity.Actor{ID: id, Name: "示例", Login: p.login, Unit: p.unit, Roles: []workflows.Role{p.role}, Lang: "zh-CN"}
	}
	return nil
}

// firms makes so many firms that differ, all of them good.
func (w *world) firms(n int) []application.Firm {
	out := make([]application.Firm, n)
	for i := range out {
		out[i] = application.Firm{Name: fmt.Sprintf("示例企业%05d有限公司", i), Code: w.code(i), Sector: w.book.Sectors[i%10].Code,
			RevenueBand: w.book.Rules.RevenueBands[i%len(w.book.Rules.RevenueBands)].Code}
	}
	return out
}

func (w *world) code(i int) string {
	w.Helper()
	return must(application.MakeCreditCode(fmt.Sprintf("91500103MA%07d", i)))(w)
}

func (w *world) content(who string) application.Content {
	w.Helper()
	return must(w.apps.View(w.Context(), w.people[who], w.id))(w).Content
}

// put stores firms as if they had been typed.
func (w *world) put(who string, firms []application.Firm) {
	w.Helper()
	v := must(w.apps.View(w.Context(), w.people[who], w.id))(w)
	v.Content.Business.Firms = firms
	text := must(application.Canonical(v.Content))(w)
	must(w.apps.Save(w.Context(), w.people[who], w.id, application.Edit{Version: v.Version, Content: text}))(w)
}

func (w *world) template() []byte {
	w.Helper()
	f := must(w.tables.Template(w.Context(), w.people["filler"], w.id, wording.ZH))(w)
	return must(io.ReadAll(f.Content))(w)
}

func (w *world) upload(name string, data []byte) tables.Import {
	w.Helper()
	return must(w.tables.Upload(w.Context(), w.people["filler"], w.id, name, bytes.Clone(data)))(w)
}

// told is what an import says, place and text.
func (w *world) told(i tables.Import) (out []string) {
	for _, p := range i.Problems {
		out = append(out, p.Place()+": "+w.tables.Text(wording.ZH, p))
	}
	return out
}

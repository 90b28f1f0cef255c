package registry_test

import (
	"encoding/json"
	"testing"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/objects"
	"clusterzone/services/paper"
	"clusterzone/services/policy"
	"clusterzone/services/registry"
	"clusterzone/workflows"
)

// world is a register with two zones of one district, and people around it.
type world struct {
	t      *testing.T
	db     *database.DB
	at     *time.Time
	disk   *objects.Disk
	s      *registry.Service
	ruleID string
	a, b   string // zones
}

// each runs body on a fresh world on both databases, on a Monday morning in Shanghai.
func each(t *testing.T, body func(t *testing.T, w *world)) {
	t.Helper()
	press, err := paper.New()
	if err != nil {
		t.Fatal(err)
	}
	at := new(time.Time)
	databasetest.Each(t, func() time.Time { return *at }, func(t *testing.T, db *database.DB) {
		*at = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
		body(t, newWorld(t, db, at, press))
	})
}

func newWorld(t *testing.T, db *database.DB, at *time.Time, press *paper.Press) *world {
	t.Helper()
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	disk, err := objects.NewDisk(objects.DiskConfig{Dir: t.TempDir(), Secret: []byte("0123456789abcdef")})
	if err != nil {
		t.Fatal(err)
	}
	if err := disk.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	book := policy.NewBook(data)
	w := &world{t: t, db: db, at: at, disk: disk}
	w.s = registry.New(registry.Config{DB: db, Engine: casework.New(book), Book: book, Objects: disk, Paper: press, PublicURL: "https://example.org"})
	w.update(func(tx *database.Tx) error {
		if err := book.Seed(tx, data.Rules); err != nil {
			return err
		}
		if w.ruleID, _, err = book.CurrentRuleSet(tx); err != nil {
			return err
		}
		for _, u := range [][3]string{{"500105", "district", "江北区人民政府"}, {"500112", "district", "渝北区人民政府"}, {"liangjiang", "district", "两江新区管委会"},
			{"sdrc", "commission", "重庆市发展和改革委员会"}, {"inst", "institute", "示例研究院"}} {
			if _, err := tx.Exec("INSERT INTO unit (code, kind, name, name_short, name_en, valid_from) VALUES (?, ?, ?, ?, 'x', '2016-01-01')", u[0], u[1], u[2], u[2]); err != nil {
				return err
			}
		}
		_, err := tx.Exec("UPDATE unit SET successor = 'liangjiang', valid_to = '2027-01-01' WHERE code = '500105'")
		return err
	})
	w.a, w.b = w.establish(w.grant("甲示例集聚示范区")), w.establish(w.grant("乙示例集聚示范区"))
	return w
}

func (w *world) grant(name string) registry.Grant {
	return registry.Grant{Name: name, Unit: "500105", RuleSetID: w.ruleID, BodyName: "示例发展有限公司", CreditCode: "91500000MA5U000000",
		Sectors: []string{"finance", "professional"}, Area: "core", AreaM2: 12_500_000,
		GeoJSON: json.RawMessage(`{"type":"Polygon","coordinates":[[[106.5,29.5],[106.6,29.5],[106.6,29.6],[106.5,29.5]]]}`),
		Texts:   [4]string{"东路", "南路", "西路", "北路"}, DocumentNumber: "渝发改〔2026〕12号",
		DecidedOn: workflows.DateOf(*w.at), ValidFrom: workflows.DateOf(*w.at), Demo: true}
}

func (w *world) establish(g registry.Grant) (id string) {
	w.t.Helper()
	w.update(func(tx *database.Tx) (err error) {
		id, err = w.s.Establish(tx, actor("director", "sdrc", workflows.Director), g)
		return err
	})
	return id
}

func actor(id, unit string, roles ...workflows.Role) identity.Actor {
	return identity.Actor{ID: id, Name: id, Unit: unit, Roles: roles, Lang: "zh-CN"}
}

var (
	officer  = actor("officer", "sdrc", workflows.Officer)
	director = actor("director", "sdrc", workflows.Director)
	leader   = actor("leader", "500105", workflows.Leader)
	filler   = actor("filler", "500105", workflows.Filler)
	other    = actor("other", "500112", workflows.Filler, workflows.Leader)
)

func (w *world) update(fn func(tx *database.Tx) error) {
	w.t.Helper()
	if err := w.db.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// evaluated puts a graded evaluation on file, as package evaluation does.
func (w *world) evaluated(zone string, year int, grade string) {
	w.t.Helper()
	w.update(func(tx *database.Tx) error {
		_, err := tx.Exec(`INSERT INTO evaluation (id, number, zone_id, unit_code, year, rule_set_id, workflow_version, status, version, grade, created_at, updated_at)
			VALUES (?, ?, ?, '500105', ?, ?, 1, 'graded', 9, ?, ?, ?)`, tx.ID(), tx.ID(), zone, year, w.ruleID, grade, tx.Now(), tx.Now())
		return err
	})
}

func (w *world) do(a identity.Actor, zone string, action workflows.Action, reason string) (casework.Outcome, error) {
	w.t.Helper()
	return w.s.Do(w.t.Context(), a, casework.Command{ID: zone, Action: action, Version: w.view(zone).Version, Reason: reason})
}

func (w *world) must(a identity.Actor, zone string, action workflows.Action, reason string) casework.Outcome {
	w.t.Helper()
	out, err := w.do(a, zone, action, reason)
	if err != nil {
		w.t.Fatalf("%s: %v", action, err)
	}
	return out
}

// system acts as a deadline does.
func (w *world) system(zone string, action workflows.Action) (out casework.Outcome, err error) {
	err = w.db.Update(w.t.Context(), func(tx *database.Tx) error {
		out, err = w.s.DoTx(tx, identity.SystemActor(), casework.Command{ID: zone, Action: action})
		return err
	})
	return out, err
}

func (w *world) view(zone string) registry.View {
	w.t.Helper()
	v, err := w.s.View(w.t.Context(), officer, zone)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *database.Tx) (err error) {
		n, err = tx.Count(query, args...)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// wantKind fails unless err is a fault of the kind.
func wantKind(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind {
		t.Errorf("got error %v of kind %d, want kind %d", err, fault.KindOf(err), kind)
	}
}

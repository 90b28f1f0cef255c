package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
	"clusterzone/services/policy"
	"clusterzone/workflows"
)

// seeder makes the demo data through the same use cases that people use, with a clock of its
// own that it moves: every case has the history, files and hashes of a real one.
type seeder struct {
	app     *app
	base    time.Time // the present of the demo
	now     time.Time
	people  map[string]identity.Actor // by login
	agenda  []event
	files   map[string]demoFile // by slot, made once
	current policy.Round
	past    policy.Round
}

// event is something that happened at a moment of the demo's past.
type event struct {
	at time.Time
	do func(context.Context) error
}

func newSeeder(ctx context.Context, cfg config, log *slog.Logger) (*seeder, error) {
	s := &seeder{base: time.Now().UTC().Truncate(time.Second), people: map[string]identity.Actor{}, files: map[string]demoFile{}}
	s.now = s.base
	cfg.now = func() time.Time { return s.now }
	cfg.SMTPURL = "" // what has been is not mailed again
	a, err := newApp(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	s.app = a
	log.Info("preparing demo data")
	return s, a.prepare(ctx)
}

// at notes something to happen days before the present; hours order what happens on a day.
func (s *seeder) at(days float64, do func(context.Context) error) {
	s.agenda = append(s.agenda, event{at: s.base.Add(-time.Duration(days * 24 * float64(time.Hour))), do: do})
}

// fill makes people, rounds and cases, then lets the past happen in order.
func (s *seeder) fill(ctx context.Context) ([]account, error) {
	accounts, err := s.makePeople(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.makeRounds(ctx); err != nil {
		return nil, err
	}
	s.planPast()
	s.planCurrent()
	s.planEvaluations()
	slices.SortStableFunc(s.agenda, func(a, b event) int { return a.at.Compare(b.at) })
	for _, e := range s.agenda {
		if err := s.letPass(ctx, e.at); err != nil {
			return nil, err
		}
		if err := e.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", e.at.Format(time.DateOnly), err)
		}
	}
	if err := s.letPass(ctx, s.base); err != nil {
		return nil, err
	}
	return accounts, s.app.db.Update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec("UPDATE outbox SET cancelled_at = ? WHERE topic = 'mail' AND done_at IS NULL", tx.Now())
		return err
	})
}

// letPass moves the clock and lets everything that falls due happen on its day.
func (s *seeder) letPass(ctx context.Context, until time.Time) error {
	for {
		next, ok, err := s.nextDue(ctx, until)
		if err != nil || !ok {
			s.now = until
			return err
		}
		if next.DueAt.After(s.now) {
			s.now = next.DueAt
		}
		if err := s.handle(ctx, next); err != nil {
			return fmt.Errorf("%s: %w", next.EventKey, err)
		}
	}
}

func (s *seeder) nextDue(ctx context.Context, until time.Time) (row outbox.Row, ok bool, err error) {
	err = s.app.db.View(ctx, func(tx *database.Tx) error {
		var ids []string
		err := tx.Find(&ids, `SELECT id FROM outbox WHERE done_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL AND due_at <= ? AND topic <> 'mail'
			ORDER BY due_at, id LIMIT 1`, until)
		if err != nil || len(ids) == 0 {
			return err
		}
		ok = true
		row, err = outbox.Load(tx, ids[0])
		return err
	})
	return row, ok, err
}

func (s *seeder) handle(ctx context.Context, row outbox.Row) error {
	h := s.app.handlers()[row.Topic]
	finish := func(tx *database.Tx) error { return h.InTx(tx, row) }
	if h.Outside != nil {
		f, err := h.Outside(ctx, row)
		if err != nil {
			return err
		}
		finish = f
	}
	return s.app.db.Update(ctx, func(tx *database.Tx) error {
		if _, ok, err := outbox.Take(tx, row.ID); err != nil || !ok {
			return err
		}
		if _, err := tx.Exec("INSERT INTO inbox (outbox_id, handled_at) VALUES (?, ?)", row.ID, tx.Now()); err != nil {
			return err
		}
		return finish(tx)
	})
}

// act takes an action as a person, on the version that is there.
func (s *seeder) act(ctx context.Context, login string, ref casework.Ref, action workflows.Action, reason string, data any) error {
	a, ok := s.people[login]
	if !ok {
		return fmt.Errorf("no demo person %q", login)
	}
	svc := s.app.cases[ref.Kind]
	acts, err := svc.Actions(ctx, a, ref.ID)
	if err != nil {
		return fmt.Errorf("%s %s as %s: %w", action, ref.Kind, login, err)
	}
	var raw json.RawMessage
	if data != nil {
		if raw, err = json.Marshal(data); err != nil {
			return err
		}
	}
	_, err = svc.Do(ctx, a, casework.Command{ID: ref.ID, Action: action, Version: acts.Version, Reason: reason, Data: raw})
	if err != nil {
		return fmt.Errorf("%s %s as %s: %w", action, acts.Number, login, err)
	}
	return nil
}

func (s *seeder) makeRounds(ctx context.Context) error {
	return s.app.db.Update(ctx, func(tx *database.Tx) error {
		id, _, err := s.app.book.CurrentRuleSet(tx)
		if err != nil {
			return err
		}
		old, now := s.base.AddDate(0, 0, -620), s.base
		s.past, err = s.app.book.PutRound(tx, policy.Round{Code: fmt.Sprintf("%d-1", old.Year()), Name: "第一批集聚示范区(演示)", NameEn: "First batch (demo)", Year: old.Year(),
			OpensAt: old, ClosesAt: old.AddDate(0, 0, 60), Quota: 4, RuleSetID: id, Demo: true})
		if err != nil {
			return err
		}
		s.current, err = s.app.book.PutRound(tx, policy.Round{Code: fmt.Sprintf("%d-2", now.Year()), Name: "第二批集聚示范区(演示)", NameEn: "Second batch (demo)", Year: now.Year(),
			OpensAt: now.AddDate(0, 0, -90), ClosesAt: now.AddDate(0, 0, 60), Quota: s.app.book.Rules.Filing.Quota.Value, RuleSetID: id, Demo: true})
		return err
	})
}

const demoPassword = "Demo-zone-2016"

// makePeople creates an account of every role in every unit; all names are invented.
func (s *seeder) makePeople(ctx context.Context) ([]account, error) {
	hash, err := s.app.identity.Hash(demoPassword)
	if err != nil {
		return nil, err
	}
	var shown []account
	err = s.app.db.Update(ctx, func(tx *database.Tx) error {
		if err := putDemoUnits(tx); err != nil {
			return err
		}
		for _, p := range s.cast() {
			actor, err := s.put(tx, p, hash)
			if err != nil {
				return err
			}
			if p.shown {
				shown = append(shown, account{Login: p.login, Password: demoPassword, Name: p.name, Role: p.title, Unit: actor.UnitName})
			}
		}
		return nil
	})
	return shown, err
}

type part struct {
	login, name, title, unit, superior string
	roles                              []workflows.Role
	fields                             []string
	shown                              bool
}

func putDemoUnits(tx *database.Tx) error {
	for _, u := range []identity.Unit{
		{Code: "institute-demo-1", Kind: identity.KindInstitute, Name: "示例产业研究院", NameShort: "示例研究院", NameEn: "Example Industry Institute", ValidFrom: "2016-01-01", InternalCode: true},
		{Code: "institute-demo-2", Kind: identity.KindInstitute, Name: "示例咨询评估中心", NameShort: "示例评估中心", NameEn: "Example Assessment Centre", ValidFrom: "2016-01-01", InternalCode: true},
		{Code: "operator", Kind: identity.KindOperator, Name: "系统运行管理", NameShort: "运行管理", NameEn: "System operator", ValidFrom: "2016-01-01", InternalCode: true},
	} {
		if err := identity.PutUnit(tx, u); err != nil {
			return err
		}
	}
	return nil
}

// cast lists the demo people: superiors before those they lead.
func (s *seeder) cast() []part {
	out := []part{
		{login: "director", name: "示例主任甲", title: "委负责人", unit: "commission", roles: []workflows.Role{workflows.Director}, shown: true},
		{login: "director2", name: "示例主任乙", title: "委负责人", unit: "commission", roles: []workflows.Role{workflows.Director}},
		{login: "officer", name: "示例经办甲", title: "委经办", unit: "commission", superior: "director", roles: []workflows.Role{workflows.Officer}, shown: true},
		{login: "officer2", name: "示例经办乙", title: "委经办", unit: "commission", superior: "director", roles: []workflows.Role{workflows.Officer}},
		{login: "clerk", name: "示例受理员", title: "委受理", unit: "commission", superior: "director", roles: []workflows.Role{workflows.Clerk}, shown: true},
		{login: "statistics", name: "示例统计员", title: "市统计局", unit: "statistics-bureau", roles: []workflows.Role{workflows.Statistics}, shown: true},
		{login: "supervision", name: "示例督查员", title: "市政府督查室", unit: "supervision-office", roles: []workflows.Role{workflows.Supervision}, shown: true},
		{login: "admin", name: "示例系统管理员", title: "系统管理员", unit: "operator", roles: []workflows.Role{workflows.SystemAdmin}, shown: true},
		{login: "secadmin", name: "示例安全管理员", title: "安全管理员", unit: "operator", roles: []workflows.Role{workflows.Security}, shown: true},
		{login: "auditor", name: "示例审计管理员", title: "审计管理员", unit: "operator", roles: []workflows.Role{workflows.Auditor}, shown: true},
	}
	for i := range 9 {
		unit := fmt.Sprintf("institute-demo-%d", i%2+1)
		out = append(out, part{login: fmt.Sprintf("expert%d", i+1), name: fmt.Sprintf("示例专家%c", []rune("甲乙丙丁戊己庚辛壬")[i]), title: "评审专家", unit: unit,
			roles: []workflows.Role{workflows.Evaluator}, fields: []string{s.app.book.Sectors[i%10].Code, s.app.book.Sectors[(i+3)%10].Code}, shown: i == 0})
	}
	for _, u := range s.app.book.Units {
		switch u.Kind {
		case "district":
			key := loginKey(u)
			shown := u.Code == "500103"
			out = append(out,
				part{login: key + ".leader", name: u.Short.ZH + "示例审签人", title: "区县审签人", unit: u.Code, roles: []workflows.Role{workflows.Leader}, shown: shown},
				part{login: key + ".filler", name: u.Short.ZH + "示例填报员", title: "区县填报员", unit: u.Code, superior: key + ".leader", roles: []workflows.Role{workflows.Filler}, shown: shown})
		case "department":
			out = append(out, part{login: u.Code, name: u.Short.ZH + "示例经办", title: "牵头/配合部门", unit: u.Code, roles: []workflows.Role{workflows.Department},
				shown: u.Code == "dept-commerce"})
		}
	}
	return out
}

// loginKey is the short name's pinyin, or the internal code where one is used.
func loginKey(u policy.UnitSeed) string {
	if u.GB {
		return strings.ReplaceAll(u.Pinyin, " ", "")
	}
	return u.Code
}

func (s *seeder) put(tx *database.Tx, p part, hash string) (identity.Actor, error) {
	n := identity.NewPerson{Login: p.login, Name: p.name, Unit: p.unit, Email: p.login + "@example.com", Roles: p.roles, PasswordHash: hash, Fields: p.fields,
		Employer: "", Demo: true}
	if p.superior != "" {
		n.SuperiorID = s.people[p.superior].ID
	}
	id, err := s.app.identity.PutPerson(tx, n)
	if err != nil {
		return identity.Actor{}, err
	}
	u, err := identity.UnitByCode(tx, p.unit)
	if err != nil {
		return identity.Actor{}, err
	}
	a := identity.Actor{ID: id, Name: p.name, Login: p.login, Unit: p.unit, UnitName: u.Name, UnitKind: string(u.Kind), Roles: p.roles, Lang: "zh-CN"}
	s.people[p.login] = a
	return a, nil
}

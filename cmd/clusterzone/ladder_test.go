package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/database/databasetest"
	"clusterzone/services/identity"
	"clusterzone/services/outbox"
	"clusterzone/workflows"
)

// The ladder of each clock from the table to inbox and mail: 10, 5 and 1 working days before
// (or 3 and 1 where the rule set says short), on the last day, then every 3 working days, from
// the second time to superiors and supervision besides (domain §3). The count begins on Monday
// 2026-11-23 at nine, which is when a reminder of that day would have gone.
func TestLadderOfEveryClock(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testLadders(t, func(testing.TB) string { return "" }) })
	t.Run("postgres", func(t *testing.T) { testLadders(t, databasetest.PostgresURL) })
}

func testLadders(t *testing.T, url func(testing.TB) string) {
	for _, tt := range []struct {
		name   string
		kind   workflows.Kind
		from   workflows.State
		action workflows.Action
		actor  string
		want   []string // day, code and who is told
	}{
		{"correction, standard, 10 days", "application", "submitted", "request_correction", "clerk", []string{"2026-11-30 remind filler,leader", "2026-12-04 remind filler,leader",
			"2026-12-07 due filler,leader", "2026-12-10 overdue filler,leader", "2026-12-15 overdue chief,filler,leader,supervision", "2026-12-18 overdue chief,filler,leader,supervision"}},
		{"acceptance, short, 5 days", "application", "signing", "sign", "leader", []string{"2026-11-25 remind clerk", "2026-11-27 remind clerk", "2026-11-30 due clerk",
			"2026-12-03 overdue clerk", "2026-12-08 overdue chief,clerk,supervision", "2026-12-11 overdue chief,clerk,supervision", "2026-12-16 overdue chief,clerk,supervision"}},
		{"re-check, standard, 15 days", "rectification", "open", "submit", "leader", []string{"2026-11-30 remind officer", "2026-12-07 remind officer", "2026-12-11 remind officer",
			"2026-12-14 due officer", "2026-12-17 overdue officer"}},
		{"decision, standard, 20 days, beside a notice that reminds nobody", "application", "recommended", "publish_notice", "officer",
			[]string{"2026-12-07 remind director", "2026-12-14 remind director", "2026-12-18 remind director"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBureau(t, url(t))
			b.startClock(tt.kind, tt.from, tt.action, tt.actor)
			var got []string
			for day := (workflows.Date{Year: 2026, Month: 11, Day: 23}); day.Before(workflows.Date{Year: 2026, Month: 12, Day: 21}); day = day.AddDays(1) {
				b.at.Store(day.Start().Add(9*time.Hour + time.Minute).UnixMicro())
				if line := b.remindAll(); line != "" {
					got = append(got, day.String()+" "+line)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// startClock makes a case enter the state whose clock is looked at.
func (b *bureau) startClock(kind workflows.Kind, from workflows.State, action workflows.Action, actor string) {
	b.Helper()
	w := workflows.ByKind(kind)
	facts := map[workflows.Fact]bool{}
	for f := range w.Facts {
		facts[f] = true
	}
	var who identity.Actor
	for _, p := range b.people {
		if p.ID == actor {
			who = p
		}
	}
	b.update(func(tx *database.Tx) error {
		for _, q := range []string{"INSERT INTO person (id, login, name, unit_code, email, created_at, updated_at) SELECT 'chief', 'chief', 'chief', 'u1', 'chief@example.test', created_at, updated_at FROM person WHERE id = 'filler'",
			"UPDATE person SET superior_id = 'chief' WHERE id IN ('filler', 'clerk', 'officer')"} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		id, err := b.put(tx, kind, from)
		if err != nil {
			return err
		}
		_, err = b.engine.Apply(tx, casework.Step{Actor: who, Action: action, Reason: "理由是这样写明的", Facts: facts,
			Case: casework.Case{Kind: kind, ID: id, Number: id, Title: "示例", State: from, Version: 1, Unit: "u1", Rules: b.rules.RulesFor(kind)}})
		return err
	})
}

// remindAll delivers the reminders that are due and says which and to whom; mail goes to the
// same people.
func (b *bureau) remindAll() (line string) {
	b.Helper()
	b.update(func(tx *database.Tx) error {
		var ids []string
		if err := tx.Find(&ids, "SELECT id FROM outbox WHERE topic = 'remind' AND done_at IS NULL AND cancelled_at IS NULL AND due_at <= ? ORDER BY due_at, id", tx.Now()); err != nil {
			return err
		}
		for _, id := range ids {
			row, err := outbox.Load(tx, id)
			if err != nil {
				return err
			}
			if err := b.inbox.Deliver(tx, row); err != nil {
				return err
			}
			if err := outbox.Done(tx, id); err != nil {
				return err
			}
			var code string
			var told, mailed []string
			if err := tx.Find(&told, "SELECT recipient_id FROM message WHERE event_key = ? ORDER BY recipient_id", row.EventKey); err != nil {
				return err
			}
			if err := tx.Find(&mailed, "SELECT recipient_id FROM mail WHERE event_key = ? ORDER BY recipient_id", row.EventKey); err != nil {
				return err
			}
			if err := tx.One(&code, "SELECT code FROM message WHERE event_key = ? LIMIT 1", row.EventKey); err != nil {
				return err
			}
			if diff := cmp.Diff(told, mailed); diff != "" {
				b.Errorf("%s: inbox and mail differ (-inbox +mail):\n%s", row.EventKey, diff)
			}
			line = code + " " + strings.Join(told, ",")
		}
		return nil
	})
	return line
}

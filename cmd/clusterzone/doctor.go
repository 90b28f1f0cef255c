package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"clusterzone/services/audit"
	"clusterzone/services/database"
	"clusterzone/workflows"
)

// finding is one named check of the doctor.
type finding struct {
	Name     string   `json:"name"`
	OK       bool     `json:"ok"`
	Problems []string `json:"problems,omitempty"`
}

func (sh *shell) doctor() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "doctor", Short: "check that nothing is lost, doubled or changed; exit code 1 where something is", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return sh.auditRun(cmd.Context(), func(ctx context.Context, a *app) error {
				findings, err := a.diagnose(ctx)
				if err != nil {
					return err
				}
				return sh.report(findings, asJSON)
			})
		}}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (sh *shell) report(findings []finding, asJSON bool) error {
	bad := 0
	for _, f := range findings {
		if !f.OK {
			bad++
		}
	}
	if asJSON {
		if err := json.NewEncoder(sh.out).Encode(map[string]any{"checks": findings, "failed": bad}); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			_, _ = fmt.Fprintf(sh.out, "%-36s %v %v\n", f.Name, map[bool]string{true: "ok", false: "BAD"}[f.OK], f.Problems)
		}
		_, _ = fmt.Fprintf(sh.out, "%d checks, %d failed\n", len(findings), bad)
	}
	if bad > 0 {
		return errors.New("doctor found problems")
	}
	return nil
}

// diagnose runs every check on one snapshot, then those that look into the object store.
func (a *app) diagnose(ctx context.Context) (out []finding, err error) {
	current, newest, err := a.db.SchemaVersion(ctx)
	if err != nil {
		return nil, err
	}
	out = append(out, judge("schema.current", lines(current != newest, "schema %d of %d", current, newest)))
	err = a.db.View(ctx, func(tx *database.Tx) error {
		for _, q := range doctorQueries() {
			var rows []string
			if err := tx.Find(&rows, q.sql+" LIMIT 20"); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			out = append(out, judge(q.name, rows))
		}
		rep, err := audit.Verify(tx, nil)
		out = append(out, judge("audit.chain", rep.Problems))
		return err
	})
	if err != nil {
		return nil, err
	}
	orphans, err := a.attachments.Orphans(ctx, true)
	if err != nil {
		return nil, err
	}
	return append(out, judge("attachments.stored", orphans), judge("objects.reachable", errorLines(a.store.Ping(ctx))),
		judge("queue.reachable", errorLines(a.queue.Ping(ctx)))), nil
}

type query struct{ name, sql string }

// doctorQueries each list what contradicts an invariant; a clean installation yields nothing.
func doctorQueries() []query {
	var out []query
	for _, w := range workflows.All() {
		k := string(w.Kind)
		out = append(out,
			query{k + ".state_is_last_of_history", `SELECT c.number FROM ` + k + ` c WHERE c.status <> COALESCE((SELECT h.to_state FROM case_history h
				WHERE h.kind = '` + k + `' AND h.case_id = c.id ORDER BY h.seq DESC LIMIT 1), '')`},
			query{k + ".history_is_a_chain", `SELECT h.case_id FROM case_history h WHERE h.kind = '` + k + `' AND h.from_state <> COALESCE((SELECT p.to_state
				FROM case_history p WHERE p.kind = h.kind AND p.case_id = h.case_id AND p.seq < h.seq ORDER BY p.seq DESC LIMIT 1), '')`},
			query{k + ".final_has_no_open_clock", `SELECT c.number FROM ` + k + ` c JOIN deadline d ON d.kind = '` + k + `' AND d.case_id = c.id
				WHERE d.ended_at IS NULL AND c.status IN (` + finals(w) + `)`})
	}
	return append(out,
		query{"history.has_its_audit_entry", `SELECT h.case_id FROM case_history h WHERE NOT EXISTS (SELECT 1 FROM audit_entry a WHERE a.object_kind = h.kind
			AND a.object_id = h.case_id AND a.action = h.kind || '.' || h.action AND a.at = h.at)`},
		query{"application.version_is_stored", `SELECT number FROM application a WHERE submitted_no > 0 AND NOT EXISTS (SELECT 1 FROM application_version v
			WHERE v.application_id = a.id AND v.no = a.submitted_no)`},
		query{"application.accredited_has_one_zone", `SELECT number FROM application a WHERE status = 'accredited' AND (SELECT count(*) FROM zone z WHERE z.application_id = a.id) <> 1`},
		query{"zone.has_certificate", `SELECT number FROM zone z WHERE NOT EXISTS (SELECT 1 FROM certificate c WHERE c.zone_id = z.id)`},
		query{"zone.has_boundary", `SELECT number FROM zone z WHERE boundary_no > 0 AND NOT EXISTS (SELECT 1 FROM zone_boundary b WHERE b.zone_id = z.id AND b.no = z.boundary_no)`},
		query{"evaluation.graded_has_grade", `SELECT number FROM evaluation WHERE status = 'graded' AND grade = ''`},
		query{"decision.two_persons", `SELECT number FROM application WHERE decided_by IS NOT NULL AND decided_by = recommended_by`},
		query{"attachment.attached_is_verified", `SELECT id FROM attachment WHERE state = 'attached' AND (sha256 = '' OR attached_at IS NULL)`},
		query{"outbox.nothing_overdue_by_an_hour", `SELECT event_key FROM outbox WHERE done_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL AND attempt > 10`},
		query{"outbox.nothing_failed", `SELECT event_key FROM outbox WHERE failed_at IS NOT NULL AND done_at IS NULL`},
		query{"outbox.done_once", `SELECT o.id FROM outbox o WHERE o.done_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.outbox_id = o.id)`},
		query{"person.roles_exist", `SELECT login FROM person p WHERE active AND NOT EXISTS (SELECT 1 FROM person_role r WHERE r.person_id = p.id)`},
	)
}

func finals(w *workflows.Workflow) string {
	text := "''"
	for _, s := range w.States {
		if s.Final {
			text += ", '" + string(s.State) + "'"
		}
	}
	return text
}

func judge(name string, problems []string) finding {
	return finding{Name: name, OK: len(problems) == 0, Problems: problems}
}

func lines(bad bool, format string, args ...any) []string {
	if !bad {
		return nil
	}
	return []string{fmt.Sprintf(format, args...)}
}

func errorLines(err error) []string {
	if err == nil {
		return nil
	}
	return []string{err.Error()}
}

package api_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"clusterzone/services/api"
	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/review"
	"clusterzone/workflows"
)

// conflicted is the story with everything that could give a case away: a draw, a file, and
// messages that were written before the recusal.
type conflicted struct {
	*world
	ids     cases
	d       doc
	secrets []string
}

func newConflicted(t *testing.T) *conflicted {
	w := newWorld(t)
	c := &conflicted{world: w, ids: w.story(), d: w.doc()}
	var draw struct{ ID, Number string }
	w.as("officer").send("POST", "/draws", map[string]any{"cases": []any{map[string]any{"kind": "application", "id": c.ids["application"]}}}).want(t, http.StatusCreated).into(t, &draw)
	c.ids["draw"] = draw.ID
	c.ids["file"] = "0197a000-0000-7000-8000-00000000000f"
	var numbers []string
	w.update(func(tx *database.Tx) error {
		for person, id := range w.id {
			_, err := tx.Exec(`INSERT INTO message (id, event_key, recipient_id, code, params, kind, case_id, subject_kind, subject_id, created_at)
				VALUES (?, ?, ?, 'moved', ?, 'application', ?, 'application', ?, ?)`, tx.ID(), "before/"+person, id,
				`{"Number":"`+c.ids["application"]+`","Title":"T"}`, c.ids["application"], c.ids["application"], tx.Now())
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO attachment (id, parent_kind, parent_id, slot, no, name, size, sha256, content_type, object_key, state, uploaded_by, created_at, attached_at, expires_at)
			VALUES (?, 'application', ?, 'recommendation', 1, '示例秘密.pdf', 10, ?, 'application/pdf', 'x', 'attached', ?, ?, ?, ?)`,
			c.ids["file"], c.ids["application"], strings.Repeat("0", 64), w.id["filler"], tx.Now(), tx.Now(), tx.Now())
		if err != nil {
			return err
		}
		return tx.Find(&numbers, `SELECT number FROM application WHERE id = ? UNION SELECT number FROM review WHERE subject_id = ? UNION SELECT number FROM opinion WHERE application_id = ?
			UNION SELECT number FROM objection WHERE subject_id = ? UNION SELECT number FROM condition WHERE subject_id = ?`, c.ids["application"], c.ids["application"], c.ids["application"], c.ids["application"], c.ids["application"])
	})
	c.secrets = append(append(c.secrets, numbers...), draw.Number, "示例秘密.pdf")
	for _, kind := range []string{"application", "review", "opinion", "condition", "objection", "draw", "file"} {
		c.secrets = append(c.secrets, c.ids[kind])
	}
	return c
}

// recuse takes the case from a person through the product's own door.
func (c *conflicted) recuse(who string) {
	c.t.Helper()
	if who == "evaluator" {
		c.act("evaluator", "/reviews/"+c.ids["review"], "recuse", "持有入驻企业股份", map[string]any{"kind": "financial"})
		return
	}
	ref := casework.Ref{Kind: "application", ID: c.ids["application"]}
	err := c.c.Reviews.DeclareFor(c.t.Context(), identity.SystemActor(), ref, review.Recusal{PersonID: c.id[who], Kind: "other", Reason: "曾参与编制规划"})
	if err != nil {
		c.t.Fatalf("recuse %s: %v", who, err)
	}
}

// hiddenIDs are what a path's {id} can name of the case, by the first word of the path.
func (c *conflicted) hiddenIDs(word string) []string {
	switch word {
	case "applications", "opinions", "conditions", "reviews", "objections", "draws":
		return []string{c.ids[strings.TrimSuffix(word, "s")]}
	case "attachments":
		return []string{c.ids["file"]}
	}
	return nil
}

// sweep asks every operation as a person and reports every answer that tells something of the
// case: one that differs from that of an unknown id, and one that holds an id, number or name.
func (c *conflicted) sweep(who string) (leaks []string, cells int) {
	report := func(format string, args ...any) { leaks = append(leaks, fmt.Sprintf(format, args...)) }
	naming := func(got answer) {
		cells++
		for _, secret := range c.secrets {
			if strings.Contains(string(got.body), secret) && !strings.Contains(got.what, secret) {
				report("%s as %s names %s: %.300s", got.what, who, secret, got.body)
			}
		}
	}
	ops := append(c.api.Operations(), api.Operation{Method: "GET", Path: "/attachments/{id}/content", ID: "content"})
	for _, op := range ops {
		if op.Open || slices.Contains([]string{"log-out", "end-session", "deactivate-person", "change-password", "reset-password", "set-roles", "update-person"}, op.ID) {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimPrefix(op.Path, "/"), "/")
		ask := func(id string, body any) answer {
			return c.as(who).with("If-Match", `"1"`).send(op.Method, c.fill(op, id)+query(op), body)
		}
		if hidden := c.hiddenIDs(word); strings.Contains(op.Path, "{id}") && hidden != nil {
			for _, id := range hidden {
				real, absent := ask(id, c.d.body(op)), ask(nobody, c.d.body(op))
				cells++
				if real.status != absent.status || string(real.body) != string(absent.body) || real.status < 400 {
					report("%s %s as %s: %d %.200s\nan unknown id: %d %.200s", op.Method, op.Path, who, real.status, real.body, absent.status, absent.body)
				}
				naming(real)
			}
			continue
		}
		if op.Method == http.MethodGet {
			for _, path := range c.listings(op) {
				naming(c.as(who).send("GET", path, nil))
			}
			continue
		}
		real, absent := ask(nobody, pointed(c.d.body(op), c.ids["application"])), ask(nobody, pointed(c.d.body(op), nobody))
		cells++
		if real.status != absent.status || string(real.body) != string(absent.body) {
			if real.status >= 400 || absent.status >= 400 {
				report("%s %s as %s with the case in the body: %d %.200s\nwith an unknown one: %d %.200s", op.Method, op.Path, who, real.status, real.body, absent.status, absent.body)
			}
		}
	}
	return leaks, cells
}

// listings are the ways to ask an operation that lists: plain, and with every text parameter
// set to what could be searched for.
func (c *conflicted) listings(op api.Operation) []string {
	path := c.fill(op, c.idFor(op.Path, c.ids))
	out := []string{path}
	for _, p := range c.d.of(op).Parameters {
		if p.In != "query" || p.Schema["type"] != "string" {
			continue
		}
		for _, v := range []string{c.ids["application"], "渝中", c.ids["review"]} {
			out = append(out, path+"?"+p.Name+"="+v)
		}
		if choice, ok := p.Schema["enum"].([]any); ok {
			for _, v := range choice {
				out = append(out, path+"?"+p.Name+"="+fmt.Sprint(v))
			}
		}
	}
	return out
}

// pointed is a body whose references lead to one case.
func pointed(body any, id string) any {
	switch v := body.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			switch k {
			case "id", "parent_id", "zone_id", "case_id":
				out[k] = id
			case "kind", "parent_kind":
				out[k] = "application"
			default:
				out[k] = pointed(x, id)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = pointed(v[i], id)
		}
		return out
	}
	return body
}

// From the recusal on the case does not exist for the person, whatever the office, in any
// operation: nothing answers otherwise than for an unknown id, nothing names it.
func TestTheRecusedFindNothingInAnyOperation(t *testing.T) {
	c := newConflicted(t)
	for _, who := range []string{"officer", "auditor", "supervision", "evaluator", "department"} {
		if leaks, _ := c.sweep(who); len(leaks) == 0 {
			t.Errorf("%s sees nothing before the recusal: the sweep finds nothing at all", who)
		}
	}
	people := []string{"supervision", "clerk", "director", "department", "evaluator", "auditor", "sysadmin", "secadmin", "officer"}
	for _, who := range people {
		c.recuse(who)
	}
	for _, who := range people {
		leaks, cells := c.sweep(who)
		if cells < 80 {
			t.Errorf("%s: only %d cells", who, cells)
		}
		for _, leak := range leaks {
			t.Error(leak)
		}
	}
}

// leaky is a service whose scope forgets recusals: it asks as somebody who is not recused.
type leaky struct{ casework.Service }

func (l leaky) Desk() casework.Desk {
	d := l.Service.Desk()
	scope := d.Scope
	d.Scope = func(a identity.Actor) (string, []any) {
		a.ID = nobody
		return scope(a)
	}
	return d
}

func (l leaky) Actions(ctx context.Context, a identity.Actor, id string) (casework.Actions, error) {
	a.ID = nobody
	return l.Service.Actions(ctx, a, id)
}

// The sweep finds a leak that is planted: a scope without the recusal, behind two operations.
func TestTheSweepFindsAPlantedLeak(t *testing.T) {
	c := newConflicted(t)
	c.recuse("officer")
	if leaks, _ := c.sweep("officer"); len(leaks) > 0 {
		t.Fatalf("without a leak: %v", leaks)
	}
	planted := c.c
	planted.Cases = map[workflows.Kind]casework.Service{}
	for kind, s := range c.c.Cases {
		planted.Cases[kind] = s
	}
	planted.Cases["application"] = leaky{c.c.Cases["application"]}
	r := gin.New()
	c.api = api.Register(r, planted)
	c.serve = r
	leaks, _ := c.sweep("officer")
	for _, want := range []string{"GET /applications/{id}/actions as officer", "/api/v1/work as officer names"} {
		if !slices.ContainsFunc(leaks, func(l string) bool { return strings.Contains(l, want) }) {
			t.Errorf("the planted leak is not found at %s: %d leaks", want, len(leaks))
		}
	}
}

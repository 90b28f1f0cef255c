package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"clusterzone/services/casework"
	"clusterzone/services/condition"
	"clusterzone/services/database"
	"clusterzone/services/identity"
	"clusterzone/services/review"
	"clusterzone/services/web"
	"clusterzone/workflows"
)

// conflict is a case in review with a draw, an opinion, a review and messages that were
// written before anybody was recused.
type conflict struct {
	*pages
	ref     casework.Ref
	secrets []string
	byWord  map[string][]string
	before  map[string]string // by person and path: what lists showed before the case was there
}

func newConflict(t *testing.T) *conflict {
	w := newPages(t)
	c := &conflict{pages: w, before: map[string]string{}}
	w.join("expert2", "示例乙", "institute-demo", "", workflows.Evaluator)
	for who := range w.cookie {
		for _, path := range listings() {
			c.before[who+" "+path] = shown(w.as(who).in("zh-CN").get(path))
		}
	}
	c.ref = w.inReview(7)
	app := casework.Path(c.ref.Kind, c.ref.ID)
	w.fills("officer", app+"/experts", app+"/experts", url.Values{"evaluators": {w.actor["evaluator"].ID}}).want(t, http.StatusSeeOther)
	draw := must(w.c.Reviews.Draw(t.Context(), w.actor["officer"], []casework.Ref{c.ref}))(t)
	var names []string
	w.update(func(tx *database.Tx) error {
		for who, a := range w.actor {
			_, err := tx.Exec(`INSERT INTO message (id, event_key, recipient_id, code, params, kind, case_id, subject_kind, subject_id, created_at)
				VALUES (?, ?, ?, 'moved', ?, 'application', ?, 'application', ?, ?)`, "message-"+who, "before/"+who, a.ID,
				`{"Number":"`+c.ref.ID+`","Title":"T","Action_zh":"x","State_zh":"y"}`, c.ref.ID, c.ref.ID, tx.Now())
			if err != nil {
				return err
			}
		}
		return tx.Find(&names, `SELECT number FROM application WHERE id = ? UNION SELECT name FROM application WHERE id = ? UNION SELECT number FROM review WHERE subject_id = ?
			UNION SELECT number FROM opinion WHERE application_id = ? UNION SELECT number FROM draw`, c.ref.ID, c.ref.ID, c.ref.ID, c.ref.ID)
	})
	_, reviewID, _ := strings.Cut(w.reviewOf("evaluator", app), "/reviews/")
	opinion := w.opinion(c.ref).ID
	var tied struct{ ID, Number string }
	w.update(func(tx *database.Tx) error {
		err := w.c.Applications.Conditions().Set(tx, identity.SystemActor(), condition.Origin{Subject: c.ref, Source: condition.FromOpinion, SourceID: opinion, Unit: w.actor["department"].Unit},
			[]condition.Draft{{Text: "落实首年配套资金", Proof: "资金下达文件", Moment: condition.BeforeDecision}})
		if err != nil {
			return err
		}
		return tx.One(&tied, "SELECT id, number FROM condition WHERE subject_id = ?", c.ref.ID)
	})
	c.byWord = map[string][]string{"applications": {c.ref.ID}, "reviews": {reviewID}, "opinions": {opinion}, "conditions": {tied.ID}, "draws": {draw}, "evaluations": {c.ref.ID}, "rectifications": {c.ref.ID},
		"attachments": {"00000000-0000-7000-8000-recommendation"}}
	c.secrets = append(append(c.secrets, names...), c.ref.ID, reviewID, opinion, draw, tied.ID, tied.Number)
	return c
}

// listings are the pages without a parameter, and the ways to search and sort in them.
func listings() (out []string) {
	for _, rt := range web.Routes() {
		if rt.Method == http.MethodGet && !strings.Contains(rt.Path, ":") {
			out = append(out, rt.Path)
		}
	}
	for _, tab := range []string{"todo", "done", "started", "copied"} {
		for _, path := range []string{"/", "/reviews", "/objections", "/conditions"} {
			out = append(out, path+"?tab="+tab)
		}
	}
	return append(out, "/search?q="+url.QueryEscape("渝中"), "/search?q="+url.QueryEscape("测试"), "/applications?q="+url.QueryEscape("渝中"), "/experts?pool=in", "/opinions?part=answered", "/opinions?late=1")
}

// changing is what differs from one reading to the next whatever there is: one-time keys, and
// the flash of the page before.
var changing = regexp.MustCompile(`name="key" value="[^"]*"|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f-]{17}`)

func shown(p page) string {
	return fmt.Sprint(p.status) + changing.ReplaceAllString(strip(p.body), "")
}

func (c *conflict) recuse(who string) {
	c.Helper()
	if who == "evaluator" {
		path := "/reviews/" + c.byWord["reviews"][0]
		c.fills("evaluator", path, path+"/answer", url.Values{"do": {"recuse"}, "data.kind": {"financial"}, "reason": {"持有入驻企业股份"}}).want(c, http.StatusSeeOther)
		return
	}
	err := c.c.Reviews.DeclareFor(c.Context(), identity.SystemActor(), c.ref, review.Recusal{PersonID: c.actor[who].ID, Kind: "other", Reason: "曾参与编制规划"})
	if err != nil {
		c.Fatalf("recuse %s: %v", who, err)
	}
}

// sweep asks every route as a person, with the case where the path has room for it, and
// reports what tells something: an answer other than for an unknown id, an id, number or name,
// and a list that is not what it was before the case was there – a count, a gap, a badge.
func (c *conflict) sweep(who string, same bool) (leaks []string, cells int) {
	report := func(format string, args ...any) { leaks = append(leaks, fmt.Sprintf(format, args...)) }
	for _, rt := range web.Routes() {
		word, _, _ := strings.Cut(strings.TrimPrefix(rt.Path, "/"), "/")
		ids := c.byWord[word]
		if !strings.Contains(rt.Path, ":id") || ids == nil {
			continue
		}
		for _, action := range append([]string{"none"}, c.actions(rt.Path, word)...) {
			for _, id := range ids {
				real, absent := c.ask(who, rt, id, action), c.ask(who, rt, nobody, action)
				cells++
				real.body = strings.ReplaceAll(real.body, id, nobody) // a redirect repeats the address
				if real.status < 300 || shown(real) != shown(absent) {
					report("%s as %s: %d, an unknown id: %d %.120s", real.what, who, real.status, absent.status, real.body)
				}
			}
		}
	}
	for _, path := range listings() {
		got := c.as(who).in("zh-CN").get(path)
		cells++
		for _, secret := range c.secrets {
			if strings.Contains(got.body, secret) {
				report("%s as %s names %s", path, who, secret)
			}
		}
		if same && path != "/audit" && shown(got) != c.before[who+" "+path] {
			report("%s as %s is not what it was: %s", path, who, firstDifference(c.before[who+" "+path], shown(got)))
		}
	}
	return leaks, cells
}

// actions are the actions of a kind where the path names one.
func (c *conflict) actions(path, word string) (out []string) {
	w := workflows.ByKind(workflows.Kind(strings.TrimSuffix(word, "s")))
	if !strings.Contains(path, ":action") || w == nil {
		return nil
	}
	for _, a := range w.Actions() {
		out = append(out, string(a))
	}
	return out
}

func (c *conflict) ask(who string, rt web.RouteLine, id, action string) page {
	path := strings.NewReplacer(":id", id, ":action", action).Replace(rt.Path)
	path = regexp.MustCompile(`:[a-z]+`).ReplaceAllString(path, nobody)
	if rt.Method == http.MethodGet {
		return c.as(who).in("zh-CN").get(path)
	}
	return c.as(who).in("zh-CN").post(path, url.Values{"version": {"1"}})
}

func firstDifference(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	cut := func(s string) string { return s[max(0, min(n, len(s))-40):min(len(s), n+80)] }
	return fmt.Sprintf("%q became %q", cut(a), cut(b))
}

func TestTheRecusedFindNothingOnAnyPage(t *testing.T) {
	c := newConflict(t)
	for _, who := range []string{"officer", "auditor", "supervision", "department", "evaluator"} {
		if leaks, _ := c.sweep(who, false); len(leaks) == 0 {
			t.Errorf("%s sees nothing before the recusal: the sweep finds nothing at all", who)
		}
	}
	people := []string{"clerk", "director", "supervision", "department", "evaluator", "statistics", "auditor", "sysadmin", "secadmin", "officer"}
	for _, who := range people {
		c.recuse(who)
	}
	for _, who := range people {
		leaks, cells := c.sweep(who, who != "auditor")
		if cells < 100 {
			t.Errorf("%s: only %d cells", who, cells)
		}
		for _, leak := range leaks {
			t.Error(leak)
		}
	}
}

// forgetful is a service whose scope forgets recusals.
type forgetful struct{ casework.Service }

func (f forgetful) Desk() casework.Desk {
	d := f.Service.Desk()
	scope := d.Scope
	d.Scope = func(a identity.Actor) (string, []any) {
		a.ID = nobody
		return scope(a)
	}
	return d
}

func (f forgetful) Actions(ctx context.Context, a identity.Actor, id string) (casework.Actions, error) {
	a.ID = nobody
	return f.Service.Actions(ctx, a, id)
}

// A scope without the recusal, planted behind the work list and the forms of actions, is found
// on the home page, in its count and on the forms.
func TestThePageSweepFindsAPlantedLeak(t *testing.T) {
	c := newConflict(t)
	c.recuse("officer")
	if leaks, _ := c.sweep("officer", true); len(leaks) > 0 {
		t.Fatalf("without a leak: %v", leaks)
	}
	cases := map[workflows.Kind]casework.Service{}
	for kind, s := range c.c.Cases {
		cases[kind] = s
	}
	cases["application"] = forgetful{c.c.Cases["application"]}
	planted := c.c
	planted.Cases = cases
	c.engine = gin.New()
	c.engine.HandleMethodNotAllowed = true
	web.Register(c.engine, planted)
	leaks, _ := c.sweep("officer", true)
	for _, want := range []string{"/ as officer names", "/ as officer is not what it was"} {
		if !slices.ContainsFunc(leaks, func(l string) bool { return strings.Contains(l, want) }) {
			t.Errorf("the planted leak is not found: %q among %d leaks", want, len(leaks))
		}
	}
}

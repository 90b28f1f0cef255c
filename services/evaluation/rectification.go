package evaluation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/policy"
	"clusterzone/services/search"
	"clusterzone/workflows"
)

// Item is one thing to be put right: what is wrong, what the unit did, what the re-check found.
type Item struct {
	ID      string `json:"id"`
	Code    string `json:"code"`  // indicator, veto row, "deduction" or "report"
	Words   string `json:"words"` // as the official order says it
	Result  string `json:"result"`
	Verdict string `json:"verdict"` // "", pass, fail
	Note    string `json:"note"`
}

// rectificationRow is a rectification as stored.
type rectificationRow struct {
	ID, Number, EvaluationID, ZoneID, UnitCode, RuleSetID string
	WorkflowVersion                                       int
	Status                                                string
	Version                                               int64
	Items                                                 string
	Extensions                                            int
	RecheckedBy                                           *string
	Demo                                                  bool
	CreatedAt, UpdatedAt                                  time.Time
}

const rectificationColumns = `r.id, r.number, r.evaluation_id, r.zone_id, r.unit_code, r.rule_set_id, r.workflow_version, r.status, r.version, r.items,
	r.extensions, r.rechecked_by, r.demo, r.created_at, r.updated_at`

// rectificationScope is the visibility of rectifications as a condition on alias r: as of the
// evaluation, except that evaluators have no part in it.
func rectificationScope(a identity.Actor) (string, []any) {
	if a.Has(workflows.System) {
		return "1 = 1", nil
	}
	cond, args := "1 = 0", []any(nil)
	switch {
	case a.ReadsAll() || a.Has(workflows.Statistics):
		cond = "1 = 1"
	case a.Any(workflows.Filler, workflows.Leader):
		cond, args = "r.unit_code IN "+mine, []any{a.Unit}
	}
	return cond + ` AND NOT EXISTS (SELECT 1 FROM recusal x WHERE x.subject_kind = 'evaluation' AND x.subject_id = r.evaluation_id AND x.person_id = ?)`,
		append(args, a.ID)
}

// remedy is a rectification with its zone, year and rules.
type remedy struct {
	rectificationRow
	zoneFacts
	Year             int
	EvaluationNumber string
	rules            policy.RuleSet
}

func (m remedy) state() workflows.State { return workflows.State(m.Status) }

func (m remedy) kase() casework.Case {
	return casework.Case{Kind: workflows.Rectification.Kind, ID: m.ID, Number: m.Number, Title: m.ZoneName, State: m.state(), Version: m.Version,
		Unit: m.UnitCode, Subject: refOf(m.EvaluationID), Rules: m.rules.RulesFor(workflows.Rectification.Kind)}
}

func (m remedy) items() ([]Item, error) {
	var out []Item
	if err := json.Unmarshal([]byte(m.Items), &out); err != nil {
		return nil, fmt.Errorf("items of rectification %s: %w", m.ID, err)
	}
	return out, nil
}

func itemsText(items []Item) (string, error) {
	b, err := json.Marshal(items)
	return string(b), err
}

// load reads a rectification that the actor may see; everything else is NotFound.
func (r *Rectifications) load(tx *database.Tx, a identity.Actor, id string) (m remedy, err error) {
	if !readable(id) {
		return m, fault.Missing()
	}
	cond, args := rectificationScope(a)
	var in struct {
		Case             rectificationRow `gorm:"embedded"`
		Zone             zoneFacts        `gorm:"embedded"`
		Year             int
		EvaluationNumber string
	}
	err = tx.One(&in, "SELECT "+rectificationColumns+", "+zoneColumns+`, e.year AS year, e.number AS evaluation_number FROM rectification r
		JOIN zone z ON z.id = r.zone_id JOIN evaluation e ON e.id = r.evaluation_id WHERE r.id = ? AND `+cond, append([]any{id}, args...)...)
	if err != nil {
		return m, fmt.Errorf("load rectification: %w", err)
	}
	m = remedy{rectificationRow: in.Case, zoneFacts: in.Zone, Year: in.Year, EvaluationNumber: in.EvaluationNumber}
	m.rules, err = r.s.Book.RuleSet(tx, m.RuleSetID)
	return m, err
}

// order opens the rectification of an unqualified grade, as the system does it on confirmation.
func (r *Rectifications) order(tx *database.Tx, l loaded) (casework.Outcome, error) {
	year := workflows.DateOf(tx.Now()).Year
	n, err := tx.Next(fmt.Sprintf("rectification/%d", year))
	if err != nil {
		return casework.Outcome{}, err
	}
	items, err := itemsOf(l)
	if err != nil {
		return casework.Outcome{}, err
	}
	for i := range items {
		items[i].ID = tx.ID()
	}
	text, err := itemsText(items)
	if err != nil {
		return casework.Outcome{}, err
	}
	stored := rectificationRow{ID: tx.ID(), Number: fmt.Sprintf("CQ-ZG-%d-%04d", year, n), EvaluationID: l.ID, ZoneID: l.ZoneID, UnitCode: l.UnitCode,
		RuleSetID: l.RuleSetID, WorkflowVersion: workflows.Rectification.Version, Version: 1, Items: text, Demo: l.Demo, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
	kase := remedy{rectificationRow: stored, zoneFacts: l.zoneFacts, rules: l.rules}.kase()
	kase.State, kase.Version = "", 0
	grade, _ := l.rules.Evaluation.Grade(l.Grade)
	return r.s.Engine.Apply(tx, casework.Step{Case: kase, Action: "order", Actor: identity.SystemActor(),
		Facts:  map[workflows.Fact]bool{workflows.GroundsOnFile: l.state() == stateGraded && grade.Fail},
		Detail: map[string]any{"evaluation": l.Number, "year": l.Year, "items": len(items)},
		Insert: func(tx *database.Tx, st workflows.State) error {
			stored.Status = string(st)
			if err := tx.Insert("rectification", &stored); err != nil {
				return err
			}
			return search.Put(tx, string(workflows.Rectification.Kind), stored.ID, stored.Number, l.ZoneName)
		}})
}

// maxLines is how many indicators a rectification names: those that lost most points.
const maxLines = 5

// itemsOf words what an unqualified result asks to be put right.
func itemsOf(l loaded) ([]Item, error) {
	result, err := l.result()
	if err != nil {
		return nil, err
	}
	if result.Absent {
		return []Item{{Code: "report", Words: fmt.Sprintf("未按期报送%d年度自评。请补齐年度自评材料,说明未报原因,并提出今后按期报送的措施。", l.Year)}}, nil
	}
	var out []Item
	for _, v := range result.Expert.Vetoes {
		out = append(out, Item{Code: v.Code, Words: "一票否决事项:" + v.Name.ZH + "。请说明情况、处理结果和防止再次发生的措施。"})
	}
	for _, line := range weakest(l.rules.Evaluation, result.Expert) {
		out = append(out, Item{Code: line.Code, Words: fmt.Sprintf("%s:满分%s分,得%s分,失%s分。请查明原因,提出措施并完成整改。",
			line.Label.ZH, line.Weight, line.Points, line.Weight-line.Points)})
	}
	if d := result.Expert.Deduction; d > 0 {
		out = append(out, Item{Code: "deduction", Words: "扣分事项共扣" + d.String() + "分:" + reasonsOf(result) + "。请逐项整改。"})
	}
	if len(out) == 0 {
		out = []Item{{Code: "total", Words: fmt.Sprintf("总分%s分,未达到合格线。请查明原因,提出措施并完成整改。", result.Expert.Total)}}
	}
	return out, nil
}

// weakest lists the indicators that lost most points, the greatest loss first.
func weakest(rules policy.Evaluation, o policy.Outcome) []policy.Calculation {
	var lines []policy.Calculation
	for _, line := range o.Lines {
		if _, ok := rules.Indicator(line.Code); ok && line.Points < line.Weight {
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b policy.Calculation) int {
		return cmp.Or(cmp.Compare(b.Weight-b.Points, a.Weight-a.Points), cmp.Compare(a.Code, b.Code))
	})
	return lines[:min(len(lines), maxLines)]
}

// reasonsOf names the deductions that were made.
func reasonsOf(result Result) string {
	var names []string
	for _, line := range result.Expert.Lines {
		if line.Code == "deduction" {
			for _, in := range line.Inputs {
				names = append(names, in.Name.ZH+in.Value+"分")
			}
		}
	}
	return strings.Join(names, "、")
}

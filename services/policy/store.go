package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"clusterzone/services/casework"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/workflows"
)

// Book reads the policy that is in force: rule sets, rounds and the calendar from the
// database, the text's own facts (sectors, areas, measures) from the data it was made with.
// Rule sets never change once stored, so they are kept; the calendar is kept by its version.
type Book struct {
	Data

	mu       sync.Mutex
	ruleSets map[string]RuleSet
	calendar *workflows.Calendar
}

// NewBook returns a book over the product's policy data.
func NewBook(d Data) *Book { return &Book{Data: d, ruleSets: map[string]RuleSet{}} }

// Round is a filing window.
type Round struct {
	ID, Code, Name, NameEn string
	Year                   int
	OpensAt, ClosesAt      time.Time
	Quota                  int
	RuleSetID              string
	Demo                   bool
	CreatedAt              time.Time
	Version                int64
}

// Open reports whether filing is possible at an instant.
func (r Round) Open(now time.Time) bool { return !now.Before(r.OpensAt) && now.Before(r.ClosesAt) }

// Seed stores the policy documents, the rule set and the calendar when they are not there.
func (b *Book) Seed(tx *database.Tx, rules RuleSet) error {
	for kind, doc := range map[string]any{"sectors": b.Sectors, "areas": b.Areas, "measures": b.Measures, "clarifications": b.Clarifications} {
		if err := seedDocument(tx, kind, rules.Version, doc); err != nil {
			return fmt.Errorf("seed policy: %w", err)
		}
	}
	if err := b.PutRuleSet(tx, rules); err != nil {
		return err
	}
	return b.seedCalendar(tx)
}

func seedDocument(tx *database.Tx, kind, version string, doc any) error {
	body, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO policy_document (kind, version, body, digest, loaded_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		kind, version, string(body), digestOf(body), tx.Now())
	return err
}

// PutRuleSet publishes a rule set under its version; a version that is already there stays.
func (b *Book) PutRuleSet(tx *database.Tx, rules RuleSet) error {
	if err := b.CheckRuleSet(rules); err != nil {
		return fmt.Errorf("publish rule set %s: %w", rules.Version, err)
	}
	body, err := rules.Canonical()
	if err != nil {
		return fmt.Errorf("publish rule set %s: %w", rules.Version, err)
	}
	_, err = tx.Exec(`INSERT INTO rule_set (id, name, version, body, digest, published_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (version) DO NOTHING`,
		tx.ID(), rules.Title.ZH, rules.Version, string(body), digestOf(body), tx.Now(), tx.Now())
	return err
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// RuleSet loads a rule set by id.
func (b *Book) RuleSet(tx *database.Tx, id string) (RuleSet, error) {
	b.mu.Lock()
	rules, ok := b.ruleSets[id]
	b.mu.Unlock()
	if ok {
		return rules, nil
	}
	var body string
	if err := tx.One(&body, "SELECT body FROM rule_set WHERE id = ?", id); err != nil {
		return RuleSet{}, fmt.Errorf("rule set %s: %w", id, err)
	}
	rules, err := ParseRuleSet([]byte(body))
	if err != nil {
		return RuleSet{}, fmt.Errorf("rule set %s: %w", id, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ruleSets[id] = rules
	return rules, nil
}

// CurrentRuleSet returns the newest published rule set and its id.
func (b *Book) CurrentRuleSet(tx *database.Tx) (string, RuleSet, error) {
	var id string
	if err := tx.One(&id, "SELECT id FROM rule_set WHERE published_at IS NOT NULL ORDER BY published_at DESC, id DESC LIMIT 1"); err != nil {
		return "", RuleSet{}, fmt.Errorf("current rule set: %w", err)
	}
	rules, err := b.RuleSet(tx, id)
	return id, rules, err
}

const roundColumns = "id, code, name, name_en, year, opens_at, closes_at, quota, rule_set_id, demo, created_at, version"

// PutRound opens a round; the same code again changes nothing and returns the stored one.
func (b *Book) PutRound(tx *database.Tx, r Round) (Round, error) {
	if !r.OpensAt.Before(r.ClosesAt) {
		return Round{}, fault.BadField("closes_at", "round.window")
	}
	if r.Quota < 1 {
		return Round{}, fault.BadField("quota", "round.quota")
	}
	_, err := tx.Exec(`INSERT INTO round (id, code, name, name_en, year, opens_at, closes_at, quota, rule_set_id, demo, created_at, version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (code) DO NOTHING`, tx.ID(), r.Code, r.Name, r.NameEn, r.Year, r.OpensAt.UTC(),
		r.ClosesAt.UTC(), r.Quota, r.RuleSetID, r.Demo, tx.Now())
	if err != nil {
		return Round{}, fmt.Errorf("round %s: %w", r.Code, err)
	}
	var out Round
	return out, tx.One(&out, "SELECT "+roundColumns+" FROM round WHERE code = ?", r.Code)
}

// RoundByID loads a round.
func (b *Book) RoundByID(tx *database.Tx, id string) (r Round, err error) {
	return r, tx.One(&r, "SELECT "+roundColumns+" FROM round WHERE id = ?", id)
}

// Rounds lists the rounds, newest first.
func (b *Book) Rounds(tx *database.Tx) (rs []Round, err error) {
	return rs, tx.Find(&rs, "SELECT "+roundColumns+" FROM round ORDER BY opens_at DESC, id LIMIT 200")
}

// RulesFor gives casework the clocks of a rule set as one kind of case counts them.
func (r RuleSet) RulesFor(kind workflows.Kind) casework.Rules {
	out := casework.Rules{Terms: map[workflows.ClockName]workflows.Term{}, Ladders: map[workflows.ClockName]casework.Ladder{}}
	for name, code := range clockCodes(kind) {
		if c, ok := r.Clock(code); ok {
			out.Terms[name] = workflows.Term{Days: c.Days, Working: c.Unit == WorkingDays}
			out.Ladders[name] = r.rungs(c.Ladder)
		}
	}
	if len(r.Ladders) > 0 { // the end of validity and of a condition are dates of their own
		out.Ladders[workflows.ClockValidity] = r.rungs(r.Ladders[0].Code)
		out.Ladders[workflows.ClockCondition] = r.rungs(r.Ladders[0].Code)
	}
	for name, code := range dueDateCodes() {
		for _, d := range r.DueDates {
			if d.Code == code {
				out.Ladders[name] = r.rungs(d.Ladder)
			}
		}
	}
	return out
}

// rungs gives casework a ladder of the rule set; one that the rule set does not have speaks
// to nobody.
func (r RuleSet) rungs(code string) casework.Ladder {
	const most = 10 // after the end, for as long as nobody moves the case
	l, _ := r.Ladder(code)
	return casework.Ladder{Before: l.Before, AtDue: l.AtDue, Every: l.AfterEvery, Times: most, EscalateFrom: l.EscalateFrom, ToSupervision: l.ToSupervision}
}

// dueDateCodes maps the clocks that end on a date of the year to the dates of a rule set.
func dueDateCodes() map[workflows.ClockName]string {
	return map[workflows.ClockName]string{workflows.ClockSelfReport: DueSelfReport}
}

// clockCodes maps the clocks of the workflow tables to the periods of a rule set.
func clockCodes(kind workflows.Kind) map[workflows.ClockName]string {
	codes := map[workflows.ClockName]string{
		workflows.ClockAcceptance: ClockAcceptance, workflows.ClockCorrection: ClockCorrection, workflows.ClockOpinion: ClockOpinion,
		workflows.ClockDecision: ClockDecision, workflows.ClockNotice: ClockPublicNotice, workflows.ClockObjection: ClockObjection,
		workflows.ClockInvitation: ClockInvitation, workflows.ClockReview: ClockExpertReview, workflows.ClockCertificate: ClockCertificate,
		workflows.ClockStatement: ClockRevocationStatement, workflows.ClockCheck: ClockEvaluationCheck, workflows.ClockGrade: ClockEvaluationExpert,
		workflows.ClockRectification: ClockRectification, workflows.ClockRecheck: ClockRectificationCheck, workflows.ClockReport: ClockQuarterlyReport,
	}
	if kind == workflows.Evaluation.Kind {
		codes[workflows.ClockNotice] = ClockEvaluationNotice
	}
	return codes
}

package policy

// RuleSet is one version of everything the commission may decide where the governing text is silent. A filing pins the
// version it was made under. Build one with ParseRuleSet, check it with Validate before publishing.
type RuleSet struct {
	Version      string            `json:"version"`
	Title        Text              `json:"title"`
	Source       string            `json:"source"`
	Note         Text              `json:"note"`
	Clocks       []Clock           `json:"clocks"`
	Ladders      []Ladder          `json:"ladders"`
	DueDates     []DueDate         `json:"due_dates"`
	Filing       Filing            `json:"filing"`
	Slots        []Slot            `json:"slots"`
	Goals        Goals             `json:"goals"`
	Texts        []TextLimit       `json:"texts"`
	RevenueBands []RevenueBand     `json:"revenue_bands"`
	Eligibility  []Eligibility     `json:"eligibility"`
	Opinions     Opinions          `json:"opinions"`
	Review       Review            `json:"review"`
	Decision     Decision          `json:"decision"`
	Validity     Validity          `json:"validity"`
	Reports      []ReportIndicator `json:"report_indicators"`
	Evaluation   Evaluation        `json:"evaluation"`
}

// Setting is one adjustable value together with what it rests on.
type Setting[T any] struct {
	Value T `json:"value"`
	Provenance
}

// Option is a choice in a closed list.
type Option struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
}

// DayUnit is how a clock counts.
type DayUnit string

// Days count either as working days or as calendar days.
const (
	WorkingDays  DayUnit = "working"
	CalendarDays DayUnit = "calendar"
)

// Expiry is what the end of a clock does by itself.
type Expiry string

// The ends of a clock. Each silence rule is one of these.
const (
	ExpiryAccept   Expiry = "accept"   // silence counts as acceptance as of receipt
	ExpiryWithdraw Expiry = "withdraw" // unanswered counts as withdrawn
	ExpiryDecline  Expiry = "decline"  // unanswered counts as declined
	ExpiryAdvance  Expiry = "advance"  // the case moves on
	ExpiryFail     Expiry = "fail"     // counts as failed
	ExpiryRecord   Expiry = "record"   // recorded as overdue against the body, urged on
)

func (e Expiry) known() bool {
	switch e {
	case ExpiryAccept, ExpiryWithdraw, ExpiryDecline, ExpiryAdvance, ExpiryFail, ExpiryRecord:
		return true
	}
	return false
}

// Codes of the clocks that every rule set must define.
const (
	ClockAcceptance          = "acceptance"           // 形式审查与受理
	ClockCorrection          = "correction"           // 补正
	ClockOpinion             = "opinion"              // 部门会签
	ClockInvitation          = "invitation"           // 专家回执
	ClockExpertReview        = "expert-review"        // 专家评审
	ClockSiteVisit           = "site-visit"           // 现场考察
	ClockDecision            = "decision"             // 认定决定
	ClockPublicNotice        = "public-notice"        // 公示
	ClockObjection           = "objection"            // 异议处理
	ClockCertificate         = "certificate"          // 发证授牌
	ClockQuarterlyReport     = "quarterly-report"     // 季度直报
	ClockReportReturn        = "report-return"        // 统计退回修改
	ClockEvaluationCheck     = "evaluation-check"     // 考评初审
	ClockEvaluationExpert    = "evaluation-expert"    // 考评专家评分
	ClockEvaluationNotice    = "evaluation-notice"    // 考评结果公示
	ClockRectification       = "rectification"        // 整改
	ClockRectificationCheck  = "rectification-check"  // 整改复查
	ClockRevocationStatement = "revocation-statement" // 撤销前陈述申辩
)

func requiredClocks() []string {
	return []string{
		ClockAcceptance, ClockCorrection, ClockOpinion, ClockInvitation, ClockExpertReview, ClockSiteVisit,
		ClockDecision, ClockPublicNotice, ClockObjection, ClockCertificate, ClockQuarterlyReport, ClockReportReturn,
		ClockEvaluationCheck, ClockEvaluationExpert, ClockEvaluationNotice, ClockRectification,
		ClockRectificationCheck, ClockRevocationStatement,
	}
}

// Clock is one period. Days are counted from the day after the event.
type Clock struct {
	Code      string    `json:"code"`
	Name      Text      `json:"name"`
	Days      int       `json:"days"`
	Unit      DayUnit   `json:"unit"`
	Expiry    Expiry    `json:"expiry"`
	Silence   Text      `json:"silence"`             // the silence rule in words
	Outside   bool      `json:"outside,omitempty"`   // a planned end shown to the unit, outside the handling period
	PausedBy  []string  `json:"paused_by,omitempty"` // clocks during which this one stands still
	Extension Extension `json:"extension,omitzero"`
	Ladder    string    `json:"ladder"`
	Provenance
}

// Extension says how often and by how many days a clock may be prolonged, each time with a reason told to the unit.
type Extension struct {
	Times int `json:"times"`
	Days  int `json:"days"`
}

// Ladder is a sequence of reminders in working days around a due date.
type Ladder struct {
	Code          string `json:"code"`
	Before        []int  `json:"before"` // working days before the due date, falling
	AtDue         bool   `json:"at_due"`
	AfterEvery    int    `json:"after_every"`    // working days between reminders once overdue; 0: none
	EscalateFrom  int    `json:"escalate_from"`  // the n-th overdue reminder also goes to the superior; 0: never
	ToSupervision bool   `json:"to_supervision"` // and to the supervision office
	Provenance
}

// Codes of the fixed dates that every rule set must define.
const (
	DueSelfReport   = "self-report"   // 年度自评
	DueAnnualReport = "annual-report" // 统计年报
)

// DueDate is a date that recurs each year. Day 0 is the last day of the month.
type DueDate struct {
	Code   string `json:"code"`
	Name   Text   `json:"name"`
	Month  int    `json:"month"`
	Day    int    `json:"day"`
	Ladder string `json:"ladder"`
	Provenance
}

// Filing holds the rules for handing in an application.
type Filing struct {
	Quota            Setting[int]     `json:"quota"`              // submitted applications per unit and round
	MinManagers      Setting[int]     `json:"min_managers"`       // full-time managers of the development body
	AreaTolerance    Setting[Decimal] `json:"area_tolerance"`     // percent between stated and computed area
	LeaderSigns      Setting[bool]    `json:"leader_signs"`       // the unit's leader signs before filing
	CorrectionsOnce  Setting[bool]    `json:"corrections_once"`   // one correction notice with all items
	ReportBlocksNext Setting[bool]    `json:"report_blocks_next"` // a missing performance report blocks the zone's next filing
	BodyKinds        []Option         `json:"body_kinds"`
	Factors          []Option         `json:"factors"`
}

// Codes of the purposes a material slot may serve.
const (
	PurposeApplication   = "application"
	PurposeRenewal       = "renewal"
	PurposeOpinion       = "opinion"
	PurposeObjection     = "objection"
	PurposeDecision      = "decision"
	PurposeEvaluation    = "evaluation"
	PurposeRectification = "rectification"
	PurposeStatement     = "statement"
	PurposeReport        = "report"
	PurposeFund          = "fund"
	PurposePlan          = "plan"
)

func knownPurpose(p string) bool {
	switch p {
	case PurposeApplication, PurposeRenewal, PurposeOpinion, PurposeObjection, PurposeDecision, PurposeEvaluation,
		PurposeRectification, PurposeStatement, PurposeReport, PurposeFund, PurposePlan:
		return true
	}
	return false
}

// Slot is a place for one kind of material.
type Slot struct {
	Code          string   `json:"code"`
	Name          Text     `json:"name"`
	Hint          Text     `json:"hint"`
	Purpose       string   `json:"purpose"`
	Clarification string   `json:"clarification,omitempty"` // anchor of corrections; empty: the filing as a whole
	Required      bool     `json:"required"`
	Formats       []string `json:"formats"` // file name endings, lower case, no dot
	MaxBytes      int64    `json:"max_bytes"`
	MaxFiles      int      `json:"max_files"`
	Numbered      bool     `json:"numbered,omitempty"` // a document number 文号 is asked with the file
	Sealed        bool     `json:"sealed,omitempty"`   // must bear the seal
	Dated         bool     `json:"dated,omitempty"`    // its documents are valid until a day that is asked with the file
	Template      string   `json:"template,omitempty"` // name of a form to download
	Sample        string   `json:"sample,omitempty"`   // name of a filled-in example
	Provenance
}

// Goals holds the indicators of the development goals.
type Goals struct {
	Indicators    []GoalIndicator  `json:"indicators"`
	PlannedYears  Setting[int]     `json:"planned_years"`
	OutlierGrowth Setting[Decimal] `json:"outlier_growth"` // percent a year; above it a reason is needed
	FallNeedsWhy  Setting[bool]    `json:"fall_needs_why"` // a later year below the base year needs a reason
}

// GoalIndicator is one row of the goals: a base year and the planned years.
type GoalIndicator struct {
	Code      string `json:"code"`
	Name      Text   `json:"name"`
	Unit      Text   `json:"unit"`
	Precision int    `json:"precision"` // decimals that may be typed
	Required  bool   `json:"required"`
	Provenance
}

// TextLimit bounds the length of a text field in characters.
type TextLimit struct {
	Field string `json:"field"`
	Min   int    `json:"min"`
	Max   int    `json:"max"`
	Provenance
}

// RevenueBand is a band of yearly revenue of a resident firm in 万元: From inclusive, to the next band's From.
type RevenueBand struct {
	Code string  `json:"code"`
	Name Text    `json:"name"`
	From Decimal `json:"from"`
}

// Opinions holds the rules for departments.
type Opinions struct {
	OverdueIsNoObjection Setting[bool] `json:"overdue_is_no_objection"`
	GroundsUnlessAgree   Setting[bool] `json:"grounds_unless_agree"`
	OtherPerson          Setting[bool] `json:"other_person"` // a lead commission's opinion comes from another than the decider
}

// Decision holds the rules for recommending, publishing and deciding.
type Decision struct {
	TwoPersons      Setting[bool]   `json:"two_persons"`
	RecommendFrom   Setting[Points] `json:"recommend_from"`   // review result from which a recommendation is suggested
	ObjectionBlocks Setting[bool]   `json:"objection_blocks"` // no decision while an objection is open
	RealName        Setting[bool]   `json:"real_name"`        // an individual's objection needs name and contact
	UnitSeal        Setting[bool]   `json:"unit_seal"`        // a unit's objection needs its seal
}

// Validity holds the life of an accreditation.
type Validity struct {
	Years         Setting[int] `json:"years"`
	RenewalMonths Setting[int] `json:"renewal_months"` // renewal may be filed in the last months
}

// ReportIndicator is one line of the statistics form.
type ReportIndicator struct {
	Code         string   `json:"code"`
	Name         Text     `json:"name"`
	Unit         Text     `json:"unit"`
	Precision    int      `json:"precision"`
	Definition   Text     `json:"definition"`
	Cumulative   bool     `json:"cumulative"`          // summed over the year; false: state at the end of the period
	Quarterly    bool     `json:"quarterly"`           // asked each quarter; false: only in the annual form
	NotAbove     string   `json:"not_above,omitempty"` // code of an indicator that bounds it
	Min          *Decimal `json:"min,omitempty"`
	Max          *Decimal `json:"max,omitempty"`
	Evidence     bool     `json:"evidence"`
	SeriesBreaks bool     `json:"series_breaks,omitempty"` // its definition changed; a break may be marked
	Provenance
}

// Clock finds a clock by code.
func (r RuleSet) Clock(code string) (Clock, bool) {
	return find(r.Clocks, code, func(c Clock) string { return c.Code })
}

// Ladder finds a reminder ladder by code.
func (r RuleSet) Ladder(code string) (Ladder, bool) {
	return find(r.Ladders, code, func(l Ladder) string { return l.Code })
}

// DueDate finds a recurring date by code.
func (r RuleSet) DueDate(code string) (DueDate, bool) {
	return find(r.DueDates, code, func(d DueDate) string { return d.Code })
}

// Slot finds a material slot by code.
func (r RuleSet) Slot(code string) (Slot, bool) {
	return find(r.Slots, code, func(s Slot) string { return s.Code })
}

// SlotsFor lists the slots of a purpose in order.
func (r RuleSet) SlotsFor(purpose string) []Slot {
	var out []Slot
	for _, s := range r.Slots {
		if s.Purpose == purpose {
			out = append(out, s)
		}
	}
	return out
}

// TextLimit finds the bounds of a text field.
func (r RuleSet) TextLimit(field string) (TextLimit, bool) {
	return find(r.Texts, field, func(t TextLimit) string { return t.Field })
}

// RevenueBand finds a revenue band by code.
func (r RuleSet) RevenueBand(code string) (RevenueBand, bool) {
	return find(r.RevenueBands, code, func(b RevenueBand) string { return b.Code })
}

// ReportIndicator finds a line of the statistics form by code.
func (r RuleSet) ReportIndicator(code string) (ReportIndicator, bool) {
	return find(r.Reports, code, func(i ReportIndicator) string { return i.Code })
}

// ParseRuleSet reads a rule set and refuses unknown fields, fields given twice and trailing text. It does not judge the
// content: a draft may be incomplete. Call Validate for that.
func ParseRuleSet(raw []byte) (RuleSet, error) {
	var r RuleSet
	if err := decodeStrict(raw, &r); err != nil {
		return RuleSet{}, err
	}
	return r, nil
}

// Canonical is the one byte form of the rule set, fit for hashing and comparing; ParseRuleSet reads it back.
func (r RuleSet) Canonical() ([]byte, error) { return canonical(r) }

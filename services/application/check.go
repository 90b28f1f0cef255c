package application

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// CheckInput is everything a check looks at. The result depends on nothing else: the same input gives the same list.
type CheckInput struct {
	Content Content
	Files   []FileRef
	Params  CheckParams
	// UnitExtent is the unit's rough extent (west, south, east, north); nil is not known.
	UnitExtent *[4]float64
	// Unit is the code of the unit that files. Where its outline is known, that is what the boundary is held against,
	// and the extent is not.
	Unit string
	// CodesInUse maps the credit codes of the round's other live applications to their numbers. The number goes into
	// the problem's text, so it is left empty for a reader who may not see that application.
	CodesInUse map[string]string
	// Neighbours are the other live applications and zones. Their labels are shown, so the caller chooses them for
	// the reader.
	Neighbours []Neighbour
}

// FileRef is an attached file as the checks see it. Size is in bytes, SHA256 in hex.
type FileRef struct {
	Slot, Name  string
	Size        int64
	SHA256      string
	ContentType string
}

// Neighbour is a boundary that should not overlap; Kind is application or zone. Without a label nothing is said of it
// but that it exists.
type Neighbour struct {
	ID, Label, Kind string
	Geometry        []byte // GeoJSON
}

// SlotRule is one slot of the rule set. Formats are file extensions without a dot, none is any; MaxBytes and
// MaxFiles 0 are no limits.
type SlotRule struct {
	Code     string
	Label    string // for messages; empty shows the code
	Required bool
	Formats  []string
	MaxBytes int64
	MaxFiles int
}

// CheckParams are the rule set's numbers and lists. A zero limit is not checked; an empty list allows nothing where a
// choice is asked for.
type CheckParams struct {
	BodyKinds   []BodyKind
	MinManagers int64

	MaxVertices     int
	Extent          *[4]float64 // where coordinates can lie at all: west, south, east, north
	AreaToleranceBP int64       // allowed difference of stated from computed area
	MinOverlapM2    int64       // smaller overlaps are drawing noise

	Indicators    []string
	PlannedYears  int
	GrowthLimitBP int64 // growth from year to year beyond which a reason is asked
	BelowBaseFree bool  // a year below the base needs no reason
	ReasonMin     int   // characters

	Sectors      []string
	RevenueBands []string
	MinFirms     int
	MaxFirms     int

	Areas            []string // functional areas the unit may choose
	TextMin, TextMax int      // characters of the positioning text
	RelationMin      int      // characters of the relation to the encouraged industries
	RelationMax      int

	MinFundYears int
	MinFundFen   int64 // sum over the years

	Slots              []SlotRule
	FundSlot           string // holds the funding commitment
	RecommendationSlot string // holds the unit's request
}

// NamedCheck is one machine check as a page lists it. TitleKey is its catalogue key.
type NamedCheck struct {
	Name, TitleKey, Clarification string
}

// CheckResult is one machine check with what it found; it passed when nothing refuses.
type CheckResult struct {
	NamedCheck
	Passed   bool
	Problems []Problem
}

type checkRow struct {
	name, clarification string
	run                 func(*checker)
}

// checkTable lists the checks in the order of the form.
var checkTable = []checkRow{
	{"body.complete", "body", (*checker).bodyComplete},
	{"body.code_valid", "body", (*checker).bodyCode},
	{"body.code_unique", "body", (*checker).bodyCodeUnique},
	{"contact.complete", "body", (*checker).contact},
	{"managers.minimum", "body", (*checker).managers},
	{"boundary.texts", "boundary", (*checker).boundaryTexts},
	{"boundary.valid", "boundary", (*checker).boundaryValid},
	{"boundary.areas_stated", "boundary", (*checker).areasStated},
	{"boundary.area_agrees", "boundary", (*checker).areaAgrees},
	{"boundary.inside_unit", "boundary", (*checker).insideUnit},
	{"boundary.overlap", "boundary", (*checker).overlap},
	{"goals.complete", "goals", (*checker).goalsComplete},
	{"goals.not_below_base_without_reason", "goals", (*checker).goalsBelowBase},
	{"goals.outlier_needs_reason", "goals", (*checker).goalsOutliers},
	{"business.sector", "business", (*checker).sectors},
	{"business.shares", "business", (*checker).shares},
	{"business.firms_present", "business", (*checker).firmsPresent},
	{"business.firm_details", "business", (*checker).firmDetails},
	{"business.firm_codes", "business", (*checker).firmCodes},
	{"business.firm_duplicates", "business", (*checker).firmDuplicates},
	{"positioning.area_matches_unit", "positioning", (*checker).area},
	{"positioning.text_length", "positioning", (*checker).positioningTexts},
	{"positioning.platforms", "positioning", (*checker).platforms},
	{"factors.complete", "factors", (*checker).factors},
	{"fund.amount_positive", "fund", (*checker).fundAmounts},
	{"fund.source", "fund", (*checker).fundSource},
	{"fund.document", "fund", (*checker).fundDocument},
	{"recommendation.document", "materials", (*checker).recommendation},
	{"materials.required", "materials", (*checker).requiredFiles},
	{"materials.format", "materials", (*checker).fileFormats},
}

// CheckNames lists every machine check in the order of the form.
func CheckNames() []NamedCheck {
	names := make([]NamedCheck, len(checkTable))
	for i, row := range checkTable {
		names[i] = NamedCheck{Name: row.name, TitleKey: "check_name." + row.name, Clarification: row.clarification}
	}
	return names
}

// Check runs every machine check of the application. Problems come in the order of CheckNames, within a check in the
// order of the form.
func Check(in CheckInput) []Problem {
	c := &checker{in: in}
	c.readBoundary()
	for _, row := range checkTable {
		c.check = row.name
		row.run(c)
	}
	return c.problems
}

// Results sorts problems, as Check returned them, to their checks.
func Results(problems []Problem) []CheckResult {
	results := make([]CheckResult, 0, len(checkTable))
	for _, name := range CheckNames() {
		r := CheckResult{NamedCheck: name, Passed: true}
		for _, p := range problems {
			if p.Check == name.Name {
				r.Problems = append(r.Problems, p)
				r.Passed = r.Passed && p.Severity != Refuse
			}
		}
		results = append(results, r)
	}
	return results
}

// checker is one run: the input, the boundary once read, and what was found.
type checker struct {
	in       CheckInput
	check    string
	geometry Geometry
	broken   *GeometryError // why geometry is not to be used
	problems []Problem
}

func (c *checker) refuse(path, code string, pairs ...string) {
	c.add(newProblem(path, code, Refuse, paramsOf(pairs)))
}

func (c *checker) warn(path, code string, pairs ...string) {
	c.add(newProblem(path, code, Warn, paramsOf(pairs)))
}

func (c *checker) add(p Problem) {
	p.Check = c.check
	c.problems = append(c.problems, p)
}

// require refuses an empty text and says whether there is one.
func (c *checker) require(path, text string) bool {
	if strings.TrimSpace(text) == "" {
		c.refuse(path, "field.required")
		return false
	}
	return true
}

// requireDate asks for a calendar date.
func (c *checker) requireDate(path, date string) {
	if !c.require(path, date) {
		return
	}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		c.refuse(path, "field.date_invalid")
	}
}

// requireChoice asks for one of a list.
func (c *checker) requireChoice(path, value string, allowed []string) {
	if c.require(path, value) && !slices.Contains(allowed, value) {
		c.refuse(path, "field.not_a_choice")
	}
}

func (c *checker) bodyComplete() {
	b := c.in.Content.Body
	c.require("body.name", b.Name)
	if c.require("body.kind", string(b.Kind)) && !slices.Contains(c.in.Params.BodyKinds, b.Kind) {
		c.refuse("body.kind", "field.not_a_choice")
	}
	c.require("body.legal_representative", b.LegalRepresentative)
}

func (c *checker) bodyCode() {
	if c.require("body.credit_code", c.in.Content.Body.CreditCode) {
		c.creditCode("body.credit_code", c.in.Content.Body.CreditCode)
	}
}

// creditCode judges a code that is present.
func (c *checker) creditCode(path, code string) {
	switch fault, position := CheckCreditCode(code); fault {
	case CodeLength:
		c.refuse(path, "code.length", "Length", strconv.Itoa(len([]rune(code))))
	case CodeCharacter:
		c.refuse(path, "code.character", "Position", strconv.Itoa(position))
	case CodeCheckDigit:
		c.refuse(path, "code.check_digit")
	}
}

func (c *checker) bodyCodeUnique() {
	number, used := c.in.CodesInUse[c.in.Content.Body.CreditCode]
	switch {
	case !used || c.in.Content.Body.CreditCode == "":
	case number == "":
		c.refuse("body.credit_code", "body.code_in_use")
	default:
		c.refuse("body.credit_code", "body.code_in_use_by", "Number", number)
	}
}

func (c *checker) contact() {
	who := c.in.Content.Body.Contact
	c.require("body.contact.name", who.Name)
	if c.require("body.contact.phone", who.Phone) && !plausiblePhone(who.Phone) {
		c.refuse("body.contact.phone", "contact.phone_format")
	}
	if who.Email != "" && !plausibleEmail(who.Email) {
		c.refuse("body.contact.email", "contact.email_format")
	}
}

// plausiblePhone takes mobile and land-line numbers with area code, extension and country code.
func plausiblePhone(phone string) bool {
	digits := 0
	for i, r := range phone {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, r == '-', r == ' ', r == '(', r == ')':
		default:
			return false
		}
	}
	return digits >= 7 && digits <= 20
}

func plausibleEmail(email string) bool {
	user, host, ok := strings.Cut(email, "@")
	name, top, dotted := strings.Cut(host, ".")
	return ok && dotted && user != "" && name != "" && top != "" &&
		!strings.HasSuffix(top, ".") && !strings.Contains(host, "..") && !strings.ContainsAny(host, "@ ") &&
		!strings.ContainsAny(user, " <>\",;")
}

func (c *checker) managers() {
	if have, want := c.in.Content.Body.Managers, c.in.Params.MinManagers; have < want {
		c.refuse("body.managers", "managers.too_few",
			"Limit", strconv.FormatInt(want, 10), "Value", strconv.FormatInt(have, 10))
	}
}

// Package application owns one filing by one unit in one round: what it says, how it is checked, how it moves.
//
// The files content, schema, patch, canonical, compare, units, creditcode, boundary and check are pure: they hold the
// structured document of the six clarifications and the matching fund, and the machine checks over it. They know no
// database, no clock and no language; every limit that a rule set may change arrives as a parameter.
package application

import "encoding/json"

// Content is the stored document of an application: the six clarifications (六个明确), the matching fund, and the
// unit's recommendation. It is the one domain struct with json tags, because the document itself is what is stored,
// hashed and compared. Money is in fen, areas in square metres, shares in hundredths of a percent, dates are
// YYYY-MM-DD in local time.
type Content struct {
	Body           Body           `json:"body"`
	Boundary       Boundary       `json:"boundary"`
	Goals          Goals          `json:"goals"`
	Business       Business       `json:"business"`
	Positioning    Positioning    `json:"positioning"`
	Factors        Factors        `json:"factors"`
	Fund           Fund           `json:"fund"`
	Recommendation Recommendation `json:"recommendation"`
}

// BodyKind says what sort of organisation develops the zone.
type BodyKind string

// The kinds of development body.
const (
	CommitteeBody   BodyKind = "committee"
	StateFirmBody   BodyKind = "state-firm"
	PrivateFirmBody BodyKind = "private-firm"
	JointBody       BodyKind = "joint"
)

// Body is the development body (发展主体).
type Body struct {
	Name                string   `json:"name"`
	Kind                BodyKind `json:"kind"`
	CreditCode          string   `json:"credit_code"` // GB 32100-2015, 18 characters
	LegalRepresentative string   `json:"legal_representative"`
	Managers            int64    `json:"managers"` // full-time managers, persons
	Contact             Contact  `json:"contact"`
}

// Contact is the person of the development body to whom questions go.
type Contact struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Email string `json:"email"`
}

// Boundary is the four boundaries (四至范围): texts, the polygon in CGCS2000 longitude and latitude, and the areas as
// the unit states them.
type Boundary struct {
	East        string          `json:"east"`
	South       string          `json:"south"`
	West        string          `json:"west"`
	North       string          `json:"north"`
	Polygon     json.RawMessage `json:"polygon"`       // canonical GeoJSON Polygon or MultiPolygon, nil while not drawn
	AreaM2      int64           `json:"area_m2"`       // stated land area
	FloorAreaM2 *int64          `json:"floor_area_m2"` // built floor area; nil is not stated
}

// Goals are the development goals (发展目标): a base year and the planned years after it.
type Goals struct {
	BaseYear int64     `json:"base_year"`
	Rows     []GoalRow `json:"rows"`
}

// GoalRow is one indicator over the years. Values are in the indicator's unit (see IndicatorUnit); nil is not filled in.
type GoalRow struct {
	Indicator string   `json:"indicator"`
	Base      *int64   `json:"base"`
	Planned   []*int64 `json:"planned"`
	Reason    string   `json:"reason"` // why a year falls below the base, or grows beyond the limit
}

// Business is the business character (业态特色).
type Business struct {
	Sectors []string          `json:"sectors"`
	Leading []LeadingBusiness `json:"leading"`
	Firms   []Firm            `json:"firms"`
}

// LeadingBusiness is one leading line of business and its share of the zone's revenue, in hundredths of a percent.
type LeadingBusiness struct {
	Name    string `json:"name"`
	Sector  string `json:"sector"`
	ShareBP int64  `json:"share_bp"`
}

// Firm is one resident firm.
type Firm struct {
	Name        string `json:"name"`
	Code        string `json:"code"` // unified social credit code
	Sector      string `json:"sector"`
	RevenueBand string `json:"revenue_band"`
}

// Positioning is the functional positioning (功能定位).
type Positioning struct {
	Area      string     `json:"area"` // functional area code
	Text      string     `json:"text"`
	Relation  string     `json:"relation"` // how the zone serves the area's encouraged industries
	Platforms []Platform `json:"platforms"`
}

// Platform is a public platform that the zone plans.
type Platform struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Year        int64  `json:"year"`
}

// Factors are the four factor guarantees (要素保障).
type Factors struct {
	Land      Factor `json:"land"`      // amount in square metres
	Funds     Factor `json:"funds"`     // amount in fen
	Talent    Factor `json:"talent"`    // amount in persons
	Utilities Factor `json:"utilities"` // amount in fen
}

// Factor is one guarantee: how much, from where, by whom and until when.
type Factor struct {
	Amount *int64 `json:"amount"`
	Source string `json:"source"`
	Body   string `json:"body"` // responsible body
	Date   string `json:"date"`
}

// Fund is the matching fund (配套资金) that the unit promises.
type Fund struct {
	Years          []FundYear `json:"years"`
	SourceLine     string     `json:"source_line"` // budget line
	DocumentNumber string     `json:"document_number"`
}

// FundYear is the promise for one year, in fen.
type FundYear struct {
	Year      int64 `json:"year"`
	AmountFen int64 `json:"amount_fen"`
}

// Recommendation is the unit's request (请示) with its document number (文号) and date.
type Recommendation struct {
	DocumentNumber string `json:"document_number"`
	Date           string `json:"date"`
}

// StandardIndicators are the seven goal indicators of the default rule set, in their usual order.
func StandardIndicators() []string {
	return []string{"revenue", "value-added", "tax", "jobs", "firms", "above-scale-firms", "investment"}
}

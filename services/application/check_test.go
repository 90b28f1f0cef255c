package application

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func number(v int64) *int64 { return &v }

// boundaryOf sets the polygon and states its true area.
func boundaryOf(t *testing.T, in *CheckInput, data string) {
	in.Content.Boundary.Polygon = json.RawMessage(data)
	in.Content.Boundary.AreaM2 = mustParse(t, data).AreaM2()
}

// violation breaks a passing application in one way and says all that must be found.
type violation struct {
	name  string
	spoil func(t *testing.T, in *CheckInput)
	want  []string // "check code path severity"
}

func found(problems []Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%s %s %s %s", p.Check, p.Code, p.Path, p.Severity))
	}
	return out
}

func bodyViolations() []violation {
	body := func(f func(b *Body)) func(*testing.T, *CheckInput) {
		return func(_ *testing.T, in *CheckInput) { f(&in.Content.Body) }
	}
	return []violation{
		{"no name", body(func(b *Body) { b.Name = " " }), []string{"body.complete field.required body.name refuse"}},
		{"no kind", body(func(b *Body) { b.Kind = "" }), []string{"body.complete field.required body.kind refuse"}},
		{"strange kind", body(func(b *Body) { b.Kind = "club" }), []string{"body.complete field.not_a_choice body.kind refuse"}},
		{"no representative", body(func(b *Body) { b.LegalRepresentative = "" }),
			[]string{"body.complete field.required body.legal_representative refuse"}},
		{"no code", body(func(b *Body) { b.CreditCode = "" }), []string{"body.code_valid field.required body.credit_code refuse"}},
		{"short code", body(func(b *Body) { b.CreditCode = "123" }), []string{"body.code_valid code.length body.credit_code refuse"}},
		{"bad character", body(func(b *Body) { b.CreditCode = "91350100O000100Y43" }),
			[]string{"body.code_valid code.character body.credit_code refuse"}},
		{"bad check digit", body(func(b *Body) { b.CreditCode = "91350100M000100Y44" }),
			[]string{"body.code_valid code.check_digit body.credit_code refuse"}},
		{"code in use", func(_ *testing.T, in *CheckInput) { in.CodesInUse = map[string]string{in.Content.Body.CreditCode: ""} },
			[]string{"body.code_unique body.code_in_use body.credit_code refuse"}},
		{"code in use by a known one",
			func(_ *testing.T, in *CheckInput) {
				in.CodesInUse = map[string]string{in.Content.Body.CreditCode: "A-1"}
			},
			[]string{"body.code_unique body.code_in_use_by body.credit_code refuse"}},
		{"other code in use", func(_ *testing.T, in *CheckInput) {
			in.CodesInUse = map[string]string{"91350100M000100Y43": "A-1", "": "A-2"}
		}, nil},
		{"no contact", body(func(b *Body) { b.Contact = Contact{} }), []string{
			"contact.complete field.required body.contact.name refuse",
			"contact.complete field.required body.contact.phone refuse"}},
		{"bad phone", body(func(b *Body) { b.Contact.Phone = "call me" }),
			[]string{"contact.complete contact.phone_format body.contact.phone refuse"}},
		{"short phone", body(func(b *Body) { b.Contact.Phone = "023-12" }),
			[]string{"contact.complete contact.phone_format body.contact.phone refuse"}},
		{"good phone", body(func(b *Body) { b.Contact.Phone = "+86 (023) 0000-0000" }), nil},
		{"bad email", body(func(b *Body) { b.Contact.Email = "demo@example" }),
			[]string{"contact.complete contact.email_format body.contact.email refuse"}},
		{"two ats", body(func(b *Body) { b.Contact.Email = "a@b@example.com" }),
			[]string{"contact.complete contact.email_format body.contact.email refuse"}},
		{"too few managers", body(func(b *Body) { b.Managers = 2 }),
			[]string{"managers.minimum managers.too_few body.managers refuse"}},
		{"just enough managers", body(func(b *Body) { b.Managers = 3 }), nil},
	}
}

func boundaryViolations() []violation {
	drawn := func(data string) func(*testing.T, *CheckInput) {
		return func(t *testing.T, in *CheckInput) {
			in.UnitExtent = nil
			boundaryOf(t, in, data)
		}
	}
	raw := func(data string) func(*testing.T, *CheckInput) {
		return func(_ *testing.T, in *CheckInput) { in.Content.Boundary.Polygon = json.RawMessage(data) }
	}
	invalid := func(code string) []string { return []string{"boundary.valid " + code + " boundary.polygon refuse"} }
	square5 := func(rectangle string) string { return polygon(rectangle) }
	neighbour := func(kind, data string) func(*testing.T, *CheckInput) {
		return func(t *testing.T, in *CheckInput) {
			in.UnitExtent = nil
			boundaryOf(t, in, polygon(square))
			in.Neighbours = []Neighbour{{ID: "n1", Label: "示例邻区", Kind: kind, Geometry: []byte(data)}}
		}
	}
	return []violation{
		{"no texts", func(_ *testing.T, in *CheckInput) {
			b := &in.Content.Boundary
			b.East, b.South, b.West, b.North = "", "", "", ""
		}, []string{
			"boundary.texts field.required boundary.east refuse", "boundary.texts field.required boundary.south refuse",
			"boundary.texts field.required boundary.west refuse", "boundary.texts field.required boundary.north refuse"}},
		{"not drawn", raw(""), invalid("boundary.polygon_missing")},
		{"null", raw("null"), invalid("boundary.polygon_missing")},
		{"noise", raw("}{"), invalid("boundary.not_geojson")},
		{"a point", raw(`{"type":"Point","coordinates":[106,29]}`), invalid("boundary.not_polygon")},
		{"bow-tie", raw(polygon("106 29, 106.2 29.2, 106.2 29, 106 29.2, 106 29")), invalid("boundary.self_crossing")},
		{"unclosed", raw(polygon("106 29, 106.2 29, 106.2 29.2")), invalid("boundary.not_closed")},
		{"outside the city", raw(polygon("116 39, 116.2 39, 116.2 39.2, 116 39")), invalid("boundary.outside_city")},
		{"more vertices than the rule set allows", func(t *testing.T, in *CheckInput) {
			in.UnitExtent, in.Params.MaxVertices = nil, 4
			boundaryOf(t, in, square5(square))
		}, invalid("boundary.too_many_vertices")},
		{"tiny", drawn(polygon("106 29, 106.000000001 29, 106.000000001 29.000000001, 106 29")), []string{
			"boundary.valid boundary.no_area boundary.polygon refuse",
			"boundary.areas_stated field.required boundary.area_m2 refuse"}},
		{"a square", drawn(polygon(square)), nil},
		{"a square with a hole", drawn(polygon(square, insideIt)), nil},
		{"no areas", func(_ *testing.T, in *CheckInput) {
			in.Content.Boundary.AreaM2, in.Content.Boundary.FloorAreaM2 = 0, nil
		}, []string{"boundary.areas_stated field.required boundary.area_m2 refuse"}},
		{"no floor built yet", func(_ *testing.T, in *CheckInput) { in.Content.Boundary.FloorAreaM2 = number(0) }, nil},
		{"negative floor", func(_ *testing.T, in *CheckInput) { in.Content.Boundary.FloorAreaM2 = number(-1) },
			[]string{"boundary.areas_stated field.negative boundary.floor_area_m2 refuse"}},
		{"area 4.9 % too large", func(_ *testing.T, in *CheckInput) {
			in.Content.Boundary.AreaM2 = in.Content.Boundary.AreaM2 * 1049 / 1000
		}, nil},
		{"area 5.3 % too large", func(_ *testing.T, in *CheckInput) {
			in.Content.Boundary.AreaM2 = in.Content.Boundary.AreaM2 * 1053 / 1000
		}, []string{"boundary.area_agrees boundary.area_differs boundary.area_m2 refuse"}},
		{"area 5.3 % too small", func(_ *testing.T, in *CheckInput) {
			in.Content.Boundary.AreaM2 = in.Content.Boundary.AreaM2 * 947 / 1000
		}, []string{"boundary.area_agrees boundary.area_differs boundary.area_m2 refuse"}},
		{"outside the unit", func(_ *testing.T, in *CheckInput) { in.UnitExtent = &[4]float64{107, 29, 108, 30} },
			[]string{"boundary.inside_unit boundary.outside_unit boundary.polygon warn"}},
		{"overlapping an application", neighbour("application", polygon(rectangle(106.05, 29.05, 106.15, 29.15))),
			[]string{"boundary.overlap boundary.overlaps_application boundary.polygon warn"}},
		{"overlapping a zone", neighbour("zone", polygon(insideIt)),
			[]string{"boundary.overlap boundary.overlaps_zone boundary.polygon warn"}},
		{"beside a zone", neighbour("zone", polygon(rectangle(106.1, 29, 106.2, 29.1))), nil},
		{"far from a zone", neighbour("zone", polygon(farFromIt)), nil},
		{"overlapping one that stays unnamed", func(t *testing.T, in *CheckInput) {
			neighbour("application", polygon(insideIt))(t, in)
			in.Neighbours[0].Label = ""
		}, []string{"boundary.overlap boundary.overlaps_another boundary.polygon warn"}},
		{"broken neighbour that stays unnamed", func(t *testing.T, in *CheckInput) {
			neighbour("application", "{")(t, in)
			in.Neighbours[0].Label = ""
		}, []string{"boundary.overlap boundary.overlap_unknown_other boundary.polygon warn"}},
		{"broken neighbour", neighbour("zone", "{"), []string{"boundary.overlap boundary.overlap_unknown boundary.polygon warn"}},
		{"crossed neighbour", neighbour("zone", polygon("106 29, 106.2 29.2, 106.2 29, 106 29.2, 106 29")),
			[]string{"boundary.overlap boundary.overlap_unknown boundary.polygon warn"}},
		{"overlap below the noise", func(t *testing.T, in *CheckInput) {
			neighbour("zone", polygon(insideIt))(t, in)
			in.Params.MinOverlapM2 = 1_000_000_000
		}, nil},
	}
}

func goalViolations() []violation {
	row := func(f func(r *GoalRow)) func(*testing.T, *CheckInput) {
		return func(_ *testing.T, in *CheckInput) { f(&in.Content.Goals.Rows[0]) }
	}
	values := func(base int64, planned ...int64) func(*testing.T, *CheckInput) {
		return row(func(r *GoalRow) {
			r.Base = number(base)
			for k, v := range planned {
				r.Planned[k] = number(v)
			}
		})
	}
	const longReason = "因主要企业整体搬迁,营业收入阶段性下降"
	return []violation{
		{"no base year", func(_ *testing.T, in *CheckInput) { in.Content.Goals.BaseYear = 0 },
			[]string{"goals.complete field.year_invalid goals.base_year refuse"}},
		{"row missing", func(_ *testing.T, in *CheckInput) { in.Content.Goals.Rows = in.Content.Goals.Rows[1:] },
			[]string{"goals.complete goals.row_missing goals.rows[revenue] refuse"}},
		{"row twice", func(_ *testing.T, in *CheckInput) {
			in.Content.Goals.Rows = append(in.Content.Goals.Rows, in.Content.Goals.Rows[0])
		}, []string{"goals.complete goals.row_repeated goals.rows[revenue] refuse"}},
		{"unknown row", func(_ *testing.T, in *CheckInput) {
			in.Content.Goals.Rows = append(in.Content.Goals.Rows, GoalRow{Indicator: "fame"}, GoalRow{Indicator: "a].b["})
		}, []string{"goals.complete goals.indicator_unknown goals.rows[fame] refuse",
			"goals.complete goals.indicator_unknown goals.rows[8] refuse"}},
		{"no base", row(func(r *GoalRow) { r.Base = nil }),
			[]string{"goals.complete goals.value_missing goals.rows[revenue].base refuse"}},
		{"no last year", row(func(r *GoalRow) { r.Planned = r.Planned[:2] }),
			[]string{"goals.complete goals.value_missing goals.rows[revenue].planned[2] refuse"}},
		{"empty year", row(func(r *GoalRow) { r.Planned[1] = nil }),
			[]string{"goals.complete goals.value_missing goals.rows[revenue].planned[1] refuse"}},
		{"extra year", row(func(r *GoalRow) { r.Planned = append(r.Planned, r.Planned[2]) }),
			[]string{"goals.complete goals.too_many_years goals.rows[revenue].planned refuse"}},
		{"negative value", row(func(r *GoalRow) { r.Base, r.Reason = number(-1), longReason }),
			[]string{"goals.complete field.negative goals.rows[revenue].base refuse"}},
		{"all zero", values(0, 0, 0, 0), nil},
		{"below base", values(100, 100, 99, 120),
			[]string{"goals.not_below_base_without_reason goals.below_base goals.rows[revenue].planned[1] refuse"}},
		{"below base with a short reason", row(func(r *GoalRow) {
			r.Base, r.Planned[0], r.Planned[1], r.Planned[2] = number(100), number(99), number(100), number(100)
			r.Reason = "搬迁"
		}), []string{"goals.not_below_base_without_reason goals.below_base goals.rows[revenue].planned[0] refuse"}},
		{"below base with a reason", row(func(r *GoalRow) {
			r.Base, r.Planned[0], r.Planned[1], r.Planned[2] = number(100), number(99), number(100), number(100)
			r.Reason = longReason
		}), nil},
		{"below base where the rule set does not mind", func(t *testing.T, in *CheckInput) {
			values(100, 100, 99, 120)(t, in)
			in.Params.BelowBaseFree = true
		}, nil},
		{"growth at the limit", values(100, 150, 150, 225), nil},
		{"growth over the limit", values(10_000, 15_001, 15_001, 15_001),
			[]string{"goals.outlier_needs_reason goals.outlier goals.rows[revenue].planned[0] refuse"}},
		{"growth over the limit later", values(100, 110, 300, 310),
			[]string{"goals.outlier_needs_reason goals.outlier goals.rows[revenue].planned[1] refuse"}},
		{"growth with a reason", row(func(r *GoalRow) { r.Base, r.Reason = number(1), longReason }), nil},
		{"growth from nothing", values(0, 5, 5, 5),
			[]string{"goals.outlier_needs_reason goals.from_nothing goals.rows[revenue].planned[0] refuse"}},
	}
}

func businessViolations() []violation {
	business := func(f func(b *Business)) func(*testing.T, *CheckInput) {
		return func(_ *testing.T, in *CheckInput) { f(&in.Content.Business) }
	}
	return []violation{
		{"no sector", business(func(b *Business) { b.Sectors = nil }), []string{
			"business.sector business.sector_missing business.sectors refuse",
			"business.shares business.sector_not_chosen business.leading[0].sector refuse",
			"business.shares business.sector_not_chosen business.leading[1].sector refuse"}},
		{"unknown sector", business(func(b *Business) { b.Sectors = append(slices.Clone(b.Sectors), "mining") }),
			[]string{"business.sector field.not_a_choice business.sectors[2] refuse"}},
		{"sector twice", business(func(b *Business) { b.Sectors = append(slices.Clone(b.Sectors), "finance") }),
			[]string{"business.sector business.sector_repeated business.sectors[2] refuse"}},
		{"no leading business", business(func(b *Business) { b.Leading = nil }),
			[]string{"business.shares business.leading_missing business.leading refuse"}},
		{"nameless leading business", business(func(b *Business) { b.Leading[0].Name, b.Leading[1].Sector = "", "" }), []string{
			"business.shares field.required business.leading[0].name refuse",
			"business.shares field.required business.leading[1].sector refuse"}},
		{"no share", business(func(b *Business) { b.Leading[1].ShareBP = 0 }),
			[]string{"business.shares business.share_range business.leading[1].share_bp refuse"}},
		{"share over 100", business(func(b *Business) { b.Leading[1].ShareBP = 10_001 }),
			[]string{"business.shares business.share_range business.leading[1].share_bp refuse"}},
		{"shares exactly 100", business(func(b *Business) { b.Leading[0].ShareBP, b.Leading[1].ShareBP = 6000, 4000 }), nil},
		{"shares over 100", business(func(b *Business) { b.Leading[0].ShareBP, b.Leading[1].ShareBP = 6000, 4001 }),
			[]string{"business.shares business.shares_over business.leading refuse"}},
		{"no firms", business(func(b *Business) { b.Firms = nil }),
			[]string{"business.firms_present business.firms_missing business.firms refuse"}},
		{"too few firms", business(func(b *Business) { b.Firms = b.Firms[:1] }),
			[]string{"business.firms_present business.firms_too_few business.firms refuse"}},
		{"too many firms", func(_ *testing.T, in *CheckInput) { in.Params.MaxFirms = 3 },
			[]string{"business.firms_present business.firms_too_many business.firms refuse"}},
		{"firm without details", business(func(b *Business) { b.Firms[3] = Firm{Code: b.Firms[3].Code} }), []string{
			"business.firm_details field.required business.firms[3].name refuse",
			"business.firm_details field.required business.firms[3].sector refuse",
			"business.firm_details field.required business.firms[3].revenue_band refuse"}},
		{"firm with strange choices", business(func(b *Business) { b.Firms[3].Sector, b.Firms[3].RevenueBand = "mining", "vast" }),
			[]string{"business.firm_details field.not_a_choice business.firms[3].sector refuse",
				"business.firm_details field.not_a_choice business.firms[3].revenue_band refuse"}},
		{"firm without code", business(func(b *Business) { b.Firms[3].Code, b.Firms[4].Code = "", "" }), []string{
			"business.firm_codes field.required business.firms[3].code refuse",
			"business.firm_codes field.required business.firms[4].code refuse"}},
		{"firm with a bad code", business(func(b *Business) { b.Firms[3].Code = "91350100M000100Y44" }),
			[]string{"business.firm_codes code.check_digit business.firms[3].code refuse"}},
		{"firm twice", business(func(b *Business) { b.Firms[3].Code = b.Firms[1].Code }),
			[]string{"business.firm_duplicates business.firm_repeated business.firms[3].code warn"}},
	}
}

func guaranteeViolations() []violation {
	content := func(f func(c *Content)) func(*testing.T, *CheckInput) {
		return func(_ *testing.T, in *CheckInput) { f(&in.Content) }
	}
	return []violation{
		{"no area", content(func(c *Content) { c.Positioning.Area = "" }),
			[]string{"positioning.area_matches_unit field.required positioning.area refuse"}},
		{"another unit's area", content(func(c *Content) { c.Positioning.Area = "northeast" }),
			[]string{"positioning.area_matches_unit positioning.area_not_of_unit positioning.area refuse"}},
		{"no texts", content(func(c *Content) { c.Positioning.Text, c.Positioning.Relation = "", "" }), []string{
			"positioning.text_length field.required positioning.text refuse",
			"positioning.text_length field.required positioning.relation refuse"}},
		{"short text", content(func(c *Content) { c.Positioning.Text = strings.Repeat("字", 99) }),
			[]string{"positioning.text_length field.too_short positioning.text refuse"}},
		{"shortest text", content(func(c *Content) { c.Positioning.Text = strings.Repeat("字", 100) }), nil},
		{"longest text", content(func(c *Content) { c.Positioning.Text = strings.Repeat("字", 2000) }), nil},
		{"long text", content(func(c *Content) { c.Positioning.Text = strings.Repeat("字", 2001) }),
			[]string{"positioning.text_length field.too_long positioning.text refuse"}},
		{"long relation", content(func(c *Content) { c.Positioning.Relation = strings.Repeat("字", 1001) }),
			[]string{"positioning.text_length field.too_long positioning.relation refuse"}},
		{"short relation", content(func(c *Content) { c.Positioning.Relation = strings.Repeat("字", 49) }),
			[]string{"positioning.text_length field.too_short positioning.relation refuse"}},
		{"no platforms", content(func(c *Content) { c.Positioning.Platforms = nil }), nil},
		{"empty platform", content(func(c *Content) { c.Positioning.Platforms = []Platform{{}} }), []string{
			"positioning.platforms field.required positioning.platforms[0].name refuse",
			"positioning.platforms field.required positioning.platforms[0].description refuse",
			"positioning.platforms field.year_invalid positioning.platforms[0].year refuse"}},
		{"no land", content(func(c *Content) { c.Factors.Land = Factor{} }), []string{
			"factors.complete field.required factors.land.amount refuse",
			"factors.complete field.required factors.land.body refuse",
			"factors.complete field.required factors.land.date refuse",
			"factors.complete field.required factors.land.source refuse"}},
		{"no funds", content(func(c *Content) { c.Factors.Funds = Factor{} }), []string{
			"factors.complete field.required factors.funds.amount refuse",
			"factors.complete field.required factors.funds.body refuse",
			"factors.complete field.required factors.funds.date refuse"}},
		{"no talent", content(func(c *Content) { c.Factors.Talent = Factor{} }), []string{
			"factors.complete field.required factors.talent.amount refuse",
			"factors.complete field.required factors.talent.body refuse",
			"factors.complete field.required factors.talent.date refuse"}},
		{"no utilities", content(func(c *Content) { c.Factors.Utilities = Factor{} }), []string{
			"factors.complete field.required factors.utilities.amount refuse",
			"factors.complete field.required factors.utilities.body refuse",
			"factors.complete field.required factors.utilities.date refuse"}},
		{"no new land needed", content(func(c *Content) { c.Factors.Land.Amount = number(0) }), nil},
		{"negative amount", content(func(c *Content) { c.Factors.Funds.Amount = number(-5) }),
			[]string{"factors.complete field.negative factors.funds.amount refuse"}},
		{"29 February of an ordinary year", content(func(c *Content) { c.Factors.Talent.Date = "2026-02-29" }),
			[]string{"factors.complete field.date_invalid factors.talent.date refuse"}},
		{"no fund", content(func(c *Content) { c.Fund.Years = nil }),
			[]string{"fund.amount_positive fund.years_missing fund.years refuse"}},
		{"zero in a year", content(func(c *Content) { c.Fund.Years[1].AmountFen = 0 }),
			[]string{"fund.amount_positive fund.amount_not_positive fund.years[1].amount_fen refuse"}},
		{"strange year", content(func(c *Content) { c.Fund.Years[1].Year = 26 }),
			[]string{"fund.amount_positive field.year_invalid fund.years[1].year refuse"}},
		{"year twice", content(func(c *Content) { c.Fund.Years[1].Year = c.Fund.Years[0].Year }),
			[]string{"fund.amount_positive fund.year_repeated fund.years[1].year refuse"}},
		{"too few years", func(_ *testing.T, in *CheckInput) { in.Params.MinFundYears = 4 },
			[]string{"fund.amount_positive fund.too_few_years fund.years refuse"}},
		{"below the minimum", func(_ *testing.T, in *CheckInput) { in.Params.MinFundFen = 1_000_000_000_000_000 },
			[]string{"fund.amount_positive fund.below_minimum fund.years refuse"}},
		{"no source", content(func(c *Content) { c.Fund.SourceLine = "" }),
			[]string{"fund.source field.required fund.source_line refuse"}},
		{"no fund document number", content(func(c *Content) { c.Fund.DocumentNumber = "" }),
			[]string{"fund.document field.required fund.document_number refuse"}},
		{"no document numbers worth the name", content(func(c *Content) {
			c.Fund.DocumentNumber, c.Recommendation.DocumentNumber = "2026", "示例文件如附件"
		}), []string{
			"fund.document field.document_number fund.document_number refuse",
			"recommendation.document field.document_number recommendation.document_number refuse"}},
		{"no recommendation", content(func(c *Content) { c.Recommendation = Recommendation{} }), []string{
			"recommendation.document field.required recommendation.document_number refuse",
			"recommendation.document field.required recommendation.date refuse"}},
		{"bad recommendation date", content(func(c *Content) { c.Recommendation.Date = "2026/3/1" }),
			[]string{"recommendation.document field.date_invalid recommendation.date refuse"}},
	}
}

func materialViolations() []violation {
	drop := func(slot string) func(*testing.T, *CheckInput) {
		return func(_ *testing.T, in *CheckInput) {
			in.Files = slices.DeleteFunc(in.Files, func(f FileRef) bool { return f.Slot == slot })
		}
	}
	first := func(f func(r *FileRef)) func(*testing.T, *CheckInput) {
		return func(_ *testing.T, in *CheckInput) { f(&in.Files[0]) }
	}
	certificate := func(code string) []string {
		return []string{"materials.format " + code + " materials[certificate] refuse"}
	}
	return []violation{
		{"no fund letter", drop("fund_letter"), []string{"fund.document fund.file_missing fund.document_number refuse"}},
		{"no request", drop("request"),
			[]string{"recommendation.document recommendation.file_missing recommendation.document_number refuse"}},
		{"no certificate", drop("certificate"), []string{"materials.required materials.missing materials[certificate] refuse"}},
		{"no honours", drop("honours"), nil},
		{"no files", func(_ *testing.T, in *CheckInput) { in.Files = nil }, []string{
			"fund.document fund.file_missing fund.document_number refuse",
			"recommendation.document recommendation.file_missing recommendation.document_number refuse",
			"materials.required materials.missing materials[certificate] refuse",
			"materials.required materials.missing materials[map] refuse",
			"materials.required materials.missing materials[commitment] refuse"}},
		{"unknown slot", func(_ *testing.T, in *CheckInput) {
			f := in.Files[0]
			f.Slot = "other"
			in.Files = append(in.Files, f)
		}, []string{"materials.format materials.slot_unknown materials refuse"}},
		{"as many files as allowed", func(_ *testing.T, in *CheckInput) { in.Files = append(in.Files, in.Files[0]) }, nil},
		{"too many files", func(_ *testing.T, in *CheckInput) { in.Files = append(in.Files, in.Files[0], in.Files[0]) },
			certificate("materials.too_many")},
		{"wrong format", first(func(f *FileRef) { f.Name = "a.exe" }), certificate("materials.format")},
		{"no extension", first(func(f *FileRef) { f.Name = "pdf" }), certificate("materials.format")},
		{"capital extension", first(func(f *FileRef) { f.Name = "A.PDF" }), nil},
		{"content not as named", first(func(f *FileRef) { f.ContentType = "image/png" }), certificate("materials.content_differs")},
		{"content as named", first(func(f *FileRef) { f.ContentType = "application/pdf; charset=binary" }), nil},
		{"empty file", first(func(f *FileRef) { f.Size = 0 }), certificate("materials.empty")},
		{"largest file", first(func(f *FileRef) { f.Size = 10 << 20 }), nil},
		{"too large", first(func(f *FileRef) { f.Size = 10<<20 + 1 }), certificate("materials.too_large")},
		{"not hashed", first(func(f *FileRef) { f.SHA256 = strings.Repeat("G", 64) }), certificate("materials.no_checksum")},
	}
}

func TestCheck(t *testing.T) {
	zh, en := catalogue(t, "zh-CN"), catalogue(t, "en")
	for part, cases := range map[string][]violation{
		"body": bodyViolations(), "boundary": boundaryViolations(), "goals": goalViolations(),
		"business": businessViolations(), "guarantees": guaranteeViolations(), "materials": materialViolations(),
	} {
		for _, tt := range cases {
			t.Run(part+"/"+tt.name, func(t *testing.T) {
				in := testInput(t)
				tt.spoil(t, &in)
				got := Check(in)
				if diff := cmp.Diff(tt.want, found(got)); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(got, Check(in)); diff != "" {
					t.Errorf("a second run differs:\n%s", diff)
				}
				for _, p := range got {
					render(t, "zh-CN", zh, p)
					render(t, "en", en, p)
				}
			})
		}
	}
}

// A check that no test violates could be empty without anyone seeing it.
func TestEveryCheckHasAViolation(t *testing.T) {
	checks := map[string]bool{}
	for _, cases := range [][]violation{bodyViolations(), boundaryViolations(), goalViolations(), businessViolations(),
		guaranteeViolations(), materialViolations()} {
		for _, tt := range cases {
			for _, want := range tt.want {
				name, _, _ := strings.Cut(want, " ")
				checks[name] = true
			}
		}
	}
	for _, name := range CheckNames() {
		if !checks[name.Name] {
			t.Errorf("no test violates %s", name.Name)
		}
	}
}

func TestProblemParams(t *testing.T) {
	in := testInput(t)
	in.UnitExtent = nil
	boundaryOf(t, &in, polygon(square))
	in.Neighbours = []Neighbour{{ID: "z9", Label: "示例区", Kind: "zone", Geometry: []byte(polygon(insideIt))}}
	in.Content.Goals.Rows[0].Base = number(100_000_000)
	for k := range in.Content.Goals.Rows[0].Planned {
		in.Content.Goals.Rows[0].Planned[k] = number(99_500_000)
	}
	in.Content.Business.Leading[0].ShareBP = 9999
	shared := mustParse(t, polygon(insideIt)).AreaM2()
	got := Check(in)
	want := map[string]map[string]string{
		"boundary.overlaps_zone": {"Field": "field.boundary.polygon", "Label": "示例区", "ID": "z9",
			"Area": UnitKm2.Format(shared), "AreaM2": fmt.Sprint(shared)},
		"goals.below_base": {"Field": "field.goals.rows.planned", "Indicator": "field.goals.rows.revenue", "Year": "2028",
			"Value": "99.5", "Base": "100", "Min": "10"},
		"business.shares_over": {"Field": "field.business.leading", "Sum": "134.99"},
	}
	for code, params := range want {
		i := slices.IndexFunc(got, func(p Problem) bool {
			return p.Code == code && (params["Year"] == "" || p.Params["Year"] == params["Year"])
		})
		if i < 0 {
			t.Errorf("no %s in %v", code, found(got))
			continue
		}
		if diff := cmp.Diff(params, got[i].Params); diff != "" {
			t.Errorf("%s params (-want +got):\n%s", code, diff)
		}
	}
}

func TestEmptyContentIsRefusedEverywhere(t *testing.T) {
	got := Check(CheckInput{Params: testParams()})
	parts := map[string]bool{}
	for _, p := range got {
		if p.Severity == Refuse {
			parts[p.Clarification] = true
		}
	}
	for _, part := range []string{"body", "boundary", "goals", "business", "positioning", "factors", "fund", "materials"} {
		if !parts[part] {
			t.Errorf("an empty application has no problem in %s", part)
		}
	}
	if !Refused(got) {
		t.Error("an empty application is not refused")
	}
	if Refused([]Problem{{Severity: Warn}}) {
		t.Error("a warning refuses")
	}
	Check(CheckInput{}) // without a rule set there is nothing to choose from, but still an answer
}

func TestResults(t *testing.T) {
	in := testInput(t)
	in.Content.Body.Managers = 0
	in.Content.Business.Firms[1].Code = in.Content.Business.Firms[0].Code
	results := Results(Check(in))
	if len(results) != len(CheckNames()) {
		t.Fatalf("%d results for %d checks", len(results), len(CheckNames()))
	}
	for _, r := range results {
		wantFailed, wantProblems := r.Name == "managers.minimum", 0
		if wantFailed || r.Name == "business.firm_duplicates" {
			wantProblems = 1
		}
		if r.Passed == wantFailed || len(r.Problems) != wantProblems {
			t.Errorf("%s: passed %v with %d problems", r.Name, r.Passed, len(r.Problems))
		}
	}
}

func TestProblemsCarryTheirPart(t *testing.T) {
	for path, want := range map[string]string{
		"body.name": "body", "goals.rows[revenue]": "goals", "fund": "fund", "recommendation.date": "materials",
		"materials[map]": "materials", "materials": "materials", "": "", "boundary[0]": "boundary",
	} {
		if got := newProblem(path, "x", Warn, nil).Clarification; got != want {
			t.Errorf("part of %q = %q, want %q", path, got, want)
		}
	}
}

func TestContentFits(t *testing.T) {
	const office = "application/vnd.openxmlformats-officedocument."
	for name, tt := range map[string]struct {
		format, contentType string
		want                bool
	}{
		"pdf":             {"pdf", "application/pdf", true},
		"pdf as page":     {"pdf", "text/html", false},
		"png":             {"png", "image/png", true},
		"jpg":             {"jpg", "image/jpeg", true},
		"jpeg as png":     {"jpeg", "image/png", false},
		"docx":            {"docx", office + "wordprocessingml.document", true},
		"docx with sheet": {"docx", office + "spreadsheetml.sheet", false},
		"xlsx":            {"xlsx", office + "spreadsheetml.sheet", true},
		"ofd":             {"ofd", "application/zip", true},
		"zip as program":  {"zip", "application/x-msdownload", false},
		"unknown format":  {"geojson", "text/plain", true},
		"not detected":    {"pdf", "", true},
	} {
		if got := contentFits(tt.format, tt.contentType); got != tt.want {
			t.Errorf("%s: contentFits(%q, %q) = %v", name, tt.format, tt.contentType, got)
		}
	}
}

// A size just over the limit must not read as the limit.
func TestMegabytes(t *testing.T) {
	for bytes, want := range map[int64]string{1: "0.1", 1 << 20: "1", 1<<20 + 1: "1.1", 10 << 20: "10", 10<<20 + 1: "10.1",
		1<<63 - 1: "8796093022207"} {
		if got := megabytes(bytes); got != want {
			t.Errorf("megabytes(%d) = %q, want %q", bytes, got, want)
		}
	}
}

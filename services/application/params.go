package application

import (
	"encoding/json"

	"clusterzone/services/attachment"
	"clusterzone/services/database"
	"clusterzone/services/policy"
)

// The slots that checks look for by name.
const (
	fundSlot           = "matching-fund-commitment"
	recommendationSlot = "recommendation"
)

// china bounds where coordinates can lie at all: Chongqing with a generous margin.
func china() *[4]float64 { return &[4]float64{104, 27.5, 111, 33} }

// paramsOf takes the numbers and lists of the machine checks from a rule set.
func (s *Service) params(rules policy.RuleSet, unit string) CheckParams {
	p := CheckParams{
		MinManagers: int64(rules.Filing.MinManagers.Value), MaxVertices: 5000, Extent: china(),
		AreaToleranceBP: hundredths(rules.Filing.AreaTolerance.Value), MinOverlapM2: 100,
		ReasonMin: 10, MinFirms: 1, MaxFirms: 20_000,
		MinFundYears: 1, MinFundFen: 1, FundSlot: fundSlot, RecommendationSlot: recommendationSlot,
	}
	for _, k := range rules.Filing.BodyKinds {
		p.BodyKinds = append(p.BodyKinds, BodyKind(k.Code))
	}
	for _, i := range rules.Goals.Indicators {
		p.Indicators = append(p.Indicators, i.Code)
	}
	for _, x := range s.Book.Sectors {
		p.Sectors = append(p.Sectors, x.Code)
	}
	for _, b := range rules.RevenueBands {
		p.RevenueBands = append(p.RevenueBands, b.Code)
	}
	for _, a := range s.Book.AreasOf(unit) {
		p.Areas = append(p.Areas, a.Code)
	}
	for _, x := range rules.SlotsFor(policy.PurposeApplication) {
		p.Slots = append(p.Slots, SlotRule{Code: x.Code, Label: x.Name.ZH, Required: x.Required, Formats: x.Formats, MaxBytes: x.MaxBytes, MaxFiles: x.MaxFiles})
	}
	s.goalParams(rules, &p)
	return p
}

func (s *Service) goalParams(rules policy.RuleSet, p *CheckParams) {
	p.GrowthLimitBP = hundredths(rules.Goals.OutlierGrowth.Value)
	p.PlannedYears = rules.Goals.PlannedYears.Value
	p.BelowBaseFree = !rules.Goals.FallNeedsWhy.Value
	if t, ok := rules.TextLimit("positioning.text"); ok {
		p.TextMin, p.TextMax = t.Min, t.Max
	}
	if t, ok := rules.TextLimit("positioning.relation"); ok {
		p.RelationMin, p.RelationMax = t.Min, t.Max
	}
}

// hundredths turns percent into hundredths of a percent.
func hundredths(d policy.Decimal) int64 { return int64(d) / 10_000 }

// check runs every machine check of the commission's rules on a document and its files.
func (s *Service) check(tx *database.Tx, l loaded, c Content, files []attachment.Attachment) ([]Problem, error) {
	in := CheckInput{Content: c, Unit: l.UnitCode, Params: s.params(l.rules, l.UnitCode)}
	for _, f := range files {
		if _, answer := AnswerItemOf(f.Slot); answer {
			continue // belongs to the answer to a correction item, not to the materials
		}
		in.Files = append(in.Files, FileRef{Slot: f.Slot, Name: f.Name, Size: f.Size, SHA256: f.SHA256, ContentType: f.ContentType})
	}
	if u, ok := s.Book.Unit(l.UnitCode); ok && u.Extent != nil {
		in.UnitExtent = &[4]float64{u.Extent.West, u.Extent.South, u.Extent.East, u.Extent.North}
	}
	var err error
	if in.CodesInUse, err = codesInUse(tx, l); err != nil {
		return nil, err
	}
	if in.Neighbours, err = s.neighbours(tx, l); err != nil {
		return nil, err
	}
	return Check(in), nil
}

// neighbours are the zones in force by name and the other live applications, by name only
// where their notice is public: another unit's filing is nobody's business before.
func (s *Service) neighbours(tx *database.Tx, l loaded) ([]Neighbour, error) {
	out, err := otherBoundaries(tx, l)
	if err != nil {
		return nil, err
	}
	zones, err := s.Zones.Neighbours(tx, l.ID)
	if err != nil {
		return nil, err
	}
	for _, z := range zones {
		out = append(out, Neighbour{ID: z.ID, Label: z.Name, Kind: "zone", Geometry: z.GeoJSON})
	}
	return out, nil
}

func canonicalFiles(files []attachment.Attachment) string {
	type stored struct {
		ID      string `json:"id"`
		Slot    string `json:"slot"`
		No      int    `json:"no"`
		Name    string `json:"name"`
		Size    int64  `json:"size"`
		SHA256  string `json:"sha256"`
		Type    string `json:"type"`
		Key     string `json:"key"`
		Version string `json:"version"`
	}
	out := make([]stored, 0, len(files))
	for _, f := range files {
		out = append(out, stored{f.ID, f.Slot, f.No, f.Name, f.Size, f.SHA256, f.ContentType, f.ObjectKey, f.ObjectVersion})
	}
	text, _ := json.Marshal(out) // plain strings and numbers always marshal
	return string(text)
}

// partCode is the document's name for a clarification of the policy data; the filing as a
// whole is "materials".
func partCode(clarification string) string {
	switch clarification {
	case "development-body":
		return "body"
	case "four-boundaries":
		return "boundary"
	case "development-goals":
		return "goals"
	case "business-character":
		return "business"
	case "functional-positioning":
		return "positioning"
	case "factor-guarantees":
		return "factors"
	case "matching-fund":
		return "fund"
	}
	return "materials"
}

// Parts lists the seven parts that are checked, in the order of the form.
func Parts() []string {
	return []string{"body", "boundary", "goals", "business", "positioning", "factors", "fund"}
}

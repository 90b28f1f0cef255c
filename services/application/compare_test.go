package application

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func compare(t testing.TB, from, to Content) []Change {
	t.Helper()
	changes, err := Compare(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func TestCompareEqual(t *testing.T) {
	c := testInput(t).Content
	if got := compare(t, c, testInput(t).Content); len(got) != 0 {
		t.Errorf("a content differs from itself: %v", got)
	}
	if got := compare(t, Content{}, Content{Business: Business{Firms: []Firm{}}}); len(got) != 0 {
		t.Errorf("an empty list differs from none: %v", got)
	}
}

// Rows without an identity of their own are matched by place, or two equal codes would be taken for each other.
func TestCompareWithRepeatedCodes(t *testing.T) {
	twice := func(first string) Content {
		return Content{Business: Business{Firms: []Firm{{Name: first, Code: "A"}, {Name: "二", Code: "A"}}}}
	}
	if got := compare(t, twice("一"), twice("一")); len(got) != 0 {
		t.Errorf("a content differs from itself: %v", got)
	}
	want := []Change{{Path: "business.firms[0].name", LabelKey: "field.business.firms.name", Old: "一", New: "三"}}
	if diff := cmp.Diff(want, compare(t, twice("一"), twice("三"))); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestCompareRefusesABrokenPolygon(t *testing.T) {
	broken := Content{Boundary: Boundary{Polygon: json.RawMessage("{")}}
	for _, pair := range [][2]Content{{broken, {}}, {{}, broken}} {
		if got, err := Compare(pair[0], pair[1]); err == nil {
			t.Errorf("Compare = %v, want an error", got)
		}
	}
}

func TestCompareFindsPlantedChanges(t *testing.T) {
	change := func(path, from, to string) Change {
		return Change{Path: path, LabelKey: LabelKey(path), Old: from, New: to}
	}
	base := testInput(t).Content
	firms := base.Business.Firms
	tests := []struct {
		name string
		edit func(c *Content)
		want []Change
	}{
		{"text", func(c *Content) { c.Body.Name = "新名" }, []Change{change("body.name", base.Body.Name, "新名")}},
		{"several parts", func(c *Content) {
			c.Fund.Years[1].AmountFen, c.Body.Managers, c.Recommendation.Date = 7, 99, "2026-01-01"
		}, []Change{
			change("body.managers", shown(json.Number(itoa(base.Body.Managers))), "99"),
			change("fund.years[1].amount_fen", itoa(base.Fund.Years[1].AmountFen), "7"),
			change("recommendation.date", base.Recommendation.Date, "2026-01-01")}},
		{"number to nothing", func(c *Content) { c.Boundary.FloorAreaM2 = nil },
			[]Change{change("boundary.floor_area_m2", itoa(*base.Boundary.FloorAreaM2), "")}},
		{"number to zero", func(c *Content) { c.Factors.Land.Amount = number(0) },
			[]Change{change("factors.land.amount", itoa(*base.Factors.Land.Amount), "0")}},
		{"goal", func(c *Content) { c.Goals.Rows[2].Planned[1] = number(1) },
			[]Change{change("goals.rows[tax].planned[1]", itoa(*base.Goals.Rows[2].Planned[1]), "1")}},
		{"polygon", func(c *Content) { c.Boundary.Polygon = json.RawMessage(`{"coordinates":[],"type":"Polygon"}`) },
			[]Change{change("boundary.polygon", string(base.Boundary.Polygon), `{"coordinates":[],"type":"Polygon"}`)}},
		{"firm put in front", func(c *Content) {
			c.Business.Firms = slices.Insert(slices.Clone(firms), 0, Firm{Name: "新", Code: "N", Sector: "s", RevenueBand: "b"})
		}, []Change{change("business.firms[0].name", "", "新"), change("business.firms[0].code", "", "N"),
			change("business.firms[0].sector", "", "s"), change("business.firms[0].revenue_band", "", "b")}},
		{"firm removed", func(c *Content) { c.Business.Firms = slices.Delete(slices.Clone(firms), 2, 3) }, []Change{
			change("business.firms[2].name", firms[2].Name, ""), change("business.firms[2].code", firms[2].Code, ""),
			change("business.firms[2].sector", firms[2].Sector, ""),
			change("business.firms[2].revenue_band", firms[2].RevenueBand, "")}},
		{"firm renamed", func(c *Content) {
			c.Business.Firms = slices.Clone(firms)
			c.Business.Firms[5].Name = "改"
		}, []Change{change("business.firms[5].name", firms[5].Name, "改")}},
		{"two sectors swapped", func(c *Content) { c.Business.Sectors = []string{"professional", "finance"} },
			[]Change{change("business.sectors", "finance, professional", "professional, finance")}},
		{"sector added", func(c *Content) { c.Business.Sectors = append(slices.Clone(c.Business.Sectors), "logistics") },
			[]Change{change("business.sectors[2]", "", "logistics")}},
		{"empty row added", func(c *Content) { c.Positioning.Platforms = append(c.Positioning.Platforms, Platform{}) },
			[]Change{change("positioning.platforms[1].year", "", "0")}},
		{"year without a value", func(c *Content) { c.Goals.Rows[0].Planned = append(c.Goals.Rows[0].Planned, nil) },
			[]Change{change("goals.rows[revenue].planned[3]", "", "null")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := testInput(t).Content
			tt.edit(&c)
			if diff := cmp.Diff(tt.want, compare(t, base, c)); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func itoa(v int64) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// drawContent makes small contents that often agree, so that equal, reordered and changed pairs all occur.
func drawContent(t *rapid.T, label string) Content {
	text := rapid.SampledFrom([]string{"", "a", "b"})
	amount := rapid.SampledFrom([]*int64{nil, number(0), number(1)})
	var c Content
	c.Body.Name = text.Draw(t, label+"name")
	c.Boundary.FloorAreaM2 = amount.Draw(t, label+"floor")
	c.Business.Sectors = rapid.SliceOfN(text, 0, 3).Draw(t, label+"sectors")
	c.Business.Firms = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Firm {
		return Firm{Name: text.Draw(t, "name"), Code: text.Draw(t, "code")}
	}), 0, 3).Draw(t, label+"firms")
	c.Goals.Rows = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) GoalRow {
		return GoalRow{Indicator: text.Draw(t, "indicator"), Planned: rapid.SliceOfN(amount, 0, 2).Draw(t, "planned")}
	}), 0, 3).Draw(t, label+"rows")
	return c
}

// Comparison is empty exactly when the canonical bytes are equal: no change may hide.
func TestCompareAgreesWithCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from, to := drawContent(t, "from "), drawContent(t, "to ")
		a, err := Canonical(from)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Canonical(to)
		if err != nil {
			t.Fatal(err)
		}
		changes, err := Compare(from, to)
		if err != nil {
			t.Fatal(err)
		}
		if (len(changes) == 0) != bytes.Equal(a, b) {
			t.Fatalf("%d changes between\n%s\n%s", len(changes), a, b)
		}
		for _, c := range changes {
			if c.Old == c.New {
				t.Fatalf("change without a difference: %+v", c)
			}
		}
	})
}

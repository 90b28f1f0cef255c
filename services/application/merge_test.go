package application

import (
	"strings"
	"testing"
)

func firmsOf(codes ...string) (out []Firm) {
	for _, code := range codes {
		name, code, _ := strings.Cut(code, "=")
		out = append(out, Firm{Code: name, Name: code})
	}
	return out
}

func firmText(firms []Firm) string {
	var out []string
	for _, f := range firms {
		out = append(out, f.Code+"="+f.Name)
	}
	return strings.Join(out, " ")
}

// Lists are merged item by item where their items can be told apart, and as a whole otherwise.
func TestMergeOfLists(t *testing.T) {
	for name, c := range map[string]struct {
		base, mine, theirs []string
		want, both         string
	}{
		"both add":             {[]string{"A=1"}, []string{"A=1", "B=2"}, []string{"A=1", "C=3"}, "A=1 C=3 B=2", ""},
		"both add the same":    {[]string{"A=1"}, []string{"A=1", "B=2"}, []string{"A=1", "B=2"}, "A=1 B=2", ""},
		"one removes":          {[]string{"A=1", "B=2"}, []string{"B=2"}, []string{"A=1", "B=3"}, "B=3", ""},
		"removed and changed":  {[]string{"A=1", "B=2"}, []string{"A=1"}, []string{"A=1", "B=3"}, "A=1 B=3", ""},
		"one item by both":     {[]string{"A=1", "B=2"}, []string{"A=x", "B=2"}, []string{"A=y", "B=2"}, "A=x B=2", "business.firms[0].name"},
		"different items":      {[]string{"A=1", "B=2"}, []string{"A=x", "B=2"}, []string{"A=1", "B=y"}, "A=x B=y", ""},
		"theirs moved":         {[]string{"A=1", "B=2"}, []string{"A=x", "B=2"}, []string{"B=2", "A=1"}, "B=2 A=x", ""},
		"a code grows":         {[]string{"A=1", "9=2"}, []string{"A=1", "91=2"}, []string{"A=1", "9=2", "C=3"}, "A=1 C=3 91=2", ""},
		"no code, one changed": {[]string{"=1"}, []string{"=1", "=2"}, []string{"=1"}, "=1 =2", ""},
		"no code, both":        {[]string{"=1"}, []string{"=1", "=2"}, []string{"=1", "=3"}, "=1 =2", "business.firms"},
		"nothing of mine":      {[]string{"A=1"}, []string{"A=1"}, []string{}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			side := func(codes []string) (c Content) {
				c.Business.Firms = firmsOf(codes...)
				return c
			}
			merged, both, err := Merge(side(c.base), side(c.mine), side(c.theirs))
			if err != nil {
				t.Fatal(err)
			}
			var places []string
			for _, b := range both {
				places = append(places, b.Path)
			}
			if got := firmText(merged.Business.Firms); got != c.want || strings.Join(places, " ") != c.both {
				t.Errorf("got %q with both %q, want %q with %q", got, places, c.want, c.both)
			}
		})
	}
}

// The years of an indicator meet one by one.
func TestMergeOfYears(t *testing.T) {
	side := func(values ...int64) (c Content) {
		row := GoalRow{Indicator: "revenue"}
		for _, v := range values {
			row.Planned = append(row.Planned, &v)
		}
		c.Goals.Rows = []GoalRow{row}
		return c
	}
	merged, both, err := Merge(side(1, 2, 3), side(10, 2, 30), side(1, 20, 33))
	if err != nil || len(both) != 1 || both[0].Path != "goals.rows[revenue].planned[2]" || string(both[0].Mine) != `"30"` || string(both[0].Theirs) != `"33"` {
		t.Fatalf("both: %+v %v", both, err)
	}
	p := merged.Goals.Rows[0].Planned
	if *p[0] != 10 || *p[1] != 20 || *p[2] != 30 {
		t.Errorf("merged: %d %d %d", *p[0], *p[1], *p[2])
	}
}

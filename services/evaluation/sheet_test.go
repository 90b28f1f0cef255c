package evaluation_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterzone/services/evaluation"
	"clusterzone/services/policy"
	"clusterzone/services/wording"
)

func TestParseSheet(t *testing.T) {
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		column evaluation.Column
		in     string
		want   []string // path and code
	}{
		{"nothing", evaluation.SelfColumn, `{}`, nil},
		{"a figure", evaluation.SelfColumn, `{"figures":{"revenue":" 1,200.50 "}}`, nil},
		{"a fall", evaluation.SelfColumn, `{"figures":{"revenue-growth":"-12.5"}}`, nil},
		{"unknown indicator", evaluation.SelfColumn, `{"figures":{"profit":"1"}}`, []string{"figures.profit evaluation.figure_unknown"}},
		{"expert indicator", evaluation.SelfColumn, `{"figures":{"innovation":"9"}}`, []string{"figures.innovation evaluation.figure_expert"}},
		{"no number", evaluation.SelfColumn, `{"figures":{"tax":"1e9"}}`, []string{"figures.tax evaluation.figure_number"}},
		{"beyond any number", evaluation.SelfColumn, `{"figures":{"tax":"99999999999999999999"}}`, []string{"figures.tax evaluation.figure_number"}},
		{"too precise", evaluation.SelfColumn, `{"figures":{"firms":"3.5"}}`, []string{"figures.firms evaluation.figure_precision"}},
		{"below the range", evaluation.SelfColumn, `{"figures":{"firms":"-1"}}`, []string{"figures.firms evaluation.figure_low"}},
		{"above the range", evaluation.SelfColumn, `{"figures":{"leading-share":"100.01"}}`, []string{"figures.leading-share evaluation.figure_high"}},
		{"two at once", evaluation.SelfColumn, `{"figures":{"firms":"x","tax":"y"}}`, []string{"figures.firms evaluation.figure_number", "figures.tax evaluation.figure_number"}},
		{"a number instead of text", evaluation.SelfColumn, `{"figures":{"tax":5}}`, []string{"figures evaluation.sheet_text"}},
		{"unknown part", evaluation.SelfColumn, `{"grades":{}}`, []string{" evaluation.sheet"}},
		{"two documents", evaluation.SelfColumn, `{} {}`, []string{" evaluation.sheet"}},
		{"no document", evaluation.SelfColumn, ``, []string{" evaluation.sheet"}},
		{"a null character", evaluation.SelfColumn, `{"notes":{"tax":"a\u0000b"}}`, []string{" text.invalid"}},
		{"broken text", evaluation.SelfColumn, "{\"notes\":{\"tax\":\"\xff\"}}", []string{" text.invalid"}},
		{"a bonus", evaluation.SelfColumn, `{"bonuses":{"national-pilot":"3"}}`, nil},
		{"too much bonus", evaluation.SelfColumn, `{"bonuses":{"national-pilot":"3.01"}}`, []string{"bonuses.national-pilot evaluation.item_points"}},
		{"unknown bonus", evaluation.SelfColumn, `{"bonuses":{"x":"1"}}`, []string{"bonuses.x evaluation.item_unknown"}},
		{"a deduction by the unit", evaluation.SelfColumn, `{"deductions":{"late-reports":"1"}}`, []string{"deductions.late-reports evaluation.officer_only"}},
		{"a veto by the unit", evaluation.SelfColumn, `{"vetoes":["fraud"]}`, []string{"vetoes evaluation.officer_only"}},
		{"a deduction by the officer", evaluation.CheckColumn, `{"deductions":{"late-reports":"1"},"vetoes":["fraud"]}`, nil},
		{"unknown veto", evaluation.CheckColumn, `{"vetoes":["x"]}`, []string{"vetoes evaluation.veto_unknown"}},
		{"a target nobody asks for", evaluation.SelfColumn, `{"targets":{"tax":"1"}}`, []string{"targets.tax evaluation.target_unknown"}},
		{"a note on nothing", evaluation.SelfColumn, `{"notes":{"x":"y"}}`, []string{"notes.x evaluation.note_unknown"}},
		{"a long note", evaluation.SelfColumn, `{"notes":{"tax":"` + strings.Repeat("长", 1001) + `"}}`, []string{"notes.tax evaluation.note_length"}},
		{"too large", evaluation.SelfColumn, `{"notes":{"tax":"` + strings.Repeat("a", 300<<10) + `"}}`, []string{" evaluation.sheet_size"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := evaluation.ParseSheet([]byte(tt.in), data.Rules.Evaluation, tt.column)
			var got []string
			for _, p := range problems {
				got = append(got, p.Path+" "+p.Code)
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
		})
	}
}

func TestParseSheetWritesOneForm(t *testing.T) {
	data, err := policy.Load()
	if err != nil {
		t.Fatal(err)
	}
	got, problems := evaluation.ParseSheet([]byte(`{"figures":{"revenue":"01,200.50","tax":""},"bonuses":{"national-pilot":"0.00"},"vetoes":["fraud","fraud"],"carried":["tax"]}`),
		data.Rules.Evaluation, evaluation.CheckColumn)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := evaluation.Sheet{Figures: map[string]string{"revenue": "1200.5"}, Targets: map[string]string{}, Bonuses: map[string]string{}, Deductions: map[string]string{},
		Vetoes: []string{"fraud"}, Notes: map[string]string{}, Carried: []string{}}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
}

// TestEveryRefusalHasItsWords reads the codes out of the source and looks each up.
func TestEveryRefusalHasItsWords(t *testing.T) {
	words, err := wording.New()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	whole := regexp.MustCompile(`"(evaluation\.[a-z_]+)"`)
	short := regexp.MustCompile(`(?:c\.add|fieldOf)\([^\n]*?, "([a-z]+_[a-z]+)"`)
	recorded := map[string]bool{"evaluation.save": true, "evaluation.files": true} // names of audit entries
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, m := range whole.FindAllStringSubmatch(string(src), -1) {
			codes = append(codes, m[1])
		}
		for _, m := range short.FindAllStringSubmatch(string(src), -1) {
			codes = append(codes, "evaluation."+m[1])
		}
		for _, code := range codes {
			seen++
			if !recorded[code] && !words.Has("check."+code) && !words.Has("fault."+code) {
				t.Errorf("%s: %s has no words", name, code)
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d codes found: the search is broken", seen)
	}
}

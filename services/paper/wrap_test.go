package paper

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func joined(lines []line) string {
	var all strings.Builder
	for _, l := range lines {
		all.WriteString(l.text)
	}
	return strings.ReplaceAll(all.String(), " ", "")
}

func TestWrapKeepsEveryCharacterWithinTheLine(t *testing.T) {
	st := style{press(t).song, 12, inkText}
	text := longText(900)
	for width := 40.0; width < 500; width += 7.3 {
		lines := wrap(text, st, width, 24)
		if got, want := joined(lines), strings.ReplaceAll(text, " ", ""); got != want {
			t.Fatalf("width %.1f: text changed (%d for %d characters)",
				width, utf8.RuneCountInString(got), utf8.RuneCountInString(want))
		}
		for i, l := range lines {
			if used := l.indent + st.width(l.text); used > width+0.001 {
				t.Errorf("width %.1f: line %d is %.1f wide: %q", width, i, used, l.text)
			}
			if gap := l.gap(st, width, looseText); l.indent+st.width(l.text)+gap*float64(utf8.RuneCountInString(l.text)-1) > width+0.001 {
				t.Errorf("width %.1f: line %d is stretched past the edge", width, i)
			}
		}
	}
}

func TestWrapPunctuation(t *testing.T) {
	st := style{press(t).song, 10, inkText}
	texts := func(text string, characters float64) []string {
		var out []string
		for _, l := range wrap(text, st, characters*10+0.1, 0) {
			out = append(out, l.text)
		}
		return out
	}
	for _, test := range []struct {
		name  string
		text  string
		width float64
		want  []string
	}{
		{"no full stop first", "一二三四五。六", 5, []string{"一二三四", "五。六"}},
		{"no bracket last", "一二三四（五）", 5, []string{"一二三四", "（五）"}},
		{"dash whole", "一二三四——五", 5, []string{"一二三", "四——五"}},
		{"word whole", "一二三Warehouse四", 6, []string{"一二三", "Warehouse", "四"}},
		{"long word cut anywhere", "一" + strings.Repeat("a", 40), 5,
			[]string{"一aaaaaaa", "aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "aaaaaaaa", "a"}},
		{"blank at a break goes", "一二三四 五", 4, []string{"一二三四", "五"}},
		{"line ends kept", "一\n\n二", 4, []string{"一", "", "二"}},
		{"narrower than a character", "一二", 0.5, []string{"一", "二"}},
	} {
		if diff := cmp.Diff(test.want, texts(test.text, test.width)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestFitMakesHeadingsSmallerUntilTheyFit(t *testing.T) {
	st := style{press(t).song, 30, inkText}
	lines, smaller, ok := fit(strings.Repeat("示", 20), st, 400, 1, 10)
	if !ok || len(lines) != 1 || smaller.size != 20 {
		t.Errorf("20 characters in 400 pt: %d lines at %.0f pt, %v; want 1 at 20", len(lines), smaller.size, ok)
	}
	if _, _, ok := fit(strings.Repeat("示", 60), st, 400, 1, 10); ok {
		t.Error("60 characters cannot stand in one line of 400 pt at 10 pt")
	}
	lines, _, _ = fit("战略性新兴服务业集聚示范区申报书", style{press(t).song, 32, inkText}, 430, 3, 14)
	if len(lines) != 2 || utf8.RuneCountInString(lines[1].text) < 6 {
		t.Errorf("heading not balanced: %v", lines)
	}
}

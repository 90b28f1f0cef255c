package paper

import (
	"strings"
	"unicode/utf8"
)

// A line may not begin with a mark of the first list nor end with one of the
// second; a space stays with the word before it.
const (
	neverFirst = " ,.;:!?)]}%/、。，．；：！？）】》〉」』〕］｝”’…—·•‰％℃°′″～〞々ー"
	neverLast  = "([{¥$/（【《〈「『〔［｛“‘￥＄〝№§"
)

// line is one set line of a text.
type line struct {
	text   string
	indent float64 // points left free before it
	closes bool    // the last line of its paragraph: not stretched
}

// longWord is the number of characters from which a word (an address, a hash)
// is cut anywhere: moving it whole to the next line would tear the line before.
const longWord = 24

// wrap sets text in lines of at most width points, first lines of paragraphs
// indented. It breaks between ideographs, keeps words and figures whole, and
// loses no character but blanks at a break.
func wrap(text string, st style, width, indent float64) []line {
	var lines []line
	for _, paragraph := range strings.Split(clean(text), "\n") {
		lines = append(lines, wrapParagraph(paragraph, st, width, indent)...)
	}
	return lines
}

func wrapParagraph(text string, st style, width, indent float64) []line {
	var (
		lines   []line
		current strings.Builder
		used    = indent
		lead    = indent
	)
	flush := func(closes bool) {
		lines = append(lines, line{strings.TrimRight(current.String(), " "), lead, closes})
		current.Reset()
		used, lead = 0, 0
	}
	put := func(piece string) {
		current.WriteString(piece)
		used += st.width(piece)
	}
	for _, piece := range pieces(text) {
		need := st.width(strings.TrimRight(piece, " "))
		if used+need > width && current.Len() > 0 && utf8.RuneCountInString(piece) < longWord {
			flush(false)
		}
		if used+need <= width {
			put(piece)
			continue
		}
		for _, r := range piece {
			if used+st.width(string(r)) > width && current.Len() > 0 {
				flush(false)
			}
			put(string(r))
		}
	}
	flush(true)
	return lines
}

// pieces cuts text wherever a line may end.
func pieces(text string) []string {
	var cut []string
	start := 0
	previous := rune(-1)
	for i, r := range text {
		if previous >= 0 && mayBreak(previous, r) {
			cut = append(cut, text[start:i])
			start = i
		}
		previous = r
	}
	if start < len(text) {
		cut = append(cut, text[start:])
	}
	return cut
}

func mayBreak(before, after rune) bool {
	if strings.ContainsRune(neverFirst, after) || strings.ContainsRune(neverLast, before) {
		return false
	}
	return !inWord(before) || !inWord(after)
}

// inWord tells letters, figures and the marks inside words, numbers and
// addresses of Latin writing.
func inWord(r rune) bool {
	return r > ' ' && r < 0x2000 && r != '(' && r != ')'
}

// longest is the widest of the lines, in points.
func longest(lines []line, st style) float64 {
	widest := 0.0
	for _, l := range lines {
		widest = max(widest, l.indent+st.width(l.text))
	}
	return widest
}

// fit sets text in at most most lines, making it smaller down to least points.
// The last value is false when it does not fit even then.
func fit(text string, st style, width float64, most int, least float64) ([]line, style, bool) {
	for {
		lines := balance(text, st, width)
		if len(lines) <= most {
			return lines, st, true
		}
		if st.size <= least {
			return lines, st, false
		}
		st = st.sized(max(least, st.size-1))
	}
}

// balance wraps a heading so that its last line is not a single stray word: the
// measure shrinks as long as the number of lines stays the same.
func balance(text string, st style, width float64) []line {
	lines := wrap(text, st, width, 0)
	if len(lines) < 2 {
		return lines
	}
	for narrow := width - st.size; narrow > width/2; narrow -= st.size {
		tighter := wrap(text, st, narrow, 0)
		if len(tighter) != len(lines) {
			break
		}
		lines = tighter
	}
	return lines
}

// How far characters may be driven apart, in parts of the type size.
const (
	looseText = 0.14
	looseCell = 0.05
)

// gap is the extra space between two characters that stretches l to width, or
// 0 where it would be more than loose of the type size and look torn.
func (l line) gap(st style, width, loose float64) float64 {
	n := utf8.RuneCountInString(l.text)
	if l.closes || n < 2 {
		return 0
	}
	extra := (width - l.indent - st.width(l.text)) / float64(n-1)
	if extra < 0 || extra > loose*st.size {
		return 0
	}
	return extra
}

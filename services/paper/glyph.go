package paper

import (
	"fmt"
	"slices"
	"strings"
)

// MissingGlyphError refuses a document that holds characters its fonts cannot
// draw: an empty box on an issued paper is worse than no paper. The caller
// shows both fields to whoever can change the text.
type MissingGlyphError struct {
	// Runes are the characters, each once, in the order met.
	Runes []rune
	// Where names the places as the document labels them, joined by "、".
	Where string
}

// Error lists the characters with their code points, for logs.
func (e *MissingGlyphError) Error() string {
	points := make([]string, len(e.Runes))
	for i, r := range e.Runes {
		points[i] = fmt.Sprintf("%q (%U)", string(r), r)
	}
	return fmt.Sprintf("%s: cannot print %s: replace these characters", e.Where, strings.Join(points, ", "))
}

// inspection gathers what cannot be printed before anything is drawn.
type inspection struct {
	press  *Press
	runes  []rune
	places []string
}

func (p *Press) inspect() *inspection {
	return &inspection{press: p}
}

// texts checks texts that belong to one place.
func (in *inspection) texts(where string, texts ...string) {
	found := false
	for _, text := range texts {
		for _, r := range clean(text) {
			if r == '\n' || in.press.prints(r) {
				continue
			}
			found = true
			if !slices.Contains(in.runes, r) {
				in.runes = append(in.runes, r)
			}
		}
	}
	if found && !slices.Contains(in.places, where) {
		in.places = append(in.places, where)
	}
}

func (in *inspection) err() error {
	if len(in.runes) == 0 {
		return nil
	}
	return &MissingGlyphError{Runes: in.runes, Where: strings.Join(in.places, "、")}
}

// prints reports whether both faces draw r, so that a change of face in a
// layout never changes what is refused.
func (p *Press) prints(r rune) bool {
	return p.song.has(r) && p.hei.has(r)
}

// clean makes text printable without changing what a reader sees: line ends
// become "\n", every kind of blank a space, and marks without width vanish.
// Anything else that has no glyph stays, and is refused by inspection.
func clean(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return swap(r) != r }) {
		return text
	}
	return strings.Map(swap, strings.ReplaceAll(text, "\r\n", "\n"))
}

func swap(r rune) rune {
	switch {
	case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
		return '\n'
	case r == '\t', r == '\u00A0', r == '\u202F', r == '\u205F', r >= '\u2000' && r <= '\u200A':
		return ' '
	case r >= '\u200B' && r <= '\u200F', r == '\u2060', r == '\uFEFF', r == '\u00AD':
		return -1
	}
	return r
}

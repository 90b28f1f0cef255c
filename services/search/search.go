// Package search keeps what names and numbers are found by: every tail of a text, and of its
// pinyin and initials from each syllable on, as terms of one index. A part of a name is the
// beginning of one of its tails, so that any part of one character or more is one range of the
// index on both databases; two Chinese characters hit, which trigrams do not. It owns the table
// search_term, and knows no case and nobody's rights: those who ask join it with their scope.
package search

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mozillazg/go-pinyin"
	"golang.org/x/text/width"

	"clusterzone/services/database"
)

const (
	// maxTerm is the length of a term in characters; a longer question is compared by its
	// beginning, and the part beyond it is cut off.
	maxTerm = 24
	// maxText is how much of a text is indexed, in characters.
	maxText = 200
	// chunk is how many terms one statement stores.
	chunk = 200
)

// Clean is a text as it is compared: half width, small letters, without spaces.
func Clean(text string) string {
	text = strings.ToLower(width.Fold.String(strings.ToValidUTF8(text, "")))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

// Terms are what texts are found by, each once.
func Terms(texts ...string) []string {
	seen := map[string]bool{}
	for _, text := range texts {
		runes := []rune(Clean(text))
		if len(runes) > maxText {
			runes = runes[:maxText]
		}
		tails(seen, pieces(runes))
		sounds, initials := syllables(runes)
		tails(seen, sounds)
		tails(seen, initials)
	}
	out := make([]string, 0, len(seen))
	for term := range seen {
		out = append(out, term)
	}
	slices.Sort(out)
	return out
}

// pieces are the characters of a text, each a place where a part may begin.
func pieces(runes []rune) []string {
	out := make([]string, len(runes))
	for i, r := range runes {
		out[i] = string(r)
	}
	return out
}

// syllables reads a text aloud: the pinyin of each Chinese character and its first letter;
// other characters stand for themselves. A text without Chinese says nothing new.
func syllables(runes []rune) (sounds, initials []string) {
	args, chinese := pinyin.NewArgs(), false
	for _, r := range runes {
		sound := string(r)
		if read := pinyin.SinglePinyin(r, args); len(read) > 0 {
			sound, chinese = read[0], true
		}
		first, _ := utf8.DecodeRuneInString(sound)
		sounds, initials = append(sounds, sound), append(initials, string(first))
	}
	if !chinese {
		return nil, nil
	}
	return sounds, initials
}

// tails adds what begins at each piece.
func tails(into map[string]bool, pieces []string) {
	for i := range pieces {
		into[cut(strings.Join(pieces[i:min(len(pieces), i+maxTerm)], ""))] = true
	}
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > maxTerm {
		return string(runes[:maxTerm])
	}
	return text
}

// last is beyond every character that a term holds.
const last = string(unicode.MaxRune)

// Range are the bounds between which every term that begins with the question lies: from
// inclusive, to exclusive. Not ok: the question holds nothing to look for.
func Range(question string) (from, to string, ok bool) {
	q := cut(Clean(strings.ReplaceAll(question, "\x00", "")))
	return q, q + last, q != ""
}

// Put stores what a case is found by in place of what it was found by before, in the
// transaction that changes its name.
func Put(tx *database.Tx, kind, id string, texts ...string) error {
	if _, err := tx.Exec("DELETE FROM search_term WHERE kind = ? AND case_id = ?", kind, id); err != nil {
		return fmt.Errorf("search terms of %s %s: %w", kind, id, err)
	}
	for some := range slices.Chunk(Terms(texts...), chunk) {
		args := make([]any, 0, 3*len(some))
		for _, term := range some {
			args = append(args, kind, id, term)
		}
		marks := strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", len(some)), ", ")
		if _, err := tx.Exec("INSERT INTO search_term (kind, case_id, term) VALUES "+marks+" ON CONFLICT DO NOTHING", args...); err != nil {
			return fmt.Errorf("search terms of %s %s: %w", kind, id, err)
		}
	}
	return nil
}

// UnitKind is the kind under which the names of units are kept.
const UnitKind = "unit"

// In is a condition on the column of a table that keeps cases with a unit_code: those of the
// kind whose own name or number, or whose unit's name, holds the question. It is false for a
// question that holds nothing.
func In(column, kind, table, question string) (cond string, args []any) {
	from, to, ok := Range(question)
	if !ok {
		return "1 = 0", nil
	}
	return column + ` IN (SELECT t.case_id FROM search_term t WHERE t.kind = ? AND t.term >= ? AND t.term < ?
		UNION SELECT x.id FROM search_term t JOIN ` + table + ` x ON x.unit_code = t.case_id WHERE t.kind = ? AND t.term >= ? AND t.term < ?)`,
		[]any{kind, from, to, UnitKind, from, to}
}

// Rank orders what was found: the exact number first, then what begins with the question, by
// number or by name, then what holds it in its name, then the rest. It is an expression over
// two columns.
func Rank(number, name, question string) (expr string, args []any) {
	q := Clean(question)
	like := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(q)
	return "CASE WHEN lower(" + number + ") = ? THEN 0 WHEN lower(" + number + ") LIKE ? ESCAPE '!' THEN 1 WHEN lower(" + name +
		") LIKE ? ESCAPE '!' THEN 2 WHEN lower(" + name + ") LIKE ? ESCAPE '!' THEN 3 ELSE 4 END", []any{q, like + "%", like + "%", "%" + like + "%"}
}

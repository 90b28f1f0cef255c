package reminder

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// known are the parameters a text may name. One that the notice does not give is written as
// a dash, so that a missing figure never hides the whole sentence.
const known = "Number Title Action State Clock Due Left Late Days Grade Reason"

// words writes a notice in a language: its title, and its text with a line for the due day
// and for the reason where the notice gives them and the text itself does not.
func (r *Reminder) words(lang, code string, params map[string]string) (title, body string) {
	p := spoken(lang, params)
	title = r.Text(lang, "notice."+code+".title", p)
	lines := []string{r.Text(lang, "notice."+code+".body", p)}
	if params["Due"] != "" && !speaksOfDue(code) {
		lines = append(lines, r.Text(lang, "notice.line.due", p))
	}
	if params["Reason"] != "" {
		lines = append(lines, r.Text(lang, "notice.line.reason", p))
	}
	return title, strings.Join(lines, "\n")
}

func speaksOfDue(code string) bool { return code == "remind" || code == "due" || code == "overdue" }

// spoken picks the parameters of the language (State_zh or State_en becomes State), writes
// dates as people do, and makes every value one clean line.
func spoken(lang string, params map[string]string) map[string]any {
	suffix, other := "_zh", "_en"
	if lang == "en" {
		suffix, other = other, suffix
	}
	out := map[string]any{}
	for _, name := range strings.Fields(known) {
		out[name] = "—"
	}
	for name, value := range params {
		if value == "" || strings.HasSuffix(name, other) {
			continue
		}
		out[strings.TrimSuffix(name, suffix)] = oneLine(day(lang, value))
	}
	for _, name := range []string{"Left", "Late"} {
		if n, err := strconv.Atoi(params[name]); err == nil {
			out["Count"] = n // chooses between day and days
		}
	}
	return out
}

// day writes 2026-11-30 as 2026年11月30日 or 30 Nov 2026; anything else stays as it is.
func day(lang, value string) string {
	t, err := time.Parse(time.DateOnly, value)
	switch {
	case err != nil:
		return value
	case lang == "en":
		return t.Format("2 Jan 2006")
	}
	return t.Format("2006年1月2日")
}

// oneLine keeps what people typed (titles, reasons) from making lines of its own in a mail.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// shorten keeps a subject within what mail programs show.
func shorten(s string) string {
	const limit = 120
	if r := []rune(oneLine(s)); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return oneLine(s)
}

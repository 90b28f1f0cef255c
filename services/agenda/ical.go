package agenda

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"clusterzone/workflows"
)

// calendar is an iCalendar object (RFC 5545) of all-day events.
type calendar struct {
	name   string
	events []event
}

type event struct {
	uid       string
	stamp     time.Time // when the case last moved
	sequence  int64     // rises with every move
	day       workflows.Date
	summary   string
	link      string
	tentative bool // the day may still be counted anew
}

// bytes writes the calendar. The time zone stands there because an object must have at least
// one component even when nothing is due; all-day events do not refer to it.
func (c calendar) bytes() []byte {
	var b bytes.Buffer
	for _, l := range []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//clusterzone//due dates//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
		"X-WR-CALNAME:" + escape(c.name), "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "BEGIN:VTIMEZONE", "TZID:Asia/Shanghai", "BEGIN:STANDARD",
		"DTSTART:19910915T000000", "TZOFFSETFROM:+0800", "TZOFFSETTO:+0800", "TZNAME:CST", "END:STANDARD", "END:VTIMEZONE"} {
		line(&b, l)
	}
	for _, e := range c.events {
		e.write(&b)
	}
	line(&b, "END:VCALENDAR")
	return b.Bytes()
}

func (e event) write(b *bytes.Buffer) {
	status := "CONFIRMED"
	if e.tentative {
		status = "TENTATIVE"
	}
	stamp := e.stamp.UTC().Format("20060102T150405Z")
	for _, l := range []string{"BEGIN:VEVENT", "UID:" + escape(e.uid), "DTSTAMP:" + stamp, "LAST-MODIFIED:" + stamp, fmt.Sprintf("SEQUENCE:%d", e.sequence),
		"DTSTART;VALUE=DATE:" + compact(e.day), "DTEND;VALUE=DATE:" + compact(e.day.AddDays(1)), "SUMMARY:" + escape(e.summary), "URL:" + e.link,
		"STATUS:" + status, "TRANSP:TRANSPARENT", "CLASS:PRIVATE", "END:VEVENT"} {
		line(b, l)
	}
}

func compact(d workflows.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// escape writes a TEXT value (3.3.11); control characters have no place in one.
func escape(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		if r == '\r' {
			return '\n'
		}
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// line writes a content line folded at 75 octets (3.1), never inside a character.
func line(b *bytes.Buffer, s string) {
	room := 75
	for len(s) > room {
		cut := room
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		b.WriteString(s[:cut] + "\r\n ")
		s, room = s[cut:], 74
	}
	b.WriteString(s + "\r\n")
}

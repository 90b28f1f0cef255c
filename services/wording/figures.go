package wording

import (
	"strconv"
	"strings"
	"time"
)

// shanghai is the zone of every date people read. China has kept +08:00 without
// summer time since 1991, so a fixed zone is right and needs no tzdata.
func shanghai() *time.Location { return time.FixedZone("CST", 8*60*60) }

// Date writes the day of t in Asia/Shanghai: 2026年11月23日 or 23 Nov 2026. The
// zero time is written as a dash.
func Date(lang Lang, t time.Time) string {
	return format(t, lang, "2006年1月2日", "2 Jan 2006")
}

// DateTime writes day and minute of t in Asia/Shanghai.
func DateTime(lang Lang, t time.Time) string {
	return format(t, lang, "2006年1月2日 15:04", "2 Jan 2006 15:04")
}

// Clock writes hour and minute of t in Asia/Shanghai: 10:32.
func Clock(t time.Time) string {
	return format(t, EN, "15:04", "15:04")
}

// Day writes the day of t in Asia/Shanghai as date inputs and time elements
// want it: 2026-11-23. The zero time is the empty string.
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(shanghai()).Format(time.DateOnly)
}

func format(t time.Time, lang Lang, zh, en string) string {
	if t.IsZero() {
		return "—"
	}
	layout := zh
	if lang == EN {
		layout = en
	}
	return t.In(shanghai()).Format(layout)
}

// Wan writes an amount in fen as 万元 (ten thousand yuan) with two decimals and
// thousands separators, without the unit, which stands in the header: 1,234.56.
// Halves round away from zero.
func Wan(fen int64) string {
	return cents(fen, 10_000)
}

// Hundredths writes a score kept in hundredths: 8650 is 86.50.
func Hundredths(n int64) string { return cents(n, 1) }

// Number writes a whole number with thousands separators.
func Number(n int64) string {
	if n < 0 {
		return "-" + thousands(magnitude(n))
	}
	return thousands(magnitude(n))
}

// Area writes square metres as square kilometres with its unit: 3.25 km².
// Under a hundredth of a square kilometre it keeps four decimals.
func Area(m2 float64) string {
	decimals := 2
	if m2 > -10_000 && m2 < 10_000 {
		decimals = 4
	}
	text := strconv.FormatFloat(m2/1e6, 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	n, err := strconv.ParseUint(whole, 10, 64)
	if err != nil { // NaN, infinities and areas beyond the planet stay as they are
		return text + " km²"
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign = "-"
	}
	return sign + thousands(n) + "." + fraction + " km²"
}

// cents divides n by unit, rounds, and writes the result as hundredths.
func cents(n int64, unit uint64) string {
	rounded := (magnitude(n) + unit/2) / unit
	text := thousands(rounded/100) + "." + pad(rounded%100)
	if n < 0 && rounded != 0 {
		return "-" + text
	}
	return text
}

// magnitude is |n|, right for the smallest int64 too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func pad(hundredths uint64) string {
	if hundredths < 10 {
		return "0" + strconv.FormatUint(hundredths, 10)
	}
	return strconv.FormatUint(hundredths, 10)
}

func thousands(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

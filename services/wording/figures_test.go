package wording

import (
	"math"
	"testing"
	"time"
)

func TestDate(t *testing.T) {
	instant := time.Date(2026, 11, 22, 16, 32, 0, 0, time.UTC) // 00:32 of the 23rd in Shanghai
	tests := []struct{ name, got, want string }{
		{"zh", Date(ZH, instant), "2026年11月23日"},
		{"en", Date(EN, instant), "23 Nov 2026"},
		{"zh minute", DateTime(ZH, instant), "2026年11月23日 00:32"},
		{"en minute", DateTime(EN, instant), "23 Nov 2026 00:32"},
		{"clock", Clock(instant), "00:32"},
		{"day", Day(instant), "2026-11-23"},
		{"one second earlier", Date(ZH, instant.Add(-33*time.Minute)), "2026年11月22日"},
		{"no padding", Date(ZH, time.Date(2026, 1, 8, 1, 0, 0, 0, time.UTC)), "2026年1月8日"},
		{"zero", Date(ZH, time.Time{}), "—"},
		{"zero day", Day(time.Time{}), ""},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestWan(t *testing.T) {
	tests := []struct {
		fen  int64
		want string
	}{
		{0, "0.00"},
		{1_000_000, "1.00"},
		{1_234_567_800, "1,234.57"},
		{4_999, "0.00"},
		{5_000, "0.01"},
		{-4_999, "0.00"},
		{-5_000, "-0.01"},
		{-1_234_565_000_000, "-1,234,565.00"},
		{100_000_000, "100.00"},
		{99_999_999_999, "100,000.00"},
		{math.MaxInt64, "9,223,372,036,854.78"},
		{math.MinInt64, "-9,223,372,036,854.78"},
	}
	for _, tt := range tests {
		if got := Wan(tt.fen); got != tt.want {
			t.Errorf("Wan(%d) = %s, want %s", tt.fen, got, tt.want)
		}
	}
}

func TestFigures(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"score", Hundredths(8650), "86.50"},
		{"score below one", Hundredths(-5), "-0.05"},
		{"number", Number(1234567), "1,234,567"},
		{"small number", Number(999), "999"},
		{"negative number", Number(-1000), "-1,000"},
		{"least number", Number(math.MinInt64), "-9,223,372,036,854,775,808"},
		{"area", Area(3_254_900), "3.25 km²"},
		{"large area", Area(82_402_000_000), "82,402.00 km²"},
		{"small area", Area(1_234), "0.0012 km²"},
		{"negative area", Area(-3_254_900), "-3.25 km²"},
		{"no area", Area(0), "0.0000 km²"},
		{"not a number", Area(math.NaN()), "NaN km²"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

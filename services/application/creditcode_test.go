package application

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCheckCreditCode(t *testing.T) {
	tests := []struct {
		name, code string
		fault      CodeFault
		position   int
	}{
		{"published example", "91350100M000100Y43", CodeOK, 0},
		{"wrong check digit", "91350100M000100Y44", CodeCheckDigit, 0},
		{"one digit changed", "91350100M000101Y43", CodeCheckDigit, 0},
		{"two neighbours swapped", "91350100M00010Y043", CodeCheckDigit, 0},
		{"too short", "91350100M000100Y4", CodeLength, 0},
		{"too long", "91350100M000100Y433", CodeLength, 0},
		{"empty", "", CodeLength, 0},
		{"lower case", "91350100m000100Y43", CodeCharacter, 9},
		{"letter I", "9135010IM000100Y43", CodeCharacter, 8},
		{"letter in region", "9A350100M000100Y43", CodeCheckDigit, 0},
		{"letter in region digits", "91A50100M000100Y43", CodeCharacter, 3},
		{"excluded letter O", "91350100MO00100Y43", CodeCharacter, 10},
		{"excluded letter S", "91350100MS00100Y43", CodeCharacter, 10},
		{"excluded letter V", "91350100MV00100Y43", CodeCharacter, 10},
		{"excluded letter Z", "91350100MZ00100Y43", CodeCharacter, 10},
		{"full width", "\uff191350100M000100Y43", CodeCharacter, 1},
		{"bad byte", "91350100M000100Y4\xff", CodeCharacter, 18},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fault, position := CheckCreditCode(tt.code)
			if fault != tt.fault || position != tt.position {
				t.Errorf("CheckCreditCode(%q) = %q, %d; want %q, %d", tt.code, fault, position, tt.fault, tt.position)
			}
		})
	}
}

func TestMakeCreditCode(t *testing.T) {
	got, err := MakeCreditCode("91350100M000100Y4")
	if err != nil || got != "91350100M000100Y43" {
		t.Errorf("MakeCreditCode = %q, %v; want the published example", got, err)
	}
	for _, prefix := range []string{"", "91350100M000100Y43", "91350100O000100Y4", "9x350100M000100Y4"} {
		if got, err := MakeCreditCode(prefix); err == nil {
			t.Errorf("MakeCreditCode(%q) = %q, want an error", prefix, got)
		}
	}
}

// The weights are powers of 3 modulo the prime 31, so every single wrong character must be found.
func TestCreditCodeFindsEverySingleError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.StringMatching(`[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}`).Draw(t, "prefix")
		code, err := MakeCreditCode(prefix)
		if err != nil {
			t.Fatal(err)
		}
		if fault, _ := CheckCreditCode(code); fault != CodeOK {
			t.Fatalf("generated code %q refused: %s", code, fault)
		}
		at := rapid.IntRange(0, 17).Draw(t, "at")
		wrong := rapid.SampledFrom(strings.Split(codeAlphabet, "")).Draw(t, "wrong")
		if string(code[at]) == wrong {
			return
		}
		if fault, _ := CheckCreditCode(code[:at] + wrong + code[at+1:]); fault == CodeOK {
			t.Fatalf("%q with %q at %d passes", code, wrong, at)
		}
	})
}

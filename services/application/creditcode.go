package application

import (
	"fmt"
	"strings"
)

// codeAlphabet is the character set of GB 32100-2015: digits and capitals without I, O, S, V, Z. A character's
// position is its value.
const codeAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

const codeLength = 18

// CodeFault says what is wrong with a unified social credit code.
type CodeFault string

// The faults of a credit code, in the order they are looked for.
const (
	CodeOK         CodeFault = ""
	CodeLength     CodeFault = "length"      // not 18 characters
	CodeCharacter  CodeFault = "character"   // a character outside the set, or a letter in the six region digits
	CodeCheckDigit CodeFault = "check_digit" // the 18th character does not fit the first 17
)

// CheckCreditCode judges a unified social credit code (GB 32100-2015). For CodeCharacter the position (from 1) of the
// first bad character is returned too.
func CheckCreditCode(code string) (CodeFault, int) {
	runes := []rune(code)
	if len(runes) != codeLength {
		return CodeLength, 0
	}
	if at := badCharacter(runes); at > 0 {
		return CodeCharacter, at
	}
	if codeAlphabet[codeCheckValue(code[:codeLength-1])] != code[codeLength-1] {
		return CodeCheckDigit, 0
	}
	return CodeOK, 0
}

// MakeCreditCode appends the check character to the first 17; for demonstration data and tests.
func MakeCreditCode(prefix17 string) (string, error) {
	runes := []rune(prefix17)
	if len(runes) != codeLength-1 {
		return "", fmt.Errorf("credit code prefix: %d characters, want 17", len(runes))
	}
	if at := badCharacter(runes); at > 0 {
		return "", fmt.Errorf("credit code prefix: character %d not allowed", at)
	}
	return prefix17 + string(codeAlphabet[codeCheckValue(prefix17)]), nil
}

// badCharacter is the position (from 1) of the first character the standard forbids, 0 for none.
func badCharacter(code []rune) int {
	for i, r := range code {
		allowed := codeAlphabet
		if i >= 2 && i < 8 { // administrative division
			allowed = codeAlphabet[:10]
		}
		if !strings.ContainsRune(allowed, r) {
			return i + 1
		}
	}
	return 0
}

// codeCheckValue weighs position i with 3^i mod 31; the check character makes the sum a multiple of 31.
func codeCheckValue(first17 string) int {
	sum, weight := 0, 1
	for i := range len(first17) {
		sum += strings.IndexByte(codeAlphabet, first17[i]) * weight
		weight = weight * 3 % 31
	}
	return (31 - sum%31) % 31
}

// tidyCode writes a typed code the way it is stored: capitals, no spaces.
func tidyCode(code string) string {
	return strings.ToUpper(strings.Join(strings.Fields(code), ""))
}

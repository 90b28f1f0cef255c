package policy

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
)

// Decimal is an exact figure in millionths of its unit. An amount in 万元 held as a Decimal is therefore its number of
// fen, so money stays integer without a second type.
type Decimal int64

// Points are hundredths of a point; a mark out of 100 is also held as Points.
type Points int64

const (
	decimalDigits = 6
	pointDigits   = 2
	// Hundred is the full mark, and 100 percent, in Points.
	Hundred Points = 100 * 100
)

// Whole makes a Decimal of a whole number; n must stay within ±9.2 × 10¹².
func Whole(n int64) Decimal { return Decimal(n * 1_000_000) }

// FenOf gives the fen in an amount stated in 万元.
func FenOf(wan Decimal) int64 { return int64(wan) }

// WanOf gives the amount in 万元 of a number of fen.
func WanOf(fen int64) Decimal { return Decimal(fen) }

// ParseDecimal reads plain notation with up to six decimals: no exponent, no grouping, no plus sign.
func ParseDecimal(s string) (Decimal, error) {
	n, err := parseFixed(s, decimalDigits)
	return Decimal(n), err
}

// ParsePoints reads plain notation with up to two decimals.
func ParsePoints(s string) (Points, error) {
	n, err := parseFixed(s, pointDigits)
	return Points(n), err
}

// String writes the figure without trailing zeros.
func (d Decimal) String() string { return formatFixed(int64(d), decimalDigits) }

// String writes the points without trailing zeros.
func (p Points) String() string { return formatFixed(int64(p), pointDigits) }

// MarshalJSON writes a plain JSON number.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// MarshalJSON writes a plain JSON number.
func (p Points) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads a JSON number exactly; it never passes through a float.
func (d *Decimal) UnmarshalJSON(raw []byte) (err error) {
	*d, err = ParseDecimal(string(raw))
	return err
}

// UnmarshalJSON reads a JSON number exactly.
func (p *Points) UnmarshalJSON(raw []byte) (err error) {
	*p, err = ParsePoints(string(raw))
	return err
}

// Rat is the exact figure as a fraction.
func (d Decimal) Rat() *big.Rat { return big.NewRat(int64(d), 1_000_000) }

// Rat is the exact number of points as a fraction.
func (p Points) Rat() *big.Rat { return big.NewRat(int64(p), 100) }

// pointsOf rounds a fraction to hundredths, halves away from zero. The one place where a score is rounded.
func pointsOf(r *big.Rat) Points {
	scaled := new(big.Rat).Mul(r, big.NewRat(100, 1))
	n, _ := new(big.Int).SetString(scaled.FloatString(0), 10)
	if !n.IsInt64() {
		return Points(math.MaxInt64 * int64(n.Sign()))
	}
	return Points(n.Int64())
}

// show writes a fraction with at most four decimals, for people.
func show(r *big.Rat) string {
	s := r.FloatString(4)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func parseFixed(s string, digits int) (int64, error) {
	whole, fraction, dotted := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if whole == "" || !onlyDigits(whole) || !onlyDigits(fraction) || (dotted && fraction == "") {
		return 0, fmt.Errorf("%q is not a plain decimal number", s)
	}
	if len(fraction) > digits {
		return 0, fmt.Errorf("%q has more than %d decimals", s, digits)
	}
	fraction += strings.Repeat("0", digits-len(fraction))
	n, ok := new(big.Int).SetString(whole+fraction, 10)
	if !ok || !n.IsInt64() {
		return 0, errors.New("number is too large")
	}
	if strings.HasPrefix(s, "-") {
		return -n.Int64(), nil
	}
	return n.Int64(), nil
}

func onlyDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

func formatFixed(n int64, digits int) string {
	s := big.NewInt(n)
	text := fmt.Sprintf("%0*s", digits+1, s.Abs(s).String())
	text = text[:len(text)-digits] + "." + text[len(text)-digits:]
	text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	if n < 0 {
		return "-" + text
	}
	return text
}

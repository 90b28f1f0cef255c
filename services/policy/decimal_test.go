package policy

import (
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestParseDecimal(t *testing.T) {
	for text, want := range map[string]Decimal{
		"0": 0, "1": 1_000_000, "-1.5": -1_500_000, "0.000001": 1, "123.45": 123_450_000, "9223372036854.775807": math.MaxInt64,
	} {
		if got, err := ParseDecimal(text); err != nil || got != want {
			t.Errorf("%s: got %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-", ".5", "5.", "1e3", "+1", "1,000", "0x1", "1.0000001", "9223372036854.775808", "٣", "--1", " 1", "NaN"} {
		if got, err := ParseDecimal(text); err == nil {
			t.Errorf("%q was read as %s", text, got)
		}
	}
}

func TestFixedPointText(t *testing.T) {
	for p, want := range map[Points]string{0: "0", 5: "0.05", 50: "0.5", 100: "1", 1250: "12.5", -5: "-0.05", Hundred: "100"} {
		if p.String() != want {
			t.Errorf("got %s, want %s", p, want)
		}
	}
	if got := Decimal(math.MinInt64).String(); got != "-9223372036854.775808" {
		t.Errorf("got %s", got)
	}
}

func TestAmountInWanIsFen(t *testing.T) {
	wan, err := ParseDecimal("12.345678")
	if err != nil || FenOf(wan) != 12_345_678 || WanOf(12_345_678) != wan {
		t.Errorf("12.345678 万元 is %d fen, %v", FenOf(wan), err)
	}
}

func TestPointsRoundHalvesAwayFromZero(t *testing.T) {
	for _, tc := range []struct {
		num, den int64
		want     Points
	}{{1, 200, 1}, {-1, 200, -1}, {1, 201, 0}, {2, 3, 67}, {1, 3, 33}, {100, 1, Hundred}} {
		if got := pointsOf(big.NewRat(tc.num, tc.den)); got != tc.want {
			t.Errorf("%d/%d: got %s, want %s", tc.num, tc.den, got, tc.want)
		}
	}
}

func TestDecimalRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, p := Decimal(rapid.Int64().Draw(t, "d")), Points(rapid.Int64().Draw(t, "p"))
		raw, err := json.Marshal(struct {
			D Decimal
			P Points
		}{d, p})
		if err != nil {
			t.Fatal(err)
		}
		var back struct {
			D Decimal
			P Points
		}
		if err := json.Unmarshal(raw, &back); d == math.MinInt64 || int64(p) == math.MinInt64 {
			return // the one figure whose magnitude does not fit is refused
		} else if err != nil || back.D != d || back.P != p {
			t.Fatalf("%s came back as %v, %v", raw, back, err)
		}
	})
}

func TestParseNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{0,14}\.?[0-9]{0,7}`).Draw(t, "text")
		d, err := ParseDecimal(text)
		if err != nil {
			return
		}
		want, _ := new(big.Rat).SetString(text)
		if want == nil || d.Rat().Cmp(want) != 0 {
			t.Fatalf("%q was read as %s (%s)", text, d, strconv.FormatInt(int64(d), 10))
		}
	})
}

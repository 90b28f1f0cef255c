package paper

import (
	"bytes"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
	"github.com/google/go-cmp/cmp"
)

// expected is the code of text as the library draws it, "#" for dark.
func expected(t *testing.T, text string) []string {
	t.Helper()
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		t.Fatal(err)
	}
	return sample(code.Bounds().Dx(), func(x, y int) bool {
		level, _, _, _ := code.At(x, y).RGBA()
		return level < 0x8000
	})
}

func sample(size int, dark func(x, y int) bool) []string {
	rows := make([]string, size)
	for y := range rows {
		var row strings.Builder
		for x := range size {
			if dark(x, y) {
				row.WriteByte('#')
			} else {
				row.WriteByte('.')
			}
		}
		rows[y] = row.String()
	}
	return rows
}

func TestQRPNG(t *testing.T) {
	for _, pixels := range []int{60, 200, 333} {
		file, err := QRPNG(checkURL, pixels)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if got := picture.Bounds().Dx(); got != pixels || picture.Bounds().Dy() != pixels {
			t.Errorf("%d pixels wide, want %d", got, pixels)
		}
		want := expected(t, checkURL)
		scale := pixels / (len(want) + 2*quiet)
		origin := (pixels - scale*len(want)) / 2
		if origin < quiet*scale {
			t.Errorf("%d pixels: quiet margin of %d, want %d", pixels, origin, quiet*scale)
		}
		got := sample(len(want), func(x, y int) bool {
			level, _, _, _ := picture.At(origin+x*scale+scale/2, origin+y*scale+scale/2).RGBA()
			return level < 0x8000
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d pixels (-want +got):\n%s", pixels, diff)
		}
		if cmp.Equal(expected(t, strings.ToUpper(checkURL)), got) {
			t.Error("the comparison cannot tell two addresses apart")
		}
	}
}

func TestQRPNGRefuses(t *testing.T) {
	for _, test := range []struct {
		name, text string
		pixels     int
	}{
		{"nothing", "", 200},
		{"too small", checkURL, 40},
		{"not a size", checkURL, -1},
		{"too large", checkURL, 100_000},
		{"too long", strings.Repeat("x", 5000), 2000},
	} {
		if out, err := QRPNG(test.text, test.pixels); err == nil {
			t.Errorf("%s: %d bytes, want an error", test.name, len(out))
		}
	}
}

// TestPrintedQR renders a certificate and reads the code off the paper.
func TestPrintedQR(t *testing.T) {
	out, err := press(t).Certificate(sampleCertificate())
	const dpi = 600
	at := func(points float64) int { return int(points*dpi/72 + 0.5) }
	side := at(certificateQR)
	image := poppler(t, "pdftoppm", printed(t, out, err), "-r", fmt.Sprint(dpi), "-gray", "-singlefile",
		"-x", fmt.Sprint(at(certificateQRLeft)), "-y", fmt.Sprint(at(certificateQRTop)), "-W", fmt.Sprint(side), "-H", fmt.Sprint(side))
	var width, height, most int
	if _, err := fmt.Sscanf(string(image[:20]), "P5\n%d %d\n%d\n", &width, &height, &most); err != nil {
		t.Fatal(err)
	}
	pixels := image[len(image)-width*height:]
	want := expected(t, checkURL)
	module := float64(width) / float64(len(want)+2*quiet)
	got := sample(len(want), func(x, y int) bool {
		column, row := int((float64(x+quiet)+0.5)*module), int((float64(y+quiet)+0.5)*module)
		return pixels[row*width+column] < 128
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("printed code (-want +got):\n%s", diff)
	}
}

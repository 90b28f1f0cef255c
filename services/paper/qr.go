package paper

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/boombuler/barcode/qr"
)

// quiet is the empty margin a QR code needs, in modules.
const quiet = 4

// matrix is a QR code as its modules, true = dark, without the quiet margin.
type matrix [][]bool

// encode makes the code with medium error correction: it reads with 15 % of it
// worn or stained.
func encode(text string) (matrix, error) {
	if text == "" {
		return nil, errors.New("QR code: the address is empty")
	}
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return nil, fmt.Errorf("QR code: %d bytes are too many: %w", len(text), err)
	}
	size := code.Bounds().Dx()
	m := make(matrix, size)
	for y := range m {
		m[y] = make([]bool, size)
		for x := range m[y] {
			level, _, _, _ := code.At(x, y).RGBA()
			m[y][x] = level < 0x8000
		}
	}
	return m, nil
}

// QRPNG draws text as a QR code in a square PNG of the given side, with its
// quiet margin. It refuses a side too small for one pixel per module.
func QRPNG(text string, pixels int) ([]byte, error) {
	m, err := encode(text)
	if err != nil {
		return nil, err
	}
	scale := pixels / (len(m) + 2*quiet)
	if scale < 1 || pixels > 4096 {
		return nil, fmt.Errorf("QR code: %d pixels: use %d to 4096", pixels, len(m)+2*quiet)
	}
	picture := image.NewPaletted(image.Rect(0, 0, pixels, pixels), color.Palette{color.White, color.Black})
	origin := (pixels - scale*len(m)) / 2
	for y := range scale * len(m) {
		for x := range scale * len(m) {
			if m[y/scale][x/scale] {
				picture.SetColorIndex(origin+x, origin+y, 1)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return out.Bytes(), nil
}

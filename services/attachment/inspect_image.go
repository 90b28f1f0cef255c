package attachment

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"hash"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

// A scan of A3 at 600 dpi has 70 million pixels.
const (
	maxPixels = 120_000_000
	maxSide   = 32_000
)

// checkPixels reads the dimensions without decoding, so that a pixel bomb never goes off.
func checkPixels(f io.ReaderAt, size int64, config func(io.Reader) (image.Config, error)) error {
	c, err := config(io.NewSectionReader(f, 0, size))
	switch {
	case err != nil:
		return refuse("damaged")
	case c.Width < 1 || c.Height < 1:
		return refuse("damaged")
	case c.Width > maxSide || c.Height > maxSide || c.Width*c.Height > maxPixels:
		return refuse("pixels")
	}
	return nil
}

// notAlso refuses images that are another kind of file as well.
func notAlso(f io.ReaderAt, size int64) error {
	head, err := readAt(f, 0, min(size, 1024))
	if err != nil {
		return err
	}
	if bytes.Contains(head, []byte("%PDF-")) {
		return refuse("polyglot")
	}
	if also, err := endsAsZip(f, size); err != nil || also {
		return cmp.Or(err, refuse("polyglot"))
	}
	found, err := hasMarkup(io.NewSectionReader(f, 0, size))
	if err == nil && found {
		return refuse("polyglot")
	}
	return err
}

// endsAsZip reports whether an archive program would open the file.
func endsAsZip(f io.ReaderAt, size int64) (bool, error) {
	tailSize := min(size, endSize+1<<16)
	tail, err := readAt(f, size-tailSize, tailSize)
	if err != nil {
		return false, err
	}
	i := bytes.LastIndex(tail, []byte(endHeader))
	if i < 0 || len(tail)-i < endSize {
		return false, nil
	}
	at := size - tailSize + int64(i) - int64(le32(tail[i:], 12))
	if at < 0 || at+4 > size {
		return false, nil
	}
	head, err := readAt(f, at, 4)
	return string(head) == directoryHeader || string(head) == endHeader, err
}

// hasMarkup looks for what makes a browser or a server run a file, in any case of letters.
// The marks are long enough not to come up by chance in compressed data.
func hasMarkup(r io.Reader) (bool, error) {
	const window, overlap = 64 << 10, 32
	buf := make([]byte, window+overlap)
	for keep := 0; ; {
		n, err := io.ReadFull(r, buf[keep:keep+window])
		text := buf[:keep+n]
		for i, c := range text[keep:] {
			if c >= 'A' && c <= 'Z' {
				text[keep+i] = c + 'a' - 'A'
			}
		}
		for _, mark := range []string{"<script", "<!doctype html", "<?php ", "<?php\n", "<?php\r", "<html>", "<html ", "<iframe"} {
			if bytes.Contains(text, []byte(mark)) {
				return true, nil
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		keep = copy(buf, text[max(0, len(text)-overlap):])
	}
}

// inspectPNG walks the chunks: each whole, with a right checksum, the last one at the end.
func inspectPNG(f io.ReaderAt, size int64) error {
	if err := checkPixels(f, size, png.DecodeConfig); err != nil {
		return err
	}
	r := bufio.NewReader(io.NewSectionReader(f, 8, size-8))
	data := false
	for at := int64(8); ; {
		kind, length, err := pngChunk(r)
		if err != nil {
			return err
		}
		at += 12 + length
		data = data || kind == "IDAT"
		if kind != "IEND" {
			continue
		}
		if !data {
			return refuse("damaged")
		}
		if at != size {
			return refuse("trailing_data")
		}
		return notAlso(f, size)
	}
}

func pngChunk(r io.Reader) (kind string, length int64, err error) {
	head := make([]byte, 8)
	if _, err := io.ReadFull(r, head); err != nil {
		return "", 0, broken(err)
	}
	sum := crc32.NewIEEE()
	_, _ = sum.Write(head[4:])
	length = int64(binary.BigEndian.Uint32(head))
	if _, err := io.CopyN(sum, r, length); err != nil {
		return "", 0, broken(err)
	}
	return string(head[4:]), length, checkSum(r, sum)
}

func checkSum(r io.Reader, sum hash.Hash32) error {
	want := make([]byte, 4)
	if _, err := io.ReadFull(r, want); err != nil {
		return broken(err)
	}
	if binary.BigEndian.Uint32(want) != sum.Sum32() {
		return refuse("damaged")
	}
	return nil
}

// inspectJPEG follows the markers to the end of the image. Cameras append data of their own
// behind it, which stays allowed as long as it is no other kind of file.
func inspectJPEG(f io.ReaderAt, size int64) error {
	if err := checkPixels(f, size, jpeg.DecodeConfig); err != nil {
		return err
	}
	r := bufio.NewReaderSize(io.NewSectionReader(f, 2, size-2), 64<<10)
	scans := 0
	marker, err := nextMarker(r)
	for err == nil && marker != 0xd9 {
		if marker >= 0xd0 && marker <= 0xd7 || marker == 0x01 {
			marker, err = nextMarker(r)
			continue
		}
		if err = skipSegment(r); err != nil {
			break
		}
		if marker == 0xda {
			scans++
			marker, err = skipScan(r)
			continue
		}
		marker, err = nextMarker(r)
	}
	if err != nil {
		return broken(err)
	}
	if scans == 0 {
		return refuse("damaged")
	}
	return notAlso(f, size)
}

// nextMarker reads a marker, which may be padded with 0xff.
func nextMarker(r *bufio.Reader) (byte, error) {
	b, err := r.ReadByte()
	if err == nil && b != 0xff {
		return 0, refuse("damaged")
	}
	for err == nil && b == 0xff {
		b, err = r.ReadByte()
	}
	if err == nil && b == 0 {
		return 0, refuse("damaged")
	}
	return b, err
}

func skipSegment(r *bufio.Reader) error {
	var length [2]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint16(length[:])) - 2
	if n < 0 {
		return refuse("damaged")
	}
	_, err := r.Discard(n)
	return err
}

// skipScan reads compressed data up to the marker behind it: 0xff is followed by zero where
// it is data, and by 0xd0 to 0xd7 at restarts.
func skipScan(r *bufio.Reader) (byte, error) {
	for {
		b, err := r.ReadByte()
		for err == nil && b == 0xff {
			b, err = r.ReadByte()
			if err == nil && b != 0 && b != 0xff && (b < 0xd0 || b > 0xd7) {
				return b, nil
			}
		}
		if err != nil {
			return 0, err
		}
	}
}

// Package preview turns documents that browsers do not show into plain text to look at: the
// first rows of the first sheets of a workbook, the beginning of a text. It runs no formula,
// follows no link, and knows nothing of files and who may read them.
package preview

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// What a preview shows and what it takes.
const (
	MaxSheets  = 10
	MaxRows    = 200
	MaxColumns = 40
	maxCell    = 300       // characters of one cell
	maxText    = 64 << 10  // bytes of a text
	maxBook    = 20 << 20  // bytes of a workbook
	maxUnzip   = 200 << 20 // bytes that a workbook may unfold to
)

var (
	// ErrTooLarge says that a workbook is too large to look into; it can be downloaded.
	ErrTooLarge = errors.New("too large for a preview")
	// ErrUnreadable says that the content is not what its name says.
	ErrUnreadable = errors.New("cannot be read")
)

// Sheet is the beginning of one sheet. More says that rows, columns or sheets follow.
type Sheet struct {
	Name string
	Rows [][]string
	More bool
}

// Workbook reads the first sheets of an xlsx file of size bytes; cells show the value that was
// saved with them.
func Workbook(r io.Reader, size int64) ([]Sheet, error) {
	if size > maxBook {
		return nil, fmt.Errorf("preview: %w: %d bytes", ErrTooLarge, size)
	}
	book, err := excelize.OpenReader(io.LimitReader(r, maxBook+1), excelize.Options{UnzipSizeLimit: maxUnzip, UnzipXMLSizeLimit: 8 << 20})
	if err != nil {
		return nil, fmt.Errorf("preview: %w: %w", ErrUnreadable, err)
	}
	sheets, err := sheetsOf(book)
	return sheets, errors.Join(err, book.Close())
}

func sheetsOf(book *excelize.File) ([]Sheet, error) {
	var out []Sheet
	for _, name := range book.GetSheetList() {
		if visible, err := book.GetSheetVisible(name); err != nil || !visible {
			continue
		}
		if len(out) == MaxSheets {
			out[len(out)-1].More = true
			break
		}
		sheet, err := sheetOf(book, name)
		if err != nil {
			return nil, fmt.Errorf("preview: %w: sheet %q: %w", ErrUnreadable, name, err)
		}
		out = append(out, sheet)
	}
	return out, nil
}

func sheetOf(book *excelize.File, name string) (Sheet, error) {
	rows, err := book.Rows(name)
	if err != nil {
		return Sheet{}, err
	}
	out := Sheet{Name: name}
	for rows.Next() {
		if len(out.Rows) == MaxRows {
			out.More = true
			break
		}
		cells, err := rows.Columns()
		if err != nil {
			return Sheet{}, errors.Join(err, rows.Close())
		}
		if len(cells) > MaxColumns {
			cells, out.More = cells[:MaxColumns], true
		}
		for i := range cells {
			cells[i] = short(cells[i])
		}
		out.Rows = append(out.Rows, cells)
	}
	return out, errors.Join(rows.Error(), rows.Close())
}

func short(cell string) string {
	if utf8.RuneCountInString(cell) <= maxCell {
		return cell
	}
	return string([]rune(cell)[:maxCell]) + "…"
}

// Text reads the beginning of a text in UTF-8; more says that some follows.
func Text(r io.Reader) (text string, more bool, err error) {
	head, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return "", false, fmt.Errorf("preview: %w", err)
	}
	if more = len(head) > maxText; more {
		head = head[:maxText]
		for i := 0; i < utf8.UTFMax && !utf8.Valid(head); i++ { // a character may be cut through
			head = head[:len(head)-1]
		}
	}
	if !utf8.Valid(head) || bytes.IndexByte(head, 0) >= 0 {
		return "", false, fmt.Errorf("preview: %w: not UTF-8", ErrUnreadable)
	}
	return string(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))), more, nil
}

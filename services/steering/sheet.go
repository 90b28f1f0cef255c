package steering

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"clusterzone/services/identity"
	"clusterzone/workflows"
)

// Sheet is a table on its way into a file. Cells are string, int64, float64 or workflows.Date.
type Sheet struct {
	Name  string
	Heads []string
	Rows  [][]any
	IDs   []string // the cases of the rows
}

// Encode writes the table as an xlsx workbook or as csv.
func (s Sheet) Encode(format string) ([]byte, error) {
	if format == "csv" {
		return s.csv()
	}
	return s.xlsx()
}

// harmless keeps a programme that opens the file from reading a text as a formula: a text that
// begins like one is led by an apostrophe, as people do it by hand.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) || strings.HasPrefix(text, "＝") || strings.HasPrefix(text, "＋") ||
		strings.HasPrefix(text, "－") || strings.HasPrefix(text, "＠") {
		return "'" + text
	}
	return text
}

// csv is UTF-8 with its mark, so that spreadsheets read Chinese; lines end as RFC 4180 has it.
func (s Sheet) csv() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\uFEFF")
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	heads := make([]string, len(s.Heads))
	for i, h := range s.Heads {
		heads[i] = harmless(h)
	}
	if err := w.Write(heads); err != nil {
		return nil, err
	}
	for _, row := range s.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			cells[i] = plain(v)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func plain(v any) string {
	switch x := v.(type) {
	case string:
		return harmless(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case workflows.Date:
		return x.String()
	}
	return harmless(fmt.Sprint(v))
}

// xlsx writes texts as texts, numbers as numbers and days as dates, the heads bold and fixed.
func (s Sheet) xlsx() ([]byte, error) {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }() // only memory
	name := sheetName(s.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, err
	}
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF7"}},
		Border: []excelize.Border{{Type: "bottom", Color: "1F4E9C", Style: 1}}})
	if err != nil {
		return nil, err
	}
	format := "yyyy-mm-dd"
	day, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format, Alignment: &excelize.Alignment{Horizontal: "left"}})
	if err != nil {
		return nil, err
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	if err := s.layout(w); err != nil {
		return nil, err
	}
	if err := w.SetRow("A1", styled(s.Heads, head)); err != nil {
		return nil, err
	}
	for i, row := range s.Rows {
		if err := w.SetRow("A"+strconv.Itoa(i+2), values(row, day)); err != nil {
			return nil, err
		}
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	_, err = f.WriteTo(&b)
	return b.Bytes(), err
}

// layout gives each column the width of what it holds and keeps the heads in sight.
func (s Sheet) layout(w *excelize.StreamWriter) error {
	for i, h := range s.Heads {
		widest := span(h)
		for _, row := range s.Rows {
			widest = max(widest, span(plain(row[i])))
		}
		if err := w.SetColWidth(i+1, i+1, float64(min(max(widest, 8), 60)+2)); err != nil {
			return err
		}
	}
	return w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}

// span is the width of a text in half characters.
func span(text string) (n int) {
	for _, r := range text {
		n++
		if r > 0xff {
			n++
		}
	}
	return n
}

func styled(texts []string, style int) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = excelize.Cell{StyleID: style, Value: harmless(t)}
	}
	return out
}

func values(row []any, day int) []any {
	out := make([]any, len(row))
	for i, v := range row {
		switch x := v.(type) {
		case string:
			out[i] = harmless(x)
		case workflows.Date:
			out[i] = excelize.Cell{StyleID: day, Value: time.Date(x.Year, x.Month, x.Day, 0, 0, 0, 0, time.UTC)}
		default:
			out[i] = v
		}
	}
	return out
}

// sheetName is a name that workbooks take: no special characters, at most 31.
func sheetName(name string) string {
	name = strings.NewReplacer(":", " ", "\\", " ", "/", " ", "?", " ", "*", " ", "[", " ", "]", " ").Replace(name)
	if runes := []rune(name); len(runes) > 31 {
		name = string(runes[:31])
	}
	if strings.TrimSpace(name) == "" {
		return "Sheet"
	}
	return name
}

// columnsOf are the known columns that an address names: columns=number,zone or one by one.
func columnsOf(q url.Values) map[Column]bool {
	out := map[Column]bool{}
	for _, part := range q["columns"] {
		for name := range strings.SplitSeq(part, ",") {
			if c := Column(strings.TrimSpace(name)); slices.Contains(Columns(), c) {
				out[c] = true
			}
		}
	}
	return out
}

// StateLabel names a state as the actor may know it, in their language.
func StateLabel(a identity.Actor, w *workflows.Workflow, s workflows.State) string {
	row, ok := w.State(s)
	if !ok {
		return string(s)
	}
	if a.ReadsAll() || slices.ContainsFunc(row.Desk, a.Has) || row.Final && !a.Has(workflows.Public) {
		return row.Label.In(a.Lang)
	}
	return row.Public.In(a.Lang)
}

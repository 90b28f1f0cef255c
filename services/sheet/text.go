package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// readText reads a table of text: UTF-8, or GB18030 as Chinese Windows writes it; columns parted by commas, tabs or
// semicolons. Rows are numbered by the lines of the file.
func readText(data []byte, limits Limits) ([]Table, error) {
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, refuse(NotTable)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if !utf8.ValidString(text) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().String(text)
		if err != nil || strings.ContainsRune(decoded, utf8.RuneError) {
			return nil, refuse(BadEncoding)
		}
		text = decoded
	}
	if markup(text) {
		return nil, refuse(NotTable)
	}
	t := Table{Name: "CSV"}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = separator(text), -1, true, true
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return []Table{t}, nil
		}
		if err != nil {
			return nil, refuse(Damaged)
		}
		line, _ := r.FieldPos(0)
		row, err := textRow(line, record, limits)
		if err != nil {
			return nil, err
		}
		if row.empty() {
			continue
		}
		if len(t.Rows) == limits.Rows {
			return nil, refuse(ManyRows, "Sheet", t.Name, "Max", strconv.Itoa(limits.Rows))
		}
		t.Rows = append(t.Rows, row)
	}
}

func textRow(line int, record []string, limits Limits) (Row, error) {
	row := Row{No: line}
	for column, text := range record {
		c := clean(Cell{Text: text}, limits.Text)
		if c.Text == "" && c.Flaw == "" {
			continue
		}
		if column >= limits.Columns {
			return row, refuse(ManyColumns, "Sheet", "CSV", "Max", strconv.Itoa(limits.Columns))
		}
		if strings.HasPrefix(c.Text, "=") {
			c.Flaw = Formula
		}
		c.Text = strings.TrimSpace(unguard(c.Text))
		for len(row.Cells) <= column {
			row.Cells = append(row.Cells, Cell{})
		}
		row.Cells[column] = c
	}
	return row, nil
}

// markup reports pages and documents that were renamed.
func markup(text string) bool {
	head := strings.ToLower(strings.TrimSpace(text[:min(len(text), 200)]))
	return strings.HasPrefix(head, "<") || strings.HasPrefix(head, "%pdf-") || strings.HasPrefix(head, "{\\rtf")
}

// separator is the mark that parts the columns of the first line: tabs where more of them than commas stand
// outside quotes, else commas, and semicolons where there is neither.
func separator(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	bare := ""
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 0 {
			bare += part
		}
	}
	tabs, commas := strings.Count(bare, "\t"), strings.Count(bare, ",")
	switch {
	case tabs > commas:
		return '\t'
	case commas == 0 && strings.Contains(bare, ";"):
		return ';'
	}
	return ','
}

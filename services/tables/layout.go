package tables

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"clusterzone/services/policy"
	"clusterzone/services/wording"
)

// column is a column of a table: its title in the catalogue, and what else people call it.
type column struct {
	title   string
	aliases []string
	need    bool
}

// The columns of the firms, in the order of the template.
const (
	firmName = iota
	firmCode
	firmSector
	firmBand
)

func firmColumns() []column {
	return []column{
		{"table.column.name", []string{"单位名称", "公司名称", "名称", "name", "firm", "company"}, true},
		{"table.column.code", []string{"信用代码", "社会信用代码", "企业统一社会信用代码", "统一社会信用代码证号", "credit code", "code", "firm's credit code"}, true},
		{"table.column.sector", []string{"行业", "企业所属行业", "服务业门类", "sector", "firm's sector"}, true},
		{"table.column.band", []string{"收入区间", "营业收入区间", "企业收入区间", "年营业收入", "营业收入", "revenue", "revenue band", "firm's revenue band"}, true},
	}
}

// The columns of the goals besides the years.
const (
	goalIndicator = iota
	goalUnit
	goalReason
)

func goalColumns() []column {
	return []column{
		{"field.goals.rows.indicator", []string{"指标名称", "name"}, true},
		{"table.column.unit", []string{"计量单位"}, false},
		{"field.goals.rows.reason", []string{"说明", "原因", "reasons"}, false},
	}
}

// The sheets of the template.
const (
	firmsSheet = "table.sheet.firms"
	goalsSheet = "table.sheet.goals"
	helpSheet  = "table.sheet.help"
)

// markerSheet is the hidden sheet that says whose template a file is.
const markerSheet = "_clusterzone"

// templateVersion is raised whenever an older template can no longer be read.
const templateVersion = "1"

// plainText writes a text the way two spellings of it are compared: full-width characters as half-width, capitals as
// small letters, nothing but letters, digits and marks of comparison.
func plainText(text string) string {
	text = norm.NFKC.String(text)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u2013', r == '\u2014', r == '~', r == '\u301c', r == '\u2212':
			return '-'
		case unicode.IsSpace(r), r == '*', r == ':', r == '.', r == '\'', r == '\u2019', r == '"':
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// heading is a plain text without what stands in brackets: the unit, a remark.
func heading(text string) string {
	text = plainText(text)
	for {
		from := strings.IndexByte(text, '(')
		if from < 0 {
			return text
		}
		to := strings.IndexByte(text[from:], ')')
		if to < 0 {
			return text[:from]
		}
		text = text[:from] + text[from+to+1:]
	}
}

// is reports whether a text names the column in either language.
func (s *Service) is(c column, text string) bool {
	text = heading(text)
	if text == "" {
		return false
	}
	for _, lang := range wording.Langs() {
		if heading(s.t(lang, c.title)) == text {
			return true
		}
	}
	return slices.ContainsFunc(c.aliases, func(alias string) bool { return heading(alias) == text })
}

// named reports whether a sheet has a name of the catalogue in either language.
func (s *Service) named(sheet, key string) bool {
	return slices.ContainsFunc(wording.Langs(), func(lang wording.Lang) bool { return plainText(s.t(lang, key)) == plainText(sheet) })
}

// Sector finds a sector by its code or one of its names in either language; nothing is nothing.
func Sector(book *policy.Book, text string) (string, bool) {
	if text == "" {
		return "", true
	}
	want := plainText(text)
	for _, s := range book.Sectors {
		for _, name := range []string{s.Code, s.Name.ZH, s.Name.EN, s.Short.ZH, s.Short.EN} {
			if plainText(name) == want {
				return s.Code, true
			}
		}
	}
	return "", false
}

// Band finds a revenue band by its code, its name in either language, or a revenue in 万元; nothing is nothing.
func Band(rules policy.RuleSet, text string) (string, bool) {
	if text == "" {
		return "", true
	}
	want := plainText(text)
	for _, b := range rules.RevenueBands {
		if plainText(b.Code) == want || plainText(b.Name.ZH) == want || plainText(b.Name.EN) == want {
			return b.Code, true
		}
	}
	revenue, err := policy.ParseDecimal(strings.ReplaceAll(norm.NFKC.String(text), ",", ""))
	if err != nil || revenue < 0 {
		return "", false
	}
	code := ""
	for _, b := range rules.RevenueBands { // from the lowest upwards
		if revenue >= b.From {
			code = b.Code
		}
	}
	return code, code != ""
}

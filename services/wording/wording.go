// Package wording owns every sentence the product shows: the embedded message
// catalogue in Chinese and English, and the one way dates, money and areas are
// written. It knows nothing of the domain: callers name a key and give its
// parameters.
//
// A catalogue file is a flat JSON object in catalog/<lang>/<owner>.json. A value
// is either a text, "Saved {{.Time}}", or its plural forms,
// {"one": "{{.Count}} day", "other": "{{.Count}} days"}, chosen by the parameter
// named Count. Keys are unique over all files of a language. Both languages name
// the same parameters; one that is itself a word comes twice, State for the Chinese
// text and StateEn for the English.
package wording

import (
	"fmt"
	"slices"
	"text/template/parse"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

// Lang is a language of the catalogue, as a BCP 47 tag.
type Lang string

const (
	// ZH is simplified Chinese, the default.
	ZH Lang = "zh-CN"
	// EN is English.
	EN Lang = "en"
)

// Langs lists the languages of the catalogue, the default first.
func Langs() []Lang { return []Lang{ZH, EN} }

// Catalogue holds every message in every language. It never changes after New
// and may be used by any number of goroutines.
type Catalogue struct {
	books   map[Lang]book
	matcher language.Matcher
}

// book is one language: texts without parameters lie ready in plain, the rest
// are templates kept parsed by the localizer.
type book struct {
	plain     map[string]string
	entries   map[string]entry
	localizer *i18n.Localizer
	parser    template.Parser
}

// New reads the embedded catalogue. It refuses a key given twice in one
// language, a broken template, and a template that does more than name
// parameters.
func New() (*Catalogue, error) {
	return read(embedded)
}

// Text returns the message key in lang with its parameters filled in. A key the
// catalogue lacks, or a missing parameter, comes back as ⟦key⟧, which tests of
// pages look for. An unknown lang is read as the default.
func (c *Catalogue) Text(lang Lang, key string, params map[string]any) string {
	b, ok := c.books[lang]
	if !ok {
		b = c.books[ZH]
	}
	if text, ok := b.plain[key]; ok {
		return text
	}
	e, ok := b.entries[key]
	if !ok {
		return missing(key)
	}
	return b.fill(key, e, params)
}

func (b book) fill(key string, e entry, params map[string]any) string {
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: params, TemplateParser: b.parser}
	if e.plural() {
		config.PluralCount = count(params)
	}
	text, err := b.localizer.Localize(config)
	if err != nil {
		return missing(key)
	}
	return text
}

// count returns the parameter that chooses the plural form, or nil, which
// chooses the form "other".
func count(params map[string]any) any {
	switch n := params["Count"].(type) {
	case int, int8, int16, int32, int64, string:
		return n
	}
	return nil
}

func missing(key string) string { return "⟦" + key + "⟧" }

// Has reports whether the catalogue knows key in its default language.
func (c *Catalogue) Has(key string) bool {
	_, ok := c.books[ZH].entries[key]
	return ok
}

// Keys returns every key of the default language in order.
func (c *Catalogue) Keys() []string {
	keys := make([]string, 0, len(c.books[ZH].entries))
	for key := range c.books[ZH].entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Params returns the parameter names of key in order, nil if it has none or is
// unknown.
func (c *Catalogue) Params(key string) []string {
	return c.books[ZH].entries[key].params
}

// Match chooses a language for an Accept-Language header; the default when the
// header is empty, malformed or asks for neither.
func (c *Catalogue) Match(acceptLanguage string) Lang {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return ZH
	}
	_, i, confidence := c.matcher.Match(wanted...)
	if confidence == language.No {
		return ZH
	}
	return Langs()[i]
}

// paramsOf parses a template and returns the parameters it names, in order.
// Anything but {{.Name}} is refused: translators write words, not programs.
func paramsOf(text string) ([]string, error) {
	trees, err := parse.Parse("text", text, "{{", "}}")
	if err != nil {
		return nil, err
	}
	tree := trees["text"]
	if tree == nil || tree.Root == nil {
		return nil, nil
	}
	var names []string
	for _, node := range tree.Root.Nodes {
		name, err := paramOf(node)
		if err != nil {
			return nil, err
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func paramOf(node parse.Node) (string, error) {
	if node.Type() == parse.NodeText {
		return "", nil
	}
	action, ok := node.(*parse.ActionNode)
	if ok && len(action.Pipe.Cmds) == 1 && len(action.Pipe.Decl) == 0 && len(action.Pipe.Cmds[0].Args) == 1 {
		field, ok := action.Pipe.Cmds[0].Args[0].(*parse.FieldNode)
		if ok && len(field.Ident) == 1 {
			return field.Ident[0], nil
		}
	}
	return "", fmt.Errorf("%s is not a plain parameter like {{.Name}}", node)
}

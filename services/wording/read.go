package wording

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

//go:embed catalog
var embedded embed.FS

// entry is one message: the text per plural form (only "other" for most) and
// the parameters they name together.
type entry struct {
	forms  map[string]string
	params []string
}

func (e entry) plural() bool { return len(e.forms) > 1 }

// read builds a catalogue from catalog/<lang>/*.json in fsys.
func read(fsys fs.FS) (*Catalogue, error) {
	c := &Catalogue{books: map[Lang]book{}}
	var tags []language.Tag
	for _, lang := range Langs() {
		entries, err := readLang(fsys, lang)
		if err != nil {
			return nil, err
		}
		tag, err := language.Parse(string(lang))
		if err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", lang, err)
		}
		if c.books[lang], err = bind(tag, entries); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", lang, err)
		}
		tags = append(tags, tag)
	}
	c.matcher = language.NewMatcher(tags)
	return c, nil
}

// readLang merges every file of one language.
func readLang(fsys fs.FS, lang Lang) (map[string]entry, error) {
	names, err := fs.Glob(fsys, path.Join("catalog", string(lang), "*.json"))
	if err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", lang, err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("catalogue %s: no files", lang)
	}
	all := map[string]entry{}
	owner := map[string]string{}
	for _, name := range names {
		err := readFile(fsys, name, func(key string, e entry) error {
			if other, taken := owner[key]; taken {
				return fmt.Errorf("key %q is already in %s", key, other)
			}
			owner[key], all[key] = name, e
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("catalogue file %s: %w", name, err)
		}
	}
	return all, nil
}

// readFile calls add for each message of a file. It walks the tokens, because
// decoding into a map would keep the last of two equal keys in silence.
func readFile(fsys fs.FS, name string, add func(string, entry) error) error {
	file, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read from
	decoder := json.NewDecoder(file)
	start, err := decoder.Token()
	if err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	if start != json.Delim('{') {
		return fmt.Errorf("not a JSON object: it starts with %v", start)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		e, err := readEntry(value)
		if err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		if err := add(key.(string), e); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON object")
	}
	return nil
}

func readEntry(value json.RawMessage) (entry, error) {
	forms := map[string]string{}
	var text string
	if err := json.Unmarshal(value, &text); err == nil {
		forms["other"] = text
	} else if err := json.Unmarshal(value, &forms); err != nil {
		return entry{}, errors.New("neither a text nor plural forms")
	}
	if forms["other"] == "" {
		return entry{}, errors.New("the text is empty")
	}
	e := entry{forms: forms}
	for form, text := range forms {
		if !slices.Contains([]string{"one", "other"}, form) {
			return entry{}, fmt.Errorf("unknown plural form %q", form)
		}
		names, err := paramsOf(text)
		if err != nil {
			return entry{}, err
		}
		e.params = append(e.params, names...)
	}
	slices.Sort(e.params)
	e.params = slices.Compact(e.params)
	return e, nil
}

func bind(tag language.Tag, entries map[string]entry) (book, error) {
	b := book{
		plain:   map[string]string{},
		entries: entries,
		parser:  &template.TextParser{Option: "missingkey=error"},
	}
	bundle := i18n.NewBundle(tag)
	for key, e := range entries {
		if !e.plural() && len(e.params) == 0 {
			b.plain[key] = e.forms["other"]
			continue
		}
		message := &i18n.Message{ID: key, One: e.forms["one"], Other: e.forms["other"]}
		if err := bundle.AddMessages(tag, message); err != nil {
			return book{}, err
		}
	}
	b.localizer = i18n.NewLocalizer(bundle, tag.String())
	return b, nil
}

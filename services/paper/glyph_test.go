package paper

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/signintech/gopdf/fontmaker/core"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// gbkRunes is every character a GBK text can hold, private use aside.
func gbkRunes(t *testing.T) []rune {
	t.Helper()
	var runes []rune
	for c := rune(' '); c < 0x7F; c++ {
		runes = append(runes, c)
	}
	decoder := simplifiedchinese.GBK.NewDecoder()
	for lead := 0x81; lead <= 0xFE; lead++ {
		for trail := 0x40; trail <= 0xFE; trail++ {
			text, err := decoder.Bytes([]byte{byte(lead), byte(trail)})
			if err != nil || utf8.RuneCount(text) != 1 {
				continue
			}
			r, _ := utf8.DecodeRune(text)
			if r != utf8.RuneError && (r < 0xE000 || r > 0xF8FF) && r <= 0xFFFF {
				runes = append(runes, r)
			}
		}
	}
	return runes
}

func TestFontsHoldEveryGBKCharacter(t *testing.T) {
	runes := gbkRunes(t)
	if len(runes) < 21886 {
		t.Fatalf("only %d GBK characters to check", len(runes))
	}
	for name, data := range map[string][]byte{"song": songTTF, "hei": heiTTF} {
		var font core.TTFParser
		if err := font.ParseFontData(data); err != nil {
			t.Fatal(err)
		}
		owner := map[uint]rune{}
		for _, r := range runes {
			glyph, ok := font.Chars()[int(r)]
			if !ok || glyph == 0 {
				t.Errorf("%s: no glyph for %q %U", name, r, r)
				continue
			}
			if other, shared := owner[glyph]; shared && other != r {
				t.Errorf("%s: %U and %U share a glyph: copied text would confuse them", name, r, other)
			}
			owner[glyph] = r
			if r != ' ' && r != '\u3000' && font.LocaTable[glyph+1] == font.LocaTable[glyph] {
				t.Errorf("%s: the glyph of %q %U is blank", name, r, r)
			}
		}
	}
}

func TestFontsHoldCharactersOfNames(t *testing.T) {
	p := press(t)
	for _, r := range "䶮㛃㬎㑇鿍①⑩〔〕·–—“”㎡‰℃²³€☐☑√" {
		if !p.prints(r) {
			t.Errorf("no glyph for %q %U", r, r)
		}
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct{ name, give, want string }{
		{"plain", "重庆 A1", "重庆 A1"},
		{"line ends", "一\r\n二\r三\u2028四", "一\n二\n三\n四"},
		{"blanks", "一\t二\u00A0三\u2003四", "一 二 三 四"},
		{"wide blank stays", "一\u3000二", "一\u3000二"},
		{"no width", "一\u200B二\uFEFF三\u00AD", "一二三"},
		{"bell stays and is refused later", "一\a", "一\a"},
	} {
		if got := clean(test.give); got != test.want {
			t.Errorf("%s: clean(%q) = %q, want %q", test.name, test.give, got, test.want)
		}
	}
}

func TestRefusesCharactersWithoutGlyph(t *testing.T) {
	p := press(t)
	for _, test := range []struct {
		name, zone string
		want       []rune
	}{
		{"emoji", "解放碑😀中央商务区", []rune{'😀'}},
		{"extension B", "演示𠮷园", []rune{'𠮷'}},
		{"control", "演示\a园", []rune{'\a'}},
		{"bad UTF-8", "演示\xff园", []rune{utf8.RuneError}},
		{"private use", "演示\uE000园", []rune{'\uE000'}},
		{"each once, in order", "😀𠮷😀", []rune{'😀', '𠮷'}},
	} {
		c := sampleCertificate()
		c.Zone = test.zone
		out, err := p.Certificate(c)
		var missing *MissingGlyphError
		if !errors.As(err, &missing) {
			t.Errorf("%s: Certificate = %d bytes, %v; want a MissingGlyphError", test.name, len(out), err)
			continue
		}
		if !reflect.DeepEqual(missing.Runes, test.want) || missing.Where != "示范区名称" {
			t.Errorf("%s: %q at %q, want %q at 示范区名称", test.name, missing.Runes, missing.Where, test.want)
		}
		if out != nil {
			t.Errorf("%s: bytes beside the error", test.name)
		}
	}
}

func TestRefusalNamesEveryPlace(t *testing.T) {
	b := sampleBook()
	b.Sections[0].Rows[3].Value = "😀"
	b.Sections[3].Tables[0].Rows[5][0] = "𠮷"
	_, err := press(t).Book(b)
	var missing *MissingGlyphError
	if !errors.As(err, &missing) {
		t.Fatalf("Book = %v", err)
	}
	want := "一、发展主体 / 法定代表人、表1 入驻企业名录（节选） / 企业名称"
	if missing.Where != want {
		t.Errorf("Where = %q, want %q", missing.Where, want)
	}
	for _, part := range []string{"法定代表人", "U+1F600", "U+20BB7"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("message %q does not say %s", err, part)
		}
	}
}

// TestEveryTextIsChecked puts an undrawable character into each text of each
// kind of document in turn.
func TestEveryTextIsChecked(t *testing.T) {
	p := press(t)
	certificate, receipt, book, letter := sampleCertificate(), sampleReceipt(), sampleBook(), sampleLetter()
	certificate.Programme, receipt.Title = "演示示范区", "演示回执"
	for name, document := range map[string]struct {
		data  any
		print func() ([]byte, error)
	}{
		"certificate": {&certificate, func() ([]byte, error) { return p.Certificate(certificate) }},
		"receipt":     {&receipt, func() ([]byte, error) { return p.Receipt(receipt) }},
		"book":        {&book, func() ([]byte, error) { return p.Book(book) }},
		"letter":      {&letter, func() ([]byte, error) { return p.Letter(letter) }},
	} {
		checked := 0
		eachText(reflect.ValueOf(document.data).Elem(), name, func(path string, text reflect.Value) {
			if strings.HasSuffix(path, ".CheckURL") {
				return // never printed as text
			}
			before := text.String()
			text.SetString(before + "😀")
			defer text.SetString(before)
			checked++
			var missing *MissingGlyphError
			if _, err := document.print(); !errors.As(err, &missing) || missing.Where == "" {
				t.Errorf("%s: %v", path, err)
			}
		})
		if checked < 10 {
			t.Errorf("%s: only %d texts checked", name, checked)
		}
	}
}

// eachText visits every string in v, of long lists the first two entries.
func eachText(v reflect.Value, path string, visit func(string, reflect.Value)) {
	switch v.Kind() {
	case reflect.String:
		visit(path, v)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Type().Field(i).Name != "Issued" {
				eachText(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
			}
		}
	case reflect.Slice:
		for i := range min(2, v.Len()) {
			eachText(v.Index(i), path+"[]", visit)
		}
	}
}

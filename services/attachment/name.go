package attachment

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"clusterzone/services/fault"
)

// maxName is how many characters a file name may have, ending included.
const maxName = 120

// cleanName returns the name in normal form C without surrounding spaces, and what is wrong
// with it, if anything. Only the spelling is normalised: a name is never silently changed
// into another one.
func cleanName(name string) (string, []fault.Field) {
	refuse := func(code string, params map[string]string) (string, []fault.Field) {
		return "", []fault.Field{{Path: "name", Code: "attachment." + code, Params: params}}
	}
	if !utf8.ValidString(name) || strings.ContainsRune(name, utf8.RuneError) {
		return refuse("name_unreadable", nil)
	}
	name = strings.TrimSpace(norm.NFC.String(name))
	if i := strings.IndexFunc(name, refusedInName); i >= 0 {
		r, _ := utf8.DecodeRuneInString(name[i:])
		return refuse("name_character", map[string]string{"Character": describe(r)})
	}
	switch stem := strings.TrimSuffix(name, path.Ext(name)); {
	case stem == "" || strings.HasPrefix(name, "."):
		return refuse("name_empty", nil)
	case utf8.RuneCountInString(name) > maxName:
		return refuse("name_long", map[string]string{"Max": strconv.Itoa(maxName)})
	case reservedName(stem):
		return refuse("name_reserved", map[string]string{"Name": name})
	}
	return name, nil
}

// refusedInName holds what separates paths, cannot be stored on the machines of readers, or
// makes a name look like another: control, format (bidi, zero width) and separator characters.
func refusedInName(r rune) bool {
	return strings.ContainsRune(`/\:*?"<>|`, r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs)
}

// describe shows a character that may be invisible.
func describe(r rune) string {
	if unicode.IsGraphic(r) {
		return string(r)
	}
	return "U+" + strings.ToUpper(strconv.FormatInt(int64(r)|0x10000, 16)[1:])
}

// reservedName reports names that Windows takes for devices, whatever the ending.
func reservedName(stem string) bool {
	stem, _, _ = strings.Cut(strings.ToUpper(stem), ".")
	switch stem = strings.TrimSpace(stem); stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && stem[3] >= '0' && stem[3] <= '9'
}

// formatOf is the ending of a name in lower case, without the dot.
func formatOf(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }

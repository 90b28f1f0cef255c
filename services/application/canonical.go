package application

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Canonical writes the content as canonical JSON: every field present, members sorted by code point, no insignificant
// whitespace, numbers in their shortest form. Equal contents give equal bytes, whatever order they were typed in.
func Canonical(c Content) ([]byte, error) {
	tree, err := treeOf(c)
	if err != nil {
		return nil, err
	}
	return appendCanonical(nil, tree), nil
}

// CanonicalValue writes any JSON-encodable value in the same form; for the snapshot around a content.
func CanonicalValue(v any) ([]byte, error) {
	tree, err := genericTree(v)
	if err != nil {
		return nil, err
	}
	return appendCanonical(nil, tree), nil
}

// Digest is the SHA-256 of canonical bytes in lower-case hex.
func Digest(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// genericTree turns a value into maps, slices, strings, json.Number, bool and nil.
func genericTree(v any) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode document: %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("read back document: %w", err)
	}
	return tree, nil
}

// treeOf is genericTree with the gaps filled that Go leaves: nil lists are empty, an undrawn polygon is null.
func treeOf(c Content) (any, error) {
	if len(bytes.TrimSpace(c.Boundary.Polygon)) == 0 {
		c.Boundary.Polygon = nil
	}
	tree, err := genericTree(c)
	if err != nil {
		return nil, err
	}
	return contentSchema.complete(tree), nil
}

func (f contentField) complete(node any) any {
	switch f.kind {
	case objectKind:
		members, _ := node.(map[string]any)
		for _, m := range f.fields {
			members[m.name] = m.complete(members[m.name])
		}
	case listKind:
		items, _ := node.([]any)
		if items == nil {
			return []any{}
		}
		for i := range items {
			items[i] = f.item.complete(items[i])
		}
	}
	return node
}

// appendCanonical writes a tree as genericTree makes it.
func appendCanonical(dst []byte, node any) []byte {
	switch v := node.(type) {
	case map[string]any:
		dst = append(dst, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			dst = appendQuoted(appendComma(dst, i), name)
			dst = appendCanonical(append(dst, ':'), v[name])
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			dst = appendCanonical(appendComma(dst, i), item)
		}
		return append(dst, ']')
	case string:
		return appendQuoted(dst, v)
	case json.Number:
		return appendNumber(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	}
	return append(dst, "null"...)
}

// appendQuoted escapes only what JSON demands, so text stays readable and has one spelling.
func appendQuoted(dst []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b == '\n':
			dst = append(dst, `\n`...)
		case b == '\r':
			dst = append(dst, `\r`...)
		case b == '\t':
			dst = append(dst, `\t`...)
		case b < 0x20:
			dst = append(dst, `\u00`...)
			dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
		default:
			dst = append(dst, b)
		}
	}
	return append(dst, '"')
}

// appendNumber keeps integers digit by digit, however long, and writes all else as the shortest float.
func appendNumber(dst []byte, n json.Number) []byte {
	text := n.String()
	if wholeNumber(text) {
		if text == "-0" {
			text = "0"
		}
		return append(dst, text...)
	}
	v, err := n.Float64()
	if err != nil { // beyond a float: the digits as they came are the only faithful form
		return append(dst, text...)
	}
	return appendFloat(dst, v)
}

func wholeNumber(text string) bool {
	if len(text) > 1 && text[0] == '-' {
		text = text[1:]
	}
	return text != "" && allDigits(text)
}

// appendFloat writes the shortest decimal that reads back as v, plain within the range where plain is short.
func appendFloat(dst []byte, v float64) []byte {
	if v == 0 {
		return append(dst, '0')
	}
	if size := math.Abs(v); size < 1e-6 || size >= 1e21 {
		return strconv.AppendFloat(dst, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, v, 'f', -1, 64)
}

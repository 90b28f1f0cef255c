package application

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Change is one field that differs between two contents. Old and New are the stored values as text ("" is absent);
// UnitOf(Path) says how to show a number. Lists are matched by their items' identity, so a row put in front does not
// turn every row into a change; the path of a removed item is its old place, of all others the new one.
type Change struct {
	Path     string
	LabelKey string
	Old, New string
}

// Compare lists the changed fields from one content to another in document order; nothing exactly when their
// canonical bytes are equal.
func Compare(from, to Content) ([]Change, error) {
	a, err := treeOf(from)
	if err != nil {
		return nil, err
	}
	b, err := treeOf(to)
	if err != nil {
		return nil, err
	}
	d := &differ{}
	d.compare(contentSchema, "", a, b)
	return d.changes, nil
}

type differ struct {
	changes []Change
}

func (d *differ) add(path, from, to string) {
	d.changes = append(d.changes, Change{Path: path, LabelKey: LabelKey(path), Old: from, New: to})
}

func (d *differ) compare(f contentField, path string, a, b any) {
	switch f.kind {
	case objectKind:
		from, _ := a.(map[string]any)
		to, _ := b.(map[string]any)
		for _, m := range f.fields {
			d.compare(m, joinPath(path, m.name), from[m.name], to[m.name])
		}
	case listKind:
		from, _ := a.([]any)
		to, _ := b.([]any)
		d.compareLists(f, path, from, to)
	default:
		if from, to := shown(a), shown(b); from != to {
			d.add(path, from, to)
		}
	}
}

// shown is a leaf as text.
func shown(leaf any) string {
	switch v := leaf.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return string(appendCanonical(nil, leaf))
}

func (d *differ) compareLists(f contentField, path string, from, to []any) {
	fromKeys, fromOK := f.itemKeys(from)
	toKeys, toOK := f.itemKeys(to)
	if !fromOK || !toOK { // no usable identity: by position
		fromKeys, toKeys = positions(len(from)), positions(len(to))
	}
	places := map[string]int{}
	for i, key := range toKeys {
		places[key] = i
	}
	var kept []string
	old := map[string]any{}
	for i, key := range fromKeys {
		old[key] = from[i]
		if _, still := places[key]; still {
			kept = append(kept, key)
		} else {
			d.oneSided(f, f.itemPath(path, from, i), from[i], nil)
		}
	}
	var stayed []string
	for i, key := range toKeys {
		item, was := old[key]
		if !was {
			d.oneSided(f, f.itemPath(path, to, i), nil, to[i])
			continue
		}
		stayed = append(stayed, key)
		d.compare(*f.item, f.itemPath(path, to, i), item, to[i])
	}
	if !slices.Equal(kept, stayed) {
		d.add(path, strings.Join(kept, ", "), strings.Join(stayed, ", "))
	}
}

// oneSided shows an item that only one side has; one with nothing in it appears as its JSON.
func (d *differ) oneSided(f contentField, path string, a, b any) {
	before := len(d.changes)
	d.compare(*f.item, path, a, b)
	if len(d.changes) > before {
		return
	}
	if a != nil {
		d.add(path, string(appendCanonical(nil, a)), "")
		return
	}
	d.add(path, "", string(appendCanonical(nil, b)))
}

// itemKeys are the items' identities; not ok unless each is present and unique.
func (f contentField) itemKeys(items []any) ([]string, bool) {
	if f.key == "" {
		return nil, false
	}
	keys, seen := make([]string, len(items)), map[string]bool{}
	for i, item := range items {
		key := f.itemKey(item)
		if key == "" || seen[key] {
			return nil, false
		}
		keys[i], seen[key] = key, true
	}
	return keys, true
}

func (f contentField) itemKey(item any) string {
	if f.key == keySelf {
		return shown(item)
	}
	members, _ := item.(map[string]any)
	return shown(members[f.key])
}

func (f contentField) itemPath(path string, items []any, i int) string {
	if key := f.itemKey(items[i]); f.named && key != "" {
		return indexPath(path, key)
	}
	return indexPath(path, strconv.Itoa(i))
}

func positions(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = strconv.Itoa(i)
	}
	return keys
}

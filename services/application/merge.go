package application

import "slices"

// Merge puts what one person changed from base to mine into theirs, which others may have
// changed meanwhile. Where both changed the same place to different values mine stands in the
// result and the place is listed with both values: a field, an indicator's value, or a list
// whose items cannot be told apart.
func Merge(base, mine, theirs Content) (merged Content, both []ConflictField, err error) {
	var trees [3]any
	for i, c := range []Content{base, mine, theirs} {
		if trees[i], err = treeOf(c); err != nil {
			return merged, nil, err
		}
	}
	m := &merger{}
	text := appendCanonical(nil, m.merge(contentSchema, "", trees[0], trees[1], trees[2]))
	merged, problems := Decode(text)
	if Refused(problems) { // together the lists have become too long
		return merged, nil, faultOf(problems)
	}
	return merged, m.both, nil
}

// ItemKey names the member by which Merge tells the items of a list apart; empty where there is none.
func ItemKey(list string) string {
	steps, _ := parsePath(list)
	f, ok := fieldAt(steps)
	if !ok || f.kind != listKind || f.key == keySelf {
		return ""
	}
	return f.key
}

// merger walks three trees along the schema.
type merger struct{ both []ConflictField }

func (m *merger) clash(path string, mine, theirs any) any {
	m.both = append(m.both, ConflictField{Path: path, Mine: rawOf(shown(mine)), Theirs: rawOf(shown(theirs))})
	return mine
}

func (m *merger) merge(f contentField, path string, base, mine, theirs any) any {
	switch {
	case sameNode(mine, base), sameNode(mine, theirs):
		return theirs
	case sameNode(theirs, base):
		return mine
	case f.kind == objectKind:
		return m.mergeObjects(f, path, base, mine, theirs)
	case f.kind == listKind:
		return m.mergeLists(f, path, base, mine, theirs)
	}
	return m.clash(path, mine, theirs)
}

func sameNode(a, b any) bool {
	return string(appendCanonical(nil, a)) == string(appendCanonical(nil, b))
}

func (m *merger) mergeObjects(f contentField, path string, base, mine, theirs any) any {
	of := func(node any) map[string]any { members, _ := node.(map[string]any); return members }
	b, x, y := of(base), of(mine), of(theirs)
	out := make(map[string]any, len(f.fields))
	for _, member := range f.fields {
		out[member.name] = m.merge(member, joinPath(path, member.name), b[member.name], x[member.name], y[member.name])
	}
	return out
}

// mergeLists merges item by item where every side tells its items apart. The order is mine
// unless theirs has moved items; what the other side added comes after what it stood behind.
func (m *merger) mergeLists(f contentField, path string, base, mine, theirs any) any {
	of := func(node any) []any { items, _ := node.([]any); return items }
	sides := [3][]any{of(base), of(mine), of(theirs)}
	var keys [3][]string
	for i, items := range sides {
		var ok bool
		if keys[i], ok = f.itemKeys(items); !ok {
			return m.mergeUnnamed(f, path, sides)
		}
	}
	at := func(side int, key string) any {
		if i := slices.Index(keys[side], key); i >= 0 {
			return sides[side][i]
		}
		return nil
	}
	out := []any{}
	for _, key := range mergedOrder(keys[0], keys[1], keys[2]) {
		place := path
		if i := slices.Index(keys[1], key); i >= 0 {
			place = f.itemPath(path, sides[1], i)
		}
		if item := m.mergeItem(f, place, [3]any{at(0, key), at(1, key), at(2, key)}); item != nil {
			out = append(out, item)
		}
	}
	return out
}

// mergeItem merges one item; nil is a removed one. An item removed on one side and changed on
// the other stays: nothing that somebody has just written disappears.
func (m *merger) mergeItem(f contentField, place string, sides [3]any) any {
	base, mine, theirs := sides[0], sides[1], sides[2]
	switch {
	case mine == nil && theirs == nil:
		return nil
	case mine == nil && base != nil && sameNode(theirs, base), theirs == nil && base != nil && sameNode(mine, base):
		return nil
	case mine == nil:
		return theirs
	case theirs == nil:
		return mine
	}
	return m.merge(*f.item, place, base, mine, theirs)
}

// mergeUnnamed merges lists whose items have no names: by place while the length is the same,
// such as the years of an indicator, as a whole otherwise.
func (m *merger) mergeUnnamed(f contentField, path string, sides [3][]any) any {
	base, mine, theirs := sides[0], sides[1], sides[2]
	if f.key != "" || len(base) != len(mine) || len(mine) != len(theirs) {
		return m.clash(path, mine, theirs)
	}
	out := make([]any, len(mine))
	for i := range mine {
		out[i] = m.merge(*f.item, f.itemPath(path, mine, i), base[i], mine[i], theirs[i])
	}
	return out
}

// mergedOrder is every key once.
func mergedOrder(base, mine, theirs []string) []string {
	both := func(in, other []string) (kept []string) {
		for _, key := range in {
			if slices.Contains(other, key) {
				kept = append(kept, key)
			}
		}
		return kept
	}
	first, second := theirs, mine
	if slices.Equal(both(theirs, base), both(base, theirs)) {
		first, second = mine, theirs
	}
	out := slices.Clone(first)
	for i, key := range second {
		if slices.Contains(out, key) {
			continue
		}
		place := len(out)
		if i > 0 {
			place = slices.Index(out, second[i-1]) + 1
		}
		out = slices.Insert(out, place, key)
	}
	return out
}

// rebase gives the document and the name that an edit means when it was made from base and the
// draft has moved on to now. What both changed is a stale save with both values.
func (e Edit) rebase(base, mine, now Content, l loaded) (Content, string, error) {
	merged, both, err := Merge(base, mine, now)
	if err != nil {
		return now, l.Name, err
	}
	name, clash, err := e.rename(l)
	if err != nil {
		return now, l.Name, err
	}
	if clash {
		both = append([]ConflictField{{Path: "name", Mine: rawOf(name), Theirs: rawOf(l.Name)}}, both...)
	}
	if len(both) > 0 {
		return now, l.Name, stale(l, both)
	}
	return merged, name, nil
}

// rename is the name an edit asks for; clash says that somebody else has renamed meanwhile.
func (e Edit) rename(l loaded) (name string, clash bool, err error) {
	if e.Name == nil {
		return l.Name, false, nil
	}
	if name, err = cleanName(*e.Name); err != nil || name == l.Name {
		return name, false, err
	}
	if e.BaseName == nil {
		return name, e.Version != l.Version, nil
	}
	if name == *e.BaseName {
		return l.Name, false, nil
	}
	return name, l.Name != *e.BaseName, nil
}

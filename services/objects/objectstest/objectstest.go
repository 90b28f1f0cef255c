// Package objectstest holds what every objects.Store must do, as one test body, and the
// stores to run tests of other packages on. It knows stores only through objects.Store.
package objectstest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"clusterzone/services/objects"
)

const textType = "text/plain; charset=utf-8"

// Run checks one implementation. newStore returns a prepared, empty store; the addresses
// of its tickets must answer.
func Run(t *testing.T, newStore func(t *testing.T) objects.Store) {
	store := newStore(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, objects.Store)
	}{
		{"prepare twice", testPrepareTwice},
		{"put, stat, open", testPut},
		{"put of another size", testPutSize},
		{"put whose source fails", testPutBroken},
		{"keys", testKeys},
		{"absent", testAbsent},
		{"versions", testVersions},
		{"ranges", testRanges},
		{"promote", testPromote},
		{"final objects", testFinal},
		{"delete", testDelete},
		{"list", testList},
		{"concurrent puts", testConcurrentPuts},
		{"concurrent promotes", testConcurrentPromotes},
		{"done context", testDoneContext},
		{"tickets refused", testTicketsRefused},
		{"upload", testUpload},
		{"uploads refused", testUploadsRefused},
		{"upload too late", testUploadExpired},
		{"parts", testParts},
		{"parts refused", testPartsRefused},
		{"part too late", testPartExpired},
		{"parts that do not fit", testPartsMissing},
		{"parts dropped", testPartsDropped},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, store) })
	}
}

// newKey returns a key that no other test of the same store uses.
func newKey(name string) string { return "staging/" + strings.ToLower(rand.Text()) + "/" + name }

func put(t *testing.T, s objects.Store, key, content string) objects.Info {
	t.Helper()
	info, err := s.Put(t.Context(), key, strings.NewReader(content), int64(len(content)), textType)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func read(t *testing.T, s objects.Store, key, version string) string {
	t.Helper()
	r, info, err := s.Open(t.Context(), key, version)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	if info.Size != int64(len(content)) {
		t.Errorf("size of %s: got %d, read %d", key, info.Size, len(content))
	}
	return string(content)
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func testPrepareTwice(t *testing.T, s objects.Store) {
	key := newKey("kept")
	put(t, s, key, "still here")
	if err := errors.Join(s.Prepare(t.Context()), s.Ping(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, key, ""); got != "still here" {
		t.Errorf("after a second Prepare: got %q", got)
	}
}

func testPut(t *testing.T, s objects.Store) {
	large := bytes.Repeat([]byte("集聚区"), 3<<20/9)
	for name, content := range map[string]string{"empty": "", "short": "申报书", "large": string(large)} {
		key := newKey(name)
		info := put(t, s, key, content)
		if info.Key != key || info.Size != int64(len(content)) || info.ContentType != textType || info.Version == "" || info.ETag == "" || info.ModifiedAt.IsZero() {
			t.Errorf("put %s: got %+v", name, info)
		}
		if got, err := s.Stat(t.Context(), key, ""); err != nil || got != info {
			t.Errorf("stat %s: got %+v, %v, want %+v", name, got, err, info)
		}
		if got, err := s.Stat(t.Context(), key, info.Version); err != nil || got != info {
			t.Errorf("stat %s by version: got %+v, %v, want %+v", name, got, err, info)
		}
		if got := read(t, s, key, info.Version); got != content {
			t.Errorf("read %s: got %d bytes that differ from the %d written", name, len(got), len(content))
		}
	}
}

func testPutSize(t *testing.T, s objects.Store) {
	for content, size := range map[string]int64{"too short": 10, "too long": 7, "not empty": 0, "": 1, "negative": -1} {
		key := newKey("size")
		_, err := s.Put(t.Context(), key, iotest.OneByteReader(strings.NewReader(content)), size, textType)
		wantError(t, fmt.Sprintf("put %q as %d bytes", content, size), err, objects.ErrSize)
		_, err = s.Stat(t.Context(), key, "")
		wantError(t, fmt.Sprintf("stat after %q as %d bytes", content, size), err, objects.ErrNotFound)
	}
}

func testPutBroken(t *testing.T, s objects.Store) {
	broken := errors.New("the line went dead")
	key := newKey("broken")
	source := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken))
	_, err := s.Put(t.Context(), key, source, 8, textType)
	wantError(t, "put", err, broken)
	if errors.Is(err, objects.ErrUnavailable) {
		t.Errorf("a failing source is taken for a failing store: %v", err)
	}
	_, err = s.Stat(t.Context(), key, "")
	wantError(t, "stat", err, objects.ErrNotFound)
}

func testKeys(t *testing.T, s objects.Store) {
	for _, key := range []string{
		"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", `a\..\b`, "a\x00b", "a b", "a@b", "a%2fb",
		"中文", "a\n", strings.Repeat("a", 300), strings.Repeat("a/", 300) + "a",
	} {
		_, err := s.Put(t.Context(), key, strings.NewReader("x"), 1, textType)
		wantError(t, fmt.Sprintf("put %q", key), err, objects.ErrKey)
		_, err = s.Stat(t.Context(), key, "")
		wantError(t, fmt.Sprintf("stat %q", key), err, objects.ErrKey)
		_, _, err = s.Open(t.Context(), key, "")
		wantError(t, fmt.Sprintf("open %q", key), err, objects.ErrKey)
		wantError(t, fmt.Sprintf("delete %q", key), s.Delete(t.Context(), key, ""), objects.ErrKey)
		_, err = s.Promote(t.Context(), newKey("a"), "", key)
		wantError(t, fmt.Sprintf("promote to %q", key), err, objects.ErrKey)
		_, err = s.Promote(t.Context(), key, "", newKey("a"))
		wantError(t, fmt.Sprintf("promote %q", key), err, objects.ErrKey)
	}
	for _, prefix := range []string{"/", "..", "../", "a/../", "a//", "@"} {
		err := s.List(t.Context(), prefix, func(objects.Info) error { return nil })
		wantError(t, fmt.Sprintf("list %q", prefix), err, objects.ErrKey)
	}
	for _, key := range []string{"a", "A-Z_0.9=", "..a", strings.Repeat("a", 200), newKey("a")} {
		if err := objects.CheckKey(key); err != nil {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

func testAbsent(t *testing.T, s objects.Store) {
	key := newKey("here")
	put(t, s, key, "here")
	other := put(t, s, newKey("other"), "other")
	for _, c := range []struct{ what, key, version string }{
		{"a key never written", newKey("never"), ""},
		{"a version of a key never written", newKey("never"), other.Version},
		{"the version of another key", key, other.Version},
		{"what is no version", key, "1"},
		{"a path as version", key, "../" + other.Version},
		{"what is only the start of a key", strings.TrimSuffix(key, "/here"), ""},
		{"what is below a key", key + "/more", ""},
	} {
		_, err := s.Stat(t.Context(), c.key, c.version)
		wantError(t, "stat "+c.what, err, objects.ErrNotFound)
		_, _, err = s.Open(t.Context(), c.key, c.version)
		wantError(t, "open "+c.what, err, objects.ErrNotFound)
		_, err = s.Promote(t.Context(), c.key, c.version, newKey("final"))
		wantError(t, "promote "+c.what, err, objects.ErrNotFound)
		if err := s.Delete(t.Context(), c.key, c.version); err != nil {
			t.Errorf("delete %s: %v", c.what, err)
		}
	}
	if got := read(t, s, key, ""); got != "here" {
		t.Errorf("deleting what is absent changed a neighbour to %q", got)
	}
}

func testVersions(t *testing.T, s objects.Store) {
	key := newKey("versions")
	var versions []string
	for i := range 4 {
		versions = append(versions, put(t, s, key, fmt.Sprint("version ", i)).Version)
		if got := read(t, s, key, ""); got != fmt.Sprint("version ", i) {
			t.Errorf("newest after %d: got %q", i, got)
		}
	}
	for i, version := range versions {
		if got := read(t, s, key, version); got != fmt.Sprint("version ", i) {
			t.Errorf("version %d: got %q", i, got)
		}
	}
}

func testRanges(t *testing.T, s objects.Store) {
	content := make([]byte, 1<<20+7)
	rand.Read(content)
	key := newKey("ranges")
	version := put(t, s, key, string(content)).Version
	put(t, s, key, "a newer version that must not be read")
	r, _, err := s.Open(t.Context(), key, version)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // only read from
	if err := iotest.TestReader(r, content); err != nil {
		t.Error(err)
	}
	for _, c := range [][2]int64{{0, 1}, {5, 100}, {1 << 19, 70000}, {3, 0}, {1 << 20, 7}, {1<<20 + 7, 0}} {
		if _, err := r.Seek(c[0], io.SeekStart); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, c[1])
		if _, err := io.ReadFull(r, got); err != nil || !bytes.Equal(got, content[c[0]:c[0]+c[1]]) {
			t.Errorf("%d bytes from %d: %v, or they differ", c[1], c[0], err)
		}
	}
	if _, err := r.Seek(-1, io.SeekStart); err == nil {
		t.Error("a position before the start is taken")
	}
	if n, err := r.Seek(0, io.SeekEnd); n != int64(len(content)) || err != nil {
		t.Errorf("seek to the end: got %d, %v", n, err)
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF { //nolint:errorlint // a reader ends with io.EOF itself
		t.Errorf("read at the end: got %d, %v", n, err)
	}
}

func testPromote(t *testing.T, s objects.Store) {
	from, to := newKey("draft"), newKey("final")
	first := put(t, s, from, "as checked")
	put(t, s, from, "uploaded over it after the check")
	final, err := s.Promote(t.Context(), from, first.Version, to)
	if err != nil {
		t.Fatal(err)
	}
	if final.Key != to || final.Size != first.Size || final.ContentType != first.ContentType || final.Version == "" {
		t.Errorf("promote: got %+v of %+v", final, first)
	}
	if got := read(t, s, to, final.Version); got != "as checked" {
		t.Errorf("final object: got %q", got)
	}
	again, err := s.Promote(t.Context(), from, first.Version, to)
	if err != nil || again != final {
		t.Errorf("promote again: got %+v, %v, want %+v", again, err, final)
	}
	if got := read(t, s, from, first.Version); got != "as checked" {
		t.Errorf("staging object after promote: got %q", got)
	}
	if err := s.Delete(t.Context(), from, first.Version); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, to, ""); got != "as checked" {
		t.Errorf("final object after its staging object went: got %q", got)
	}
	newest, err := s.Promote(t.Context(), from, "", newKey("newest"))
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, newest.Key, newest.Version); got != "uploaded over it after the check" {
		t.Errorf("promote of the newest: got %q", got)
	}
	_, err = s.Promote(t.Context(), from, "", from)
	wantError(t, "promote onto itself", err, objects.ErrKey)
}

func testFinal(t *testing.T, s objects.Store) {
	from, to := newKey("draft"), newKey("final")
	put(t, s, from, "submitted")
	final, err := s.Promote(t.Context(), from, "", to)
	if err != nil {
		t.Fatal(err)
	}
	other := put(t, s, newKey("other"), "tampered!")
	_, err = s.Promote(t.Context(), other.Key, other.Version, to)
	wantError(t, "promote something else", err, objects.ErrExists)
	put(t, s, from, "tampered!")
	_, err = s.Promote(t.Context(), from, "", to)
	wantError(t, "promote a newer version", err, objects.ErrExists)
	_, err = s.Promote(t.Context(), from, "", other.Key)
	wantError(t, "promote onto what was put", err, objects.ErrExists)
	_, err = s.Put(t.Context(), to, strings.NewReader("tampered!"), 9, textType)
	wantError(t, "put over a final object", err, objects.ErrExists)
	_, err = s.Ticket(t.Context(), objects.Upload{Key: to, MaxBytes: 9, ContentType: textType, ExpiresIn: 1e9})
	wantError(t, "ticket for a final object", err, objects.ErrExists)
	wantError(t, "delete without a version", s.Delete(t.Context(), to, ""), objects.ErrLocked)
	if got, err := s.Stat(t.Context(), to, ""); err != nil || got != final {
		t.Errorf("final object: got %+v, %v, want %+v", got, err, final)
	}
	if got := read(t, s, to, final.Version); got != "submitted" {
		t.Errorf("final object: got %q", got)
	}
	if err := s.Delete(t.Context(), to, final.Version); err != nil {
		t.Fatal(err)
	}
	_, err = s.Stat(t.Context(), to, "")
	wantError(t, "stat after delete by version", err, objects.ErrNotFound)
}

func testDelete(t *testing.T, s objects.Store) {
	key := newKey("delete")
	first, second, third := put(t, s, key, "first"), put(t, s, key, "second"), put(t, s, key, "third")
	open, _, err := s.Open(t.Context(), key, third.Version)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }() // only read from
	for range 2 {
		if err := s.Delete(t.Context(), key, first.Version); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Stat(t.Context(), key, first.Version)
	wantError(t, "stat of the deleted version", err, objects.ErrNotFound)
	if got := read(t, s, key, second.Version) + read(t, s, key, ""); got != "secondthird" {
		t.Errorf("the other versions: got %q", got)
	}
	if err := s.Delete(t.Context(), key, ""); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s, key, ""); got != "second" {
		t.Errorf("after the newest went: got %q", got)
	}
	if err := s.Delete(t.Context(), key, second.Version); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Open(t.Context(), key, "")
	wantError(t, "open after the last version went", err, objects.ErrNotFound)
	put(t, s, key, "written again")
	if got := read(t, s, key, ""); got != "written again" {
		t.Errorf("written again: got %q", got)
	}
}

func testList(t *testing.T, s objects.Store) {
	base := newKey("list")
	var want []string
	for _, name := range []string{"a", "a-b", "ab/c", "ac/d", "b/c/d"} {
		old := put(t, s, base+"/"+name, "old")
		info := put(t, s, base+"/"+name, "newer")
		want = append(want, info.Key+" "+info.Version+" 5", old.Key+" "+old.Version+" 3")
	}
	for prefix, n := range map[string]int{base + "/": 10, base: 10, base + "/a": 8, base + "/ac/": 2, base + "/a/": 0, base + "/ab": 2, base + "/b/c/d": 2, base + "/b/c/d/": 0, base + "/x": 0, "nothing/": 0} {
		got := list(t, s, prefix)
		if len(got) != n {
			t.Errorf("list %s: got %d, want %d: %q", prefix, len(got), n, got)
		}
	}
	got := list(t, s, base+"/")
	for i := 1; i < len(got); i++ {
		newer, older := slices.Index(want, got[i-1]), slices.Index(want, got[i])
		if older%2 == 1 && newer != older-1 {
			t.Errorf("the older version %q comes after %q and not after the newer", got[i], got[i-1])
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("list:\ngot  %q\nwant %q", got, want)
	}
	stop, calls := errors.New("enough"), 0
	err := s.List(t.Context(), base, func(objects.Info) error { calls++; return stop })
	if wantError(t, "list that is stopped", err, stop); calls != 1 {
		t.Errorf("calls after the one that stopped the list: %d", calls-1)
	}
	err = s.List(t.Context(), base, func(o objects.Info) error { return s.Delete(t.Context(), o.Key, o.Version) })
	if left := list(t, s, base); err != nil || len(left) != 0 {
		t.Errorf("sweep while listing: %v, left %q", err, left)
	}
}

func list(t *testing.T, s objects.Store, prefix string) []string {
	t.Helper()
	var found []string
	err := s.List(t.Context(), prefix, func(o objects.Info) error {
		if o.ETag == "" || o.ModifiedAt.IsZero() {
			t.Errorf("list %s: got %+v", prefix, o)
		}
		found = append(found, fmt.Sprint(o.Key, " ", o.Version, " ", o.Size))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func testConcurrentPuts(t *testing.T, s objects.Store) {
	key := newKey("concurrent")
	var group sync.WaitGroup
	var mu sync.Mutex
	written := map[string]string{}
	for i := range 24 {
		group.Go(func() {
			content := fmt.Sprint("writer ", i)
			info, err := s.Put(t.Context(), key, strings.NewReader(content), int64(len(content)), textType)
			neighbour := fmt.Sprint(key, "-", i)
			_, err2 := s.Put(t.Context(), neighbour, strings.NewReader(content), int64(len(content)), textType)
			err = errors.Join(err, err2, s.Delete(t.Context(), neighbour, "")) // folders come and go meanwhile
			mu.Lock()
			defer mu.Unlock()
			if written[info.Version] = content; err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
		})
	}
	group.Wait()
	if len(written) != 24 {
		t.Errorf("24 puts made %d versions", len(written))
	}
	for version, content := range written {
		if got := read(t, s, key, version); got != content {
			t.Errorf("version %s: got %q, want %q", version, got, content)
		}
	}
}

func testConcurrentPromotes(t *testing.T, s objects.Store) {
	to := newKey("final")
	sources := []objects.Info{put(t, s, newKey("a"), "a"), put(t, s, newKey("b"), "b")}
	var group sync.WaitGroup
	for i := range 12 {
		group.Go(func() {
			from := sources[i%2]
			info, err := s.Promote(t.Context(), from.Key, from.Version, to)
			if errors.Is(err, objects.ErrExists) {
				return
			}
			if err != nil {
				t.Errorf("promote: %v", err)
				return
			}
			if got, want := read(t, s, to, info.Version), from.Key[len(from.Key)-1:]; got != want {
				t.Errorf("a caller who promoted %q was given %q", want, got)
			}
		})
	}
	group.Wait()
}

func testDoneContext(t *testing.T, s objects.Store) {
	key := newKey("done")
	put(t, s, key, strings.Repeat("x", 1<<20))
	ctx, cancel := context.WithCancel(t.Context())
	r, _, err := s.Open(ctx, key, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // only read from
	cancel()
	_, err = io.ReadAll(r)
	wantError(t, "read", err, context.Canceled)
	_, err = s.Put(ctx, key, strings.NewReader("x"), 1, textType)
	wantError(t, "put", err, context.Canceled)
	if errors.Is(err, objects.ErrUnavailable) {
		t.Errorf("a caller who gave up is taken for a failing store: %v", err)
	}
	err = s.List(ctx, key, func(objects.Info) error { return nil })
	wantError(t, "list", err, context.Canceled)
}

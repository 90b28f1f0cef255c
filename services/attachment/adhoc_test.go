package attachment

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAdhoc(t *testing.T) {
	n, bad := map[string]int{}, map[string]int{}
	list, _ := os.ReadFile("/tmp/realfiles")
	for _, p := range strings.Fields(string(list)) {
		f, err := os.Open(p)
		if err != nil {
			continue
		}
		st, _ := f.Stat()
		ext := formatOf(filepath.Base(p))
		n[ext]++
		if err := newInspector(context.Background(), os.TempDir(), st.Size()).inspect(f, st.Size(), ext, 0); err != nil {
			bad[ext+" "+err.Error()]++
			if bad[ext+" "+err.Error()] < 12 {
				t.Log(p, st.Size(), err)
			}
		}
		f.Close()
	}
	t.Log(n, bad)
}

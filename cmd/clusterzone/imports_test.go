package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// layer is how far up a package stands: it may import what stands strictly below, and those
// named as its equals.
var layers = map[string]int{
	"migrations":           0,
	"services/draw":        0,
	"services/form":        0,
	"services/mail":        0,
	"services/objects":     0,
	"services/outline":     0,
	"services/paper":       0,
	"services/preview":     0,
	"services/scan":        0,
	"services/sheet":       0,
	"services/survey":      0,
	"services/wording":     0,
	"workflows":            0,
	"services/fault":       1,
	"services/mapsheet":    1,
	"services/database":    2,
	"services/problem":     2,
	"services/audit":       3,
	"services/outbox":      3,
	"services/search":      3,
	"services/jobs":        4,
	"services/identity":    5,
	"services/casework":    6,
	"services/policy":      7,
	"services/condition":   7,
	"services/agenda":      8,
	"services/attachment":  7,
	"services/document":    8,
	"services/notice":      8,
	"services/registry":    8,
	"services/reminder":    8,
	"services/review":      8,
	"services/application": 9,
	"services/evaluation":  10,
	"services/tables":      10,
	"services/web/views":   10,
	"services/steering":    11,
	"services/api":         12,
	"services/web":         12,
	"cmd/clusterzone":      13,
}

// Why each outside library has one home: so that it can be replaced, and its traps are known
// in one place.
var homes = map[string][]string{
	"github.com/gin-gonic/gin":             {"services/api", "services/web", "cmd/clusterzone"},
	"gorm.io/gorm":                         {"services/database"},
	"gorm.io/driver/postgres":              {"services/database"},
	"github.com/hibiken/asynq":             {"services/jobs"},
	"github.com/alicebob/miniredis/v2":     {"services/jobs"},
	"github.com/minio/minio-go/v7":         {"services/objects"},
	"github.com/looplab/fsm":               {"workflows"},
	"github.com/signintech/gopdf":          {"services/paper"},
	"github.com/danielgtaylor/huma/v2":     {"services/api"},
	"github.com/wneessen/go-mail":          {"services/mail"},
	"github.com/alexedwards/argon2id":      {"services/identity", "cmd/clusterzone"},
	"github.com/nicksnyder/go-i18n/v2":     {"services/wording"},
	"github.com/caarlos0/env/v11":          {"cmd/clusterzone"},
	"github.com/spf13/cobra":               {"cmd/clusterzone"},
	"github.com/peterstace/simplefeatures": {"services/application"},
	"github.com/xuri/excelize/v2":          {"services/sheet", "services/preview", "services/steering", "cmd/clusterzone"},
	"github.com/mozillazg/go-pinyin":       {"services/search"},
}

// The structure of architecture.md §3: lower packages never see higher ones, adapters are
// seen by cmd alone, and each library has its home.
func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." || d.Name() == "node_modules" || d.Name() == "data") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			checkFile(t, root, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, root, path string) {
	t.Helper()
	rel, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	pkg := filepath.ToSlash(filepath.Dir(rel))
	if strings.HasSuffix(pkg, "test") || strings.HasPrefix(pkg, "deploy") {
		return
	}
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, imp := range f.Imports {
		name, _ := strconv.Unquote(imp.Path.Value)
		if own, ok := strings.CutPrefix(name, "clusterzone/"); ok {
			checkOwn(t, rel, pkg, own)
		}
		checkHome(t, rel, pkg, name)
	}
}

func checkOwn(t *testing.T, file, pkg, imported string) {
	t.Helper()
	from, known := layers[pkg]
	to, known2 := layers[imported]
	if !known || !known2 {
		t.Errorf("%s: package %s or %s has no layer: add it with its reason", file, pkg, imported)
		return
	}
	if to >= from {
		t.Errorf("%s: %s (layer %d) may not import %s (layer %d)", file, pkg, from, imported, to)
	}
	adapters := map[string]bool{"services/objects": true, "services/mail": true, "services/jobs": true, "services/paper": true, "services/scan": true}
	if adapters[imported] && (pkg == "services/api" || pkg == "services/web") {
		t.Errorf("%s: a face may not see the adapter %s", file, imported)
	}
}

func checkHome(t *testing.T, file, pkg, imported string) {
	t.Helper()
	for lib, allowed := range homes {
		if imported != lib && !strings.HasPrefix(imported, lib+"/") {
			continue
		}
		ok := false
		for _, a := range allowed {
			ok = ok || pkg == a
		}
		if !ok {
			t.Errorf("%s: %s is at home in %v only", file, lib, allowed)
		}
	}
}

// No package is a drawer without a name.
func TestNoDrawers(t *testing.T) {
	for pkg := range layers {
		switch filepath.Base(pkg) {
		case "util", "utils", "common", "helper", "helpers", "model", "models", "types":
			t.Errorf("package %s says nothing of what it provides", pkg)
		}
	}
}

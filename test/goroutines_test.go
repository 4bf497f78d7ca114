package test

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// TestGoroutines proves that each package whose code or tests start a goroutine looks at the end of its tests whether one
// is left.
func TestGoroutines(t *testing.T) {
	t.Parallel()
	if careless := careless(t, os.DirFS("..")); len(careless) > 0 {
		t.Errorf("these start goroutines, and have no TestMain with goleak:\n%s", strings.Join(careless, "\n"))
	}
}

// TestGoroutinesForbids proves that the test above can fail.
func TestGoroutinesForbids(t *testing.T) {
	t.Parallel()
	const (
		checked   = "package p\nimport \"go.uber.org/goleak\"\nfunc TestMain(m *testing.M) { goleak.VerifyTestMain(m) }\n"
		isolated  = "package p\nfunc TestMain(m *testing.M) { os.Exit(lab.Isolated(m)) }\n"
		unchecked = "package p\nfunc TestMain(m *testing.M) { os.Exit(m.Run()) }\n"
		helper    = "package p\nfunc check() { goleak.Find() }\n"
	)
	tests := []struct {
		name, code, main string
		want             []string
	}{
		{"a statement", "package p\nfunc f() { go g() }\n", "", []string{"p"}},
		{"one in a function in a function", "package p\nfunc f() { h(func() { go func() {}() }) }\n", "", []string{"p"}},
		{"a group", "package p\nfunc f() { wg.Go(g) }\n", "", []string{"p"}},
		{"a group of a value", "package p\nfunc f() { s.wg.Go(g) }\n", "", []string{"p"}},
		{"a function of a context", "package p\nfunc f() { context.AfterFunc(ctx, g) }\n", "", []string{"p"}},
		{"no goroutine", "package p\nfunc f() { g() }\n", "", nil},
		{"a word in a comment", "package p\n// go on\nfunc f() { g() }\n", "", nil},
		{"checked", "package p\nfunc f() { go g() }\n", checked, nil},
		{"checked by the lab", "package p\nfunc f() { go g() }\n", isolated, nil},
		{"not checked", "package p\nfunc f() { go g() }\n", unchecked, []string{"p"}},
		{"checked elsewhere", "package p\nfunc f() { go g() }\n", helper, []string{"p"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{"p/p.go": {Data: []byte(tt.code)}}
			if tt.main != "" {
				files["p/main_test.go"] = &fstest.MapFile{Data: []byte(tt.main)}
			}
			if diff := cmp.Diff(tt.want, careless(t, files)); diff != "" {
				t.Errorf("unexpected packages (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLabLooks proves that all functions of the lab that run the tests of a package look whether a goroutine is left.
func TestLabLooks(t *testing.T) {
	t.Parallel()
	got := map[string]bool{}
	goFiles(t, token.NewFileSet(), os.DirFS("lab"), func(name string, file *ast.File) {
		for _, decl := range file.Decls {
			ast.Inspect(decl, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && nameOf(s) == "m.Run" {
					got[decl.(*ast.FuncDecl).Name.Name] = true
				}
				return true
			})
		}
	})
	if diff := cmp.Diff(map[string]bool{"leakless": true}, got); diff != "" {
		t.Errorf("unexpected functions run tests (-want +got):\n%s", diff)
	}
}

// careless returns the directories that start goroutines and do not look whether one is left, sorted.
func careless(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	starts, looks := map[string]bool{}, map[string]bool{}
	goFiles(t, token.NewFileSet(), fsys, func(name string, file *ast.File) {
		dir := path.Dir(name)
		starts[dir] = starts[dir] || startsGoroutine(file)
		looks[dir] = looks[dir] || looksForLeaks(file)
	})
	var dirs []string
	for dir := range starts {
		if starts[dir] && !looks[dir] {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs
}

// startsGoroutine reports whether a file starts a goroutine itself: by a go statement, a sync.WaitGroup or its like, or a
// context's end. What other packages start for it is theirs to end.
func startsGoroutine(file *ast.File) bool {
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = true
		case *ast.CallExpr:
			method, ok := n.Fun.(*ast.SelectorExpr)
			found = found || ok && method.Sel.Name == "Go" || nameOf(n.Fun) == "context.AfterFunc"
		}
		return !found
	})
	return found
}

// checkers are the functions that look for goroutines that are left. Those of the lab do so with goleak.
var checkers = []string{"goleak.VerifyTestMain", "goleak.Find", "lab.Main", "lab.Isolated", "leakless"}

// looksForLeaks reports whether a file has the TestMain that looks for goroutines, or what it calls.
func looksForLeaks(file *ast.File) bool {
	if !hasFunc(file, "TestMain") {
		return false
	}
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			found = found || slices.Contains(checkers, nameOf(call.Fun))
		}
		return !found
	})
	return found
}

// hasFunc reports whether a file has a function of that name.
func hasFunc(file *ast.File, name string) bool {
	return slices.ContainsFunc(file.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		return ok && f.Recv == nil && f.Name.Name == name
	})
}

package agentx

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// cases are the tests of a package and what they run under a name, such as "TestWalk" and "TestWalk/by_getnext".
type cases map[string]bool

// readCases finds the cases of the package in a directory. The name of a case is the first field, or the field called name,
// of a literal in a test that runs subtests by t.Run. A package in which anything is skipped has no cases: they might not run.
func readCases(t *testing.T, dir string) cases {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no tests in %q: %v", dir, err)
	}
	found := make(cases)
	for _, path := range paths {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv != nil {
				continue
			}
			if calls(f, "Skip", "Skipf", "SkipNow") {
				t.Errorf("%s: %s skips", path, f.Name.Name)
			}
			if strings.HasPrefix(f.Name.Name, "Test") || strings.HasPrefix(f.Name.Name, "Fuzz") {
				found.add(f)
			}
		}
	}
	return found
}

// add adds a test and its cases.
func (c cases) add(f *ast.FuncDecl) {
	c[f.Name.Name] = true
	if !calls(f, "Run") {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if l, ok := n.(*ast.CompositeLit); ok {
			if name, ok := nameOf(l); ok {
				c[f.Name.Name+"/"+name] = true
			}
		}
		return true
	})
}

// nameOf returns the name that a literal gives a case.
func nameOf(l *ast.CompositeLit) (string, bool) {
	for _, e := range l.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "name" {
				return text(kv.Value)
			}
		}
	}
	if len(l.Elts) < 2 || l.Type != nil { // the rows of a table need no type
		return "", false
	}
	return text(l.Elts[0])
}

// text returns what a literal string says.
func text(e ast.Expr) (string, bool) {
	b, ok := e.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(b.Value)
	return s, err == nil
}

// calls reports whether there is a call of a method of one of the names in f.
func calls(f *ast.FuncDecl, names ...string) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok {
				for _, name := range names {
					found = found || s.Sel.Name == name
				}
			}
		}
		return true
	})
	return found
}

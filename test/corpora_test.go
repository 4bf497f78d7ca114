package test

import (
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// minCorpus is how many inputs a target comes with at least.
const minCorpus = 3

// TestCorpora proves that each target comes with a corpus, and each corpus with a target.
func TestCorpora(t *testing.T) {
	t.Parallel()
	for _, complaint := range poorCorpora(t, os.DirFS("..")) {
		t.Error(complaint)
	}
}

// TestCorporaForbids proves that a corpus that is missing, too small or of nobody is found.
func TestCorporaForbids(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"p/p_test.go": {Data: []byte("package p\nfunc FuzzNone(f *testing.F) {}\nfunc FuzzFew(f *testing.F) {}\nfunc FuzzWell(f *testing.F) {}\n")},
	}
	for _, name := range []string{"FuzzFew/a", "FuzzFew/b", "FuzzWell/a", "FuzzWell/b", "FuzzWell/c", "FuzzGone/a"} {
		files["p/testdata/fuzz/"+name] = &fstest.MapFile{}
	}
	want := []string{
		"p/testdata/fuzz/FuzzGone/a is an input of no target", "p/testdata/fuzz/FuzzFew has too few inputs", "p/testdata/fuzz/FuzzNone has too few inputs",
	}
	if diff := cmp.Diff(want, poorCorpora(t, files)); diff != "" {
		t.Errorf("unexpected complaints (-want +got):\n%s", diff)
	}
}

// poorCorpora says which targets have too small a corpus, and which corpora no target.
func poorCorpora(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	sizes := map[string]int{}
	goFiles(t, token.NewFileSet(), fsys, func(name string, file *ast.File) {
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && strings.HasSuffix(name, "_test.go") && isTarget(f) {
				sizes[path.Join(path.Dir(name), "testdata", "fuzz", f.Name.Name)] = 0
			}
		}
	})
	var complaints []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.Contains(name, "testdata/fuzz/") {
			return err
		}
		dir := path.Dir(name)
		if _, ok := sizes[dir]; !ok {
			complaints = append(complaints, name+" is an input of no target")
			return nil
		}
		sizes[dir]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range slices.Sorted(maps.Keys(sizes)) {
		if sizes[dir] < minCorpus {
			complaints = append(complaints, dir+" has too few inputs")
		}
	}
	return complaints
}

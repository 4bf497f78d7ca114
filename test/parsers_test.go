package test

import (
	"go/ast"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// unfuzzed are the parsers that no target of their package need reach, each with the reason.
var unfuzzed = map[string]string{
	"cmd/internal/control admit": "the number is the system's own, of a group that it knows by name",
	"hv/libvirt signerOf":        "golang.org/x/crypto reads the key, of which all that comes is kept or refused",
	"mib/mibgen parse":           "it reads our own modules, before vmond is built",
}

// TestParsers proves that a target of its package fuzzes each parser of the project: each function that is called one, and
// in what is shipped also each that has a library read a text or octets.
func TestParsers(t *testing.T) {
	t.Parallel()
	unreached := unreachedParsers(t, os.DirFS(".."))
	for _, name := range unreached {
		if unfuzzed[name] == "" {
			t.Errorf("no target fuzzes %s", name)
		}
	}
	for name := range unfuzzed {
		if !slices.Contains(unreached, name) {
			t.Errorf("%s has an excuse that it does not need", name)
		}
	}
}

// parserName is what a function is called that reads a text or octets.
var parserName = regexp.MustCompile(`^([Pp]arse|[Dd]ecode|[Uu]nmarshal)`)

// decoders are the functions of the libraries that read a text or octets.
var decoders = regexp.MustCompile(`^((strconv\.(Parse|Atoi|Unquote)|time\.Parse|url\.(Parse|Query(Unescape)?|Path)|hex\.Decode|binary\.Read` +
	`|json\.(Unmarshal|NewDecoder)|xml\.(Unmarshal|NewDecoder)|toml\.|ssh\.Parse|net\.Parse|netip\.Parse|fmt\.S?scan)|base64\.)`)

// unreachedParsers returns the parsers, each with its directory, that no target of their package can come to, sorted.
func unreachedParsers(t *testing.T, fsys fs.FS) []string {
	t.Helper()
	files := map[string][]*ast.File{}
	tests := map[*ast.File]bool{}
	fset := token.NewFileSet()
	goFiles(t, fset, fsys, func(name string, file *ast.File) {
		files[path.Dir(name)] = append(files[path.Dir(name)], file)
		tests[file] = strings.HasSuffix(name, "_test.go")
	})
	var unreached []string
	for dir, list := range files {
		r := newReach(dir, fset, list)
		var targets []types.Object
		parsers := map[string]types.Object{}
		for _, file := range list {
			for _, decl := range file.Decls {
				f, ok := decl.(*ast.FuncDecl)
				if !ok || f.Body == nil {
					continue
				}
				if tests[file] && isTarget(f) {
					targets = append(targets, r.info.Defs[f.Name])
				}
				if !tests[file] && (isParser(f) || isReader(f) && !below(dir, "test")) {
					parsers[fullName(f)] = r.info.Defs[f.Name]
				}
			}
		}
		reached := r.from(targets)
		for name, parser := range parsers {
			if !reached[parser] {
				unreached = append(unreached, dir+" "+name)
			}
		}
	}
	slices.Sort(unreached)
	return unreached
}

// isTarget reports whether a function of a test is one that go test can fuzz.
func isTarget(f *ast.FuncDecl) bool { return f.Recv == nil && strings.HasPrefix(f.Name.Name, "Fuzz") }

// isParser reports whether a function is a parser by its name.
func isParser(f *ast.FuncDecl) bool { return parserName.MatchString(f.Name.Name) && takesText(f) }

// isReader reports whether a function is one by what it does.
func isReader(f *ast.FuncDecl) bool {
	decodes := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			decodes = decodes || decoders.MatchString(nameOf(s))
		}
		return !decodes
	})
	return decodes
}

// fullName returns the name of a function, after that of the type if it is a method.
func fullName(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	kind := f.Recv.List[0].Type
	if p, ok := kind.(*ast.StarExpr); ok {
		kind = p.X
	}
	if g, ok := kind.(*ast.IndexExpr); ok {
		kind = g.X
	}
	return nameOf(kind) + "." + f.Name.Name
}

// takesText reports whether a function takes a text, octets or a reader.
func takesText(f *ast.FuncDecl) bool {
	return slices.ContainsFunc(f.Type.Params.List, func(field *ast.Field) bool {
		switch kind := field.Type.(type) {
		case *ast.Ident:
			return kind.Name == "string"
		case *ast.ArrayType:
			elem, ok := kind.Elt.(*ast.Ident)
			return ok && elem.Name == "byte"
		}
		return nameOf(field.Type) == "io.Reader"
	})
}

// TestParsersForbids proves that the tests above can fail.
func TestParsersForbids(t *testing.T) {
	t.Parallel()
	const (
		parser = "package p\nfunc parseIt(s string) int { return len(s) }\n"
		method = "package p\ntype it struct{}\nfunc (i *it) UnmarshalText(b []byte) error { return nil }\n"
		reader = "package p\nimport \"strconv\"\nfunc two(s string) int { n, _ := strconv.Atoi(s); return n }\n"
		head   = "package p\nimport \"testing\"\n"
	)
	tests := []struct {
		name, dir, code, test string
		want                  []string
	}{
		{"no target", "p", parser, "", []string{"p parseIt"}},
		{"a target of another", "p", parser, head + "func FuzzIt(f *testing.F) { other() }\n", []string{"p parseIt"}},
		{"a test is no target", "p", parser, head + "func TestIt(t *testing.T) { parseIt(\"\") }\n", []string{"p parseIt"}},
		{"a target", "p", parser, head + "func FuzzIt(f *testing.F) { parseIt(\"\") }\n", nil},
		{"through another function", "p", parser, head + "func FuzzIt(f *testing.F) { via() }\nfunc via() { g(parseIt) }\n", nil},
		{"from a package of tests", "p", "package p\nfunc ParseIt(s string) {}\n",
			"package p_test\nimport (\n\"testing\"\n\"" + module + "/p\"\n)\nfunc FuzzIt(f *testing.F) { p.ParseIt(\"\") }\n", nil},
		{"a decoder", "p", reader, "", []string{"p two"}},
		{"a decoder of the tests", "test/p", reader, "", nil},
		{"a parser of the tests", "test/p", parser, "", []string{"test/p parseIt"}},
		{"a method", "p", method, "", []string{"p it.UnmarshalText"}},
		{"a method by its type", "p", method, head + "func FuzzIt(f *testing.F) { var i it; decode(&i) }\n", nil},
		{"another method of that name", "p", method, head + "type other struct{}\nfunc (o other) UnmarshalText([]byte) error { return nil }\n" +
			"func FuzzIt(f *testing.F) { other{}.UnmarshalText(nil) }\n", []string{"p it.UnmarshalText"}},
		{"no parser", "p", "package p\nfunc parsed(n int) int { return n }\n", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{tt.dir + "/p.go": {Data: []byte(tt.code)}}
			if tt.test != "" {
				files[tt.dir+"/p_test.go"] = &fstest.MapFile{Data: []byte(tt.test)}
			}
			if diff := cmp.Diff(tt.want, unreachedParsers(t, files)); diff != "" {
				t.Errorf("unexpected parsers (-want +got):\n%s", diff)
			}
		})
	}
}

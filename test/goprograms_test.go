package test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// runners are the functions that run programs, or look for them, and which argument has the name. Those of one directory
// only have it before them.
var runners = map[string]int{
	"exec.Command": 0, "exec.CommandContext": 1, "exec.LookPath": 0,
	"os.StartProcess": 0, "syscall.StartProcess": 0, "syscall.ForkExec": 0, "syscall.Exec": 0, "unix.Exec": 0,
	"lab.Need": 1, "test/lab Need": 1,
	"test/suite s.command": 1, "mibs run": 2, "hv/libvirt need": 1,
}

// goPrograms returns the programs that Go code names, sorted, and the functions that run one without naming it.
func goPrograms(t *testing.T, name string, text []byte) (found, unknown []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	s := &search{dir: path.Dir(name), called: map[ast.Expr]bool{}}
	for _, spec := range file.Imports {
		if spec.Path.Value == `"os/exec"` && spec.Name != nil {
			unknown = append(unknown, name+": imports os/exec under another name")
		}
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if command, ok := strings.CutPrefix(c.Text, "//go:generate "); ok {
				s.found = append(s.found, scriptPrograms(command)...)
			}
		}
	}
	for _, decl := range file.Decls {
		function := "a variable"
		if f, ok := decl.(*ast.FuncDecl); ok {
			function = f.Name.Name
		}
		s.hidden = false
		ast.Inspect(decl, s.look)
		if s.hidden {
			unknown = append(unknown, name+": "+function)
		}
	}
	slices.Sort(s.found)
	return slices.Compact(s.found), unknown
}

// A search goes through a declaration.
type search struct {
	dir string
	// called are the functions of calls, found before they are looked at themselves.
	called map[ast.Expr]bool
	found  []string
	// hidden says that something is run that is not named.
	hidden bool
}

// look is what ast.Inspect calls for each node.
func (s *search) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		s.called[n.Fun] = true
		s.call(n)
	case *ast.CompositeLit:
		// A command made by hand need not be of exec.Command.
		s.hidden = s.hidden || nameOf(n.Type) == "exec.Cmd"
	case *ast.SelectorExpr:
		// A function that is not called here is called somewhere else, by another name.
		if _, ok := runners[nameOf(n)]; ok && !s.called[n] {
			s.hidden = true
		}
	}
	return true
}

// call looks for the programs that a call names.
func (s *search) call(call *ast.CallExpr) {
	callee := nameOf(call.Fun)
	first, ok := runners[callee]
	if !ok {
		first, ok = runners[s.dir+" "+callee]
	}
	if !ok || len(call.Args) <= first {
		return
	}
	last := first
	if strings.HasSuffix(callee, "Need") {
		last = len(call.Args) - 1
	}
	for _, arg := range call.Args[first : last+1] {
		program, ok := textOf(arg)
		switch {
		case isSelf(arg) || program == "/proc/self/exe":
		case !ok:
			s.hidden = true
		case !strings.Contains(program, "/") || strings.HasPrefix(program, "/"):
			s.found = append(s.found, program)
		}
	}
	if program, _ := textOf(call.Args[first]); program == "sh" && len(call.Args) > first+2 {
		script, ok := textOf(call.Args[first+2])
		s.hidden = s.hidden || !ok
		s.found = append(s.found, scriptPrograms(script)...)
	}
}

// textOf returns the text that is written there.
func textOf(arg ast.Expr) (string, bool) {
	lit, ok := arg.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// isSelf reports whether an argument is os.Args[0]: a test that starts itself.
func isSelf(arg ast.Expr) bool {
	index, ok := arg.(*ast.IndexExpr)
	if !ok {
		return false
	}
	sel, ok := index.X.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Args"
}

// nameOf returns the name of a function or a type, with that of its package or receiver.
func nameOf(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

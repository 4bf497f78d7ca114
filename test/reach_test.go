package test

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strings"
)

// A reach is what the functions of one directory can come to, by their names and types. Of other packages it knows nothing.
type reach struct {
	pkg   *types.Package
	info  types.Info
	edges map[types.Object][]types.Object
	// methods are all methods, by name: any of them may be behind an interface.
	methods map[string][]types.Object
}

// newReach looks at the files of a directory. Those of a package of its own for tests are taken for the package itself.
func newReach(dir string, fset *token.FileSet, files []*ast.File) *reach {
	r := &reach{
		info: types.Info{
			Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
		},
		edges: map[types.Object][]types.Object{}, methods: map[string][]types.Object{},
	}
	// What is imported is not looked at, so there are errors. All else is still understood.
	conf := types.Config{Importer: strangers{}, Error: func(error) {}}
	for _, file := range files {
		file.Name.Name = path.Base(dir)
	}
	r.pkg, _ = conf.Check(dir, fset, files, &r.info)
	for _, file := range files {
		for _, decl := range file.Decls {
			r.add(dir, decl)
		}
	}
	return r
}

// strangers is an importer of packages that have nothing in them.
type strangers struct{}

// Import returns an empty package.
func (strangers) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

// add adds what a declaration refers to.
func (r *reach) add(dir string, decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		from := r.info.Defs[d.Name]
		if d.Recv != nil {
			r.methods[d.Name.Name] = append(r.methods[d.Name.Name], from)
			// Decoders of the libraries find these by themselves in a type that they are given, and an exported method of a
			// type that is not is there for an interface.
			of := typeOf(from)
			if of != nil && (strings.HasPrefix(d.Name.Name, "Unmarshal") || d.Name.IsExported() && !of.Exported()) {
				r.edges[of] = append(r.edges[of], from)
			}
		}
		r.refer(dir, from, d)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				r.refer(dir, r.info.Defs[s.Name], s.Type)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					r.refer(dir, r.info.Defs[name], s)
				}
			}
		}
	}
}

// refer notes what is named below a node.
func (r *reach) refer(dir string, from types.Object, node ast.Node) {
	ast.Inspect(node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		to := r.info.Uses[id]
		if f, ok := to.(*types.Func); ok {
			to = f.Origin()
		}
		if to != nil && to.Pkg() == r.pkg {
			r.edges[from] = append(r.edges[from], to)
		}
		return true
	})
	// A package of tests has the name of the package that it tests before what it names.
	ast.Inspect(node, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok {
			if p, ok := r.info.Uses[x].(*types.PkgName); ok && p.Imported().Path() == module+"/"+dir {
				if to := r.pkg.Scope().Lookup(s.Sel.Name); to != nil {
					r.edges[from] = append(r.edges[from], to)
				}
			}
		}
		return true
	})
}

// typeOf returns the name of the type that a method is of, or nil if that makes no sense.
func typeOf(method types.Object) types.Object {
	recv := method.Type().(*types.Signature).Recv().Type()
	if p, ok := recv.(*types.Pointer); ok {
		recv = p.Elem()
	}
	if n, ok := recv.(*types.Named); ok {
		return n.Obj()
	}
	return nil
}

// from returns all that the objects come to.
func (r *reach) from(todo []types.Object) map[types.Object]bool {
	reached := map[types.Object]bool{}
	for len(todo) > 0 {
		next := todo[0]
		todo = todo[1:]
		if next == nil || reached[next] {
			continue
		}
		reached[next] = true
		todo = append(todo, r.edges[next]...)
		if f, ok := next.(*types.Func); ok && isAbstract(f) {
			todo = append(todo, r.methods[f.Name()]...)
		}
	}
	return reached
}

// isAbstract reports whether a function is a method of an interface.
func isAbstract(f *types.Func) bool {
	recv := f.Type().(*types.Signature).Recv()
	return recv != nil && types.IsInterface(recv.Type())
}

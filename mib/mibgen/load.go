package main

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/sleepinggenius2/gosmi"
	"github.com/sleepinggenius2/gosmi/parser"
	"github.com/sleepinggenius2/gosmi/types"
)

// directories are where a module is looked for, in this order.
var directories = []string{".", "stubs"}

// extension is that of the files, which are named after their modules.
const extension = ".txt"

// gosmiMu guards gosmi, which keeps what it has loaded in package variables and changes it even when it is only asked.
var gosmiMu sync.Mutex

// load reads a module and all that it imports from fsys, and hands it to use. The module must not be used after use
// returned.
func load(fsys fs.FS, name string, use func(gosmi.SmiModule) error) error {
	// Gosmi is silent about an import that it does not find and prints other errors to the standard output, so all
	// that can fail is tried before it is asked.
	parsed := map[string]*parser.Module{}
	if err := checkImports(fsys, name, parsed); err != nil {
		return err
	}
	gosmiMu.Lock()
	defer gosmiMu.Unlock()
	gosmi.Init()
	defer gosmi.Exit()
	// Init has set a search path from the environment. This replaces it.
	gosmi.SetFS()
	for _, dir := range directories {
		sub, err := fs.Sub(fsys, dir)
		if err != nil {
			return fmt.Errorf("MIB directory %q: %w", dir, err)
		}
		gosmi.AppendFS(gosmi.NamedFS(dir, readDirFS{sub}))
	}
	if _, err := gosmi.LoadModule(name); err != nil {
		return fmt.Errorf("module %q: %w", name, err)
	}
	m, err := gosmi.GetModule(name)
	if err != nil {
		return fmt.Errorf("module %q: %w", name, err)
	}
	if err := checkNodes(m, parsed[name]); err != nil {
		return fmt.Errorf("module %q: %w", name, err)
	}
	return use(m)
}

// checkNodes makes sure that every node of the module has its place in the tree. Gosmi leaves those out whose parent
// is not defined.
func checkNodes(m gosmi.SmiModule, parsed *parser.Module) error {
	var names []types.SmiIdentifier
	if id := parsed.Body.Identity; id != nil {
		names = append(names, id.Name)
	}
	for _, n := range parsed.Body.Nodes {
		names = append(names, n.Name)
	}
	for _, name := range names {
		n, err := m.GetNode(name.String())
		if err != nil || n.OidLen == 0 {
			return fmt.Errorf("node %q is below one that is not defined", name)
		}
	}
	return nil
}

// readDirFS gives an fs.FS the method that gosmi asks for. A directory that does not exist is empty.
type readDirFS struct{ fs.FS }

func (r readDirFS) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(r.FS, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// parse reads the syntax of one module.
func parse(fsys fs.FS, name string) (*parser.Module, error) {
	for _, dir := range directories {
		sub, err := fs.Sub(fsys, dir)
		if err != nil {
			return nil, fmt.Errorf("MIB directory %q: %w", dir, err)
		}
		f, err := sub.Open(name + extension)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("module %q: %w", name, err)
		}
		defer f.Close()
		m, err := parser.Parse(f)
		if err != nil {
			return nil, fmt.Errorf("module %q: %w", name, err)
		}
		if m.Name.String() != name {
			return nil, fmt.Errorf("module %q: its file has module %q", name, m.Name)
		}
		return m, nil
	}
	return nil, fmt.Errorf("module %q: no file %s%s in any of %q", name, name, extension, directories)
}

// checkImports makes sure that everything that a module imports, and what the modules import that it imports, is
// defined where it is imported from. It adds the modules to seen.
func checkImports(fsys fs.FS, name string, seen map[string]*parser.Module) error {
	m, err := parse(fsys, name)
	if err != nil {
		return err
	}
	seen[name] = m
	for _, imp := range m.Body.Imports {
		from := imp.Module.String()
		if seen[from] == nil {
			if err := checkImports(fsys, from, seen); err != nil {
				return fmt.Errorf("imported by module %q: %w", name, err)
			}
		}
		defined := definitions(seen[from])
		for _, id := range imp.Names {
			if !defined[id.String()] {
				return fmt.Errorf("module %q imports %q from module %q, which does not define it", name, id, from)
			}
		}
	}
	return nil
}

// definitions returns the names that a module defines.
func definitions(m *parser.Module) map[string]bool {
	names := map[string]bool{}
	if m.Body.Identity != nil {
		names[m.Body.Identity.Name.String()] = true
	}
	for _, t := range m.Body.Types {
		names[t.Name.String()] = true
	}
	for _, n := range m.Body.Nodes {
		names[n.Name.String()] = true
	}
	for _, macro := range m.Body.Macros {
		names[macro.Name.String()] = true
	}
	return names
}

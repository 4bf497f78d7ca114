package mibs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/sleepinggenius2/gosmi/parser"
	"github.com/sleepinggenius2/gosmi/types"
)

// A dumper writes what a module says, text by people left out.
type dumper struct {
	strings.Builder
	oids map[types.SmiIdentifier]parser.Oid // the nodes of the module and of all that it imports
}

// dump reads a module of fsys and returns its facts, one a line, in the order of the module.
func dump(fsys fs.FS, name string) (string, error) {
	d := &dumper{oids: map[types.SmiIdentifier]parser.Oid{}}
	m, err := d.load(fsys, name)
	if err != nil {
		return "", err
	}
	d.line("module %s", m.Name)
	d.imports(m)
	if err := d.identity(m.Body.Identity); err != nil {
		return "", err
	}
	for _, t := range m.Body.Types {
		d.typ(t)
	}
	for _, n := range m.Body.Nodes {
		if err := d.node(n); err != nil {
			return "", err
		}
	}
	return d.String(), nil
}

// load parses a module and collects the nodes of it and of what it imports.
func (d *dumper) load(fsys fs.FS, name string) (*parser.Module, error) {
	m, err := parse(fsys, name)
	if err != nil {
		return nil, err
	}
	if id := m.Body.Identity; id != nil {
		d.oids[id.Name] = id.Oid
	}
	for _, n := range m.Body.Nodes {
		if n.Oid != nil {
			d.oids[n.Name] = *n.Oid
		}
	}
	for _, imp := range m.Body.Imports {
		if _, err := d.load(fsys, imp.Module.String()); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// parse reads the syntax of a module.
func parse(fsys fs.FS, name string) (*parser.Module, error) {
	f, err := fsys.Open(name + ".txt")
	if errors.Is(err, fs.ErrNotExist) {
		f, err = fsys.Open("stubs/" + name + ".txt")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	m, err := parser.Parse(f)
	if err != nil {
		return nil, fmt.Errorf("module %q: %w", name, err)
	}
	return m, nil
}

func (d *dumper) line(format string, args ...any) { fmt.Fprintf(d, format+"\n", args...) }

// imports writes what is imported, sorted, because its order says nothing.
func (d *dumper) imports(m *parser.Module) {
	var lines []string
	for _, imp := range m.Body.Imports {
		for _, name := range imp.Names {
			lines = append(lines, fmt.Sprintf("import %s from %s", name, imp.Module))
		}
	}
	slices.Sort(lines)
	for _, l := range lines {
		d.line("%s", l)
	}
}

// identity writes the module's identity and revisions.
func (d *dumper) identity(id *parser.ModuleIdentity) error {
	if id == nil {
		return errors.New("no MODULE-IDENTITY")
	}
	oid, err := d.oid(id.Oid)
	d.line("identity %s %s last-updated %s", id.Name, oid, id.LastUpdated)
	for _, r := range id.Revisions {
		d.line("revision %s", r.Date)
	}
	return err
}

// typ writes a type: a textual convention or the columns of a row.
func (d *dumper) typ(t parser.Type) {
	if t.Sequence != nil {
		d.line("sequence %s", t.Name)
		for _, e := range t.Sequence.Entries {
			d.line("  %s %s", e.Descriptor, syntaxType(e.Syntax))
		}
		return
	}
	if tc := t.TextualConvention; tc != nil {
		d.line("convention %s: %s hint %q %s", t.Name, syntaxType(tc.Syntax), tc.DisplayHint, tc.Status)
		return
	}
	d.line("type %s", t.Name)
}

// node writes a node of the tree.
func (d *dumper) node(n parser.Node) error {
	if n.Oid == nil {
		return fmt.Errorf("%s has no object identifier", n.Name)
	}
	oid, err := d.oid(*n.Oid)
	if err != nil {
		return fmt.Errorf("%s: %w", n.Name, err)
	}
	name := fmt.Sprintf("%s %s", n.Name, oid)
	switch {
	case n.ObjectType != nil:
		d.object(name, n.ObjectType)
	case n.NotificationType != nil:
		d.line("notification %s %s: %s", name, n.NotificationType.Status, join(n.NotificationType.Objects))
	case n.ObjectGroup != nil:
		d.line("object-group %s %s: %s", name, n.ObjectGroup.Status, join(n.ObjectGroup.Objects))
	case n.NotificationGroup != nil:
		d.line("notification-group %s %s: %s", name, n.NotificationGroup.Status, join(n.NotificationGroup.Notifications))
	case n.ModuleCompliance != nil:
		d.compliance(name, n.ModuleCompliance)
	case n.ObjectIdentifier:
		d.line("node %s", name)
	default:
		return fmt.Errorf("%s is of a kind that is not dumped", n.Name)
	}
	return nil
}

// object writes a scalar, table, row or column.
func (d *dumper) object(name string, o *parser.ObjectType) {
	d.line("object %s: %s %s %s%s", name, syntax(o.Syntax), o.Access, o.Status, units(o.Units))
	for _, i := range o.Index {
		d.line("  index %s implied=%t", i.Name, i.Implied)
	}
	if o.Augments != nil {
		d.line("  augments %s", *o.Augments)
	}
	if o.Defval != nil {
		d.line("  defval %s", *o.Defval)
	}
}

// compliance writes a compliance statement.
func (d *dumper) compliance(name string, c *parser.ModuleCompliance) {
	d.line("compliance %s %s", name, c.Status)
	for _, m := range c.Modules {
		d.line("  module %q mandatory: %s", m.Name, join(m.MandatoryGroups))
		for _, clause := range m.Compliances {
			if g := clause.Group; g != nil {
				d.line("  group %s", g.Name)
			}
			if o := clause.Object; o != nil {
				d.line("  object %s%s", o.Name, refinement(o))
			}
		}
	}
}

// refinement returns what a compliance statement says of an object.
func refinement(o *parser.ComplianceObject) string {
	var s string
	if o.Syntax != nil {
		s += " syntax " + syntax(*o.Syntax)
	}
	if o.WriteSyntax != nil {
		s += " write-syntax " + syntax(*o.WriteSyntax)
	}
	if o.MinAccess != nil {
		s += " min-access " + string(*o.MinAccess)
	}
	return s
}

// oid resolves an object identifier to numbers.
func (d *dumper) oid(o parser.Oid) (string, error) {
	const iso = "iso"
	var parts []string
	for i, sub := range o.SubIdentifiers {
		if sub.Number != nil {
			parts = append(parts, fmt.Sprint(*sub.Number))
			continue
		}
		if *sub.Name == iso && i == 0 {
			parts = append(parts, "1")
			continue
		}
		parent, ok := d.oids[*sub.Name]
		if !ok {
			return "", fmt.Errorf("%s is not defined", *sub.Name)
		}
		numbers, err := d.oid(parent)
		if err != nil {
			return "", err
		}
		parts = append(parts, numbers)
	}
	return strings.Join(parts, "."), nil
}

func syntax(s parser.Syntax) string {
	if s.Sequence != nil {
		return "SEQUENCE OF " + s.Sequence.String()
	}
	return syntaxType(*s.Type)
}

// syntaxType returns a type with its ranges or enumeration, in order.
func syntaxType(t parser.SyntaxType) string {
	switch {
	case t.SubType != nil && t.SubType.OctetString != nil:
		return fmt.Sprintf("%s (SIZE (%s))", t.Name, ranges(t.SubType.OctetString))
	case t.SubType != nil:
		return fmt.Sprintf("%s (%s)", t.Name, ranges(t.SubType.Integer))
	case t.Enum != nil:
		var labels []string
		for _, l := range t.Enum {
			labels = append(labels, fmt.Sprintf("%s(%s)", l.Name, l.Value))
		}
		return fmt.Sprintf("%s { %s }", t.Name, strings.Join(labels, ", "))
	}
	return t.Name.String()
}

func ranges(list []parser.Range) string {
	var parts []string
	for _, r := range list {
		if r.End == "" {
			parts = append(parts, r.Start)
			continue
		}
		parts = append(parts, r.Start+".."+r.End)
	}
	return strings.Join(parts, "|")
}

func units(u string) string {
	if u == "" {
		return ""
	}
	return fmt.Sprintf(" units %q", u)
}

func join(names []types.SmiIdentifier) string {
	var s []string
	for _, n := range names {
		s = append(s, n.String())
	}
	return strings.Join(s, " ")
}

package main

import (
	"fmt"

	"github.com/sleepinggenius2/gosmi"
	"github.com/sleepinggenius2/gosmi/types"
)

// A model is what the code needs of a module, in the order of the object identifiers.
type model struct {
	module        string
	root          object
	scalars       []object
	tables        []table
	enums         []enum
	notifications []notification
}

// An object is a name in the tree.
type object struct {
	name   string
	oid    types.Oid
	syntax string // the name of its type; empty if it has none
}

// A table is the row of a table, with its columns.
type table struct {
	row     object
	columns []object
}

// An enum is an enumeration. Its name is that of the textual convention or, without one, that of the object.
type enum struct {
	name   string
	labels []label
}

// A label is one value of an enumeration.
type label struct {
	name  string
	value int32
}

// A notification is a notification with the objects that it carries, in order.
type notification struct {
	object
	objects []object
}

// newModel collects the facts of a module.
func newModel(m gosmi.SmiModule) (*model, error) {
	root, ok := m.GetIdentityNode()
	if !ok {
		return nil, fmt.Errorf("module %q has no MODULE-IDENTITY", m.Name)
	}
	b := builder{model: model{module: m.Name, root: object{name: root.Name, oid: root.Oid}}}
	for _, n := range m.GetNodes() {
		if err := b.add(n); err != nil {
			return nil, fmt.Errorf("module %q: %w", m.Name, err)
		}
	}
	return &b.model, nil
}

// A builder fills a model.
type builder struct{ model }

// add adds one node of the tree, if it is of a kind that the code needs.
func (b *builder) add(n gosmi.SmiNode) error {
	switch n.Kind {
	case types.NodeScalar:
		o, err := b.leaf(n)
		b.scalars = append(b.scalars, o)
		return err
	case types.NodeRow:
		b.tables = append(b.tables, table{row: object{name: n.Name, oid: n.Oid}})
		if len(n.GetIndex()) == 0 {
			return fmt.Errorf("row %q has no INDEX, or one that is not defined", n.Name)
		}
	case types.NodeColumn:
		if len(b.tables) == 0 {
			return fmt.Errorf("column %q is in no row", n.Name)
		}
		o, err := b.leaf(n)
		t := &b.tables[len(b.tables)-1]
		t.columns = append(t.columns, o)
		return err
	case types.NodeNotification:
		return b.notification(n)
	}
	return nil
}

// leaf returns a scalar or column, and adds its enumeration.
func (b *builder) leaf(n gosmi.SmiNode) (object, error) {
	if n.SmiType == nil || n.SmiType.BaseType == types.BaseTypeUnknown {
		return object{}, fmt.Errorf("object %q has a type that is not defined", n.Name)
	}
	t := n.SmiType
	o := object{name: n.Name, oid: n.Oid, syntax: t.Name}
	if t.BaseType == types.BaseTypeObjectIdentifier {
		o.syntax = "OBJECT IDENTIFIER"
	}
	if t.BaseType != types.BaseTypeEnum {
		return o, nil
	}
	e := enum{name: t.Name}
	if t.Decl != types.DeclTextualConvention {
		e.name = n.Name
		o.syntax = "INTEGER"
	}
	if t.Enum == nil {
		return object{}, fmt.Errorf("object %q is an enumeration without labels", n.Name)
	}
	for _, v := range t.Enum.Values {
		e.labels = append(e.labels, label{v.Name, int32(v.Value)})
	}
	for _, have := range b.enums {
		if have.name == e.name {
			return o, nil
		}
	}
	b.enums = append(b.enums, e)
	return o, nil
}

// notification adds a notification.
func (b *builder) notification(n gosmi.SmiNode) error {
	note := notification{object: object{name: n.Name, oid: n.Oid}}
	for i, o := range n.GetNotificationObjects() {
		// Gosmi has an object without a name where there is none of that name.
		if o.OidLen == 0 {
			return fmt.Errorf("object %d of notification %q is not defined", i+1, n.Name)
		}
		note.objects = append(note.objects, object{name: o.Name, oid: o.Oid})
	}
	b.notifications = append(b.notifications, note)
	return nil
}

package vmmib_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/sleepinggenius2/gosmi"
	"github.com/sleepinggenius2/gosmi/models"
	"github.com/sleepinggenius2/gosmi/parser"
	"github.com/sleepinggenius2/gosmi/types"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mibs"
)

// A mibObject is a scalar or column of VM-MIB, as gosmi understands the module.
type mibObject struct {
	name   string
	oid    mib.OID
	access parser.Access
	index  []mibObject // of the row; nil for a scalar
	typ    mib.Type
	text   bool                  // is an SnmpAdminString
	labels map[int64]string      // of an enumeration
	ranges []models.Range        // of a number, or of the size of a string; nil if all are allowed
	groups []types.SmiIdentifier // the groups that it is a member of
}

// A mibNotification is a notification of VM-MIB.
type mibNotification struct {
	name    string
	oid     mib.OID
	objects []mibObject // of its OBJECTS clause, in order
}

// A vmMIBModule is VM-MIB.
type vmMIBModule struct {
	objects       []mibObject
	notifications []mibNotification
	compliances   map[string]*parser.ModuleCompliance
}

// conformanceMIB loads VM-MIB once: all of it is copied out of gosmi, whose own state is not safe to share.
var conformanceMIB = sync.OnceValues(loadVMMIB)

const (
	accessRead   parser.Access = "read-only"
	accessWrite  parser.Access = "read-write"
	accessNotify parser.Access = "accessible-for-notify"
	accessNone   parser.Access = "not-accessible"
)

func vmMIB(t *testing.T) *vmMIBModule {
	t.Helper()
	m, err := conformanceMIB()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func loadVMMIB() (*vmMIBModule, error) {
	const name = "VM-MIB"
	f, err := mibs.FS().Open(name + ".txt")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	syntax, err := parser.Parse(f)
	if err != nil {
		return nil, err
	}

	gosmi.Init()
	defer gosmi.Exit()
	stubs, err := fs.Sub(mibs.FS(), "stubs")
	if err != nil {
		return nil, err
	}
	gosmi.SetFS(gosmi.NamedFS("mibs", mibs.FS().(fs.ReadDirFS)), gosmi.NamedFS("stubs", stubs.(fs.ReadDirFS)))
	if _, err := gosmi.LoadModule(name); err != nil {
		return nil, err
	}
	module, err := gosmi.GetModule(name)
	if err != nil {
		return nil, err
	}

	m := &vmMIBModule{compliances: map[string]*parser.ModuleCompliance{}}
	// Gosmi does not tell accessible-for-notify, groups and compliance statements. The syntax does.
	access := map[string]parser.Access{}
	groups := map[string][]types.SmiIdentifier{}
	for _, n := range syntax.Body.Nodes {
		if n.ObjectType != nil {
			access[n.Name.String()] = n.ObjectType.Access
		}
		if n.ObjectGroup != nil {
			for _, o := range n.ObjectGroup.Objects {
				groups[o.String()] = append(groups[o.String()], n.Name)
			}
		}
		if n.ModuleCompliance != nil {
			m.compliances[n.Name.String()] = n.ModuleCompliance
		}
	}
	var index []mibObject
	for _, n := range module.GetNodes() {
		if n.Kind == types.NodeRow {
			if index, err = indexOf(n); err != nil {
				return nil, err
			}
		}
		if n.Kind == types.NodeNotification {
			nt, err := notificationOf(n)
			if err != nil {
				return nil, err
			}
			m.notifications = append(m.notifications, nt)
		}
		if n.Kind != types.NodeScalar && n.Kind != types.NodeColumn {
			continue
		}
		o, err := leafOf(n)
		if err != nil {
			return nil, err
		}
		if n.Kind == types.NodeColumn {
			o.index = index
		}
		o.access, o.groups = access[o.name], groups[o.name]
		m.objects = append(m.objects, o)
	}
	for _, n := range m.notifications {
		for i, o := range n.objects {
			at := slices.IndexFunc(m.objects, func(p mibObject) bool { return p.name == o.name })
			if at < 0 {
				return nil, fmt.Errorf("notification %s has the object %s, which is not of this module", n.name, o.name)
			}
			n.objects[i] = m.objects[at] // with its index and access
		}
	}
	return m, nil
}

// notificationOf returns a notification with its objects.
func notificationOf(n gosmi.SmiNode) (mibNotification, error) {
	nt := mibNotification{name: n.Name}
	for _, sub := range n.Oid {
		nt.oid = append(nt.oid, uint32(sub))
	}
	for _, object := range n.GetNotificationObjects() {
		o, err := leafOf(object)
		if err != nil {
			return nt, err
		}
		nt.objects = append(nt.objects, o)
	}
	return nt, nil
}

// indexOf returns the INDEX objects of a row.
func indexOf(row gosmi.SmiNode) ([]mibObject, error) {
	var index []mibObject
	for _, n := range row.GetIndex() {
		o, err := leafOf(n)
		if err != nil {
			return nil, err
		}
		index = append(index, o)
	}
	if len(index) == 0 {
		return nil, fmt.Errorf("row %s has no INDEX", row.Name)
	}
	return index, nil
}

// leafOf returns a scalar or column with its type.
func leafOf(n gosmi.SmiNode) (mibObject, error) {
	o := mibObject{name: n.Name}
	for _, sub := range n.Oid {
		o.oid = append(o.oid, uint32(sub))
	}
	if n.SmiType == nil {
		return o, fmt.Errorf("object %s has no type", n.Name)
	}
	o.ranges, o.text = n.SmiType.Ranges, n.SmiType.Name == "SnmpAdminString"
	if n.SmiType.Enum != nil {
		o.labels = map[int64]string{}
		for _, v := range n.SmiType.Enum.Values {
			o.labels[v.Value] = v.Name
		}
	}
	// Gosmi tells the application types by their names only.
	switch n.SmiType.Name {
	case "TimeTicks":
		o.typ = mib.TypeTimeTicks
		return o, nil
	case "Counter64":
		o.typ = mib.TypeCounter64
		return o, nil
	}
	switch n.SmiType.BaseType {
	case types.BaseTypeEnum, types.BaseTypeInteger32:
		o.typ = mib.TypeInteger
		if len(o.ranges) == 0 && len(o.labels) == 0 {
			return o, fmt.Errorf("object %s has neither a range nor an enumeration", n.Name)
		}
	case types.BaseTypeOctetString:
		o.typ = mib.TypeOctetString
	case types.BaseTypeObjectIdentifier:
		o.typ = mib.TypeOID
	default:
		return o, fmt.Errorf("object %s has a type that VM-MIB does not use", n.Name)
	}
	return o, nil
}

// readable reports whether a manager may read the object.
func (o mibObject) readable() bool { return o.access == accessRead || o.access == accessWrite }

// inRange reports whether a number, or the size of a string, is allowed.
func (o mibObject) inRange(n int64) bool {
	if len(o.ranges) == 0 {
		return true
	}
	return slices.ContainsFunc(o.ranges, func(r models.Range) bool { return r.MinValue <= n && n <= r.MaxValue })
}

// check returns an error if the object cannot have that value.
func (o mibObject) check(v mib.Value) error {
	if v.Type() != o.typ {
		return fmt.Errorf("type is not %s", o.typ)
	}
	switch v.Type() {
	case mib.TypeInteger:
		if _, ok := o.labels[int64(v.Int())]; o.labels != nil && !ok {
			return errors.New("not in the enumeration")
		}
		if !o.inRange(int64(v.Int())) {
			return fmt.Errorf("not in the range %v", o.ranges)
		}
	case mib.TypeOctetString:
		if !o.inRange(int64(v.Len())) {
			return fmt.Errorf("size %d is not in %v", v.Len(), o.ranges)
		}
		// Those without a size, the addresses, must be of one that any message has room for.
		if o.readable() && v.Len() > math.MaxUint8 {
			return fmt.Errorf("size is %d", v.Len())
		}
		if o.text && !utf8.Valid(v.AppendOctets(nil)) {
			return errors.New("not UTF-8")
		}
	case mib.TypeOID:
		// vmHvObjectID, the only one, is below enterprises, or nothing.
		if !v.OID().HasPrefix(mib.MustOID("1.3.6.1.4.1")) && v.OID().Compare(mib.OID{0, 0}) != 0 {
			return errors.New("not below enterprises")
		}
		if len(v.OID()) > mib.MaxSubIDs {
			return errors.New("too long")
		}
	}
	return nil
}

// instanceOf returns an error if the rest of a name, after the object's, cannot be that of an instance.
func (o mibObject) instanceOf(rest mib.OID) error {
	if o.index == nil {
		if rest.Compare(mib.OID{0}) != 0 {
			return errors.New("scalar without .0")
		}
		return nil
	}
	if len(rest) != len(o.index) {
		return fmt.Errorf("%d sub-identifiers for %d INDEX objects", len(rest), len(o.index))
	}
	for i, sub := range rest {
		if !o.index[i].inRange(int64(sub)) {
			return fmt.Errorf("%d is not in the range of %s", sub, o.index[i].name)
		}
	}
	return nil
}

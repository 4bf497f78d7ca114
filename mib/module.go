package mib

import (
	"fmt"
	"slices"
	"sort"
)

// A Module describes a subtree over data of type S, such as a snapshot. It is made once; it holds no data, and
// nothing per instance.
type Module[S any] struct {
	objects []Object[S]
}

// An Object is a [Scalar] or a [Table] over data of type S.
type Object[S any] interface {
	// prefix returns what the names of all the instances begin with.
	prefix() OID
	// check returns an error if the description is not sound.
	check() error
	// get is Tree.Get for the name that consists of the prefix and rest.
	get(s S, rest OID) Value
	// next is Tree.Next for the start that consists of the prefix and rest. An end beyond the prefix is in full.
	next(s S, dst, rest OID, include bool, end OID) (OID, Value, bool)
}

// NewModule returns a Module of the objects, which come in the order of their names and must not be changed
// afterwards. It panics if they are out of order, if one is below another, or if a description is not sound.
func NewModule[S any](objects ...Object[S]) *Module[S] {
	for i, o := range objects {
		if err := o.check(); err != nil {
			panic(fmt.Sprintf("mib: object %s: %v", o.prefix(), err))
		}
		if i == 0 {
			continue
		}
		before := objects[i-1].prefix()
		if before.Compare(o.prefix()) >= 0 || o.prefix().HasPrefix(before) {
			panic(fmt.Sprintf("mib: object %s is not after object %s", o.prefix(), before))
		}
	}
	return &Module[S]{slices.Clone(objects)}
}

// Over returns the subtree as it is with the data s. It costs one small allocation.
func (m *Module[S]) Over(s S) Tree { return &tree[S]{m.objects, s} }

// tree is a Module over some data.
type tree[S any] struct {
	objects []Object[S]
	s       S
}

// Get implements Tree.
func (t *tree[S]) Get(name OID) Value {
	i := t.after(name) - 1
	if i < 0 || !name.HasPrefix(t.objects[i].prefix()) {
		return NoSuchObject
	}
	return t.objects[i].get(t.s, name[len(t.objects[i].prefix()):])
}

// Next implements Tree.
func (t *tree[S]) Next(dst, start OID, include bool, end OID) (OID, Value, bool) {
	i := t.after(start)
	if i > 0 && start.HasPrefix(t.objects[i-1].prefix()) {
		o := t.objects[i-1]
		if name, v, ok := o.next(t.s, dst, start[len(o.prefix()):], include, end); ok {
			return name, v, true
		}
	}
	for _, o := range t.objects[i:] {
		// Each instance is greater than the prefix, so from here on all are beyond the end.
		if len(end) > 0 && o.prefix().Compare(end) >= 0 {
			break
		}
		if name, v, ok := o.next(t.s, dst, nil, false, end); ok {
			return name, v, true
		}
	}
	return dst, Value{}, false
}

// after returns the position of the first object whose prefix is greater than name. Only the one before it can have
// an instance of that name, because no object is below another.
func (t *tree[S]) after(name OID) int {
	return sort.Search(len(t.objects), func(i int) bool { return t.objects[i].prefix().Compare(name) > 0 })
}

// before reports whether an instance of that name is within the end of a search, which is exclusive unless it is null.
func before(name, end OID) bool { return len(end) == 0 || name.Compare(end) < 0 }

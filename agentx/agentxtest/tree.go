package agentxtest

import (
	"slices"
	"sync"

	"github.com/vmond/vmond/mib"
)

// Tree is a mib.Tree of the instances in it. It must not be changed any more when it is served.
type Tree struct {
	// Objects are the names of the object types; an instance that is not there, but of one of them, is noSuchInstance.
	Objects []mib.OID
	// Instances are in the order of their names.
	Instances []mib.Varbind
}

// Get finds an instance by its name.
func (t *Tree) Get(name mib.OID) mib.Value {
	if i, ok := t.find(name); ok {
		return t.Instances[i].Value
	}
	if slices.ContainsFunc(t.Objects, name.HasPrefix) {
		return mib.NoSuchInstance
	}
	return mib.NoSuchObject
}

// Next finds the instance after start.
func (t *Tree) Next(dst, start mib.OID, include bool, end mib.OID) (mib.OID, mib.Value, bool) {
	i, ok := t.find(start)
	if ok && !include {
		i++
	}
	if i == len(t.Instances) || len(end) > 0 && t.Instances[i].Name.Compare(end) >= 0 {
		return dst, mib.Value{}, false
	}
	return append(dst, t.Instances[i].Name...), t.Instances[i].Value, true
}

func (t *Tree) find(name mib.OID) (int, bool) {
	return slices.BinarySearchFunc(t.Instances, name, func(v mib.Varbind, o mib.OID) int { return v.Name.Compare(o) })
}

// SetTree is a Tree in which some instances may be set, to any value of their type, and which tells what was done. Who
// uses an assignment in another way than mib.Assignment says makes it panic.
type SetTree struct {
	// Fail has the errors to return, by step and name, such as "commit 1.3.6.1.2.1.236.1.1.0".
	Fail map[string]error

	mu       sync.Mutex
	tree     Tree
	writable []string
	steps    []string
	held     int
}

// NewSetTree makes a SetTree of a Tree. The names of what can be set must be of instances that are there.
func NewSetTree(tree Tree, writable ...string) *SetTree {
	tree.Instances = slices.Clone(tree.Instances)
	return &SetTree{tree: tree, writable: writable}
}

// Get is that of mib.Tree.
func (t *SetTree) Get(name mib.OID) mib.Value {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tree.Get(name)
}

// Next is that of mib.Tree.
func (t *SetTree) Next(dst, start mib.OID, include bool, end mib.OID) (mib.OID, mib.Value, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tree.Next(dst, start, include, end)
}

// Steps returns what was done so far, such as "test NAME", "commit NAME", "undo NAME" and "release NAME".
func (t *SetTree) Steps() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.steps)
}

// Held returns how many assignments were made and not released.
func (t *SetTree) Held() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held
}

// Test is that of mib.Setter.
func (t *SetTree) Test(name mib.OID, v mib.Value) (mib.Assignment, error) {
	if err := t.step("test", name); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	i, ok := t.tree.find(name)
	switch {
	case !ok:
		return nil, mib.NoCreation
	case !slices.Contains(t.writable, name.String()):
		return nil, mib.NotWritable
	case v.Type() != t.tree.Instances[i].Value.Type():
		return nil, mib.WrongType
	}
	t.held++
	return &assignment{tree: t, at: i, name: name, value: v}, nil
}

func (t *SetTree) step(what string, name mib.OID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := what + " " + name.String()
	t.steps = append(t.steps, s)
	return t.Fail[s]
}

type assignment struct {
	tree  *SetTree
	at    int
	name  mib.OID
	value mib.Value // to set, and after Commit the one before
	done  bool      // committed with success, and not undone

	committed, undone, released bool // called
}

// use panics if the assignment is used in a wrong order, and otherwise notes the use.
func (a *assignment) use(what string, called *bool, wrong bool) {
	if wrong || *called || a.released {
		panic("agentxtest: " + what + " of an assignment out of its order")
	}
	*called = true
}

func (a *assignment) Commit() error {
	a.use("Commit", &a.committed, false)
	if err := a.tree.step("commit", a.name); err != nil {
		return err
	}
	a.swap()
	return nil
}

func (a *assignment) Undo() error {
	a.use("Undo", &a.undone, !a.committed)
	if err := a.tree.step("undo", a.name); err != nil {
		return err
	}
	if a.done {
		a.swap()
	}
	return nil
}

func (a *assignment) Release() {
	a.use("Release", &a.released, false)
	a.tree.step("release", a.name)
	a.tree.mu.Lock()
	defer a.tree.mu.Unlock()
	a.tree.held--
}

func (a *assignment) swap() {
	a.tree.mu.Lock()
	defer a.tree.mu.Unlock()
	v := &a.tree.tree.Instances[a.at].Value
	*v, a.value = a.value, *v
	a.done = !a.done
}

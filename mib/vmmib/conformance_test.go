package vmmib_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sleepinggenius2/gosmi/parser"
	"pgregory.net/rapid"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

// conforms walks a tree and returns the names of the objects that it has instances of, and all that is wrong.
func (m *vmMIBModule) conforms(tree mib.Tree) (served map[string]bool, wrong []string) {
	served = map[string]bool{}
	for name, v, ok := tree.Next(nil, nil, false, nil); ok; name, v, ok = tree.Next(nil, name, false, nil) {
		i := slices.IndexFunc(m.objects, func(o mibObject) bool { return name.HasPrefix(o.oid) })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("%s is no instance of any object", name))
			continue
		}
		o := m.objects[i]
		served[o.name] = true
		if !o.readable() {
			wrong = append(wrong, fmt.Sprintf("%s %s is %s", o.name, name, o.access))
		}
		if err := errors.Join(o.instanceOf(name[len(o.oid):]), o.check(v)); err != nil {
			wrong = append(wrong, fmt.Sprintf("%s %s = %s: %v", o.name, name, v, err))
		}
	}
	return served, wrong
}

// What the following tests hold the View against, in figures: nothing was lost on the way through gosmi.
func TestConformanceLoadsTheWholeMIB(t *testing.T) {
	t.Parallel()
	m := vmMIB(t)
	got := map[parser.Access]int{}
	columns := 0
	for _, o := range m.objects {
		got[o.access]++
		if o.index != nil {
			columns++
		}
	}
	want := map[parser.Access]int{accessRead: 44, accessWrite: 2, accessNotify: 1, accessNone: 6}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected objects by access (-want +got):\n%s", diff)
	}
	const wantColumns, wantCompliances = 44, 2
	if columns != wantColumns || len(m.compliances) != wantCompliances {
		t.Errorf("unexpected %d columns and %d compliance statements", columns, len(m.compliances))
	}
}

func TestEveryReadableObjectIsServed(t *testing.T) {
	t.Parallel()
	m := vmMIB(t)
	served, wrong := m.conforms(over(vmmibtest.Snapshot()))
	for _, w := range wrong {
		t.Error(w)
	}
	for _, o := range m.objects {
		if o.readable() && !served[o.name] {
			t.Errorf("%s has no instance", o.name)
		}
	}
}

// Whatever a hypervisor says, nothing leaves the MIB's types, ranges and enumerations.
func TestAnySnapshotConforms(t *testing.T) {
	t.Parallel()
	m := vmMIB(t)
	rapid.Check(t, func(rt *rapid.T) {
		snapshot := arbitrarySnapshot(rt)
		view := vmmib.New(func() *collector.Snapshot { return snapshot }, vmmib.Options{
			Now:           func() time.Time { return time.Unix(0, 0) },
			ProcessorBase: rapid.SampledFrom([]int32{0, 1, math.MaxInt32}).Draw(rt, "base"),
		})
		if _, wrong := m.conforms(view.Tree()); len(wrong) > 0 {
			rt.Errorf("%s", strings.Join(wrong, "\n"))
		}
	})
}

// Objects that cannot be read are as if they were not there, by any name under them.
func TestUnreadableObjectsAreHidden(t *testing.T) {
	t.Parallel()
	tree := over(vmmibtest.Snapshot())
	for _, o := range vmMIB(t).objects {
		if o.readable() {
			continue
		}
		for _, rest := range []mib.OID{nil, {0}, {1}, {1, 1}, {1, 1, vmmib.DefaultProcessorBase}} {
			name := o.oid.Append(rest...)
			if v := tree.Get(name); !v.Equal(mib.NoSuchObject) {
				t.Errorf("unexpected value of %s, which is %s: GET %s = %s", o.name, o.access, name, v)
			}
			if found, v, ok := tree.Next(nil, name, true, nil); ok && found.HasPrefix(o.oid) {
				t.Errorf("unexpected instance of %s, which is %s: %s = %s", o.name, o.access, found, v)
			}
		}
	}
}

// Both statements demand the same groups. As long as nothing can be set, no notification may be said to be enabled.
func TestBothComplianceStatementsAreCovered(t *testing.T) {
	t.Parallel()
	m := vmMIB(t)
	tree := over(vmmibtest.Snapshot())
	served, _ := m.conforms(tree)
	for statement, c := range m.compliances {
		for _, group := range c.Modules[0].MandatoryGroups {
			members := 0
			for _, o := range m.objects {
				if !slices.Contains(o.groups, group) {
					continue
				}
				members++
				if !served[o.name] {
					t.Errorf("%s demands %s, but %s is not served", statement, group, o.name)
				}
			}
			if members == 0 {
				t.Errorf("%s demands %s, which has no members", statement, group)
			}
		}
	}
	if _, ok := tree.(mib.Setter); ok {
		return
	}
	for _, o := range m.objects {
		if o.access != accessWrite {
			continue
		}
		if v := tree.Get(o.oid.Append(0)); o.labels[int64(v.Int())] != "false" {
			t.Errorf("unexpected %s = %s in an agent without notifications", o.name, v)
		}
	}
}

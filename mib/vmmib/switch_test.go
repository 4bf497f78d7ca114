package vmmib_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

// switchName returns the instance of the switch with that number below vmObjects.
func switchName(number uint32) mib.OID { return mib.MustOID("1.3.6.1.2.1.236.1").Append(number, 0) }

func integer(n int32) mib.Value { return mib.Integer(n) }

// settable returns the Tree of vmmibtest.Snapshot with the switches of n.
func settable(t *testing.T, n *vmmib.Notifications) mib.Tree {
	t.Helper()
	s := vmmibtest.Snapshot()
	tree := vmmib.New(func() *collector.Snapshot { return s }, vmmib.Options{Now: vmmibtest.Now, Switches: n.Switches()}).Tree()
	if _, ok := tree.(mib.Setter); !ok {
		t.Fatal("the Tree cannot be set")
	}
	return tree
}

// test is Test of a Setter, which must have nothing against it.
func test(t *testing.T, n *vmmib.Notifications, name mib.OID, v mib.Value) mib.Assignment {
	t.Helper()
	a, err := settable(t, n).(mib.Setter).Test(name, v)
	if err != nil {
		t.Fatalf("unexpected error of %s = %s: %v", name, v, err)
	}
	return a
}

func commit(t *testing.T, a mib.Assignment) {
	t.Helper()
	if err := a.Commit(); err != nil {
		t.Errorf("unexpected error of Commit: %v", err)
	}
}

func undo(t *testing.T, a mib.Assignment) {
	t.Helper()
	if err := a.Undo(); err != nil {
		t.Errorf("unexpected error of Undo: %v", err)
	}
}

// switches returns what a GET tells of them, which must be what they tell of themselves: "per VM true, bulk false".
func switches(t *testing.T, n *vmmib.Notifications) string {
	t.Helper()
	truth := map[string]string{"INTEGER: 1": "true", "INTEGER: 2": "false"}
	tree := settable(t, n)
	value := func(number uint32) string { return truth[tree.Get(switchName(number)).String()] }
	got := fmt.Sprintf("per VM %s, bulk %s", value(perVMNumber), value(bulkNumber))
	s := n.Switches()
	if diff := cmp.Diff(got, fmt.Sprintf("per VM %t, bulk %t", s.PerVM(), s.Bulk())); diff != "" {
		t.Errorf("unexpected switches (-GET +own):\n%s", diff)
	}
	return got
}

// TestSetErrors proves the error of each wrong SET, and their order: RFC 3416, section 4.2.5.
func TestSetErrors(t *testing.T) {
	t.Parallel()
	n := vmmib.NewNotifications(vmmib.NotificationOptions{}, nil)
	setter := settable(t, n).(mib.Setter)
	wrong := []struct {
		value mib.Value
		want  mib.SetError
	}{
		{mib.Value{}, mib.WrongType},
		{mib.Null(), mib.WrongType},
		{mib.Text("1"), mib.WrongType},
		{mib.Octets([]byte{1}), mib.WrongType},
		{mib.ObjectID(mib.OID{1}), mib.WrongType},
		{mib.IPAddress([4]byte{0, 0, 0, 1}), mib.WrongType},
		{mib.Counter32(1), mib.WrongType},
		{mib.Gauge32(1), mib.WrongType},
		{mib.TimeTicks(1), mib.WrongType},
		{mib.Opaque([]byte{1}), mib.WrongType},
		{mib.Counter64(1), mib.WrongType},
		{mib.NoSuchInstance, mib.WrongType},
		{mib.Integer(0), mib.WrongValue},
		{mib.Integer(3), mib.WrongValue},
		{mib.Integer(-1), mib.WrongValue},
		{mib.Integer(1 << 30), mib.WrongValue},
	}
	check := func(name mib.OID, v mib.Value, want mib.SetError) {
		t.Helper()
		if a, err := setter.Test(name, v); a != nil || err != want {
			t.Errorf("unexpected error of %s = %s: want %v, got %v", name, v, want, err)
		}
	}
	for _, number := range []uint32{perVMNumber, bulkNumber} {
		object := switchName(number)[:len(switchName(number))-1]
		for _, instance := range []mib.OID{{0}, {}, {1}, {0, 0}, {4294967295}} {
			for _, w := range wrong {
				check(object.Append(instance...), w.value, w.want)
			}
			if instance.Compare(mib.OID{0}) != 0 {
				check(object.Append(instance...), mib.Integer(yes), mib.NoCreation)
				check(object.Append(instance...), mib.Integer(no), mib.NoCreation)
			}
		}
	}
	for _, name := range []string{
		"1.3.6.1.2.1.236", "1.3.6.1.2.1.236.1", "1.3.6.1.2.1.236.1.11", "1.3.6.1.2.1.236.1.11.0", "1.3.6.1.2.1.236.1.12.0",
		"1.3.6.1.2.1.236.0.1", "1.3.6.1.2.1.236.2.1.1", "1.3.6.1.2.1.236.1.90.0", "1.3.6.1.2.1.236.1.4.1.5.99", "1.3.6.1.2.1.1.5.0", "0.0",
	} {
		check(mib.MustOID(name), mib.Integer(yes), mib.NotWritable)
		check(mib.MustOID(name), mib.Null(), mib.NotWritable)
	}
	check(nil, mib.Integer(yes), mib.NotWritable)
	if diff := cmp.Diff("per VM false, bulk false", switches(t, n)); diff != "" {
		t.Errorf("unexpected switches (-want +got):\n%s", diff)
	}
}

// TestOnlyTheSwitchesAreWritable proves of every instance that is served, and of every object of the MIB, that a manager
// may set it exactly if the MIB says so, even to the value that it has.
func TestOnlyTheSwitchesAreWritable(t *testing.T) {
	t.Parallel()
	tree := settable(t, vmmib.NewNotifications(vmmib.NotificationOptions{}, nil))
	check := func(o mibObject, name mib.OID, v mib.Value) {
		t.Helper()
		var want error = mib.NotWritable
		if o.access == accessWrite {
			want = nil
		}
		if _, err := tree.(mib.Setter).Test(name, v); err != want {
			t.Errorf("unexpected error of %s, which is %s: want %v, got %v", o.name, o.access, want, err)
		}
	}
	for _, o := range vmMIB(t).objects {
		check(o, o.oid.Append(0), mib.Integer(yes))
		for name, v, ok := tree.Next(nil, o.oid, false, o.oid.Append(1<<32-1)); ok; name, v, ok = tree.Next(nil, name, false, o.oid.Append(1<<32-1)) {
			check(o, name, v)
		}
	}
}

// TestSet proves what Commit, Undo and Release of one SET or several make of the switches.
func TestSet(t *testing.T) {
	t.Parallel()
	type sets func(number uint32, value int32) mib.Assignment
	tests := []struct {
		name  string
		start vmmib.NotificationOptions
		do    func(t *testing.T, set sets)
		want  string
	}{
		{
			"test alone", vmmib.NotificationOptions{}, func(_ *testing.T, set sets) { set(perVMNumber, yes).Release() },
			"per VM false, bulk false",
		},
		{
			"commit", vmmib.NotificationOptions{}, func(t *testing.T, set sets) {
				a := set(perVMNumber, yes)
				commit(t, a)
				a.Release()
			},
			"per VM true, bulk false",
		},
		{
			"commit of the other", vmmib.NotificationOptions{PerVM: true, Bulk: true}, func(t *testing.T, set sets) {
				a := set(bulkNumber, no)
				commit(t, a)
				a.Release()
			},
			"per VM true, bulk false",
		},
		{
			"undo", vmmib.NotificationOptions{Bulk: true}, func(t *testing.T, set sets) {
				a := set(bulkNumber, no)
				commit(t, a)
				undo(t, a)
				a.Release()
			},
			"per VM false, bulk true",
		},
		{
			"undo of what changed nothing", vmmib.NotificationOptions{PerVM: true}, func(t *testing.T, set sets) {
				a := set(perVMNumber, yes)
				commit(t, a)
				undo(t, a)
				a.Release()
			},
			"per VM true, bulk false",
		},
		{
			"undo without commit", vmmib.NotificationOptions{}, func(t *testing.T, set sets) {
				a := set(perVMNumber, yes)
				undo(t, a)
				a.Release()
			},
			"per VM false, bulk false",
		},
		{
			"a second undo", vmmib.NotificationOptions{}, func(t *testing.T, set sets) {
				a, b := set(perVMNumber, yes), set(perVMNumber, yes)
				commit(t, a)
				undo(t, a)
				commit(t, b)
				undo(t, a)
			},
			"per VM true, bulk false",
		},
		{
			"undo goes back to the time of commit, not of test", vmmib.NotificationOptions{}, func(t *testing.T, set sets) {
				a, b := set(perVMNumber, no), set(perVMNumber, yes)
				commit(t, b)
				b.Release()
				commit(t, a)
				undo(t, a)
				a.Release()
			},
			"per VM true, bulk false",
		},
		{
			"one switch twice: the last counts", vmmib.NotificationOptions{}, func(t *testing.T, set sets) {
				a, b := set(perVMNumber, yes), set(perVMNumber, no)
				commit(t, a)
				commit(t, b)
				a.Release()
				b.Release()
			},
			"per VM false, bulk false",
		},
		{
			"one switch twice, undone", vmmib.NotificationOptions{PerVM: true}, func(t *testing.T, set sets) {
				a, b := set(perVMNumber, no), set(perVMNumber, yes)
				commit(t, a)
				commit(t, b)
				undo(t, b)
				undo(t, a)
				a.Release()
				b.Release()
			},
			"per VM true, bulk false",
		},
		{
			"both, undone", vmmib.NotificationOptions{Bulk: true}, func(t *testing.T, set sets) {
				a, b := set(perVMNumber, yes), set(bulkNumber, no)
				commit(t, a)
				commit(t, b)
				undo(t, b)
				undo(t, a)
			},
			"per VM false, bulk true",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n := vmmib.NewNotifications(tt.start, nil)
			tt.do(t, func(number uint32, value int32) mib.Assignment {
				before := switches(t, n)
				a := test(t, n, switchName(number), mib.Integer(value))
				if diff := cmp.Diff(before, switches(t, n)); diff != "" {
					t.Errorf("unexpected switches after a test (-want +got):\n%s", diff)
				}
				return a
			})
			if diff := cmp.Diff(tt.want, switches(t, n)); diff != "" {
				t.Errorf("unexpected switches (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSetAndWindows proves what a SET makes of changes: those that are followed after Commit are told as it says, and one
// that is undone has lost nothing.
func TestSetAndWindows(t *testing.T) {
	t.Parallel()
	const running, paused = hv.StateRunning, hv.StatePaused
	tests := []struct {
		name  string
		start vmmib.NotificationOptions
		do    func(t *testing.T, f *follower)
		want  []string
	}{
		{
			"per VM from commit to undo", vmmib.NotificationOptions{}, func(t *testing.T, f *follower) {
				f.goes(running, 1)
				a := test(t, f.Notifications, switchName(perVMNumber), integer(yes))
				f.goes(running, 2)
				commit(t, a)
				f.goes(running, 3)
				undo(t, a)
				f.goes(running, 4)
			},
			[]string{"0s vmRunning.3 after 1 [3]"},
		},
		{
			"what is turned off and on again by undo", vmmib.NotificationOptions{Bulk: true}, func(t *testing.T, f *follower) {
				f.goes(running, 1)
				pass(time.Second)
				f.goes(paused, 1)
				a := test(t, f.Notifications, switchName(bulkNumber), integer(no))
				commit(t, a)
				f.goes(running, 2)
				undo(t, a)
				a.Release()
				f.goes(running, 3)
			},
			[]string{"2s vmBulkRunning a0 [1 4]", "3s vmBulkPaused 80 [2]"},
		},
		{
			"undo after the windows were due", vmmib.NotificationOptions{Bulk: true}, func(t *testing.T, f *follower) {
				f.goes(running, 1)
				a := test(t, f.Notifications, switchName(bulkNumber), integer(no))
				commit(t, a)
				pass(10 * time.Second)
				undo(t, a)
			},
			[]string{"10s vmBulkRunning 80 [1]"},
		},
		{
			"undo of what was turned on", vmmib.NotificationOptions{}, func(t *testing.T, f *follower) {
				a := test(t, f.Notifications, switchName(bulkNumber), integer(yes))
				commit(t, a)
				f.goes(running, 1)
				undo(t, a)
				a.Release()
			},
			nil,
		},
		{
			"released without undo", vmmib.NotificationOptions{Bulk: true}, func(t *testing.T, f *follower) {
				f.goes(running, 1)
				a := test(t, f.Notifications, switchName(bulkNumber), integer(no))
				commit(t, a)
				a.Release()
			},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := newFollower(tt.start)
				end := f.run(t)
				tt.do(t, f)
				pass(time.Minute)
				end()
				if diff := cmp.Diff(tt.want, f.log()); diff != "" {
					t.Errorf("unexpected notifications (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestSettableWalk proves that with switches the same is served as without, but for their values.
func TestSettableWalk(t *testing.T) {
	t.Parallel()
	n := vmmib.NewNotifications(vmmib.NotificationOptions{Bulk: true}, nil)
	tree := settable(t, n)
	var want []string
	for _, i := range golden(t) {
		if i.name.Compare(switchName(bulkNumber)) == 0 {
			i.value = "INTEGER: 1"
		}
		want = append(want, line(i))
	}
	var got []string
	for _, i := range walk(tree) {
		got = append(got, line(i))
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), strings.Join(got, "\n")); diff != "" {
		t.Errorf("unexpected walk (-want +got):\n%s", diff)
	}

	// A Tree that somebody holds is over the switches as they are, not as they were.
	n.Configure(vmmib.NotificationOptions{PerVM: true})
	if a, b := tree.Get(switchName(perVMNumber)), tree.Get(switchName(bulkNumber)); a.Int() != yes || b.Int() != no {
		t.Errorf("unexpected switches %s and %s", a, b)
	}
}

// TestNoSwitches proves that where there are none, they are off.
func TestNoSwitches(t *testing.T) {
	t.Parallel()
	var none *vmmib.Switches
	if none.PerVM() || none.Bulk() {
		t.Error("switches that are not there are on")
	}
}

func TestSettableTreeIsTheSame(t *testing.T) {
	s := vmmibtest.Snapshot()
	n := vmmib.NewNotifications(vmmib.NotificationOptions{}, nil)
	v := vmmib.New(func() *collector.Snapshot { return s }, vmmib.Options{Switches: n.Switches()})
	if v.Tree() != v.Tree() {
		t.Error("the Tree is another one although the snapshot is the same")
	}
	name := switchName(perVMNumber)
	if n := testing.AllocsPerRun(100, func() { v.Tree().Get(name) }); n != 0 {
		t.Errorf("a GET of a switch allocates %v times", n)
	}
}

// TestOnTurn proves that each change of a switch is told, by its name in the MIB, and nothing else.
func TestOnTurn(t *testing.T) {
	t.Parallel()
	n := vmmib.NewNotifications(vmmib.NotificationOptions{Bulk: true}, nil)
	var got []string
	n.OnTurn(func(name string, on bool) { got = append(got, fmt.Sprint(name, " ", on)) })
	n.Reset()
	commit(t, test(t, n, switchName(perVMNumber), integer(yes)))
	commit(t, test(t, n, switchName(perVMNumber), integer(yes)))
	a := test(t, n, switchName(bulkNumber), integer(no))
	commit(t, a)
	undo(t, a)
	n.Reset()
	n.Configure(vmmib.NotificationOptions{Bulk: true, Missed: true})
	n.Configure(vmmib.NotificationOptions{PerVM: true})
	names := map[uint32]string{}
	for _, o := range vmMIB(t).objects {
		if o.access == accessWrite {
			names[o.oid[len(o.oid)-1]] = o.name
		}
	}
	perVM, bulk := names[perVMNumber], names[bulkNumber]
	want := []string{perVM + " true", bulk + " false", bulk + " true", perVM + " false", perVM + " true", bulk + " false"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected turns (-want +got):\n%s", diff)
	}
}

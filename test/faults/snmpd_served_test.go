//go:build linux

package faults

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// hasty is how long a GET waits whose answer may never come: it is asked again right after.
const hasty = 200 * time.Millisecond

// vmStorageAllocated grows as Counter64 does, but is an INTEGER: none of the two is the same in two walks.
var vmStorageAllocated = mib.MustOID("1.3.6.1.2.1.236.1.7.1.12")

// startServed starts a vmond with n virtual machines that stay as they are, below the snmpd, and returns it with a walk of
// all that is served.
func startServed(t *testing.T, s *lab.Snmpd, n int) (*lab.Vmond, []mib.Varbind) {
	t.Helper()
	v := lab.StartVmond(t, calm(n), s.AgentX)
	return v, walkAll(t, s, n)
}

// calm is a hypervisor with n virtual machines that stay as they are.
func calm(n int) string { return fmt.Sprintf("sim:///?vms=%d", n) }

// walkAll waits until all of n virtual machines is served, their statistics too, and returns a walk.
func walkAll(t *testing.T, s *lab.Snmpd, n int) []mib.Varbind {
	t.Helper()
	served.AwaitVMs(t, s, n)
	lab.Eventually(t, settle, "their statistics are served", func() error {
		if c := served.ColumnOf(s.BulkWalk(t, served.CPUTime), served.CPUTime); len(c) != n {
			return fmt.Errorf("those of %d are", len(c))
		}
		return nil
	})
	return s.Walk(t, served.MIB)
}

// hastyClient returns a client that does not wait for answers that are lost.
func hastyClient(t *testing.T, s *lab.Snmpd) *gosnmp.GoSNMP {
	t.Helper()
	c := s.Client(t)
	c.Timeout = hasty
	return c
}

// awaitServed waits until the client is answered the number of virtual machines, and returns how long that took. Longer
// than back is a failure.
func awaitServed(t *testing.T, c *gosnmp.GoSNMP) time.Duration {
	t.Helper()
	began := time.Now()
	lab.Eventually(t, settle, "vmNumber is served", func() error { return numbered(c) })
	took := time.Since(began)
	if took > back {
		t.Errorf("served again %v after the return, want at most %v", took, back)
	}
	return took
}

// errNotServed is what an snmpd says that has no vmond.
var errNotServed = errors.New("vmNumber is not served")

// numbered returns nil if the client is answered the number of virtual machines.
func numbered(c *gosnmp.GoSNMP) error {
	answer, err := c.Get([]string{"." + served.Number.String()})
	if err != nil {
		return err
	}
	if answer.Error != gosnmp.NoError || len(answer.Variables) != 1 {
		return fmt.Errorf("error %v with %d variables", answer.Error, len(answer.Variables))
	}
	switch typ := answer.Variables[0].Type; typ {
	case gosnmp.Integer:
		return nil
	case gosnmp.NoSuchObject:
		return errNotServed
	default:
		return fmt.Errorf("vmNumber is %v", typ)
	}
}

// checkAsBefore proves that a walk has now what it had before, in order. Counters and times may have grown, as vmond was
// there all the time, and may not have gone back.
func checkAsBefore(t *testing.T, s *lab.Snmpd, before []mib.Varbind) {
	t.Helper()
	after := s.Walk(t, served.MIB)
	served.CheckOrder(t, after)
	if err := sameWalk(before, after); err != nil {
		t.Error(err)
	}
}

// sameWalk returns nil if after has what before has, but for what has grown.
func sameWalk(before, after []mib.Varbind) error {
	var errs []error
	if len(before) != len(after) {
		errs = append(errs, fmt.Errorf("a walk has %d instances now, and had %d", len(after), len(before)))
	}
	for i := range min(len(before), len(after)) {
		was, is := before[i], after[i]
		if was.Name.Compare(is.Name) != 0 {
			errs = append(errs, fmt.Errorf("instance %d of a walk is %v now, and was %v", i+1, is.Name, was.Name))
			break
		}
		if !was.Value.Equal(is.Value) && !grown(was, is) {
			errs = append(errs, fmt.Errorf("%v is %v now, and was %v", is.Name, is.Value, was.Value))
		}
	}
	return errors.Join(errs...)
}

// grown reports whether an instance is of an object that grows, and has.
func grown(was, is mib.Varbind) bool {
	if was.Value.Type() != is.Value.Type() {
		return false
	}
	switch is.Value.Type() {
	case mib.TypeTimeTicks, mib.TypeCounter64:
		return is.Value.Uint() > was.Value.Uint()
	case mib.TypeInteger:
		return is.Name.HasPrefix(vmStorageAllocated) && is.Value.Int() > was.Value.Int()
	}
	return false
}

// TestSameWalk proves that the check of two walks can fail.
func TestSameWalk(t *testing.T) {
	t.Parallel()
	name := mib.Varbind{Name: served.Name.Append(1), Value: mib.Text("web")}
	used := mib.Varbind{Name: served.CPUTime.Append(1), Value: mib.Counter64(7)}
	room := mib.Varbind{Name: vmStorageAllocated.Append(1, 1), Value: mib.Integer(7)}
	with := func(vb mib.Varbind, v mib.Value) mib.Varbind { return mib.Varbind{Name: vb.Name, Value: v} }
	tests := []struct {
		name  string
		after []mib.Varbind
		want  string // empty if they are the same
	}{
		{"the same", []mib.Varbind{name, used, room}, ""},
		{"grown", []mib.Varbind{name, with(used, mib.Counter64(8)), with(room, mib.Integer(8))}, ""},
		{"a counter goes back", []mib.Varbind{name, with(used, mib.Counter64(6)), room}, ": 6 now"},
		{"room is freed", []mib.Varbind{name, used, with(room, mib.Integer(6))}, ": 6 now"},
		{"another type", []mib.Varbind{name, with(used, mib.TimeTicks(8)), room}, ": 8 now"},
		{"another value", []mib.Varbind{with(name, mib.Text("db")), used, room}, `"db" now`},
		{"one is missing", []mib.Varbind{name, room}, "2 instances now, and had 3"},
		{"one is new", []mib.Varbind{name, used, room, room}, "4 instances now, and had 3"},
		{"another order", []mib.Varbind{used, name, room}, "instance 1 of a walk"},
		{"nothing", nil, "0 instances now"},
	}
	for _, tt := range tests {
		err := sameWalk([]mib.Varbind{name, used, room}, tt.after)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

package integration

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/hv/sim"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// The objects of NET-SNMP-EXTEND-MIB that are offered.
var (
	extendObjects = mib.MustOID("1.3.6.1.4.1.8072.1.3.2")
	extendStatus  = extendObjects.Append(2, 1, 21)
	extendOutput  = extendObjects.Append(3, 1, 2)
)

// extendNames are those of snmpd's own extends, and after them ours: a longer index is greater.
var extendNames = []string{"aaa", "zzz", "hv-monitor"}

// index returns the instance of an object that has a text as its index, with its length.
func index(object mib.OID, name string) mib.OID {
	o := object.Append(uint32(len(name)))
	for i := range len(name) {
		o = o.Append(uint32(name[i]))
	}
	return o
}

// single is a tree of one instance.
type single mib.Varbind

func (i single) Get(name mib.OID) mib.Value {
	if name.Compare(i.Name) == 0 {
		return i.Value
	}
	return mib.NoSuchInstance
}

func (i single) Next(dst, start mib.OID, include bool, end mib.OID) (mib.OID, mib.Value, bool) {
	order := i.Name.Compare(start)
	if order < 0 || order == 0 && !include || len(end) > 0 && i.Name.Compare(end) >= 0 {
		return dst, mib.Value{}, false
	}
	return append(dst, i.Name...), i.Value, true
}

// offer offers one instance.
func offer(s *agentx.Subagent, name mib.OID, v mib.Value) {
	s.Offer(name, func() mib.Tree { return single{Name: name, Value: v} })
}

// awaitOffers waits until the master has all offers, of which there are so many.
func awaitOffers(t *testing.T, s *agentx.Subagent, count int) {
	t.Helper()
	lab.Eventually(t, settle, "the master has the offers", func() error {
		offers := s.Status().Offers
		for _, o := range offers {
			if !o.Registered {
				return fmt.Errorf("it has not %v", o.Subtree)
			}
		}
		if len(offers) != count {
			return fmt.Errorf("there are %d", len(offers))
		}
		return nil
	})
}

// TestExtendBesideOthers offers rows among those of snmpd's own extends, the larger as large as a document is, and looks at what
// a manager sees: before, after snmpd came back, and when they are withdrawn.
func TestExtendBesideOthers(t *testing.T) {
	t.Parallel()
	s := lab.StartSnmpd(t, "extend aaa /bin/echo one", "extend zzz /bin/echo two")
	src, err := sim.New("sim:///?vms=2&pace=1h")
	if err != nil {
		t.Fatal(err)
	}
	own := s.BulkWalk(t, extendObjects)
	r := startRig(t, s, src, vmmib.NotificationOptions{})
	document := strings.Repeat("H4sIAAAAAAAA/+3d", 60000/16)
	output := index(extendOutput, "hv-monitor")
	offer(r.subagent, index(extendStatus, "hv-monitor"), mib.Integer(1))
	offer(r.subagent, output, mib.Text(document))

	for _, when := range []string{"at first", "after snmpd came back"} {
		awaitOffers(t, r.subagent, 2)
		if got := r.subagent.Status().MasterPID; got != s.PID() {
			t.Errorf("unexpected process of the master %s: %d, want %d", when, got, s.PID())
		}
		var want []mib.OID
		for _, name := range extendNames {
			want = append(want, index(extendStatus, name))
		}
		if diff := cmp.Diff(want, names(s.Walk(t, extendStatus))); diff != "" {
			t.Errorf("unexpected nsExtendStatus %s (-want +got):\n%s", when, diff)
		}
		if diff := cmp.Diff([]mib.Varbind{{Name: output, Value: mib.Text(document)}}, s.Get(t, output)); diff != "" {
			t.Errorf("unexpected document %s (-want +got):\n%s", when, diff)
		}
		if got := s.Get(t, index(extendOutput, "aaa"))[0].Value; got.String() != mib.Text("one").String() {
			t.Errorf("unexpected output of snmpd's own %s: %v", when, got)
		}
		checkAmong(t, when, own, s.BulkWalk(t, extendObjects))
		checkAmong(t, when, own, s.Walk(t, extendObjects))
		if err := s.Set(t, index(extendStatus, "hv-monitor").String(), "i", "6"); err == nil || !strings.Contains(err.Error(), "notWritable") {
			t.Errorf("unexpected error of a SET %s: %v", when, err)
		}
		before := r.subagent.Status().Sessions
		s.Restart(t, syscall.SIGTERM)
		lab.Eventually(t, settle, "the session is a new one", func() error {
			if st := r.subagent.Status(); !st.Registered || st.Sessions == before {
				return errors.New("it is not")
			}
			return nil
		})
	}

	awaitOffers(t, r.subagent, 2)
	r.subagent.Withdraw(index(extendStatus, "hv-monitor"))
	r.subagent.Withdraw(output)
	lab.Eventually(t, settle, "snmpd's own are whole again", func() error {
		if diff := cmp.Diff(own, s.BulkWalk(t, extendObjects)); diff != "" {
			return errors.New(diff)
		}
		return nil
	})
	if v := s.Get(t, served.Number)[0].Value; v.Type() != mib.TypeInteger {
		t.Errorf("unexpected vmNumber: %v", v)
	}
}

// names returns the names of varbinds.
func names(vbs []mib.Varbind) []mib.OID {
	var all []mib.OID
	for _, v := range vbs {
		all = append(all, v.Name)
	}
	return all
}

// checkAmong wants a walk in order that has snmpd's own, and our two among them.
func checkAmong(t *testing.T, when string, own, walk []mib.Varbind) {
	t.Helper()
	var others []mib.Varbind
	for i, v := range walk {
		if i > 0 && walk[i-1].Name.Compare(v.Name) >= 0 {
			t.Errorf("%v comes after %v in a walk %s", v.Name, walk[i-1].Name, when)
		}
		if !v.Name.HasPrefix(index(extendStatus, "hv-monitor")) && !v.Name.HasPrefix(index(extendOutput, "hv-monitor")) {
			others = append(others, v)
		}
	}
	if diff := cmp.Diff(own, others); diff != "" {
		t.Errorf("unexpected rows of snmpd's own %s (-want +got):\n%s", when, diff)
	}
	if len(walk) != len(own)+2 {
		t.Errorf("unexpected number of rows %s: %d, want %d", when, len(walk), len(own)+2)
	}
}

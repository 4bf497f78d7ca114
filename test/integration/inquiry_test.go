package integration

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

// gone is what a GET says of a virtual machine that is no more.
const gone = "noSuchInstance"

// An answer is what a GET says when a notification has just been received.
type answer struct {
	told
	// State is the value of vmOperState, or gone.
	State string
}

// entered returns the state that the notification says was entered.
func (n told) entered() string {
	if n.Kind == "vmDeleted" {
		return gone
	}
	return strings.ToLower(strings.TrimPrefix(n.Kind, "vm"))
}

// An inquiry asks for vmOperState at once when a notification of one virtual machine is received.
type inquiry struct {
	client *gosnmp.GoSNMP

	mu       sync.Mutex
	received []answer
	err      error
}

// inquire begins an inquiry, which ends with the test.
func inquire(t *testing.T, s *lab.Snmpd, trapd *lab.Snmptrapd) *inquiry {
	t.Helper()
	i := &inquiry{client: s.Client(t)}
	trapd.Follow(func(n lab.Notification) {
		one, ok, err := tell(n)
		if !ok || one.Affected != "" {
			return
		}
		a := answer{told: one}
		if err == nil {
			a.State, err = i.ask(one.Index)
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		i.received = append(i.received, a)
		if i.err == nil {
			i.err = err
		}
	})
	return i
}

// ask returns the state of the virtual machine with that index.
func (i *inquiry) ask(index uint32) (string, error) {
	p, err := i.client.Get([]string{"." + served.OperState.Append(index).String()})
	if err != nil {
		return "", err
	}
	if p.Error != gosnmp.NoError || len(p.Variables) != 1 {
		return "", fmt.Errorf("answer to a GET of vmOperState.%d: %v with %d variables", index, p.Error, len(p.Variables))
	}
	vb, err := varbind(p.Variables[0])
	if err != nil {
		return "", err
	}
	if vb.Value.Equal(mib.NoSuchInstance) {
		return gone, nil
	}
	return wordOf(operStates, vb.Value)
}

// answers returns all answers so far, in order. A GET that failed ends the test.
func (i *inquiry) answers(t *testing.T) []answer {
	t.Helper()
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.err != nil {
		t.Fatal(i.err)
	}
	return slices.Clone(i.received)
}

// await waits until there are at least n answers, and returns them all.
func (i *inquiry) await(t *testing.T, n int) []answer {
	t.Helper()
	lab.Eventually(t, settle, fmt.Sprintf("%d notifications are received and asked about", n), func() error {
		if got := len(i.answers(t)); got < n {
			return fmt.Errorf("%d are", got)
		}
		return nil
	})
	return i.answers(t)
}

// notEarlier returns nil if each answer is the state that its notification tells, or one that the same virtual machine
// entered later, never one that it had left by then.
func notEarlier(all []answer) error {
	later := map[string][]string{} // the states from here on, by name
	var errs []error
	for _, a := range slices.Backward(all) {
		later[a.Name] = append(later[a.Name], a.entered())
		if !slices.Contains(later[a.Name], a.State) {
			errs = append(errs, fmt.Errorf("GET after %v of %s says %s, and nothing later does", a.told, a.Name, a.State))
		}
	}
	return errors.Join(errs...)
}

// TestNotEarlier proves that the check of the answers can fail.
func TestNotEarlier(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		answers []string // to vmRunning, vmPaused, vmRunning, vmDeleted
		want    bool
	}{
		{"each its own", []string{"running", "paused", "running", gone}, true},
		{"all the last", []string{gone, gone, gone, gone}, true},
		{"one later", []string{"paused", "running", gone, gone}, true},
		{"one earlier", []string{"running", "paused", "paused", gone}, false},
		{"the last earlier", []string{"running", "paused", "running", "running"}, false},
		{"another", []string{"running", "shutdown", "running", gone}, false},
	}
	for _, tt := range tests {
		var all []answer
		for i, kind := range []string{"vmRunning", "vmPaused", "vmRunning", "vmDeleted"} {
			// What another one does is of no account.
			all = append(all, answer{told{Kind: kind, Name: "vm"}, tt.answers[i]}, answer{told{Kind: "vmShutdown", Name: "other"}, "shutdown"})
		}
		if err := notEarlier(all); (err == nil) != tt.want {
			t.Errorf("%s: %v, want it to be right: %v", tt.name, err, tt.want)
		}
	}
}

// TestGetAfterNotification proves that a GET agrees with the notification that was received right before it: the snapshot
// is published before the notification leaves.
func TestGetAfterNotification(t *testing.T) {
	t.Parallel()
	l := lab.StartTestLibvirtd(t)
	trapd := lab.StartSnmptrapd(t)
	s := lab.StartSnmpd(t, trapd.Traps())
	lab.StartVmondWith(t, perVM, l.URI(), s.AgentX)
	served.AwaitVMs(t, s, own)
	i := inquire(t, s, trapd)

	const vms = 10
	files, err := lab.WriteTestDomains(t.TempDir(), 1, vms)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for vm, file := range files {
		name := lab.TestDomainName(vm + 1)
		steps := []struct{ command, want string }{
			{"create " + file, "running"}, {"suspend " + name, "paused"}, {"resume " + name, "running"},
		}
		// Nothing else happens to it until the answer is there, so that only one can be right.
		for _, step := range steps {
			l.VirshScript(t, []string{step.command})
			n++
			if a := i.await(t, n)[n-1]; a.Name != name || a.entered() != step.want || a.State != step.want {
				t.Errorf("GET after %v of %s says %s; %s makes it %s", a.told, a.Name, a.State, step.command, step.want)
			}
		}
		l.Virsh(t, "destroy", name)
		n += len([]string{"vmShutdown", "vmDeleted"})
		if a := i.await(t, n)[n-1]; a.Kind != "vmDeleted" || a.State != gone {
			t.Errorf("GET after %v of %s says %s, want %s", a.told, a.Name, a.State, gone)
		}
	}
	if err := notEarlier(i.answers(t)); err != nil {
		t.Error(err)
	}
}

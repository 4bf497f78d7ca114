package libvirt

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// stateNode is a host with a virtual machine in each state that libvirt has, for the test driver.
func stateNode() string {
	const head = `<node><cpu><mhz>3000</mhz><model>x86_64</model><active>4</active><nodes>1</nodes><sockets>1</sockets>` +
		`<cores>4</cores><threads>1</threads></cpu><memory>1073741824</memory>`
	var b strings.Builder
	b.WriteString(head)
	add := func(n int, name, extra string) {
		fmt.Fprintf(&b, `<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>`+
			`<name>%s</name><uuid>%s</uuid><memory>2048</memory><currentMemory>1024</currentMemory>`+
			`<vcpu current='1'>2</vcpu><os><type>hvm</type></os>%s</domain>`, name, key(n), extra)
	}
	for state := range 8 {
		add(state, "state-"+strconv.Itoa(state), fmt.Sprintf("<test:runstate>%d</test:runstate>", state))
	}
	add(8, "saved", "<test:runstate>5</test:runstate><test:hasmanagedsave/>")
	add(9, "transient", "<test:transient/>")
	b.WriteString("</node>")
	return b.String()
}

// TestRealStates reads all states from a real daemon, and compares the names with those that virsh has for them.
func TestRealStates(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	s := sourceOf(t, d.uri(d.file("states.xml", stateNode())), defaultBounds())
	type states struct {
		State hv.OperState
		Admin hv.AdminState
		On    bool
	}
	want := map[string]states{
		"state-0":   {hv.StateOther, hv.AdminUnknown, true},
		"state-1":   {hv.StateRunning, hv.AdminRunning, true},
		"state-2":   {hv.StateRunning, hv.AdminRunning, true},
		"state-3":   {hv.StatePaused, hv.AdminPaused, true},
		"state-4":   {hv.StateShuttingDown, hv.AdminShutdown, true},
		"state-5":   {hv.StateShutdown, hv.AdminShutdown, false},
		"state-6":   {hv.StateCrashed, hv.AdminRunning, true},
		"state-7":   {hv.StatePaused, hv.AdminRunning, true},
		"saved":     {hv.StateSuspended, hv.AdminSuspended, false},
		"transient": {hv.StateRunning, hv.AdminRunning, true},
	}
	got := map[string]states{}
	for name, sum := range summaries(t, s) {
		got[name] = states{sum.State, sum.Admin, sum.Active()}
		if want := hv.AnswerOf(name != "transient"); sum.Persistent != want {
			t.Errorf("%s: unexpected persistence: %v", name, sum.Persistent)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected states (-want +got):\n%s", diff)
	}
}

// TestRealObjects compares what a real daemon says with what virsh makes of it.
func TestRealObjects(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	s := sourceOf(t, d.uri("/default"), defaultBounds())
	host, err := s.Host(patiently(t))
	if err != nil {
		t.Fatalf("failed to read the host: %v", err)
	}
	if want := "Running hypervisor: " + host.Software + " " + host.Version; !strings.Contains(d.virsh("version"), want) {
		t.Errorf("unexpected host: %+v, virsh says %q", host, d.virsh("version"))
	}
	vm := summaries(t, s)["test"]
	if want := d.virsh("domuuid", "test"); vm.UUID.String() != want || vm.Key != want {
		t.Errorf("unexpected identity: %+v, want %q", vm, want)
	}
	def := definitions(t, s, vm.Key)[vm.Key]
	stats := statistics(t, s, vm.Key)[vm.Key]
	if def.err != nil || stats.err != nil {
		t.Fatalf("failed to read: %v, %v", def.err, stats.err)
	}
	info := map[string]string{}
	for line := range strings.Lines(d.virsh("dominfo", "test")) {
		name, value, _ := strings.Cut(line, ":")
		info[name] = strings.TrimSpace(value)
	}
	kib := func(v hv.Opt[int64]) string { return strconv.FormatInt(v.Or(-1)>>10, 10) + " KiB" }
	for _, tt := range []struct{ name, got string }{
		{"Max memory", kib(def.value.MaxMem)},
		{"Used memory", kib(def.value.CurMem)},
		{"Used memory", kib(stats.value.CurMem)},
		{"CPU(s)", strconv.Itoa(def.value.CurCPUs.Or(-1))},
		{"State", vm.State.String()},
	} {
		if want := info[tt.name]; want != tt.got {
			t.Errorf("unexpected %s: %q, virsh says %q", tt.name, tt.got, want)
		}
	}
	if len(stats.value.CPUs) != 2 || len(stats.value.Disks) != 1 || len(stats.value.NICs) != 1 {
		t.Errorf("unexpected devices: %+v", stats.value)
	}
	if capacity := strconv.FormatInt(stats.value.Disks[0].Capacity.Or(0), 10); !strings.Contains(d.virsh("domblkinfo", "test", "vda"), capacity) {
		t.Errorf("unexpected capacity: %s, virsh says %q", capacity, d.virsh("domblkinfo", "test", "vda"))
	}
	if xml := d.virsh("dumpxml", "test"); !strings.Contains(xml, ">"+def.value.OSType+"</type>") {
		t.Errorf("unexpected OS type: %q, virsh says %s", def.value.OSType, xml)
	}
	if affinity, want := affinityOf(def.value), "0-"+strconv.Itoa(len(host.CPUs)-1); affinity != want {
		t.Errorf("unexpected affinity: %s, want %s", affinity, want)
	}
}

// TestRealEvents has virsh act, and tells what happened.
func TestRealEvents(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	s := sourceOf(t, d.uri("/default"), defaultBounds())
	w := watch(t, s)
	xml := d.file("new.xml", `<domain type='test'><name>new</name><uuid>`+key(1)+`</uuid><memory>1024</memory>`+
		`<vcpu>1</vcpu><os><type>hvm</type></os></domain>`)
	steps := []struct {
		args  []string
		kind  hv.EventKind
		state hv.OperState // afterwards
	}{
		{[]string{"define", xml}, hv.Defined, hv.StateShutdown},
		{[]string{"start", "new"}, hv.Started, hv.StateRunning},
		{[]string{"suspend", "new"}, hv.Suspended, hv.StatePaused},
		{[]string{"resume", "new"}, hv.Resumed, hv.StateRunning},
		{[]string{"managedsave", "new"}, hv.Stopped, hv.StateSuspended},
		{[]string{"start", "new"}, hv.Started, hv.StateRunning},
		{[]string{"shutdown", "new"}, hv.Stopped, hv.StateShutdown},
		{[]string{"undefine", "new"}, hv.Undefined, hv.StateUnknown},
	}
	for _, step := range steps {
		if step.args[0] == "managedsave" {
			d.managedSave(step.args[1])
		} else {
			d.virsh(step.args...)
		}
		if e := w.next(); e.Kind != step.kind || e.Key != key(1) || e.Name != "new" {
			t.Fatalf("unexpected event after %q: %v", step.args, e)
		}
		vm, there := summaries(t, s)["new"]
		if vm.State != step.state || there != (step.kind != hv.Undefined) {
			t.Errorf("unexpected summary after %q: %+v", step.args, vm)
		}
	}
	d.virsh("autostart", "test")
	if got := summaries(t, s)["test"].AutoStart; got != hv.Yes {
		t.Errorf("unexpected autostart: %v", got)
	}
}

// TestRealRestart kills a real daemon and starts it again. The watch says that events were lost, and everything is read
// anew.
func TestRealRestart(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	s := sourceOf(t, d.uri("/default"), defaultBounds())
	w := watch(t, s)
	for range 2 {
		if len(summaries(t, s)) != 1 {
			t.Fatalf("unexpected number of virtual machines")
		}
		d.kill()
		if err := w.err(); !errors.Is(err, errLost) {
			t.Errorf("unexpected error: %v", err)
		}
		for _, m := range methods() {
			if err := m.call(patiently(t), s); !errors.Is(err, errUnreachable) {
				t.Errorf("%s: unexpected error: %v", m.name, err)
			}
		}
		d.start()
		w = watch(t, s)
	}
	d.virsh("suspend", "test")
	if e := w.next(); e.Kind != hv.Suspended {
		t.Errorf("unexpected event: %v", e)
	}
}

// TestRealHang stops a real daemon in its tracks. Each method returns, each goroutine ends, and when the daemon goes on
// so do we.
func TestRealHang(t *testing.T) {
	d := startDaemon(t)
	b := endless()
	b.heartbeat = 100 * time.Millisecond
	s := sourceOf(t, d.uri("/default"), b)
	base := runtime.NumGoroutine()
	w := watch(t, s)
	vm := summaries(t, s)["test"].Key
	statistics(t, s, vm)

	d.signal(syscall.SIGSTOP)
	if err := w.err(); !errors.Is(err, errMissed) {
		t.Errorf("unexpected end of the watch: %v", err)
	}
	for _, m := range methods() {
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			if err := m.call(ctx, s); err == nil {
				t.Errorf("%s: no error", m.name)
			}
			cancel()
		}
	}
	eventually(t, "all goroutines end", func() bool { return runtime.NumGoroutine() <= base })

	d.signal(syscall.SIGCONT)
	if got := summaries(t, s)["test"].State; got != hv.StateRunning {
		t.Errorf("unexpected state: %v", got)
	}
	if got := statistics(t, s, vm)[vm]; got.err != nil {
		t.Errorf("failed to read the statistics: %v", got.err)
	}
	watch(t, s)
}

// TestRealMany reads 1,000 virtual machines at once.
func TestRealMany(t *testing.T) {
	t.Parallel()
	const n = 1000
	d := startDaemon(t)
	var b strings.Builder
	b.WriteString("<node>")
	for i := range n {
		fmt.Fprintf(&b, `<domain type='test'><name>vm-%d</name><uuid>%s</uuid><memory>1024</memory><vcpu>1</vcpu>`+
			`<os><type>hvm</type></os></domain>`, i, key(i))
	}
	b.WriteString("</node>")
	s := sourceOf(t, d.uri(d.file("many.xml", b.String())), defaultBounds())
	sums := summaries(t, s)
	if len(sums) != n {
		t.Fatalf("unexpected number of virtual machines: %d", len(sums))
	}
	var keys []string
	for _, sum := range sums {
		keys = append(keys, sum.Key)
	}
	for key, o := range definitions(t, s, keys...) {
		if o.err != nil || o.value.CurMem.Or(0) != 1<<20 {
			t.Fatalf("unexpected definition of %q: %+v", key, o)
		}
	}
	if got := statistics(t, s, keys...); len(got) != n {
		t.Errorf("unexpected number of statistics: %d", len(got))
	}
}

// TestRealOldDaemon asks a real daemon for an event of the future, as we are one for a daemon that is older than some of
// our events. It refuses, and nothing else is the worse for it.
func TestRealOldDaemon(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	s := sourceOf(t, d.uri("/default"), defaultBounds())
	c, err := open(patiently(t), s.target, nil)
	if err != nil {
		t.Fatalf("failed to open: %v", err)
	}
	defer c.wire.Close()
	const future = 9999
	if err := s.subscribe(patiently(t), c, future); !refused(err) {
		t.Errorf("unexpected outcome: %v", err)
	}
	for _, sub := range subscriptions() {
		if err := s.subscribe(patiently(t), c, sub.event); err != nil {
			t.Errorf("failed to subscribe to %d: %v", sub.event, err)
		}
	}
}

// TestRealPause stops a real daemon while it is asked to do things, and lets it go on. All that it does then is told, in
// order, and a Flush that was called meanwhile ends once it is.
func TestRealPause(t *testing.T) {
	t.Parallel()
	const rounds, actors = 5, 4
	d := startDaemon(t)
	s := sourceOf(t, d.uri("/default"), endless())
	l, ps := listen(t, s), puppets(actors)
	a := make([]*actor, actors)
	for i, p := range ps {
		a[i] = newActor(t, d)
		a[i].act(p)
	}
	for range rounds {
		d.signal(syscall.SIGSTOP)
		done := make([]<-chan error, actors)
		for i, p := range ps {
			answer := make(chan error, 1)
			done[i] = answer
			go func() {
				for range 3 {
					a[i].act(p)
				}
				answer <- s.Flush(patiently(t))
			}()
		}
		flushed := flushing(patiently(t), s)
		d.signal(syscall.SIGCONT)
		if err := outcomeOf(t, flushed); err != nil {
			t.Fatalf("failed to flush: %v", err)
		}
		for i, p := range ps {
			if err := outcomeOf(t, done[i]); err != nil {
				t.Fatalf("failed to flush: %v", err)
			}
			compare(t, p, l)
		}
	}
}

// TestRealSurveys compares the surveys of a real daemon with what virsh tells.
func TestRealSurveys(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	s := sourceOf(t, d.uri("/default"), defaultBounds())
	vm := summaries(t, s)["test"].Key
	check := func(snapshots int) {
		t.Helper()
		got := surveys(t, s, vm)[vm]
		if got.err != nil || !got.value.Snapshots.Equal(hv.Some(snapshots)) {
			t.Errorf("unexpected survey: %+v, %v", got.value, got.err)
		}
		listed := d.virsh("domifaddr", "test")
		for _, a := range got.value.Addresses {
			if !strings.Contains(listed, a.String()+"/") {
				t.Errorf("unexpected address %v, virsh says %q", a, listed)
			}
		}
		if len(got.value.Addresses) == 0 {
			t.Errorf("no addresses, virsh says %q", listed)
		}
	}
	check(0)
	d.virsh("snapshot-create-as", "test", "first")
	d.virsh("snapshot-create-as", "test", "second")
	check(2)
	d.virsh("destroy", "test")
	if got := surveys(t, s, vm)[vm]; got.err != nil || len(got.value.Addresses) > 0 || got.value.Snapshots.Or(0) != 2 {
		t.Errorf("unexpected survey once it is off: %+v, %v", got.value, got.err)
	}
}

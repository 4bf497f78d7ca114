package collector

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// childEnv is set in a process that TestKilledAtAnyMoment starts, to the folder of its store.
const childEnv = "VMOND_COLLECTOR_CHILD"

// child runs a collector of a hypervisor that gets a new virtual machine, with a new disk for the last one, each
// millisecond, and prints what each snapshot shows. It runs until it is killed.
func child(dir string) {
	store, err := OpenStore(filepath.Join(dir, "vmond.db"), zap.NewNop())
	if err != nil {
		fmt.Println("error", err)
		return
	}
	f := newFake()
	c := New(f, store, Intervals{States: time.Millisecond, Statistics: time.Second, Definitions: time.Millisecond}, zap.NewNop())
	go c.Run(context.Background())
	var last *Snapshot
	out := bufio.NewWriter(os.Stdout)
	for i := 0; ; i++ {
		f.set(func() {
			key := fmt.Sprintf("vm-%d-%d", os.Getpid(), i)
			vm := running(key, 1)
			vm.def.Disks = append(vm.def.Disks, hv.Disk{Key: key})
			f.vms[key] = vm
		})
		for last == c.Latest() {
			time.Sleep(time.Millisecond)
		}
		last = c.Latest()
		for vm := range last.VMs() {
			fmt.Fprintln(out, "vm", vm.Key, vm.Index)
			for _, d := range vm.Disks {
				fmt.Fprintln(out, "disk", vm.Key+"/"+d.Key, d.Index)
			}
		}
		out.Flush()
	}
}

// TestKilledAtAnyMoment proves that an index that was shown once is never lost and never given to another: not even
// by a process that is killed while it writes.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const rounds = 8
	dir := t.TempDir()
	shown := map[string]string{}
	for round := range rounds {
		lines := runAndKill(t, dir, 400*(round+1))
		for _, l := range lines {
			var kind, key, index string
			if n, _ := fmt.Sscan(l, &kind, &key, &index); n != 3 {
				continue // the last line, cut by the kill
			}
			if kind == "error" {
				t.Fatal(l)
			}
			if old, ok := shown[kind+key]; ok && old != index {
				t.Fatalf("%s %q had index %s and now has %s", kind, key, old, index)
			}
			shown[kind+key] = index
		}
	}

	s, err := OpenStore(filepath.Join(dir, "vmond.db"), zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, records, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]string{}
	owner := map[int32]string{}
	for key, r := range records {
		if other, ok := owner[r.Index]; ok {
			t.Errorf("%q and %q have index %d", key, other, r.Index)
		}
		owner[r.Index] = key
		kept["vm"+key] = fmt.Sprint(r.Index)
		for _, d := range r.Disks {
			kept["disk"+key+"/"+d.Key] = fmt.Sprint(d.Number)
		}
	}
	for what, index := range shown {
		if kept[what] != index {
			t.Errorf("%q was shown with index %s, the store has %q", what, index, kept[what])
		}
	}
	if len(shown) < rounds {
		t.Errorf("only %d indices were ever shown", len(shown))
	}
}

// runAndKill starts a child and kills it once it has printed n lines, in the middle of whatever it does. It returns
// the lines.
func runAndKill(t *testing.T, dir string, n int) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var lines []string
	scan := bufio.NewScanner(out)
	for scan.Scan() {
		lines = append(lines, scan.Text())
		if len(lines) == n {
			cmd.Process.Kill()
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	return lines
}

func TestIndicesOutliveTheProcess(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	f := newFake(running("a", 1), off("b"), running("c", 3))
	var want map[string]int32
	for round, change := range []func(){
		func() {},
		func() { delete(f.vms, "b") },
		func() { f.vms["b"] = off("b"); f.vms["aa"] = off("aa") },
	} {
		change()
		l, s := openLedger(t, path)
		inv := newInventory(l, time.Now())
		inv.setHost(f.host)
		list, _ := f.States(t.Context())
		if err := inv.states(list, time.Now()); err != nil {
			t.Fatal(err)
		}
		s.Close()
		got := map[string]int32{}
		for vm := range inv.snapshot().VMs() {
			got[vm.Key] = vm.Index
		}
		want = map[string]int32{"a": 1, "c": 3}
		if round != 1 {
			want["b"] = 2
		}
		if round == 2 {
			want["aa"] = 4
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("unexpected indices in round %d (-want +got):\n%s", round, diff)
		}
	}
}

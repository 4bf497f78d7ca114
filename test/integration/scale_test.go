package integration

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
	"github.com/vmond/vmond/test/served"
)

const (
	// many is the number of virtual machines at scale. libvirt's test driver has one of its own.
	many = 1000
	own  = 1

	// walksWhileChanging is how often the table is walked while virtual machines come and go.
	walksWhileChanging = 5
	// comers is how many come and go at once.
	comers = 20
)

// TestManyVMs proves that a walk over 1,000 virtual machines of a real libvirtd has all of them with all that they have,
// and that one while others come and go has all that stay, each once and in order.
func TestManyVMs(t *testing.T) {
	t.Parallel()
	l := lab.StartTestLibvirtd(t)
	l.DefineTestDomains(t, 1, many)
	s := lab.StartSnmpd(t)
	lab.StartVmond(t, l.URI(), s.AgentX)
	served.AwaitVMs(t, s, many+own)

	walk := s.BulkWalk(t, served.MIB)
	served.CheckOrder(t, walk)
	t.Logf("%d instances", len(walk))
	if n := served.ColumnOf(walk, served.Number[:len(served.Number)-1])["0"]; n.Int() != many+own {
		t.Errorf("vmNumber = %v, want %d", n, many+own)
	}
	checkRows(t, l, walk)

	ctx, cancel := context.WithCancel(t.Context())
	var rounds atomic.Int32
	changed := make(chan error, 1)
	dir := t.TempDir()
	go func() { changed <- comeAndGo(ctx, dir, l, &rounds) }()
	for walks := 0; walks < walksWhileChanging || rounds.Load() < 2; walks++ {
		vbs := s.BulkWalk(t, served.Name)
		served.CheckOrder(t, vbs)
		missing := map[string]bool{}
		for i := range many {
			missing[lab.TestDomainName(i+1)] = true
		}
		for _, name := range served.ColumnOf(vbs, served.Name).Texts() {
			delete(missing, name)
		}
		if len(missing) > 0 {
			t.Fatalf("a walk while others come and go misses %d: %v", len(missing), missing)
		}
	}
	cancel()
	if err := <-changed; err != nil {
		t.Error(err)
	}
	t.Logf("%d virtual machines came and went %d times", comers, rounds.Load())
	served.AwaitVMs(t, s, many+own)
}

// checkRows proves that the tables have a row for everything that the test domains have.
func checkRows(t *testing.T, l *lab.Libvirtd, walk []mib.Varbind) {
	t.Helper()
	names := served.ColumnOf(walk, served.Name)
	resources, media := served.ColumnOf(walk, served.StorageResourceID).Texts(), served.ColumnOf(walk, served.StorageMediaType)
	macs := served.ColumnOf(walk, served.NetworkPhysAddress)
	rows := map[string]int{}
	for index := range media {
		rows[vmOf(index)]++
	}
	found := map[string]bool{}
	for index, v := range names {
		name := string(v.AppendOctets(nil))
		found[name] = true
		if !stable(name) {
			continue
		}
		got := []string{fmt.Sprint(rows[index], " disks")}
		for disk, resource := range resources {
			if vmOf(disk) == index && resource != "" {
				got = append(got, resource)
			}
		}
		for nic, mac := range macs {
			if vmOf(nic) == index {
				got = append(got, fmt.Sprintf("%x", mac.AppendOctets(nil)))
			}
		}
		var n int
		if _, err := fmt.Sscanf(name, "vm-%d", &n); err != nil {
			t.Fatal(err)
		}
		want := []string{"3 disks", "/images/" + name + ".qcow2", "/dev/vg/" + name, fmt.Sprintf("525400%06x", n)}
		if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
			t.Errorf("unexpected devices of %s (-want +got):\n%s", name, diff)
		}
	}
	for name := range strings.FieldsSeq(l.Virsh(t, "list", "--all", "--name")) {
		if !found[name] {
			t.Errorf("%s has no row", name)
		}
	}
}

// comeAndGo defines, starts, ends and undefines virtual machines until ctx is done, counts how often, and ends with none
// of them.
func comeAndGo(ctx context.Context, dir string, l *lab.Libvirtd, rounds *atomic.Int32) error {
	files, err := lab.WriteTestDomains(dir, many+1, comers)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		for _, command := range []string{"define", "start", "destroy", "undefine"} {
			var commands []string
			for i, file := range files {
				what := lab.TestDomainName(many + 1 + i)
				if command == "define" {
					what = file
				}
				commands = append(commands, command+" "+what)
			}
			if err := l.TryVirshScript(commands); err != nil {
				return err
			}
		}
		rounds.Add(1)
	}
	return nil
}

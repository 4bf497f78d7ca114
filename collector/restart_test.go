package collector

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
)

// glance reads the host and the states of f into a new inventory with the store at path, as a vmond that was just
// started, and no definition.
func glance(t *testing.T, path string, f *fake) *Snapshot {
	t.Helper()
	l, s := openLedger(t, path)
	defer s.Close()
	inv := newInventory(l, time.Now())
	inv.setHost(f.host)
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	return inv.snapshot()
}

func TestInventoryTheExactStartOutlivesVmond(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	vm := running("a", 1)
	began := time.Now().Add(-10 * time.Minute)
	vm.def.Started = hv.Some(began)
	f := newFake(vm)
	l, s := openLedger(t, path)
	read(t, newInventory(l, time.Now()), f)
	s.Close()
	if got, ok := glance(t, path, f).VM(1).Started.Get(); !ok || got.Sub(began).Abs() > sameStart {
		t.Errorf("unexpected start after vmond was started anew: want %v, got %v (%t)", began, got, ok)
	}
}

func TestInventoryWithoutTheHypervisorsUptimeNothingIsKnownOfEarlier(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	f := newFake(off("a"))
	f.host.Started = hv.Opt[time.Time]{} // as on a remote host, though its Life is told
	l, s := openLedger(t, path)
	inv := newInventory(l, time.Now())
	read(t, inv, f)
	f.vms["a"] = running("a", 1)
	read(t, inv, f)
	if inv.snapshot().VM(1).Started.IsZero() {
		t.Error("a start that was seen is not told")
	}
	s.Close()
	got := glance(t, path, f)
	if !got.VM(1).Started.IsZero() {
		t.Errorf("a start in the time of another vmond, of which the distance is unknown: %v", got.VM(1).Started)
	}
}

func TestInventoryTheUptimeDoesNotJitterAndFollowsAStep(t *testing.T) {
	t.Parallel()
	vm := running("a", 1)
	vm.def.Started = hv.Some(time.Now().Add(-time.Minute))
	f := newFake(vm)
	inv := memory(t)
	read(t, inv, f)
	boot, _ := f.host.Started.Get()
	before := inv.snapshot()

	f.host.Started = hv.Some(boot.Add(20 * time.Millisecond))
	inv.setHost(f.host)
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	got := inv.snapshot()
	if !got.Host.Started.Equal(before.Host.Started) || got.VM(1) != before.VM(1) {
		t.Errorf("jitter moved the start: %v, %v", got.Host.Started, got.VM(1).Started)
	}

	const slept = time.Hour
	f.host.Started = hv.Some(boot.Add(-slept))
	inv.setHost(f.host)
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	got = inv.snapshot()
	was, _ := before.VM(1).Started.Get()
	is, _ := got.VM(1).Started.Get()
	if !got.Host.Started.Equal(f.host.Started) || was.Sub(is) != slept {
		t.Errorf("a step moved the hypervisor's start to %v, the virtual machine's by %v", got.Host.Started, was.Sub(is))
	}
	if !got.LastChange.Equal(before.LastChange) {
		t.Errorf("a step moved the last change from %v to %v", before.LastChange, got.LastChange)
	}

	// Another life may begin at nearly the same distance.
	f.host.Life, f.host.Started = "another", hv.Some(boot.Add(-slept+time.Millisecond))
	inv.setHost(f.host)
	if got := inv.snapshot().Host.Started; !got.Equal(f.host.Started) {
		t.Errorf("another life has the start of the one before: %v", got)
	}
}

func TestInventoryWhatVanishesMovesTheLastChangeThoughTheStoreFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	f := newFake(running("a", 1), off("b"))
	l, s := openLedger(t, path)
	inv := newInventory(l, time.Now())
	read(t, inv, f)
	before := inv.snapshot().LastChange
	s.Close()
	delete(f.vms, "b")
	f.vms["c"] = off("c") // must be on disk before it is shown
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err == nil {
		t.Error("no error though the store cannot be written")
	}
	if got := inv.snapshot(); got.Len() != 1 || got.LastChange.Equal(before) {
		t.Errorf("%d virtual machines, last change %v, before %v", got.Len(), got.LastChange, before)
	}
}

func TestLedgerTheQuarantineOutlivesVmond(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "vmond.db")
	l, s := openLedger(t, path)
	l.begin("life", 0)
	for _, key := range []string{"a", "b", "c"} {
		l.take(key, 0)
	}
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	l.drop("b", 2)
	l.drop("a", 3)
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	s.Close()

	l, s = openLedger(t, path)
	l.begin("life", time.Minute)
	for _, step := range []struct {
		key  string
		now  time.Duration
		want int32
	}{
		{"early", quarantine, 4},
		{"late", quarantine + 3, 2}, // the one that has been free for longest
		{"later", quarantine + 3, 1},
		{"latest", quarantine + 3, 5},
	} {
		if r, _ := l.take(step.key, step.now); r.Index != step.want {
			t.Errorf("%s: unexpected index: want %d, got %d", step.key, step.want, r.Index)
		}
	}
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	s.Close()

	l, _ = openLedger(t, path)
	want := map[string]int32{"c": 3, "early": 4, "late": 2, "later": 1, "latest": 5}
	if got := indices(l); len(got) != len(want) || len(l.records) != len(want) {
		t.Errorf("unexpected indices in the file: want %v, got %v", want, got)
	}
	for key, index := range want {
		if r := l.records[key]; r == nil || r.Index != index {
			t.Errorf("unexpected record of %q: want index %d, got %+v", key, index, r)
		}
	}
}

// TestLedgerTheFileIsWhatIsRemembered proves, after each of many commits, that the file has what the memory has, and that
// no two records have one index.
func TestLedgerTheFileIsWhatIsRemembered(t *testing.T) {
	t.Parallel()
	l, s := openLedger(t, filepath.Join(t.TempDir(), "vmond.db"))
	const rounds, steps, keys, lives = 150, 5, 12, 40
	random := rand.New(rand.NewPCG(1, 2))
	now := time.Duration(0)
	l.begin("life", 0)
	for round := range rounds {
		if round%lives == lives-1 {
			now = 0
			l.begin(fmt.Sprint("life ", round), now)
		}
		for range steps {
			now += time.Duration(random.IntN(20)) * time.Minute
			key := fmt.Sprint("vm-", random.IntN(keys))
			r := l.records[key]
			switch there := r != nil && r.exists(); {
			case !there:
				l.take(key, now)
				l.setLastChange(hv.Some(now))
			case random.IntN(2) == 0:
				l.drop(key, now)
			default:
				seen := hv.Summary{
					Name: fmt.Sprint("name ", random.IntN(3)), Admin: hv.AdminState(random.IntN(5)), Run: random.Int64N(3),
				}
				if r.follow(seen, now, true) {
					l.touch(key)
				}
			}
		}
		if err := l.commit(); err != nil {
			t.Fatal(err)
		}
		if len(l.dirty) != 0 || l.changed {
			t.Fatal("something is left to be written after a commit")
		}
		m, records, err := s.load() // refuses an index that is that of two
		if err != nil {
			t.Fatal(err)
		}
		told := l.meta
		told.Version = storeVersion
		if diff := cmp.Diff(told, m); diff != "" {
			t.Fatalf("unexpected meta in round %d (-want +got):\n%s", round, diff)
		}
		if diff := cmp.Diff(l.records, records, cmpopts.IgnoreUnexported(record{})); diff != "" {
			t.Fatalf("unexpected records in round %d (-want +got):\n%s", round, diff)
		}
		again, err := newLedger(s)
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, r := range l.records {
			if r.exists() {
				want++
			}
		}
		if l.existing() != want || again.existing() != want {
			t.Fatalf("%d exist in round %d: the ledger says %d, and the next one %d", want, round, l.existing(), again.existing())
		}
	}
	if most := int32(2 * keys); l.highest > most {
		t.Errorf("the indices do not stay small: %d for %d virtual machines", l.highest, keys)
	}
}

// TestInventoryWhatWasFoundIsRemembered proves that the next vmond knows the states that this one found, also those of which
// nobody was told.
func TestInventoryWhatWasFoundIsRemembered(t *testing.T) {
	t.Parallel()
	f := newFake(running("a", 1), off("b"))
	l, s := openLedger(t, filepath.Join(t.TempDir(), "vmond.db"))
	inv := newInventory(l, time.Now())
	inv.setHost(f.host)
	list, _ := f.States(t.Context())
	if err := inv.states(list, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := l.commit(); err != nil {
		t.Fatal(err)
	}
	_, records, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	for _, vm := range list {
		if got := records[vm.Key].State; got != hv.Some(vm.State) {
			t.Errorf("unexpected state of %q in the file: want %v, got %v", vm.Key, vm.State, got)
		}
	}
}

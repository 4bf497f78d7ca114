package sim

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/hv"
)

// sameAddress has addresses compared as they are.
var sameAddress = cmpopts.EquateComparable(netip.Addr{})

// Surveys are the same of the same seed, and there are all sorts of them.
func TestSurveysDiffer(t *testing.T) {
	t.Parallel()
	const uri = "sim:///?vms=2000&seed=7"
	s, again := open(t, uri), open(t, uri)
	seen, addresses := map[string]int{}, map[netip.Addr]bool{}
	for key, v := range states(t, s) {
		got := survey(t, s, key)
		if diff := cmp.Diff(got, survey(t, again, key), sameAddress); diff != "" {
			t.Fatalf("unexpected survey of the same seed (-want +got):\n%s", diff)
		}
		if got.Run != hv.Some(v.Run) {
			t.Errorf("%s: survey of run %v, want %d", v.Name, got.Run, v.Run)
		}
		snapshots, size := got.Snapshots.Or(-1), got.SnapshotsSize.Or(-1)
		if snapshots < 0 || size < int64(snapshots)*snapshotUnit || snapshots == 0 && size != 0 {
			t.Errorf("%s: %d snapshots of %d octets", v.Name, snapshots, size)
		}
		seen[fmt.Sprintf("%d snapshots", snapshots)]++
		seen[fmt.Sprintf("%d addresses, active %t", len(got.Addresses), v.Active())]++
		for i, a := range got.Addresses {
			if addresses[a] || a.Is4() != (i == 0) || a.IsLoopback() || a.IsUnspecified() {
				t.Errorf("%s: unexpected address %v at %d", v.Name, a, i)
			}
			addresses[a] = true
		}
	}
	want := []string{"0 snapshots", "1 snapshots", "2 snapshots", "3 snapshots",
		"0 addresses, active false", "0 addresses, active true", "1 addresses, active true", "2 addresses, active true"}
	for _, what := range want {
		if seen[what] < 20 {
			t.Errorf("%q appears only %d times", what, seen[what])
		}
	}
	if len(seen) != len(want) {
		t.Errorf("unexpected surveys: %v", seen)
	}
}

// The addresses end with the run, the snapshots do not, and a guest without an interface has no address.
func TestSurveyFollowsTheRun(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///?vms=0&nics=1&seed=1")
	var (
		key    string
		before hv.Survey
		err    error
	)
	for len(before.Addresses) == 0 { // of most guests there are some
		if key, err = s.Create(VM{}); err != nil {
			t.Fatal(err)
		}
		if _, err = s.Define(VM{Key: key}); err != nil { // so that it stays
			t.Fatal(err)
		}
		before = survey(t, s, key)
	}
	if err := s.DetachNIC(key, definition(t, s, key).NICs[0].Key); err != nil {
		t.Fatal(err)
	}
	if got := survey(t, s, key); len(got.Addresses) != 0 {
		t.Errorf("unexpected addresses %v without an interface", got.Addresses)
	}
	if err := s.Destroy(key); err != nil {
		t.Fatal(err)
	}
	want := before
	want.Addresses, want.Run = nil, hv.Some[int64](0)
	if diff := cmp.Diff(want, survey(t, s, key), sameAddress); diff != "" {
		t.Errorf("unexpected survey after the run (-want +got):\n%s", diff)
	}
	told := 0
	if err := s.Surveys(t.Context(), []string{"nobody"}, func(_ string, _ hv.Survey, err error) {
		if err != hv.ErrGone {
			t.Errorf("unexpected error %v of one that is not there", err)
		}
		told++
	}); err != nil || told != 1 {
		t.Errorf("%d were told: %v", told, err)
	}
}

// A console that somebody has defined is told as it is, while there is a run.
func TestDefinedConsole(t *testing.T) {
	t.Parallel()
	s := open(t, "sim:///?vms=0")
	mine := hv.Console{Type: "rdp", Address: "[::1]:3389"}
	key, err := s.Define(VM{Definition: &hv.Definition{Console: hv.Some(mine)}})
	if err != nil {
		t.Fatal(err)
	}
	if got := definition(t, s, key).Console; got != hv.Some(hv.Console{Type: "rdp"}) {
		t.Errorf("unexpected console %v of one that is off", got)
	}
	if err := s.Start(key); err != nil {
		t.Fatal(err)
	}
	if got := definition(t, s, key).Console; got != hv.Some(mine) {
		t.Errorf("unexpected console: want %v, got %v", mine, got)
	}
}

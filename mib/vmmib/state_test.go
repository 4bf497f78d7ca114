package vmmib

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

// outOfRange is the number of a word that no enumeration has.
const outOfRange = 200

// The numbers that are wanted are those of RFC 7666, not the generated names, so that a mistake in those is found too.

func TestAdminState(t *testing.T) {
	t.Parallel()
	check(t, map[hv.AdminState]mib.Value{
		hv.AdminUnknown:   mib.NoSuchInstance,
		hv.AdminRunning:   mib.Integer(1),
		hv.AdminSuspended: mib.Integer(2),
		hv.AdminPaused:    mib.Integer(3),
		hv.AdminShutdown:  mib.Integer(4),
		outOfRange:        mib.NoSuchInstance,
	}, adminState)
}

func TestOperState(t *testing.T) {
	t.Parallel()
	check(t, map[hv.OperState]int32{
		hv.StateUnknown:      1,
		hv.StateOther:        2,
		hv.StatePreparing:    3,
		hv.StateRunning:      4,
		hv.StateSuspending:   5,
		hv.StateSuspended:    6,
		hv.StateResuming:     7,
		hv.StatePaused:       8,
		hv.StateMigrating:    9,
		hv.StateShuttingDown: 10,
		hv.StateShutdown:     11,
		hv.StateCrashed:      12,
		outOfRange:           1,
	}, operState)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	check(t, map[hv.Answer]int32{hv.Unknown: 1, hv.Yes: 2, hv.No: 3, outOfRange: 1}, autoStart)
	check(t, map[hv.Answer]int32{hv.Unknown: 1, hv.Yes: 2, hv.No: 3, outOfRange: 1}, persistent)
	check(t, map[hv.Answer]int32{hv.Unknown: 1, hv.No: 2, hv.Yes: 3, outOfRange: 1}, storageAccess)
}

func TestStorageTypes(t *testing.T) {
	t.Parallel()
	check(t, map[hv.SourceType]int32{
		hv.SourceUnknown: 1,
		hv.SourceOther:   2,
		hv.SourceBlock:   3,
		hv.SourceRaw:     4,
		hv.SourceSparse:  5,
		hv.SourceNetwork: 6,
		outOfRange:       1,
	}, storageSourceType)
	check(t, map[hv.MediaType]int32{
		hv.MediaOther:       1,
		hv.MediaUnknown:     2,
		hv.MediaHardDisk:    3,
		hv.MediaOpticalDisk: 4,
		hv.MediaFloppyDisk:  5,
		outOfRange:          2,
	}, storageMediaType)
}

// check proves what a function returns.
func check[K comparable, V any](t *testing.T, want map[K]V, f func(K) V) {
	t.Helper()
	got := map[K]V{}
	for k := range want {
		got[k] = f(k)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unexpected values (-want +got):\n%s", diff)
	}
}

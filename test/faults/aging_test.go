//go:build linux

package faults

import (
	"strings"
	"testing"
	"time"
)

const (
	// statusLag is how much older the snapshot may be than the last status says: so often it is told.
	statusLag = 10 * time.Second
	// noticed is when vmond show complains at the latest: the states are read each second, and not to be answered for two
	// is a fault.
	noticed = 4 * time.Second
)

// checkAging proves, until the fault that began then has lasted so long, that everybody can see how old the snapshot is: at
// the control socket, and in the end in the status of the service.
func (s *stand) checkAging(t *testing.T, began time.Time, lasts time.Duration) {
	t.Helper()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for now := range second.C {
		away := now.Sub(began)
		h := s.vmond.Health(t)
		// A reading may have been under way when it began.
		if age := h.Hypervisor.Age; age == nil || *age < away-time.Second {
			t.Errorf("%v after the beginning the snapshot is said to be %v old", away, age)
		}
		if away > lasts {
			break
		}
	}
	status := s.service.Status()
	_, text, _ := strings.Cut(status, "snapshot ")
	text, _, _ = strings.Cut(text, " old")
	if age, err := time.ParseDuration(text); err != nil || age < lasts-statusLag {
		t.Errorf("after %v the status is %q", lasts, status)
	}
}

// checkComplains proves that vmond show tells how old the snapshot is that it shows, and why. It is not for free: it is
// shown everything.
func (s *stand) checkComplains(t *testing.T, why string) {
	t.Helper()
	if trouble := s.vmond.Trouble(t); !strings.Contains(trouble, " ago: ") || !strings.Contains(trouble, why) {
		t.Errorf("vmond show says %q besides, want %q in it", trouble, why)
	}
}

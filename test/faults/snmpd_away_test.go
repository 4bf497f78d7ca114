//go:build linux

package faults

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vmond/vmond/test/lab"
)

const (
	// away is how long a master stays away, so that vmond's attempts are as far apart as they get.
	away = 5 * time.Second
	// idle is how much of one CPU vmond may use meanwhile, as 1 of so many parts: with a handful of virtual machines it needs
	// far less, also with the race detector, and one that tries without a pause needs all of it.
	idle = 20
)

// checkAlone proves that vmond does without a master for a while: its own faces answer, its health says since when the
// master is away, which is not before left, and it needs next to no CPU. It returns the health at the end.
func checkAlone(t *testing.T, v *lab.Vmond, n int, left time.Time) lab.Health {
	t.Helper()
	lab.Eventually(t, settle, "vmond knows that the master is away", func() error {
		h, err := v.TryHealth()
		if err != nil {
			return err
		}
		return tellsAway(h, left)
	})
	lab.Eventually(t, settle, "vmond shows the virtual machines", func() error { return shows(t, v, n) })
	before, began := v.CPU(t), time.Now()
	<-time.After(away)
	used, lasted := v.CPU(t)-before, time.Since(began)
	t.Logf("vmond used a CPU for %v of %v without a master", used, lasted)
	if used > lasted/idle {
		t.Errorf("vmond used a CPU for %v of %v without a master, want at most %v", used, lasted, lasted/idle)
	}
	if err := shows(t, v, n); err != nil {
		t.Error(err)
	}
	h := v.Health(t)
	if err := tellsAway(h, left); err != nil {
		t.Error(err)
	}
	return h
}

// tellsAway returns nil if the health says that the master is away, why, and since when.
func tellsAway(h lab.Health, left time.Time) error {
	m := h.Master
	switch {
	case m.Registered:
		return fmt.Errorf("registered since %v", m.Since)
	case m.Since.Before(left.Round(0)) || m.Since.After(time.Now().Round(0)):
		return fmt.Errorf("the master is away since %v, and left after %v", m.Since, left)
	case m.Error == "":
		return errors.New("no reason why the master is away")
	}
	return nil
}

// shows returns nil if "vmond show" has n virtual machines.
func shows(t *testing.T, v *lab.Vmond, n int) error {
	t.Helper()
	out, err := v.Run(t, "show", "vm", "--control", v.Control)
	if err != nil {
		return err
	}
	if lines := strings.Count(out, "\n"); lines != n+1 { // one is the heading
		return fmt.Errorf("vmond show vm has %d lines with %d virtual machines:\n%s", lines, n, out)
	}
	return nil
}

// checkSaid proves that vmond has said a text in as many lines of its log. Those do not count that say how often it was kept
// back meanwhile: there is one if what keeps vmond from the master changes, be it for the moment in which a socket is not there.
func checkSaid(t *testing.T, v *lab.Vmond, text string, want int) {
	t.Helper()
	got := 0
	for line := range strings.Lines(v.Log().String()) {
		if strings.Contains(line, text) && !strings.Contains(line, `"repeated": `) {
			got++
		}
	}
	if got != want {
		t.Errorf("vmond said %q %d times, want %d", text, got, want)
	}
}

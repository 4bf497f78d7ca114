package bhyve

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv/bhyve/cbsd"
	"github.com/vmond/vmond/hv/bhyve/freebsd"
)

// TestRename has managers give a virtual machine another name: it stays what it is, with its index, and nothing is told of that.
func TestRename(t *testing.T) {
	t.Parallel()
	asVM := func(s *lab) { s.put(underVM(identified)) }
	tests := []struct {
		name   string
		before func(s *lab)
		do     func(s *lab)
		want   string   // the steps
		left   []string // the rows in the end
	}{
		{"vm-bhyve", asVM, func(s *lab) {
			s.put(renamed(underVM(identified)))
			s.drop(vmOne)
		}, "", []string{"1 another shutdown"}},
		{"CBSD", func(s *lab) { s.put(underCBSD(identified, noted(cbsd.Off))) }, func(s *lab) {
			g := renamed(underCBSD(identified, noted(cbsd.Off)))
			g.key = cbsdKey + g.name
			s.put(g)
			s.drop(cbsdOne)
		}, "", []string{"1 another shutdown"}},
		{"after a crash", inRun(func(traits ...trait) guest { return onVM(append(traits, identified)...) }), func(s *lab) {
			s.put(underVM(identified))
			s.sys.End(freebsd.Exit{PID: pid, Status: freebsd.Exited(4)})
			time.Sleep(time.Minute)
			s.put(renamed(underVM(identified)))
			s.drop(vmOne)
		}, "running to crashed", []string{"1 another crashed"}},
		{"started soon", asVM, func(s *lab) {
			s.put(renamed(underVM(identified)))
			s.drop(vmOne)
			s.touch()
			time.Sleep(3 * time.Second)
			s.put(renamed(underVM(identified, locked(time.Now()), watched, runs(s.process(pid)))))
			s.touch()
		}, "shutdown to running", []string{"1 another running"}},
		{"started between two looks", asVM, func(s *lab) {
			s.put(renamed(underVM(identified, locked(time.Now()), watched, runs(s.process(pid)))))
			s.drop(vmOne)
			s.touch()
		}, "shutdown to running", []string{"1 another running"}},
		{"there and back", asVM, func(s *lab) {
			s.put(renamed(underVM(identified)))
			s.drop(vmOne)
			time.Sleep(time.Minute)
			s.put(underVM(identified))
			s.drop(renamed(underVM()).key)
		}, "", []string{"1 one shutdown"}},
		{"copied with its UUID", asVM, func(s *lab) { s.put(renamed(underVM(identified))) },
			"nothing to preparing, preparing to shutdown", []string{"1 one shutdown", "2 another shutdown"}},
		{"removed, and another one made", func(s *lab) { s.put(underVM()) }, func(s *lab) {
			s.put(renamed(underVM()))
			s.drop(vmOne)
			s.touch()
		}, "nothing to preparing, preparing to shutdown, shutdown to nothing", []string{"2 another shutdown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newLab(t)
				tt.before(s)
				c := s.chronicle()
				c.told()
				tt.do(s)
				if got := c.told(); got != tt.want {
					t.Errorf("unexpected steps %q, want %q", got, tt.want)
				}
				var left []string
				for vm := range c.Latest().VMs() {
					left = append(left, fmt.Sprint(vm.Index, " ", vm.Name, " ", vm.State))
				}
				if diff := cmp.Diff(tt.left, left); diff != "" {
					t.Errorf("unexpected rows (-want +got):\n%s", diff)
				}
			})
		})
	}
}

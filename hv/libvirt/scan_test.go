package libvirt

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestScan has a scan take longer than anybody waits, and then end.
func TestScan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		began := time.Now()
		s := begin(func() map[string]int {
			<-end
			return map[string]int{"a": 1}
		})
		for range 2 {
			if found := s.wait(t.Context()); found != nil || s.over() {
				t.Errorf("unexpected outcome before the end: %v, over: %t", found, s.over())
			}
			if took := time.Since(began); took != scanPatience {
				t.Errorf("unexpected wait: %v", took)
			}
		}
		close(end)
		synctest.Wait()
		if found := s.wait(t.Context()); found["a"] != 1 {
			t.Errorf("unexpected outcome after the end: %v", found)
		}
	})
	if found := (*scan)(nil).wait(t.Context()); found != nil {
		t.Errorf("unexpected outcome of no scan: %v", found)
	}
}

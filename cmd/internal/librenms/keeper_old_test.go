package librenms

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vmond/vmond/test/nms"
)

// TestKeeperTellsNothingOld proves that a document is not told any more as soon as the states are too old, though it is rendered
// seldom while nobody looks, and that an old rendering is told as long as the hypervisor is read.
func TestKeeperTellsNothingOld(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, o := newFed(), options()
		o.Attention, o.Unread, o.Limits.States = time.Second, time.Hour, time.Minute
		k, stop, _ := keep(t, r, o)
		defer stop()
		r.tell("a")
		pass(0)
		for range 10 { // nobody looks, so nothing is rendered
			pass(o.Limits.States)
			r.tell("b")
		}
		if text := unpack(t, []byte(get(t, k))); !strings.Contains(text, `"a"`) {
			t.Errorf("unexpected document of a hypervisor that is read: %s", text)
		}
		pass(o.Limits.States)
		if text := unpack(t, []byte(get(t, k))); strings.Contains(text, `"error":2`) {
			t.Errorf("unexpected document of states that are just as old as they may be: %s", text)
		}
		pass(time.Second)
		if f := nms.CheckFailed(t, []byte(get(t, k))); f.Code != CodeRun || f.Text != tooOld {
			t.Errorf("unexpected document of states that are too old: %+v", f)
		}
		r.tell("c")
		if text := unpack(t, []byte(get(t, k))); strings.Contains(text, `"error":2`) {
			t.Errorf("unexpected document once the hypervisor is read again: %s", text)
		}
	})
}

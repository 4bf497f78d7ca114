package bhyve

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vmond/vmond/hv"
)

// causes returns events as people read them, with "remains" where one says so.
func causes(events []hv.Event) string {
	var words []string
	for _, e := range events {
		w := e.Cause()
		if e.Remains {
			w += " remains"
		}
		words = append(words, w)
	}
	return strings.Join(words, ", ")
}

// A tale is something that becomes of a virtual machine, look by look, and the events that tell it.
type tale struct {
	name string
	play func(p *play) []hv.Event
	want string
}

// second is the process that comes after the one of the number pid.
const second = 43

// TestEvents plays the tales, and finds the events.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(plainTales(), cbsdTales(), vmbhyveTales()) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, causes(tt.play(newPlay(t)))); diff != "" {
				t.Errorf("unexpected events (-want +got):\n%s", diff)
			}
		})
	}
}

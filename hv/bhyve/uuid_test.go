package bhyve

import (
	"testing"
	"time"

	"github.com/vmond/vmond/hv"
)

// TestPlainUUID proves that the UUID of a virtual machine that was started by hand is told if it was seen before the process had its
// title, for as long as that runs, and not made up otherwise.
func TestPlainUUID(t *testing.T) {
	t.Parallel()
	const text = "6c1d7a52-7c75-11f0-9c1e-589cfc10d622"
	uuid, err := hv.ParseUUID(text)
	if err != nil {
		t.Fatal(err)
	}
	m := makeUp(t)
	steps := []struct {
		name string
		do   func()
		want hv.UUID
	}{
		{"before its title", func() { m.start(4242, []string{"bhyve", "-U", text, "guest"}, time.Second) }, uuid},
		{"with its title", func() { m.title(4242, "bhyve: guest") }, uuid},
		{"another process", func() {
			m.end(4242)
			m.start(4243, []string{"bhyve: guest"}, time.Second)
		}, hv.UUID{}},
		{"another process that has none", func() {
			m.end(4243)
			m.start(4244, []string{"bhyve", "guest"}, time.Second)
		}, hv.UUID{}},
	}
	for _, step := range steps {
		step.do()
		summaries, err := m.States(t.Context())
		if err != nil || len(summaries) != 1 {
			t.Fatalf("%s: %v, %v", step.name, summaries, err)
		}
		if got := summaries[0].UUID; got != step.want {
			t.Errorf("%s: UUID %q, want %q", step.name, got, step.want)
		}
	}
}

//go:build linux

package bench

import "testing"

// part measures something as a test of its own, and reports whether it was measured. What is not, because it is not there or because
// somebody wants to see something else, is absent, and the results are not written then.
func (b *bench) part(t *testing.T, name string, measure func(t *testing.T)) bool {
	t.Helper()
	var a absence
	passed := t.Run(name, func(t *testing.T) {
		a.wanted = true
		defer func() { a.skipped = t.Skipped() }()
		measure(t)
	})
	if !passed || a.fatal(b.whole) {
		t.Fatalf("%s could not be measured", name)
	}
	if a.is() {
		b.absent = append(b.absent, t.Name()+"/"+name)
	}
	return !a.is()
}

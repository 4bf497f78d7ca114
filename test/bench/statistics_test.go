package bench

import "testing"

func (b *bench) statistics(t *testing.T) {}

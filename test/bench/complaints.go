package bench

import (
	"fmt"
	"math"
)

// complaints says what cannot be true of what was measured, however good or bad it is.
func complaints(figures []figure, growth []point) []string {
	var all []string
	complain := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	for i, f := range figures {
		name := fmt.Sprintf("figure %d (%s, %s)", i+1, f.work, f.unit)
		if len(f.ours) == 0 {
			complain("%s has no round", name)
		}
		if f.beside != "" && len(f.theirs) != len(f.ours) {
			complain("%s has %d rounds, and %d beside", name, len(f.ours), len(f.theirs))
		}
		for _, values := range [][]float64{f.ours, f.theirs} {
			for _, v := range values {
				if !(v >= 0) || math.IsInf(v, 0) {
					complain("%s is %v in a round", name, v)
				}
			}
		}
	}
	for _, p := range growth {
		for _, c := range curves() {
			if v := c.value(p); !(v > 0) || math.IsInf(v, 0) {
				complain("%s takes %v %s where there are %d virtual machines", c.name, v, c.unit, p.vms)
			}
		}
	}
	return all
}

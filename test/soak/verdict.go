package soak

import (
	"fmt"
	"slices"
	"time"
)

// judge returns what is wrong with the samples, of which those before the end of the warm-up do not count. The limit is the
// memory, in bytes, with which a service manager would end vmond.
func judge(samples []sample, warmUp time.Duration, limit int64) []string {
	var wrong []string
	if most := highest(pointsOf(samples, residentOf)); most >= float64(limit) {
		wrong = append(wrong, fmt.Sprintf("RSS came to %.1f MiB, and the unit has a limit of %.1f", inMebi(most), inMebi(limit)))
	}
	const fewest = 9 // three for each third
	warm := after(samples, warmUp)
	if len(warm) < fewest {
		return append(wrong, fmt.Sprintf("%d samples after %v are too few to tell", len(warm), warmUp))
	}
	for _, f := range measure(warm) {
		if f.grows() {
			wrong = append(wrong, "it grows: "+f.String())
		}
	}
	return wrong
}

// after returns the samples from the end of the warm-up on.
func after(samples []sample, warmUp time.Duration) []sample {
	return slices.DeleteFunc(slices.Clone(samples), func(s sample) bool { return s.at < warmUp })
}

// What may be noise: what soaks of ten minutes have shown, with room for a machine that has more to do.
const (
	// A handful of connections to the control socket comes and goes.
	spareDescriptors, spareUsualDescriptors = 3, 5
	// So does a goroutine for each, and where many events come at once one for each that needs an answer.
	spareGoroutines, spareUsualGoroutines = 3, 10
	// The heap has more in it while a slow reader keeps a snapshot, or the machine is slow to collect. In ten minutes each of
	// so many windows is long enough for it to be once without all that.
	heapWindows           = 24
	spareHeap, partOfHeap = 5 * mebi, 0.08
	// RSS has the garbage besides, which comes to as much again, and more where the machine has other things to do: those
	// that begin or end beside the soak are seen in it. So it is the heap that shows a small leak, and RSS a large one that is
	// not in the heap.
	spareRSS, partOfRSS = 16 * mebi, 0.15
)

// measure returns the figures of samples.
func measure(samples []sample) []figure {
	return []figure{
		newCount("descriptors", pointsOf(samples, descriptorsOf), spareDescriptors, spareUsualDescriptors),
		newCount("goroutines", pointsOf(samples, goroutinesOf), spareGoroutines, spareUsualGoroutines),
		newSize("heap", floor(pointsOf(samples, heapOf), heapWindows), spareHeap, partOfHeap),
		newSize("RSS", pointsOf(samples, residentOf), spareRSS, partOfRSS),
	}
}

//go:build linux

package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/test/served"
)

const (
	// residentGoal is how much memory vmond may have, in MiB.
	residentGoal = 64
	// sampling is how often its memory is looked at.
	sampling = 50 * time.Millisecond
	// leastOfEach is how many variables a virtual machine has at least: 16 in vmTable alone.
	leastOfEach = 16
	// perAnswer is how many names a walk asks for at once.
	perAnswer = 50
)

// footprint measures what memory vmond has while all that it serves is walked again and again. A round is a part of that time; the
// goal is about all of it.
func (b *bench) footprint(t *testing.T) {
	vmond := startVmond(t, b.farm)
	client := vmond.snmpd.Client(t)
	client.MaxRepetitions = perAnswer
	walked := make(chan error, 1)
	go func() { walked <- walkFor(client, b.busy, leastOfEach*b.farm) }()
	resident, anonymous := make([]float64, b.rounds), make([]float64, b.rounds)
	began := time.Now()
	tick := time.NewTicker(sampling)
	defer tick.Stop()
	for walking := true; walking; {
		select {
		case err := <-walked:
			if err != nil {
				t.Fatal(err)
			}
			walking = false
		case <-tick.C:
		}
		i, now := roundAt(time.Since(began), b.busy, b.rounds), vmond.agent.Memory(t)
		resident[i], anonymous[i] = max(resident[i], mebibytes(now.Resident)), max(anonymous[i], mebibytes(now.Anonymous))
	}
	if i := slices.Index(resident, 0); i >= 0 {
		t.Fatalf("nothing was seen of the memory in round %d", i+1)
	}
	peak := max(mebibytes(vmond.agent.Memory(t).Peak), slices.Max(resident))
	work := fmt.Sprintf("%s virtual machines of the simulation, walked without pause for %v: ", number(float64(b.farm)), b.busy)
	for _, f := range []figure{
		{work: work + "the largest RSS since the start", ours: []float64{peak}, goal: atMost(residentGoal)},
		{work: fmt.Sprintf("%sthe largest RSS in 1/%d of that time", work, b.rounds), ours: resident},
		{work: work + "the same without the pages of files", ours: anonymous},
	} {
		f.unit = "MiB"
		b.figures = append(b.figures, f)
	}
}

// walkFor walks the whole of VM-MIB until so long has passed, once at least. A walk that finds less than so many variables is an
// error.
func walkFor(client *gosnmp.GoSNMP, lasts time.Duration, least int) error {
	for began := time.Now(); ; {
		found := 0
		err := client.BulkWalk(served.MIB.String(), func(gosnmp.SnmpPDU) error {
			found++
			return nil
		})
		if err == nil && found < least {
			err = fmt.Errorf("a walk finds %d variables, and there are %d at least", found, least)
		}
		if err != nil || time.Since(began) >= lasts {
			return err
		}
	}
}

// mebibytes returns so many bytes in MiB.
func mebibytes(bytes int64) float64 {
	const mebi = 1 << 20
	return float64(bytes) / mebi
}

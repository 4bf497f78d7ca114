//go:build linux

package faults

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/test/lab"
)

// probeGap is how long a prober waits between two of its GETs, so that it does not keep a CPU busy itself.
const probeGap = 2 * time.Millisecond

// A probe is what became of one GET.
type probe struct {
	began time.Time
	took  time.Duration
	// bad says what is wrong with the answer. It is empty if there was one and all its variables had values, and texts those
	// that they had at first.
	bad string
}

// A prober GETs the same instances all the time, as a manager that never sleeps.
type prober struct {
	client *gosnmp.GoSNMP
	names  []string
	texts  map[string]string // that the variables had at first

	mu  sync.Mutex
	all []probe
}

// startProber starts one that ends with the test.
func startProber(t testing.TB, s *lab.Snmpd, names ...mib.OID) *prober {
	t.Helper()
	p := &prober{client: s.Client(t), texts: map[string]string{}}
	for _, name := range names {
		p.names = append(p.names, "."+name.String())
	}
	throughout(t, probeGap, p.probe)
	return p
}

// probe asks once, and notes what became of it.
func (p *prober) probe() {
	one := p.get()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, one)
}

// get asks once.
func (p *prober) get() probe {
	began := time.Now()
	answer, err := p.client.Get(p.names)
	one := probe{began: began, took: time.Since(began)}
	switch {
	case err != nil:
		one.bad = err.Error()
	case answer.Error != gosnmp.NoError:
		one.bad = answer.Error.String()
	default:
		one.bad = p.wrong(answer.Variables)
	}
	return one
}

// wrong says which variable has no value, or another text than at first, if one has.
func (p *prober) wrong(variables []gosnmp.SnmpPDU) string {
	for _, v := range variables {
		switch v.Type {
		case gosnmp.NoSuchObject, gosnmp.NoSuchInstance, gosnmp.EndOfMibView:
			return fmt.Sprintf("%s is %v", v.Name, v.Type)
		}
		text, ok := v.Value.([]byte)
		if !ok {
			continue
		}
		if first, known := p.texts[v.Name]; known && first != string(text) {
			return fmt.Sprintf("%s is %q, and was %q", v.Name, text, first)
		}
		p.texts[v.Name] = string(text)
	}
	return ""
}

// during returns the probes that began and ended while f ran.
func (p *prober) during(f func()) probes {
	began := time.Now()
	f()
	ended := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	var out probes
	for _, one := range p.all {
		if one.began.After(began) && one.began.Add(one.took).Before(ended) {
			out = append(out, one)
		}
	}
	return out
}

// probes are several in the order of their time.
type probes []probe

// bad returns what was wrong with the answers, each text once.
func (p probes) bad() []string {
	var out []string
	for _, one := range p {
		if one.bad != "" && !slices.Contains(out, one.bad) {
			out = append(out, one.bad)
		}
	}
	return out
}

// percentile returns how long that many of a hundred took at most. It is 0 of none.
func (p probes) percentile(percent int) time.Duration {
	var all []time.Duration
	for _, one := range p {
		all = append(all, one.took)
	}
	return percentileOf(all, percent)
}

// felt is percentile of the GETs that would have been asked at fixed times. Who waits for an answer asks nothing meanwhile, so
// that a GET that takes long counts as all those that would have waited for its end.
func (p probes) felt(percent int) time.Duration {
	var all []time.Duration
	for _, one := range p {
		for rest := one.took; rest > 0; rest -= probeGap {
			all = append(all, rest)
		}
	}
	return percentileOf(all, percent)
}

// percentileOf returns the percentile of all, which it sorts.
func percentileOf(all []time.Duration, percent int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	const hundred = 100
	return all[min(len(all)*percent/hundred, len(all)-1)]
}

// String is for the log of a test.
func (p probes) String() string {
	return fmt.Sprintf("%d GETs, p50 %v, p99 %v", len(p), p.percentile(50), p.percentile(99))
}

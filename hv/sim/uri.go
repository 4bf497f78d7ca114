package sim

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vmond/vmond/hv"
)

// The highest values that the URI may ask for.
const (
	maxVMs     = 1_000_000
	maxCPUs    = 4096
	maxDevices = 1024
	maxChurn   = 100_000
	maxPace    = 24 * time.Hour
	maxCalm    = 365 * 24 * time.Hour
	// maxReplay bounds the changes that lie between the start that the URI gives and now: they are all gone
	// through before the first answer.
	maxReplay = 10_000_000
	// maxAge is how long ago the start may be. It is far below what a time.Duration holds.
	maxAge = 100 * 365 * 24 * time.Hour
)

// What a URI without parameters asks for.
const (
	defaultVMs   = 10
	defaultSeed  = 1
	defaultCPUs  = 2
	defaultDisks = 2
	defaultNICs  = 1
	// defaultChurnPace is long enough for a state between two others to be seen.
	defaultChurnPace = 500 * time.Millisecond
)

// config is what a URI says.
type config struct {
	seed                   uint64
	vms, cpus, disks, nics int
	churn                  float64       // changes per second
	pace, churnPace        time.Duration // how long the states between two others last
	calm                   time.Duration // when churn ends, after the start; zero: never
	life                   string        // empty: drawn by New
	started                time.Time     // zero: now
	faults                 []Fault       // Key holds the name or the key
}

// parseURI reads a URI; [New] says which.
func parseURI(uri string) (config, error) {
	c := config{
		vms: defaultVMs, seed: defaultSeed, cpus: defaultCPUs, disks: defaultDisks, nics: defaultNICs,
		churnPace: defaultChurnPace,
	}
	u, err := url.Parse(uri)
	if err != nil {
		return config{}, fmt.Errorf("hypervisor URI %q is not well-formed", hv.RedactURI(uri))
	}
	if u.Scheme != "sim" || u.Host != "" || u.User != nil || u.Opaque != "" || u.Fragment != "" ||
		strings.Trim(u.Path, "/") != "" {
		return config{}, fmt.Errorf("hypervisor URI %q is not of the form sim:///?vms=10&seed=1", hv.RedactURI(uri))
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return config{}, fmt.Errorf("hypervisor URI %q: %w", uri, err)
	}
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names) // so that of two mistakes it is always the same one that is told
	for _, name := range names {
		if err := c.set(name, query[name]); err != nil {
			return config{}, fmt.Errorf("hypervisor URI %q: %w", uri, err)
		}
	}
	return c, nil
}

// set takes the values of one parameter. Only faults may be given more than once.
func (c *config) set(name string, values []string) error {
	if mode, ok := modeOf(name); ok {
		return c.addFaults(mode, values)
	}
	if len(values) != 1 {
		return fmt.Errorf("parameter %q is given %d times", name, len(values))
	}
	value, err := values[0], error(nil)
	switch name {
	case "vms":
		c.vms, err = number(value, maxVMs)
	case "cpus":
		c.cpus, err = number(value, maxCPUs)
	case "disks":
		c.disks, err = number(value, maxDevices)
	case "nics":
		c.nics, err = number(value, maxDevices)
	case "seed":
		if c.seed, err = strconv.ParseUint(value, 10, 64); err != nil {
			err = fmt.Errorf("%q is not a number of at most 64 bits", value)
		}
	case "churn":
		if c.churn, err = strconv.ParseFloat(value, 64); err != nil || !(c.churn >= 0 && c.churn <= maxChurn) {
			err = fmt.Errorf("%q is not a number of changes per second up to %d", value, maxChurn)
		}
	case "pace":
		c.pace, err = duration(value, maxPace)
		c.churnPace = c.pace
	case "calm":
		c.calm, err = duration(value, maxCalm)
	case "started":
		if c.started, err = time.Parse(time.RFC3339, value); err != nil {
			err = fmt.Errorf("%q is not a time such as 2026-01-31T12:00:00Z", value)
		}
	case "life":
		if c.life = value; value == "" {
			err = fmt.Errorf("%q is not a name", value)
		}
	default:
		return fmt.Errorf("unknown parameter %q", name)
	}
	if err != nil {
		return fmt.Errorf("parameter %q: %w", name, err)
	}
	return nil
}

// number reads a number from 0 to highest.
func number(s string, highest int) (int, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n > uint64(highest) {
		return 0, fmt.Errorf("%q is not a number up to %d", s, highest)
	}
	return int(n), nil
}

// duration reads a duration from 0 to longest.
func duration(s string, longest time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > longest {
		return 0, fmt.Errorf("%q is not a duration such as 200ms, up to %v", s, longest)
	}
	return d, nil
}

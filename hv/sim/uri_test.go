package sim

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseURI(t *testing.T) {
	t.Parallel()
	plain := config{seed: 1, vms: 10, cpus: 2, disks: 2, nics: 1, churnPace: 500 * time.Millisecond}
	with := func(change func(*config)) config {
		c := plain
		change(&c)
		return c
	}
	tests := []struct {
		uri  string
		want config
	}{
		{"sim:///", plain},
		{"sim://", plain},
		{"sim:///?", plain},
		{"sim:///?vms=0", with(func(c *config) { c.vms = 0 })},
		{"sim:///?vms=1000000&seed=18446744073709551615", with(func(c *config) { c.vms, c.seed = 1_000_000, math.MaxUint64 })},
		{"sim:///?cpus=4096&disks=1024&nics=1024", with(func(c *config) { c.cpus, c.disks, c.nics = 4096, 1024, 1024 })},
		{"sim:///?churn=0.25", with(func(c *config) { c.churn = 0.25 })},
		{"sim:///?pace=2s", with(func(c *config) { c.pace, c.churnPace = 2*time.Second, 2*time.Second })},
		{"sim:///?pace=0s", with(func(c *config) { c.churnPace = 0 })},
		{"sim:///?churn=1&calm=10m", with(func(c *config) { c.churn, c.calm = 1, 10*time.Minute })},
		{"sim:///?life=one%20boot", with(func(c *config) { c.life = "one boot" })},
		{"sim:///?started=2026-01-31T12:00:00Z", with(func(c *config) {
			c.started = time.Date(2026, time.January, 31, 12, 0, 0, 0, time.UTC)
		})},
		{"sim:///?hang=statistics", with(func(c *config) { c.faults = []Fault{{Depth: Statistics, Mode: Hang}} })},
		{"sim:///?slow=states:200ms", with(func(c *config) {
			c.faults = []Fault{{Depth: States, Mode: Slow, Delay: 200 * time.Millisecond}}
		})},
		{"sim:///?slow=state:1s&fail=state@web-0001", with(func(c *config) {
			c.faults = []Fault{
				{Depth: State, Key: "web-0001", Mode: Fail}, {Depth: State, Mode: Slow, Delay: time.Second},
			}
		})},
		{"sim:///?fail=definitions@web-0001&flap=states:3&fail=watch&fail=host", with(func(c *config) {
			c.faults = []Fault{
				{Depth: Definitions, Key: "web-0001", Mode: Fail}, {Depth: Watch, Mode: Fail}, {Depth: Host, Mode: Fail},
				{Depth: States, Mode: Flap, Every: 3},
			}
		})},
	}
	for _, tt := range tests {
		t.Run(tt.uri, func(t *testing.T) {
			t.Parallel()
			got, err := parseURI(tt.uri)
			if err != nil {
				t.Fatalf("failed to parse: %v", err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(config{})); diff != "" {
				t.Fatalf("unexpected configuration (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNewRefusesURI(t *testing.T) {
	t.Parallel()
	tests := []struct{ uri, want string }{
		{"", `hypervisor URI "" is not of the form`},
		{"test:///default", `hypervisor URI "test:///default" is not of the form`},
		{"sim://host/", `is not of the form`},
		{"sim:vms=1", `is not of the form`},
		{"sim:///path", `is not of the form`},
		{"sim:///#part", `is not of the form`},
		{"sim://me@/", `is not of the form`},
		{"sim:///%zz", `is not well-formed`},
		{"sim:///?a=%zz", `invalid URL escape`},
		{"sim:///?a;b", `invalid semicolon`},
		{"sim:///?vm=10", `unknown parameter "vm"`},
		{"sim:///?vms=10&vms=11", `parameter "vms" is given 2 times`},
		{"sim:///?vms=", `parameter "vms": "" is not a number up to 1000000`},
		{"sim:///?vms=-1", `parameter "vms": "-1" is not a number`},
		{"sim:///?vms=1000001", `parameter "vms": "1000001" is not a number up to 1000000`},
		{"sim:///?vms=1e3", `parameter "vms": "1e3" is not a number`},
		{"sim:///?cpus=4097", `parameter "cpus": "4097" is not a number up to 4096`},
		{"sim:///?disks=1025", `parameter "disks": "1025" is not a number up to 1024`},
		{"sim:///?nics=two", `parameter "nics": "two" is not a number up to 1024`},
		{"sim:///?seed=18446744073709551616", `parameter "seed": "18446744073709551616" is not a number of at most 64 bits`},
		{"sim:///?churn=NaN", `parameter "churn": "NaN" is not a number of changes per second`},
		{"sim:///?churn=-1", `parameter "churn": "-1" is not a number of changes per second`},
		{"sim:///?churn=100001", `parameter "churn": "100001" is not a number of changes per second`},
		{"sim:///?pace=1", `parameter "pace": "1" is not a duration such as 200ms`},
		{"sim:///?pace=-1s", `parameter "pace": "-1s" is not a duration`},
		{"sim:///?pace=25h", `parameter "pace": "25h" is not a duration such as 200ms, up to 24h0m0s`},
		{"sim:///?calm=soon", `parameter "calm": "soon" is not a duration such as 200ms, up to 8760h0m0s`},
		{"sim:///?life=", `parameter "life": "" is not a name`},
		{"sim:///?started=yesterday", `parameter "started": "yesterday" is not a time such as`},
		{"sim:///?started=9999-01-01T00:00:00Z", `parameter "started": 9999-01-01 00:00:00 +0000 UTC lies ahead`},
		{"sim:///?started=2000-01-01T00:00:00Z&churn=100", `or a century or 10000000 changes back`},
		{"sim:///?started=0000-01-01T00:00:00Z", `or a century or 10000000 changes back`},
		{"sim:///?hang=disks", `parameter "hang": "disks" is not one of host, states, definitions, statistics, watch, state`},
		{"sim:///?hang=states:1s", `parameter "hang": "1s" after the depth is one thing too many`},
		{"sim:///?hang=host@web-0001", `parameter "hang": "host@web-0001" does not name a virtual machine`},
		{"sim:///?hang=states@", `parameter "hang": "states@" does not name a virtual machine`},
		{"sim:///?hang=states@nobody", `parameter "hang": there is no virtual machine "nobody"`},
		{"sim:///?slow=states", `parameter "slow": "" is not a duration`},
		{"sim:///?flap=states:0", `parameter "flap": "0" is not a number of calls from 1`},
		{"sim:///?flap=states", `parameter "flap": "" is not a number of calls`},
		{"sim:///?fail=states&hang=states", `parameter "hang": "states" has fault "fail" already`},
		{"sim:///?healthy=states", `unknown parameter "healthy"`},
	}
	for _, tt := range tests {
		t.Run(tt.uri, func(t *testing.T) {
			t.Parallel()
			s, err := New(tt.uri)
			if err == nil {
				t.Fatalf("unexpected simulation %v", s)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("unexpected error %q, want one with %q", err, tt.want)
			}
		})
	}
}

func FuzzParseURI(f *testing.F) {
	for _, uri := range []string{
		"sim:///", "sim:///?vms=10&seed=1&cpus=2&disks=2&nics=1&churn=0.5&pace=1s&life=x&started=2026-01-31T12:00:00Z",
		"sim:///?hang=statistics&slow=states:200ms&fail=definitions@web-0001&flap=watch:3", "sim://%", "sim:///?=&=",
	} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		c, err := parseURI(uri)
		if err != nil {
			if !strings.Contains(err.Error(), "URI") {
				t.Fatalf("error %q does not name the URI", err)
			}
			return
		}
		if c.vms < 0 || c.vms > maxVMs || c.cpus < 0 || c.cpus > maxCPUs || !(c.churn >= 0 && c.churn <= maxChurn) ||
			c.disks > maxDevices || c.nics > maxDevices || c.pace < 0 || c.pace > maxPace {
			t.Fatalf("configuration out of bounds: %+v", c)
		}
		for _, f := range c.faults {
			f.check()
		}
	})
}

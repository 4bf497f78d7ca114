package config

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"

	"github.com/vmond/vmond/hv"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want func(*Config)
	}{
		{"empty", "", func(*Config) {}},
		{"only a section", "[agentx]\n", func(*Config) {}},
		{"uri", "[hypervisor]\nuri = 'xen:///system'", func(c *Config) { c.Hypervisor.URI = "xen:///system" }},
		{"dotted key", "hypervisor.uri = 'lxc:///system'", func(c *Config) { c.Hypervisor.URI = "lxc:///system" }},
		{"inline table", "state = {dir = '/srv/vmond/'}", func(c *Config) { c.State.Dir = "/srv/vmond" }},
		{"simulated", "[hypervisor]\nuri = 'sim:///?vms=3&seed=1'", func(c *Config) { c.Hypervisor.URI = "sim:///?vms=3&seed=1" }},
		{"lowest intervals", "[hypervisor]\nstates = '1s'\nstatistics = '1s'\ndefinitions = '10s'\nstatistics_unread = '1s'\nattention = '1s'\nsurveys = '10s'", func(c *Config) {
			c.Hypervisor.States, c.Hypervisor.Statistics = time.Second, time.Second
			c.Hypervisor.StatisticsUnread, c.Hypervisor.Attention = time.Second, time.Second
			c.Hypervisor.Definitions, c.Hypervisor.Surveys = 10*time.Second, 10*time.Second
		}},
		{"highest intervals", "[hypervisor]\nstates = '10m'\nstatistics = '1h'\ndefinitions = '24h'\nstatistics_unread = '24h'\nattention = '24h'\nsurveys = '24h'", func(c *Config) {
			c.Hypervisor.States, c.Hypervisor.Statistics = 10*time.Minute, time.Hour
			c.Hypervisor.StatisticsUnread, c.Hypervisor.Attention = 24*time.Hour, 24*time.Hour
			c.Hypervisor.Definitions, c.Hypervisor.Surveys = 24*time.Hour, 24*time.Hour
		}},
		{"librenms", "[librenms]\nagentx = false\nfile = '/var/cache/vmond/../hv.json'", func(c *Config) {
			c.LibreNMS = LibreNMS{File: "/var/cache/hv.json"}
		}},
		{"no file", "[librenms]\nfile = ''", func(*Config) {}},
		{"processor base", "[hypervisor]\nprocessor_base = 768", func(c *Config) { c.Hypervisor.ProcessorBase = 768 }},
		{"object id", "[hypervisor]\nobject_id = '1.3.6.1.4.1.2312.1'", func(c *Config) {
			c.Hypervisor.ObjectID = []uint32{1, 3, 6, 1, 4, 1, 2312, 1}
		}},
		{"tcp master", "[agentx]\naddress = 'tcp:[::1]:705'", func(c *Config) { c.AgentX.Address = "tcp:[::1]:705" }},
		{"priorities", "[agentx]\npriority = 255", func(c *Config) { c.AgentX.Priority = 255 }},
		{"no poll", "[agentx]\npoll = '0s'", func(c *Config) { c.AgentX.Poll = 0 }},
		{"longest poll", "[agentx]\npoll = '1000us'", func(c *Config) { c.AgentX.Poll = time.Millisecond }},
		{"context", "[agentx]\ncontext = 'host-7'", func(c *Config) { c.AgentX.Context = "host-7" }},
		{"notifications", "[notifications]\nper_vm = true\nbulk = true\nwindow = '500ms'\nmissed = false\nmessage_size = 1472\nmax_index = 11000\nqueue = 7", func(c *Config) {
			c.Notifications = Notifications{
				PerVM: true, Bulk: true, Window: 500 * time.Millisecond, MessageSize: 1472, MaxIndex: 11000, Queue: 7,
			}
		}},
		{"lowest of notifications", "[notifications]\nwindow = '100ms'\nmessage_size = 484\nmax_index = 1\nqueue = 1", func(c *Config) {
			n := &c.Notifications
			n.Window, n.MessageSize, n.MaxIndex, n.Queue = 100*time.Millisecond, 484, 1, 1
		}},
		{"highest of notifications", "[notifications]\nwindow = '1m'\nmessage_size = 65507\nmax_index = 521272\nqueue = 100000", func(c *Config) {
			n := &c.Notifications
			n.Window, n.MessageSize, n.MaxIndex, n.Queue = time.Minute, 65507, 521272, 100000
		}},
		{"control", "[control]\npath = '/run/x.sock'\ngroup = 'adm'", func(c *Config) {
			c.Control = Control{Path: "/run/x.sock", Group: "adm"}
		}},
		{"log", "[log]\nlevel = 'debug'\nformat = 'logfmt'", func(c *Config) {
			c.Log = Log{Level: zapcore.DebugLevel, Format: Logfmt}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Parse("vmond.toml", tt.text)
			if err != nil {
				t.Fatalf("failed to parse: %v", err)
			}
			want := Default()
			tt.want(&want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("unexpected configuration (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want string
	}{
		{"no TOML", "[hypervisor\nuri = 1", `f:2: `},
		{"key without value", "\n[hypervisor]\nuri", `f:3: `},
		{"escape that ends the line", "[log]\nlevel = \"\\\n", "f:3: invalid escape in string '\\\uFFFD'"},
		{"key with an escape sequence", "\"\\u009b2J\" = 1", "f:1: \"\uFFFD2J\" is not a known key"},
		{"same key twice", "[log]\nlevel = 'info'\nlevel = 'warn'", `f:3: `},
		{"unknown section", "# hello\n[snmp]\n", `f:2: snmp is not a known key`},
		{"unknown key", "[hypervisor]\n\nurl = 'x'", `f:3: hypervisor.url is not a known key`},
		{"unknown key at the top", "uri = 'auto'", `f:1: uri is not a known key`},
		{"keys are in lower case", "[hypervisor]\nURI = 'auto'", `f:2: hypervisor.URI is not a known key`},
		{"unknown key in a dotted one", "hypervisor.uri.x = 1", `f:1: hypervisor.uri.x is not a known key`},
		{"unknown key in an inline table", "log = {level = 'info', colour = true}", `f:1: log.colour is not a known key`},
		{"section is a value", "log = 'info'", `f:1: log must be a section, not the text "info"`},
		{"section is a list", "[[log]]\nlevel = 'info'", `f:1: log must be a section, not a list`},
		{"first of two", "[log]\nlevel = 'no'\n[agentx]\npriority = 0", `f:2: log.level must be "debug", "info", "warn" or "error", not "no"`},

		{"number for text", "[hypervisor]\nuri = 5", `f:2: hypervisor.uri must be text in quotes, not the number 5`},
		{"fraction for text", "[hypervisor]\nuri = 1.5", `f:2: hypervisor.uri must be text in quotes, not the number 1.5`},
		{"boolean for text", "[state]\ndir = false", `f:2: state.dir must be text in quotes, not false`},
		{"date for text", "[state]\ndir = 2026-11-20", `f:2: state.dir must be text in quotes, not a date`},
		{"list for text", "[state]\ndir = ['/a']", `f:2: state.dir must be text in quotes, not a list`},
		{"table for text", "[state.dir]", `f:1: state.dir must be text in quotes, not a table`},
		{"text for number", "[agentx]\npriority = '7'", `f:2: agentx.priority must be a number without quotes, not the text "7"`},

		{"empty uri", "[hypervisor]\nuri = ''", `f:2: hypervisor.uri must be "auto" or a URI such as "qemu:///system", not ""`},
		{"uri is a path", "[hypervisor]\nuri = '/run/libvirt'", `f:2: hypervisor.uri must be "auto" or a URI such as "qemu:///system", not "/run/libvirt"`},
		{"uri is no uri", "[hypervisor]\nuri = 'qemu:system'", `f:2: hypervisor.uri must be "auto" or a URI such as "qemu:///system", not "qemu:system"`},
		{"states zero", "[hypervisor]\nstates = '0s'", `f:2: hypervisor.states must be a time from "1s" to "10m", not "0s"`},
		{"states too rare", "[hypervisor]\nstates = '10m1ns'", `f:2: hypervisor.states must be a time from "1s" to "10m", not "10m1ns"`},
		{"states without unit", "[hypervisor]\nstates = '5'", `f:2: hypervisor.states must be a time from "1s" to "10m", not "5"`},
		{"statistics negative", "[hypervisor]\nstatistics = '-1s'", `f:2: hypervisor.statistics must be a time from "1s" to "1h", not "-1s"`},
		{"definitions too often", "[hypervisor]\ndefinitions = '9s'", `f:2: hypervisor.definitions must be a time from "10s" to "24h", not "9s"`},
		{"surveys too often", "[hypervisor]\nsurveys = '9s'", `f:2: hypervisor.surveys must be a time from "10s" to "24h", not "9s"`},
		{"surveys too seldom", "[hypervisor]\nsurveys = '24h1s'", `f:2: hypervisor.surveys must be a time from "10s" to "24h", not "24h1s"`},
		{"processor base zero", "[hypervisor]\nprocessor_base = 0", `f:2: hypervisor.processor_base must be from 1 to 2147418112, not 0`},
		{"processor base without room", "[hypervisor]\nprocessor_base = 2147418113", `f:2: hypervisor.processor_base must be from 1 to 2147418112, not 2147418113`},
		{"object id elsewhere", "[hypervisor]\nobject_id = '1.3.6.1.2.1.236'", `f:2: hypervisor.object_id must be an object identifier below 1.3.6.1.4.1 (enterprises), not "1.3.6.1.2.1.236"`},
		{"object id is enterprises", "[hypervisor]\nobject_id = '1.3.6.1.4.1'", `f:2: hypervisor.object_id must be an object identifier below 1.3.6.1.4.1 (enterprises), not "1.3.6.1.4.1"`},
		{"object id is a name", "[hypervisor]\nobject_id = 'enterprises.2312'", `f:2: hypervisor.object_id must be an object identifier such as "1.3.6.1.4.1.2312", not "enterprises.2312"`},
		{"object id too large", "[hypervisor]\nobject_id = '1.3.6.1.4.1.4294967296'", `f:2: hypervisor.object_id must be an object identifier such as "1.3.6.1.4.1.2312", not "1.3.6.1.4.1.4294967296"`},
		{"object id too long", "[hypervisor]\nobject_id = '1.3.6.1.4.1" + strings.Repeat(".1", 123) + "'", `f:2: hypervisor.object_id must have at most 128 sub-identifiers, not 129`},

		{"address without scheme", "[agentx]\naddress = '/var/agentx/master'", `f:2: agentx.address must begin with "unix:" or "tcp:", such as "unix:/var/agentx/master", not "/var/agentx/master"`},
		{"address relative", "[agentx]\naddress = 'unix:master'", `f:2: agentx.address after unix: must be an absolute path, not "master"`},
		{"address without port", "[agentx]\naddress = 'tcp:localhost'", `f:2: agentx.address must have a host and a port after tcp:, such as "tcp:localhost:705", not "tcp:localhost"`},
		{"address without host", "[agentx]\naddress = 'tcp::705'", `f:2: agentx.address must have a host and a port after tcp:, such as "tcp:localhost:705", not "tcp::705"`},
		{"address with port 0", "[agentx]\naddress = 'tcp:localhost:0'", `f:2: agentx.address must have a host and a port after tcp:, such as "tcp:localhost:705", not "tcp:localhost:0"`},
		{"address with high port", "[agentx]\naddress = 'tcp:localhost:65536'", `f:2: agentx.address must have a host and a port after tcp:, such as "tcp:localhost:705", not "tcp:localhost:65536"`},
		{"priority zero", "[agentx]\npriority = 0", `f:2: agentx.priority must be from 1 to 255, not 0`},
		{"priority too high", "[agentx]\npriority = 256", `f:2: agentx.priority must be from 1 to 255, not 256`},
		{"poll too long", "[agentx]\npoll = '1001us'", `f:2: agentx.poll must be a time from "0s" to "1ms", not "1001us"`},
		{"poll negative", "[agentx]\npoll = '-1us'", `f:2: agentx.poll must be a time from "0s" to "1ms", not "-1us"`},
		{"context too long", "[agentx]\ncontext = '" + strings.Repeat("x", 33) + "'", `f:2: agentx.context must have at most 32 octets, not 33`},

		{"text for true", "[notifications]\nper_vm = 'true'", `f:2: notifications.per_vm must be true or false without quotes, not the text "true"`},
		{"number for false", "[notifications]\nbulk = 0", `f:2: notifications.bulk must be true or false without quotes, not the number 0`},
		{"the MIB's numbers", "[notifications]\nmissed = 2", `f:2: notifications.missed must be true or false without quotes, not the number 2`},
		{"window too short", "[notifications]\nwindow = '99ms'", `f:2: notifications.window must be a time from "100ms" to "1m", not "99ms"`},
		{"window too long", "[notifications]\nwindow = '61s'", `f:2: notifications.window must be a time from "100ms" to "1m", not "61s"`},
		{"message too small", "[notifications]\nmessage_size = 483", `f:2: notifications.message_size must be from 484 to 65507, not 483`},
		{"message too large", "[notifications]\nmessage_size = 65508", `f:2: notifications.message_size must be from 484 to 65507, not 65508`},
		{"file relative", "[librenms]\nfile = 'hv.json'", `f:2: librenms.file must be an absolute path, not "hv.json"`},
		{"agentx of LibreNMS is text", "[librenms]\nagentx = 'no'", `f:2: librenms.agentx must be true or false without quotes, not the text "no"`},
		{"no index", "[notifications]\nmax_index = 0", `f:2: notifications.max_index must be from 1 to 521272, not 0`},
		{"index without a bit", "[notifications]\nmax_index = 521273", `f:2: notifications.max_index must be from 1 to 521272, not 521273`},
		{"no queue", "[notifications]\nqueue = 0", `f:2: notifications.queue must be from 1 to 100000, not 0`},
		{"queue too long", "[notifications]\nqueue = 100001", `f:2: notifications.queue must be from 1 to 100000, not 100001`},

		{"directory relative", "[state]\ndir = 'state'", `f:2: state.dir must be an absolute path, not "state"`},
		{"control empty", "[control]\npath = ''", `f:2: control.path must be an absolute path, not ""`},
		{"control too long", "[control]\npath = '/" + strings.Repeat("x", 103) + "'", `f:2: control.path must be a path of at most 103 octets, as sockets have, not 104`},
		{"group with a space", "[control]\ngroup = 'a b'", `f:2: control.group must be the name of a group, not "a b"`},
		{"format", "[log]\nformat = 'xml'", `f:2: log.format must be "console", "json" or "logfmt", not "xml"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("f", tt.text)
			if err == nil {
				t.Fatalf("unexpected success")
			}
			var ce *Error
			if !errors.As(err, &ce) || ce.File != "f" {
				t.Errorf("unexpected type of error: %#v", err)
			}
			got := err.Error()
			if strings.HasSuffix(tt.want, ": ") && strings.HasPrefix(got, tt.want) {
				got = tt.want // The rest is the decoder's own wording.
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected error (-want +got):\n%s", diff)
			}
			if strings.Contains(got, "\n") {
				t.Errorf("error of several lines: %q", got)
			}
		})
	}
}

// FuzzParse holds that no file makes the parser panic, that every error is one line of the known type, and that what
// a good file says, but for secrets, survives being written and read again.
func FuzzParse(f *testing.F) {
	f.Add(Reference())
	f.Add("[hypervisor]\nuri = 'sim:///'\nobject_id = '1.3.6.1.4.1.1'\n")
	f.Add("log = {level = 'debug'}\nagentx.priority = 1\n")
	f.Add("[[log]]\n[hypervisor.uri]\n")
	f.Add("notifications = {per_vm = true, window = '100ms', queue = 1}\n")
	f.Add("[agentx]\ncontext = \"\\u0000\\\"\\\\\\u009b\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("f", text)
		if err != nil {
			var ce *Error
			if !errors.As(err, &ce) || ce.File != "f" || strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("unexpected error: %q", err)
			}
			return
		}
		again, err := Parse("again", c.String())
		if err != nil {
			t.Fatalf("failed to parse what was written: %v\n%s", err, c.String())
		}
		c.Hypervisor.URI = hv.RedactURI(c.Hypervisor.URI) // all but what may be a secret
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("unexpected configuration (-want +got):\n%s", diff)
		}
	})
}

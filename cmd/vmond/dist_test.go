package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"github.com/vmond/vmond/agentx"
	"github.com/vmond/vmond/cmd/internal/config"
	"github.com/vmond/vmond/cmd/internal/librenms"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib"
)

// directives returns the assignments of a unit file, each with its values in order.
func directives(t *testing.T, path string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '[' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			t.Errorf("%s: unexpected line %q", path, line)
		}
		d[name] = append(d[name], value)
	}
	return d
}

// TestUnit proves that the unit fits the program: how it starts, ends and is watched, where its files are, and that it is
// given no right that it does not need.
func TestUnit(t *testing.T) {
	t.Parallel()
	d := directives(t, "dist/vmond.service")
	c := config.Default()
	tests := []struct {
		name string
		want []string
	}{
		{"Type", []string{"notify"}},
		{"ExecStart", []string{"/usr/bin/vmond serve"}},
		{"ExecReload", []string{"/bin/kill -HUP $MAINPID"}},
		{"Restart", []string{"on-failure"}},
		{"RestartPreventExitStatus", []string{strconv.Itoa(exitUsage)}},
		{"User", []string{"vmond"}},
		{"StateDirectory", []string{strings.TrimPrefix(c.State.Dir, "/var/lib/")}},
		{"RuntimeDirectory", []string{"vmond"}},
		{"CacheDirectory", []string{strings.TrimPrefix(cacheDir, "/var/cache/")}},
		{"CacheDirectoryMode", []string{"0755"}},
		{"CapabilityBoundingSet", []string{""}},
		{"AmbientCapabilities", []string{""}},
		{"NoNewPrivileges", []string{"yes"}},
		{"ProtectSystem", []string{"strict"}},
		{"ProtectHome", []string{"yes"}},
		{"PrivateDevices", []string{"yes"}},
		{"MemoryDenyWriteExecute", []string{"yes"}},
		{"RestrictNamespaces", []string{"yes"}},
		{"RestrictAddressFamilies", []string{"AF_UNIX AF_INET AF_INET6"}},
		{"SocketBindDeny", []string{"any"}},
		{"UMask", []string{"0077"}},
		{"LimitCORE", []string{"0"}},
		{"StateDirectoryMode", []string{fmt.Sprintf("%04o", stateMode)}},
		{"SystemCallFilter", []string{"@system-service", "~@privileged @resources", "sched_setaffinity", "@chown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, d[tt.name]); diff != "" {
				t.Errorf("unexpected %s (-want +got):\n%s", tt.name, diff)
			}
		})
	}
	if c.Control.Path != "/run/vmond/control.sock" {
		t.Errorf("the control socket %q is not in the unit's RuntimeDirectory", c.Control.Path)
	}
	if period, err := strconv.Atoi(strings.Join(d["WatchdogSec"], "")); err != nil || period < 10 {
		t.Errorf("unexpected WatchdogSec %q", d["WatchdogSec"])
	}
	if slices.Contains(d["Requires"], "snmpd.service") || slices.Contains(d["Requires"], "libvirtd.service") {
		t.Error("the unit requires what vmond can wait for")
	}
}

// TestSNMPDropIn proves that the lines for snmpd.conf do nothing by themselves, and that what they offer is what the program uses.
func TestSNMPDropIn(t *testing.T) {
	t.Parallel()
	root := vmmib.Root()
	document := func(view string) []string {
		var lines []string
		for _, r := range librenms.Regions() {
			column := r[:len(r)-1-len(librenms.Name)]
			lines = append(lines, view+" included ."+column.String())
		}
		return lines
	}
	switches := []string{"vmswitches included ." + root.Append(1, 9).String(), "vmswitches included ." + root.Append(1, 10).String()}
	tests := []struct {
		path string
		// want is what is offered besides that which is the same everywhere.
		want map[string][]string
	}{
		{"dist/snmpd.conf.d/vmond.conf", map[string][]string{
			"agentXPerms": {"0660 0755 Debian-snmp vmond"},
			"view":        slices.Concat([]string{"systemonly included ." + root.String()}, switches, document("systemonly")),
		}},
		{"dist/freebsd/snmpd.conf", map[string][]string{
			"agentXSocket": {"/var/agentx/master"},
			"agentXPerms":  {"0660 0755 root vmond"},
			"view":         slices.Concat([]string{"vms included .1.3.6.1.2.1.1", "vms included ." + root.String()}, switches, document("vms")),
			"rocommunity":  {"public 192.0.2.0/24 -V vms"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			want := map[string][]string{
				"master":     {"agentx"},
				"trap2sink":  {"manager.example.net public"},
				"informsink": {"manager.example.net public"},
				"trapsess": {
					"-v3 -Ci -u vmond -l authPriv -a SHA-256 -A PASSPHRASE -x AES -X PASSPHRASE manager.example.net",
				},
				"createUser":          {"vmswitch SHA-256 PASSPHRASE AES PASSPHRASE"},
				"rwuser":              {"-s usm vmswitch priv -V vmswitches"},
				"maxGetbulkResponses": {"100"},
				"extend":              {librenms.Name + " /bin/cat " + cacheDir + "/hv_monitor.json.snmp"},
			}
			maps.Copy(want, tt.want)
			text := readText(t, tt.path)
			if diff := cmp.Diff(want, offered(t, text)); diff != "" {
				t.Errorf("unexpected directives (-want +got):\n%s", diff)
			}
			_, path, err := agentx.ParseAddress(config.Default().AgentX.Address)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(text, path) {
				t.Errorf("the text does not name the socket %q", path)
			}
		})
	}
}

// offered returns the directives that are to be uncommented.
func offered(t *testing.T, text string) map[string][]string {
	t.Helper()
	offers := map[string][]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		rest, ok := strings.CutPrefix(line, "#")
		if !ok {
			t.Errorf("%q is in effect", line)
		}
		// A comment goes on after a blank; what is to be uncommented does not.
		if rest != "" && rest[0] != ' ' {
			name, value, _ := strings.Cut(rest, " ")
			offers[name] = append(offers[name], value)
		}
	}
	return offers
}

// TestSysusers proves that there is the user that the unit names.
func TestSysusers(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("dist/sysusers.conf")
	if err != nil {
		t.Fatal(err)
	}
	user := directives(t, "dist/vmond.service")["User"][0]
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "u "+user+" - ") {
			return
		}
	}
	t.Errorf("there is no user %q", user)
}

// TestDefaultsAgree proves that the rooms mean the same by their defaults.
func TestDefaultsAgree(t *testing.T) {
	t.Parallel()
	c := config.Default()
	if c.Hypervisor.ProcessorBase != vmmib.DefaultProcessorBase {
		t.Errorf("processor base %d, vmmib has %d", c.Hypervisor.ProcessorBase, vmmib.DefaultProcessorBase)
	}
	if diff := cmp.Diff(mib.MustOID("1.3.6.1.2.1.236"), master(c, nil).Subtree); diff != "" {
		t.Errorf("unexpected subtree (-want +got):\n%s", diff)
	}
	if _, err := agentx.New(master(c, nil), func() mib.Tree { return nil }, zap.NewNop()); err != nil {
		t.Errorf("the default master is refused: %v", err)
	}
}

// TestLargestAgree proves that the configuration ends where the largest message and its list of indices end.
func TestLargestAgree(t *testing.T) {
	t.Parallel()
	tests := []struct {
		key     string
		largest int
	}{
		{"message_size", vmmib.MaxMessageSize},
		{"max_index", int(vmmib.MaxIndex(vmmib.MaxMessageSize))},
	}
	for _, tt := range tests {
		t.Run(tt.key, func(t *testing.T) {
			t.Parallel()
			if _, err := config.Parse("f", fmt.Sprintf("notifications.%s = %d", tt.key, tt.largest)); err != nil {
				t.Errorf("the largest is refused: %v", err)
			}
			if _, err := config.Parse("f", fmt.Sprintf("notifications.%s = %d", tt.key, tt.largest+1)); err == nil {
				t.Errorf("%d is taken, %d is the largest", tt.largest+1, tt.largest)
			}
		})
	}
}

// TestAddressesAgree proves that the configuration takes the addresses that agentx takes, and no other.
func TestAddressesAgree(t *testing.T) {
	t.Parallel()
	long := "unix:/" + strings.Repeat("x", 200)
	for _, s := range []string{
		"unix:/var/agentx/master", "tcp:localhost:705", "tcp:[::1]:705", "tcp:192.0.2.1:1",
		"", "unix:", "unix:x", "tcp:", "tcp:localhost", "tcp::705", "tcp:localhost:0", "tcp:localhost:99999", "tcp:[::1", "udp:localhost:705", "/var/agentx/master", long, "unix:/a\x00b",
	} {
		c := config.Default()
		mine := c.Set("agentx.address", s)
		_, _, theirs := agentx.ParseAddress(s)
		if (mine == nil) != (theirs == nil) {
			t.Errorf("%q: config says %v, agentx says %v", s, mine, theirs)
		}
	}
}

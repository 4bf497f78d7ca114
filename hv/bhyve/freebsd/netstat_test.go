package freebsd

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// netstat returns what netstat(1) prints of rows.
func netstat(rows ...string) []byte {
	return []byte(`{"statistics":{"interface":[` + strings.Join(rows, ",") + `]}}`)
}

// row returns a row of netstat(1) about a link.
func row(name string, t Traffic) string {
	quoted, err := json.Marshal(name)
	if err != nil {
		panic(err)
	}
	collisions := ""
	if t.CollisionsTold {
		collisions = fmt.Sprintf(`,"collisions":%d`, t.Collisions)
	}
	return fmt.Sprintf(`{"name":%s,"network":"<Link#%d>","received-packets":%d,"received-errors":%d,"dropped-packets":%d,`+
		`"received-bytes":%d,"sent-packets":%d,"send-errors":%d,"sent-bytes":%d%s}`,
		quoted, t.Index, t.InPackets, t.InErrors, t.InDrops, t.InBytes, t.OutPackets, t.OutErrors, t.OutBytes, collisions)
}

func TestParseTraffic(t *testing.T) {
	t.Parallel()
	tap := Traffic{
		Index: 5, InPackets: 918273, InBytes: 1234567890, OutPackets: 1029384, OutBytes: 2345678901, CollisionsTold: true,
	}
	dropping := tap
	dropping.InDrops = 3
	most := Traffic{
		Index: math.MaxInt32, InPackets: math.MaxUint64, InErrors: math.MaxUint64, InDrops: math.MaxUint64, InBytes: math.MaxUint64,
		OutPackets: math.MaxUint64, OutErrors: math.MaxUint64, OutBytes: math.MaxUint64,
		Collisions: math.MaxUint64, CollisionsTold: true,
	}
	silent := tap
	silent.CollisionsTold = false
	without := func(old, new string) []byte { return netstat(strings.Replace(row("tap0", tap), old, new, 1)) }
	tests := []struct {
		name string
		text []byte
		want map[string]Traffic
	}{
		{"a tap", recorded(t, "plain/netstat_-ibn_-I_tap0.json"), map[string]Traffic{"tap0": tap}},
		{"drops in and out, by one name", recorded(t, "plain/netstat_-ibnd.duplicate-key.json"), map[string]Traffic{"tap0": dropping}},
		{"rows of addresses between", recorded(t, "plain/netstat_-ibn.json"), map[string]Traffic{
			"ix0":  {Index: 1, InPackets: 90, InErrors: 1, InDrops: 2, InBytes: 9000, OutPackets: 80, OutErrors: 3, OutBytes: 8000, CollisionsTold: true},
			"lo0":  {Index: 3, CollisionsTold: true},
			"tap0": tap,
		}},
		{"the most", netstat(row("tap0", most)), map[string]Traffic{"tap0": most}},
		{"names like others", netstat(row("tap0*", tap), row("tap 0", most)), map[string]Traffic{"tap0*": tap, "tap 0": most}},
		{"the same twice", netstat(row("tap0", tap), row("tap0", tap)), map[string]Traffic{"tap0": tap}},
		{"two of one name", netstat(row("tap0", tap), row("tap0", most)), map[string]Traffic{}},
		{"no name", netstat(row("", tap)), map[string]Traffic{}},
		{"a negative number", without("918273", "-1"), map[string]Traffic{}},
		{"too large a number", without("918273", "18446744073709551616"), map[string]Traffic{}},
		{"a part of one", without("918273", "0.5"), map[string]Traffic{}},
		{"no number", without("918273", `"-"`), map[string]Traffic{}},
		{"a missing number", without(`"sent-bytes":2345678901,`, ""), map[string]Traffic{}},
		{"no collisions", without(`,"collisions":0`, ""), map[string]Traffic{"tap0": silent}},
		{"collisions that are no number", without(`"collisions":0`, `"collisions":"-"`), map[string]Traffic{"tap0": silent}},
		{"no link", without("<Link#5>", "192.0.2.0/24"), map[string]Traffic{}},
		{"an index of 0", without("<Link#5>", "<Link#0>"), map[string]Traffic{}},
		{"too large an index", without("<Link#5>", "<Link#2147483648>"), map[string]Traffic{}},
		{"half a link", without("<Link#5>", "<Link#5"), map[string]Traffic{}},
		{"no interfaces", netstat(), map[string]Traffic{}},
		{"nothing about interfaces", []byte("{}"), map[string]Traffic{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseTraffic(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected traffic (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseTrafficRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "netstat: unexpected end of JSON input",
		"Name Mtu Network\n":     "netstat: invalid character 'N' looking for beginning of value",
		`{"statistics":{}`:       "netstat: unexpected end of JSON input",
		`{"statistics":{}} tap0`: "netstat: invalid character 't' after top-level value",
	} {
		got, err := ParseTraffic([]byte(text))
		if diff := cmp.Diff(want, textOf(err)); diff != "" {
			t.Errorf("unexpected error of %q, besides %v (-want +got):\n%s", text, got, diff)
		}
	}
}

// FuzzTraffic parses whatever netstat prints: each interface has a name and an index, and its numbers are the same when they are
// printed again.
func FuzzTraffic(f *testing.F) {
	f.Add(recorded(f, "plain/netstat_-ibn.json"))
	f.Add(recorded(f, "plain/netstat_-ibnd.duplicate-key.json"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := ParseTraffic(text)
		if err != nil {
			if got != nil {
				t.Errorf("%v besides the error %v", got, err)
			}
			return
		}
		var rows []string
		for name, traffic := range got {
			if name == "" || traffic.Index < 1 {
				t.Errorf("interface %q has %+v", name, traffic)
			}
			rows = append(rows, row(name, traffic))
		}
		again, err := ParseTraffic(netstat(rows...))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("unexpected traffic (-want +got):\n%s", diff)
		}
	})
}

package lab

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vmond/vmond/mib"
)

// The fields that each line has.
const (
	upField = ".1.3.6.1.2.1.1.3.0 = Timeticks: (8512) 0:01:25.12"
	idField = ".1.3.6.1.6.3.1.1.4.1.0 = OID: .1.3.6.1.2.1.236.0.11"
)

// notificationLine returns the line of fields.
func notificationLine(fields ...string) string {
	return strings.Join(append(append([]string{"notification"}, fields...), notificationEnd), "\t")
}

func TestParseNotification(t *testing.T) {
	t.Parallel()
	id := mib.MustOID("1.3.6.1.2.1.236.0.11")
	affected := mib.MustOID("1.3.6.1.2.1.236.1.11.0")
	const trap = "TRAP2, SNMP v2c, community public"
	tests := []struct {
		name, line string
		want       Notification
	}{
		{
			name: "trap",
			line: notificationLine(trap, upField, idField, ".1.3.6.1.2.1.236.1.11.0 = Hex-STRING: A0 40 "),
			want: Notification{
				Version: "v2c", From: "public", UpTime: 8512, ID: id,
				Objects: []mib.Varbind{{Name: affected, Value: mib.Text("\xa0\x40")}},
			},
		},
		{
			name: "inform",
			line: notificationLine("INFORM, SNMP v2c, community public", upField, idField, ".1.3.6.1.2.1.236.1.11.0 = \"\""),
			want: Notification{
				Version: "v2c", Inform: true, From: "public", UpTime: 8512, ID: id,
				Objects: []mib.Varbind{{Name: affected, Value: mib.Text("")}},
			},
		},
		{
			name: "inform of a user",
			line: notificationLine("INFORM, SNMP v3, user informer, context ", upField, idField),
			want: Notification{Version: "v3", Inform: true, From: "informer", UpTime: 8512, ID: id, Objects: []mib.Varbind{}},
		},
		{
			name: "octets that would be line breaks and tabs",
			line: notificationLine(trap, upField, idField, ".1.3 = Hex-STRING: 0A 09 0D 7C 00 ", ".1.4 = INTEGER: 4"),
			want: Notification{
				Version: "v2c", From: "public", UpTime: 8512, ID: id,
				Objects: []mib.Varbind{
					{Name: mib.OID{1, 3}, Value: mib.Text("\n\t\r|\x00")},
					{Name: mib.OID{1, 4}, Value: mib.Integer(4)},
				},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok, err := parseNotification(tt.line)
			if !ok || err != nil {
				t.Fatalf("parseNotification(%q) = %v, %v", tt.line, ok, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected notification (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseNotificationErrors(t *testing.T) {
	t.Parallel()
	const trap = "TRAP2, SNMP v2c, community public"
	tests := []struct{ name, line string }{
		{"only the word", "notification"},
		{"without its end", strings.TrimSuffix(notificationLine(trap, upField, idField, ".1.3 = Hex-STRING: A0 "), "whole")},
		{"cut in a value", "notification\t" + trap + "\t" + upField + "\t" + idField + "\t.1.3 = Hex-STRING: A0 4"},
		{"one variable", notificationLine(trap, upField)},
		{"version 1", notificationLine("TRAP, SNMP v1, community public", upField, idField)},
		{"no sender", notificationLine("TRAP2, SNMP v2c", upField, idField)},
		{"a user of v2c", notificationLine("TRAP2, SNMP v2c, user informer, context ", upField, idField)},
		{"a community of v3", notificationLine("TRAP2, SNMP v3, community public", upField, idField)},
		{"order", notificationLine(trap, idField, upField)},
		{"time of another name", notificationLine(trap, ".1.3 = Timeticks: (8512) 0:01:25.12", idField)},
		{"time of another type", notificationLine(trap, ".1.3.6.1.2.1.1.3.0 = INTEGER: 8512", idField)},
		{"identity of another name", notificationLine(trap, upField, ".1.3 = OID: .1.3.6.1.2.1.236.0.11")},
		{"identity of another type", notificationLine(trap, upField, ".1.3.6.1.6.3.1.1.4.1.0 = INTEGER: 11")},
		{"a value that is none", notificationLine(trap, upField, idField, ".1.3 = STRING: web")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, ok, err := parseNotification(tt.line); !ok || err == nil {
				t.Errorf("parseNotification(%q) = %v, %v, want an error", tt.line, got, ok)
			}
		})
	}
	if _, ok, err := parseNotification("NET-SNMP version 5.9.3"); ok || err != nil {
		t.Errorf("another line is a notification: %v, %v", ok, err)
	}
}

// TestReception proves that lines are put together however they come.
func TestReception(t *testing.T) {
	t.Parallel()
	line := notificationLine("TRAP2, SNMP v2c, community public", upField, idField, ".1.3 = Hex-STRING: A0 40 ")
	text := "NET-SNMP version 5.9.3\n" + line + "\n" + line + "\nStopping snmptrapd\n" + line + "\n" + line
	one, _, err := parseNotification(line)
	if err != nil {
		t.Fatal(err)
	}
	want := []Notification{one, one, one}
	for _, size := range []int{1, 7, len(line), len(text)} {
		var r reception
		for rest := []byte(text); len(rest) > 0; {
			n := min(size, len(rest))
			if m, err := r.Write(rest[:n]); m != n || err != nil {
				t.Fatalf("Write of %d octets = %d, %v", n, m, err)
			}
			rest = rest[n:]
		}
		got, err := r.notifications()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Notification{}, "At")); diff != "" {
			t.Errorf("unexpected notifications in pieces of %d (-want +got):\n%s", size, diff)
		}
		if got[0].At.IsZero() || got[2].At.Before(got[0].At) {
			t.Errorf("received at %v and %v", got[0].At, got[2].At)
		}
	}
}

func TestReceptionError(t *testing.T) {
	t.Parallel()
	var r reception
	for _, line := range []string{"notification\t1\n", "notification\t2\n"} {
		if _, err := r.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := r.notifications(); len(got) > 0 || err == nil || !strings.Contains(err.Error(), `notification\t1`) {
		t.Errorf("notifications = %v, %v, want the first error", got, err)
	}
}

// FuzzParseNotification proves that a line is refused or read without a panic, and what is read is whole.
func FuzzParseNotification(f *testing.F) {
	f.Add(notificationLine("TRAP2, SNMP v2c, community public", upField, idField, ".1.3 = Hex-STRING: A0 40 "))
	f.Add(notificationLine("INFORM, SNMP v3, user informer, context ", upField, idField))
	f.Fuzz(func(t *testing.T, line string) {
		n, ok, err := parseNotification(line)
		if err != nil || !ok {
			return
		}
		// The word in front and at the end, the kind, and two variables before the objects.
		if tabs := strings.Count(line, "\t"); tabs != len(n.Objects)+4 {
			t.Errorf("%d objects of a line with %d tabs", len(n.Objects), tabs)
		}
		if n.Version != "v2c" && n.Version != "v3" || len(n.ID) == 0 {
			t.Errorf("read %+v", n)
		}
	})
}

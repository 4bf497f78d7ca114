package vmmib

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
)

func TestVMUpTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 20, 12, 0, 0, 0, time.UTC)
	hourAgo, hour := hv.Some(now.Add(-time.Hour)), mib.TimeTicks(360000)
	tests := []struct {
		name    string
		state   hv.OperState
		admin   hv.AdminState
		run     int64
		started hv.Opt[time.Time]
		want    mib.Value
	}{
		{"running", hv.StateRunning, hv.AdminRunning, 1, hourAgo, hour},
		{"running since nobody knows when", hv.StateRunning, hv.AdminRunning, 1, hv.Opt[time.Time]{}, mib.NoSuchInstance},
		{"paused", hv.StatePaused, hv.AdminPaused, 1, hourAgo, hour},
		{"shutting down", hv.StateShuttingDown, hv.AdminShutdown, 1, hourAgo, hour},
		{"shutting down since nobody knows when", hv.StateShuttingDown, hv.AdminShutdown, 1, hv.Opt[time.Time]{}, mib.NoSuchInstance},
		{"shut down", hv.StateShutdown, hv.AdminShutdown, 0, hv.Opt[time.Time]{}, mib.TimeTicks(0)},
		{"shut down, of unknown will", hv.StateShutdown, hv.AdminUnknown, 0, hv.Opt[time.Time]{}, mib.TimeTicks(0)},
		{"shut down, with what is left of a start", hv.StateShutdown, hv.AdminShutdown, 0, hourAgo, mib.TimeTicks(0)},
		{"crashed and off", hv.StateCrashed, hv.AdminShutdown, 0, hv.Opt[time.Time]{}, mib.TimeTicks(0)},
		{"crashed", hv.StateCrashed, hv.AdminRunning, 1, hourAgo, hour},
		{"saved", hv.StateSuspended, hv.AdminSuspended, 0, hourAgo, hour},
		{"saved, started before anybody looked", hv.StateSuspended, hv.AdminSuspended, 0, hv.Opt[time.Time]{}, mib.NoSuchInstance},
		{"nothing is known", hv.StateUnknown, hv.AdminUnknown, 0, hv.Opt[time.Time]{}, mib.NoSuchInstance},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			vm := &collector.VM{Summary: hv.Summary{State: tt.state, Admin: tt.admin, Run: tt.run}, Started: tt.started}
			if diff := cmp.Diff(tt.want, vmUpTime(vmRow{vm, &Options{Now: func() time.Time { return now }}})); diff != "" {
				t.Errorf("unexpected vmUpTime (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVMIdentity(t *testing.T) {
	t.Parallel()
	u, err := hv.ParseUUID("00112233-4455-6677-8899-aabbccddeeff")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name         string
		vm           collector.VM
		uuid, osType mib.Value
	}{
		{"only states were read", collector.VM{}, mib.Octets(nil), mib.NoSuchInstance},
		{"no OS type is told", collector.VM{Defined: true}, mib.Octets(nil), mib.Text("")},
		{
			"all is told", collector.VM{Summary: hv.Summary{UUID: u}, Defined: true, OSType: "hvm"},
			mib.Octets([]byte{0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}), mib.Text("hvm"),
		},
	}
	for _, tt := range tests {
		want, got := []mib.Value{tt.uuid, tt.osType}, []mib.Value{uuid(&tt.vm.UUID), vmOSType(vmRow{VM: &tt.vm})}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: unexpected vmUUID and vmOSType (-want +got):\n%s", tt.name, diff)
		}
	}
}

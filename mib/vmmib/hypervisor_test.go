package vmmib_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
	"github.com/vmond/vmond/mib"
	"github.com/vmond/vmond/mib/vmmib/vmmibtest"
)

func TestHypervisor(t *testing.T) {
	t.Parallel()
	now := vmmibtest.Now()
	tests := []struct {
		name       string
		host       hv.Host
		lastChange hv.Opt[time.Duration]
		statesAt   time.Time
		// vmHvSoftware, vmHvVersion, vmHvObjectID, vmHvUpTime, vmNumber, vmTableLastChange
		want [6]mib.Value
	}{
		{
			name: "nothing is known",
			want: [6]mib.Value{
				mib.NoSuchInstance, mib.NoSuchInstance, mib.NoSuchInstance, mib.NoSuchInstance, mib.NoSuchInstance, mib.NoSuchInstance,
			},
		},
		{
			name: "only the host was read",
			host: hv.Host{Software: "QEMU", Version: "7.2.22", Started: hv.Some(now.Add(-time.Second))},
			want: [6]mib.Value{
				mib.Text("QEMU"), mib.Text("7.2.22"), mib.ObjectID(mib.OID{0, 0}), mib.TimeTicks(100), mib.NoSuchInstance, mib.NoSuchInstance,
			},
		},
		{
			name: "only the states were read", statesAt: now,
			want: [6]mib.Value{
				mib.NoSuchInstance, mib.NoSuchInstance, mib.NoSuchInstance, mib.NoSuchInstance, mib.Integer(0), mib.NoSuchInstance,
			},
		},
		{
			name: "a remote host", host: hv.Host{Software: "bhyve"}, statesAt: now,
			want: [6]mib.Value{
				mib.Text("bhyve"), mib.Text(""), mib.ObjectID(mib.OID{0, 0}), mib.NoSuchInstance, mib.Integer(0), mib.NoSuchInstance,
			},
		},
		{
			name: "all is known", statesAt: now, lastChange: hv.Some(12345 * time.Millisecond),
			host: hv.Host{
				Software: "VMware ESX", Version: "8.0", ObjectID: []uint32{1, 3, 6, 1, 4, 1, 6876, 4, 1}, Started: hv.Some(now.Add(-time.Minute)),
			},
			want: [6]mib.Value{
				mib.Text("VMware ESX"), mib.Text("8.0"), mib.ObjectID(mib.MustOID("1.3.6.1.4.1.6876.4.1")), mib.TimeTicks(6000),
				mib.Integer(0), mib.TimeTicks(1234),
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree := over(&collector.Snapshot{Host: tt.host, LastChange: tt.lastChange, StatesAt: tt.statesAt})
			var got [6]mib.Value
			for i, name := range []string{"1.1.0", "1.2.0", "1.3.0", "1.4.0", "2.0", "3.0"} {
				got[i] = tree.Get(mib.MustOID("1.3.6.1.2.1.236.1." + name))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("unexpected values (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHidden proves that what is not accessible, or accessible for notify only, is no object to a manager.
func TestHidden(t *testing.T) {
	t.Parallel()
	tree := over(vmmibtest.Snapshot())
	for object, name := range map[string]string{
		"vmIndex":          "4.1.1.1",
		"vmCpuIndex":       "5.1.1.1.1",
		"vmCpuPhysIndex":   "6.1.2.1.1.196608",
		"vmStorageVmIndex": "7.1.1.1.1",
		"vmStorageIndex":   "7.1.2.1.1",
		"vmNetworkIndex":   "8.1.1.1.1",
		"vmAffectedVMs":    "11.0",
		"vmTable":          "4",
		"vmEntry":          "4.1",
	} {
		if diff := cmp.Diff(mib.NoSuchObject, tree.Get(mib.MustOID("1.3.6.1.2.1.236.1."+name))); diff != "" {
			t.Errorf("unexpected value of %s (-want +got):\n%s", object, diff)
		}
	}
}

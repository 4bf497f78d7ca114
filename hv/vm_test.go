package hv

import (
	"testing"
	"time"
)

func TestActive(t *testing.T) {
	t.Parallel()
	for run, want := range map[int64]bool{0: false, 1: true, 1 << 40: true} {
		if got := (Summary{State: StateRunning, Run: run}).Active(); got != want {
			t.Errorf("unexpected answer %v for run %d", got, run)
		}
	}
}

// The JSON of these is read by people's scripts.
func TestJSON(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.January, 31, 12, 0, 0, 0, time.UTC)
	checkJSON(t, Summary{
		Key: "k", UUID: UUID{15: 1}, Name: "web", State: StateRunning, Admin: AdminRunning, AutoStart: Yes,
		Persistent: No, Run: 3,
	}, `{"key":"k","uuid":"00000000-0000-0000-0000-000000000001","name":"web","state":"running","admin":"running",`+
		`"autostart":"yes","persistent":"no","run":3}`)
	checkJSON(t, Summary{}, `{"key":"","uuid":"","name":"","state":"unknown","admin":"unknown","autostart":"unknown",`+
		`"persistent":"unknown"}`)
	checkJSON(t, Definition{
		OSType: "hvm", CurCPUs: Some(2), MinCPUs: Some(NoLimit), MaxMem: Some(int64(1 << 40)), Started: Some(at),
		Disks: []Disk{{
			Key: "vda", Source: SourceSparse, Format: "qcow2", Resource: "/a", ReadOnly: No, Media: MediaHardDisk, Bus: "virtio",
		}},
	}, `{"os_type":"hvm","cur_cpus":2,"min_cpus":-1,"max_mem":1099511627776,"started":"2026-01-31T12:00:00Z",`+
		`"disks":[{"key":"vda","source":"sparse","format":"qcow2","resource":"/a","read_only":"no","media":"harddisk","bus":"virtio"}]}`)
	checkJSON(t, Definition{}, `{}`)
	checkJSON(t, Statistics{
		At: at, CPUTime: Some(time.Millisecond), CPUs: []CPUStats{{ID: 1, Time: Some(time.Duration(0))}},
		Disks: []DiskStats{{Key: "vda", Allocation: Some(int64(0)), ReadTime: Some(time.Second)}},
		NICs:  []NICStats{{Key: "n", RxDrops: Some(uint64(1<<64 - 1))}},
	}, `{"at":"2026-01-31T12:00:00Z","cpu_time":1000000,"cpus":[{"id":1,"time":0}],`+
		`"disks":[{"key":"vda","allocation":0,"read_time":1000000000}],"nics":[{"key":"n","rx_drops":18446744073709551615}]}`)
	checkJSON(t, Host{Software: "QEMU", Version: "7.2.22", ObjectID: []uint32{1, 3, 6}, Started: Some(at), Life: "l", CPUs: []int{0, 1}},
		`{"software":"QEMU","version":"7.2.22","object_id":[1,3,6],"started":"2026-01-31T12:00:00Z","life":"l","cpus":[0,1]}`)
}

package freebsd

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kstats returns what sysctl(8) prints of a dataset.
func kstats(id int, name string, io DatasetIO) string {
	var b strings.Builder
	for _, figure := range []struct {
		name  string
		value any
	}{
		{"nunlinked", 0}, {"nunlinks", 0}, {"nread", io.ReadBytes}, {"reads", io.Reads}, {"nwritten", io.WriteBytes},
		{"writes", io.Writes}, {"dataset_name", name},
	} {
		fmt.Fprintf(&b, "kstat.zfs.zroot.dataset.objset-%#x.%s: %v\n", id, figure.name, figure.value)
	}
	return b.String()
}

func TestParseDatasetIO(t *testing.T) {
	t.Parallel()
	var (
		some  = DatasetIO{Reads: 1, Writes: 2, ReadBytes: 512, WriteBytes: 1024}
		other = DatasetIO{Reads: 3, Writes: 4, ReadBytes: 1536, WriteBytes: 2048}
		most  = DatasetIO{Reads: math.MaxUint64, Writes: math.MaxUint64, ReadBytes: math.MaxUint64, WriteBytes: math.MaxUint64}
		none  = map[string]DatasetIO{}
	)
	without := func(old, new string) string { return strings.Replace(kstats(1, "a/b", some), old, new, 1) }
	tests := []struct {
		name string
		text string
		want map[string]DatasetIO
	}{
		{"nothing", "", none},
		{"a host", string(recorded(t, "plain/sysctl_kstat.zfs.zroot.dataset.txt")), map[string]DatasetIO{
			"zroot/vm/web01/disk0": {Reads: 1606921, Writes: 1060365, ReadBytes: 27876616500, WriteBytes: 52392378153},
			"zroot/vm/web01":       {Reads: 40211, Writes: 9123, ReadBytes: 109182731, WriteBytes: 8231231},
		}},
		{"another host", string(recorded(t, "real/sysctl_kstat_dataset.issue.txt")), map[string]DatasetIO{
			"zroot/s3": {Reads: 1606921, Writes: 1060365, ReadBytes: 278766165, WriteBytes: 52392378153},
		}},
		{"the most", kstats(1, "a/b", most), map[string]DatasetIO{"a/b": most}},
		{"spaces and colons", kstats(1, "zroot/my vm: 1/disk 0", some), map[string]DatasetIO{"zroot/my vm: 1/disk 0": some}},
		{"a name like a variable", kstats(1, "a.dataset.objset-0x1.nread: 5", some), map[string]DatasetIO{"a.dataset.objset-0x1.nread: 5": some}},
		{"a pool with a dot", strings.ReplaceAll(kstats(1, "z.1/b", some), "zroot", "z.1"), map[string]DatasetIO{"z.1/b": some}},
		{"two pools of the same numbers", kstats(1, "zroot/b", some) + strings.ReplaceAll(kstats(1, "tank/b", other), ".zroot.", ".tank."),
			map[string]DatasetIO{"zroot/b": some, "tank/b": other}},
		{"one missing figure", without("kstat.zfs.zroot.dataset.objset-0x1.writes: 2\n", ""), none},
		{"a negative figure", without("writes: 2", "writes: -2"), none},
		{"too large a figure", without("writes: 2", "writes: 18446744073709551616"), none},
		{"no figure", without("writes: 2", "writes: "), none},
		{"no name", without("dataset_name: a/b", "dataset_name: "), none},
		{"a missing name", without("kstat.zfs.zroot.dataset.objset-0x1.dataset_name: a/b\n", ""), none},
		{"two of one name", kstats(1, "a/b", some) + kstats(2, "a/b", other), none},
		{"one missing among others", without("nread: 512", "nread: x") + kstats(2, "a/c", other), map[string]DatasetIO{"a/c": other}},
		{"other variables", "kstat.zfs.zroot.misc.state: ONLINE\nvfs.zfs.version: 1\n.dataset.objset-\n.dataset.objset-1.\n", none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, ParseDatasetIO([]byte(tt.text))); diff != "" {
				t.Errorf("unexpected figures (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzDatasetIO parses whatever sysctl prints of a pool: each dataset has a name, and its figures are the same when they are
// printed again.
func FuzzDatasetIO(f *testing.F) {
	f.Add(recorded(f, "plain/sysctl_kstat.zfs.zroot.dataset.txt"))
	f.Add(recorded(f, "real/sysctl_kstat_dataset.issue.txt"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got := ParseDatasetIO(text)
		var again strings.Builder
		for name, io := range got {
			if name == "" || !strings.Contains(string(text), name) {
				t.Errorf("a dataset %q", name)
			}
			again.WriteString(kstats(again.Len(), name, io))
		}
		if diff := cmp.Diff(got, ParseDatasetIO([]byte(again.String()))); diff != "" {
			t.Errorf("unexpected figures (-want +got):\n%s", diff)
		}
	})
}

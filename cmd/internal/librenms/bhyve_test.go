package librenms

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/zap"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv/bhyve"
	"github.com/vmond/vmond/test/nms"
)

// bhyveHosts is where hosts with bhyve are recorded.
const bhyveHosts = "../../../hv/bhyve/testdata/hosts"

// TestBhyve proves that LibreNMS takes the document of each recorded host, and holds what is not known of it against what was not.
func TestBhyve(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir(bhyveHosts)
	if err != nil {
		t.Fatal(err)
	}
	hosts := 0
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		hosts++
		t.Run(e.Name(), func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.Abs(filepath.Join(bhyveHosts, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			src, err := bhyve.New("bhyve:///?recorded="+dir, zap.NewNop())
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			s, err := collector.OnceCloser(t.Context(), src)
			if err != nil {
				t.Fatal(err)
			}
			d := nms.Check(t, New(s, Limits{}).Compressed(MaxCompressed), nms.Anything)
			if d.HV != CBSD || len(d.VMs) != s.Len() {
				t.Errorf("%q with %d virtual machines, want %d", d.HV, len(d.VMs), s.Len())
			}
			golden(t, "unknown-"+e.Name(), strings.Join(d.Unknown(), "\n")+"\n")
		})
	}
	if hosts < 4 {
		t.Errorf("%d hosts are recorded, want more", hosts)
	}
}

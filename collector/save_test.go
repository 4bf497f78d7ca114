package collector

import (
	"fmt"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"github.com/vmond/vmond/hv"
)

// BenchmarkSaveAll is what the first reading writes before its virtual machines are shown.
func BenchmarkSaveAll(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			records := make(map[string]*record, n)
			for i := range n {
				records[fmt.Sprintf("%08x-0000-4000-8000-000000000000", uint32(i)*2654435761)] = &record{
					Index: int32(i) + 1, Name: "a virtual machine", State: hv.Some(hv.StateRunning), Run: int64(i) + 1,
				}
			}
			for b.Loop() {
				s, err := OpenStore(filepath.Join(b.TempDir(), "state"), zap.NewNop())
				if err != nil {
					b.Fatal(err)
				}
				if _, _, err := s.load(); err != nil {
					b.Fatal(err)
				}
				if err := s.save(meta{}, records); err != nil {
					b.Fatal(err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

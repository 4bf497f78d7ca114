package bhyve

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The last answer is kept, also one of a part and one that was late. What is none changes nothing.
func TestKeeping(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const bound = time.Second
		part, none := errors.New("not all of it"), errors.New("nothing of it")
		steps := []struct {
			name  string
			takes time.Duration
			known bool
			err   error
			// want is the answer, which is the number of the step that gave it, or 0.
			want  int
			fresh bool
			late  bool
		}{
			{name: "nothing yet", err: none},
			{name: "late", takes: 2 * bound, known: true, late: true},
			{name: "an answer", known: true, want: 3, fresh: true},
			{name: "nothing", err: none, want: 3},
			{name: "a part", known: true, err: part, want: 5, fresh: true},
			{name: "late", takes: 2 * bound, known: true, want: 5, late: true},
			{name: "late again", takes: 2 * bound, known: true, want: 6, late: true},
			{name: "nothing late", takes: 2 * bound, err: none, want: 7, late: true},
			{name: "nothing now", err: none, want: 7},
		}
		at := 0
		k := newKeeping(t.Context(), bound, func(context.Context) (int, bool, error) {
			step, n := steps[at], at+1
			time.Sleep(step.takes)
			return n, step.known, step.err
		})
		for i, step := range steps {
			at = i
			got, fresh, err := k.get(t.Context())
			if got != step.want || fresh != step.fresh {
				t.Errorf("step %d, %s: unexpected answer %d, fresh: %t, want %d, %t", i+1, step.name, got, fresh, step.want, step.fresh)
			}
			var late lateError
			if errors.As(err, &late) != step.late || !step.late && !errors.Is(err, step.err) {
				t.Errorf("step %d, %s: unexpected error %v", i+1, step.name, err)
			}
			time.Sleep(step.takes)
			synctest.Wait()
		}
	})
}

// A slow is a machine on which some files and directories take their time.
type slow struct {
	*machine
	about string
	takes time.Duration
}

func (s *slow) take(about string) {
	if strings.HasPrefix(about, s.about) {
		time.Sleep(s.takes)
	}
}

func (s *slow) ReadFile(path string) ([]byte, error) {
	s.take(path)
	return s.machine.ReadFile(path)
}

func (s *slow) ReadDir(path string) ([]string, error) {
	s.take(path)
	return s.machine.ReadDir(path)
}

// Files that always take longer than a look waits for them are known all the same, a little later.
func TestGatherSlow(t *testing.T) {
	t.Parallel()
	for _, about := range []string{"/etc/rc.conf", "/vm/.config", "/vm/web", "/tank", vmmDir, libvirtDir} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := full()
				m.rc = strings.Replace(m.rc, `vm_dir="/vm"`, `vm_dir="zfs:zroot/vm"`, 1)
				m.setRC("")
				m.mounted("zroot/vm\t/vm\tzfs\trw\t0 0\n")
				sys := &slow{machine: m, about: about, takes: 3 * time.Second}
				log, _ := observed()
				s := newScout(t.Context(), sys, newTroubles(log), defaultBounds())
				for range 12 {
					if _, err := s.gather(t.Context()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(scanEvery)
				}
				if diff := cmp.Diff(ofFull(), gathered(t, s)); diff != "" {
					t.Errorf("unexpected virtual machines (-want +got):\n%s", diff)
				}
				synctest.Wait()
				time.Sleep(time.Minute) // nothing is left that is asked
			})
		})
	}
}

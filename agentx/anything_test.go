package agentx

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"
)

// TestNotifyThroughAnything has a master that does whatever a master may do, in any order, while notifications come. All
// must get there, at least once, in their order, and again only as often as is counted.
func TestNotifyThroughAnything(t *testing.T) {
	const rounds = 50
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
				random := rand.New(rand.NewPCG(seed, 0))
				r.run(t)
				var fates []<-chan error
				for range rounds {
					for range random.IntN(5) {
						fates = append(fates, notify(t, r, numbered(len(fates))))
					}
					times := 1 + random.IntN(2)
					switch random.IntN(8) {
					case 0:
						r.master.Ignore(pdu.TypeNotify, times)
					case 1:
						r.master.Ignore(pdu.TypePing, times)
					case 2:
						r.master.Refuse(pdu.TypeNotify, pdu.ErrorNotOpen, times)
					case 3:
						r.master.Ignore(pdu.TypeOpen, times)
					case 4:
						r.master.Refuse(pdu.TypeRegister, pdu.ErrorDuplicateRegistration, times)
					case 5:
						r.master.Ignore(pdu.TypeRegister, times)
					case 6:
						r.master.Stop()
						pass(time.Duration(random.Int64N(int64(3 * time.Second))))
						r.master.Start()
					}
					pass(time.Duration(random.Int64N(int64(20 * time.Second))))
				}
				for n, c := range fates {
					if err := <-c; err != nil && !errors.Is(err, ErrNoResponse) {
						t.Errorf("unexpected outcome of notification %d: %v", n, err)
					}
				}
				got := numbers(r.master)
				if !slices.IsSorted(got) {
					t.Errorf("notifications out of their order: %v", got)
				}
				twice := len(got) - len(slices.Compact(slices.Clone(got)))
				if missing := len(fates) + twice - len(got); missing != 0 {
					t.Errorf("%d of %d notifications are missing: %v", missing, len(fates), got)
				}
				counts := r.sub.Status().Notifications
				if uint64(twice) != counts.Resent || counts.Accepted+counts.Refused != uint64(len(fates)) || counts.Waiting+int(counts.Dropped) != 0 {
					t.Errorf("unexpected counters for %d notifications, %d of them repeated: %+v", len(fates), twice, counts)
				}
			})
		})
	}
}

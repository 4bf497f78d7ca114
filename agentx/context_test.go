package agentx

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"
	"go.uber.org/zap/zaptest/observer"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

func TestServeContext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		req  agentxtest.PDU
		want mib.Value
	}{
		{
			name: "get_in_our_context_gives_the_value",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Flags: pdu.FlagNonDefaultContext, Context: "vm", Ranges: []agentxtest.Range{after("1.1.0")}},
			want: mib.Text("sim"),
		},
		{
			name: "get_in_another_context_than_ours_finds_nothing",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Flags: pdu.FlagNonDefaultContext, Context: "vn", Ranges: []agentxtest.Range{after("1.1.0")}},
			want: mib.NoSuchObject,
		},
		{
			name: "get_in_a_context_that_begins_like_ours_finds_nothing",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Flags: pdu.FlagNonDefaultContext, Context: "vm2", Ranges: []agentxtest.Range{after("1.1.0")}},
			want: mib.NoSuchObject,
		},
		{
			name: "get_in_the_default_context_finds_nothing_if_ours_is_another",
			req:  get("1.1.0"),
			want: mib.NoSuchObject,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, func(c *Config) { c.Context = "vm" })
			if p := r.master.Await(pdu.TypeRegister); p.Context != "vm" || p.Flags&pdu.FlagNonDefaultContext == 0 {
				t.Errorf("unexpected context of Register: %q, flags %v", p.Context, p.Flags)
			}
			got := r.session.Do(tt.req)
			if diff := cmp.Diff([]mib.Varbind{bind("1.1.0", tt.want)}, got.Varbinds); diff != "" {
				t.Errorf("unexpected answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestContextOfEachRequest sends the other requests in our context, where they must do what they do in the default one.
func TestContextOfEachRequest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		req  agentxtest.PDU
		want []mib.Varbind
	}{
		{
			name: "getnext_in_our_context_finds_the_next",
			req:  next(after("1.1.0")),
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3))},
		},
		{
			name: "getbulk_in_our_context_finds_the_next",
			req:  bulk(1, 1, after("1.1.0"), after("1.2.0")),
			want: []mib.Varbind{bind("1.2.0", mib.Gauge32(3)), bind("1.3.0", mib.Integer(2))},
		},
		{
			name: "testset_in_our_context_finds_what_can_be_set",
			req:  agentxtest.PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{set(admin, mib.Integer(1))}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, func(c *Config) { c.Context = "vm" })
			tt.req.Flags, tt.req.Context = pdu.FlagNonDefaultContext, "vm"
			got := r.session.Do(tt.req)
			if diff := cmp.Diff(tt.want, got.Varbinds); diff != "" || got.Status != pdu.ErrorNone {
				t.Errorf("unexpected answer, status %d (-want +got):\n%s", got.Status, diff)
			}
		})
	}
}

// TestContextOfOurs looks at all that a subagent sends: what may name a context must name the one of the subagent, if
// that is not the default one, and the rest must not.
func TestContextOfOurs(t *testing.T) {
	may := map[pdu.Type]bool{
		pdu.TypeOpen: false, pdu.TypeClose: false, pdu.TypeRegister: true, pdu.TypeUnregister: true, pdu.TypeNotify: true,
		pdu.TypePing: true, pdu.TypeAddAgentCaps: true, pdu.TypeRemoveAgentCaps: true,
	}
	tests := []struct {
		name    string
		context string
	}{
		{name: "all_that_may_name_a_context_name_ours", context: "vm"},
		{name: "nothing_names_the_default_context", context: ""},
		{name: "a_context_is_padded_and_may_be_long", context: strings.Repeat("x", maxText)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, _ *rig, _ *observer.ObservedLogs) {
				m := agentxtest.NewPipe(t)
				r := prepare(t, m, func(c *Config) { c.Context = tt.context })
				r.sub.dial = m.Dial
				r.live(t)
				for typ, named := range may {
					all := m.All(typ)
					if len(all) == 0 {
						t.Errorf("no %v was sent", typ)
					}
					named = named && tt.context != ""
					for _, p := range all {
						if p.Flags&pdu.FlagNonDefaultContext != 0 != named || named && p.Context != tt.context {
							t.Errorf("unexpected context of %v: flags %v, %q", typ, p.Flags, p.Context)
						}
					}
				}
			})
		})
	}
}

// live has a subagent in a bubble send everything that it ever sends.
func (r *rig) live(t *testing.T) {
	t.Helper()
	r.sub.Register(at("7"))
	r.sub.AddAgentCaps(Capability{ID: at("2.1"), Description: "one"})
	r.run(t)
	s := r.master.Session()
	s.AwaitRegions(2)
	s.AwaitCapabilities(1)
	if err := <-notify(t, r, vmRunning()); err != nil {
		t.Errorf("unexpected outcome: %v", err)
	}
	r.sub.Unregister(at("7"))
	r.sub.RemoveAgentCaps(at("2.1"))
	s.AwaitRegions(1)
	s.AwaitCapabilities(0)
	r.master.Await(pdu.TypePing)
	s.Do(get("1.1.0"))
	r.stop()
}

// TestNeverSent has a subagent send everything that it ever sends. Indices are none of it: those of VM-MIB are the
// collector's own and nobody else's, so there is nothing to allocate at the master.
func TestNeverSent(t *testing.T) {
	bubble(t, func(t *testing.T, r *rig, _ *observer.ObservedLogs) {
		r.live(t)
		for _, typ := range []pdu.Type{pdu.TypeIndexAllocate, pdu.TypeIndexDeallocate} {
			if got := r.master.Count(typ); got != 0 {
				t.Errorf("unexpected number of %v: %d", typ, got)
			}
		}
		for _, typ := range []pdu.Type{pdu.TypeRegister, pdu.TypeUnregister} {
			for _, p := range r.master.All(typ) {
				if p.Flags != 0 || p.RangeSubID != 0 || p.Priority != defaultPriority || p.Timeout != 0 {
					t.Errorf("unexpected %v: %+v", typ, p)
				}
			}
		}
	})
}

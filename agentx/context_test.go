package agentx

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"

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

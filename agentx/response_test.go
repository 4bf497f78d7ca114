package agentx

import (
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
)

// TestStrayResponse sends Responses that belong to nothing. They must be dropped (RFC 2741, section 7.2.2).
func TestStrayResponse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(b []byte) []byte
	}{
		{
			name:  "response_that_nobody_waits_for_is_dropped",
			spoil: func(b []byte) []byte { return b },
		},
		{
			name:  "response_that_breaks_off_is_dropped",
			spoil: func(b []byte) []byte { return resize(b[:len(b)-4]) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			for packet := range uint32(10) { // some of which the subagent has used
				r.session.Write(tt.spoil(agentxtest.Encode(agentxtest.PDU{Type: pdu.TypeResponse, Session: r.session.ID(), Packet: packet})))
			}
			r.session.Do(get("1.1.0"))
			if got := r.session.Order(); len(got) != 1 {
				t.Errorf("unexpected answers to packets %d", got)
			}
		})
	}
}

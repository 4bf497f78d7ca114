package agentx

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/agentx/agentxtest"
	"github.com/vmond/vmond/mib"
)

// TestReserved fills what RFC 2741 reserves, or gives no meaning in a Get. The answer must be the same as without, and the
// master, which is strict, sees to it that none of it comes back.
func TestReserved(t *testing.T) {
	t.Parallel()
	const head = pdu.HeaderSize
	tests := []struct {
		name  string
		fill  func(b []byte)
		flags pdu.Flags
	}{
		{
			name: "reserved_octet_of_the_header_is_ignored",
			fill: func(b []byte) { b[3] = 0xff },
		},
		{
			name: "reserved_flags_are_ignored_and_do_not_come_back",
			fill: func(b []byte) { b[2] |= 0xe0 },
		},
		{
			name: "flags_of_registrations_and_indices_are_ignored_in_a_get",
			fill: func(b []byte) { b[2] |= byte(pdu.FlagInstanceRegistration | pdu.FlagNewIndex | pdu.FlagAnyIndex) },
		},
		{
			name: "reserved_octet_of_an_oid_is_ignored",
			fill: func(b []byte) { b[head+3] = 0xff },
		},
		{
			name: "include_field_of_the_end_of_a_range_is_ignored",
			fill: func(b []byte) { b[len(b)-2] = 1 },
		},
		{
			name:  "padding_of_an_octet_string_may_hold_anything",
			fill:  func(b []byte) { b[head+6], b[head+7] = 0xff, 0xff }, // behind the two octets of the context
			flags: pdu.FlagNonDefaultContext,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			context := map[bool]string{true: "vm"}[tt.flags != 0]
			r := serve(t, func(c *Config) { c.Context = context })
			p := get("1.1.0")
			p.Flags, p.Context = tt.flags, context
			p = r.session.Prepare(p)
			b := agentxtest.Encode(p)
			tt.fill(b)
			r.session.Write(b)
			if diff := cmp.Diff(testTree().Instances[:1], r.session.Response(p).Varbinds); diff != "" {
				t.Errorf("unexpected answer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReservedOfASet fills what is reserved in a varbind, and sets the bit of a context where none may stand.
func TestReservedOfASet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		typ  pdu.Type
		fill func(b []byte)
	}{
		{
			name: "reserved_octets_of_a_varbind_are_ignored",
			typ:  pdu.TypeTestSet,
			fill: func(b []byte) { b[pdu.HeaderSize+2], b[pdu.HeaderSize+3] = 0xff, 0xff },
		},
		{
			name: "include_field_of_the_name_of_a_varbind_is_ignored",
			typ:  pdu.TypeTestSet,
			fill: func(b []byte) { b[pdu.HeaderSize+6] = 1 },
		},
		{
			name: "commitset_has_no_context_whatever_its_flags_say",
			typ:  pdu.TypeCommitSet,
			fill: func(b []byte) { b[2] |= byte(pdu.FlagNonDefaultContext) },
		},
		{
			name: "cleanupset_has_no_context_whatever_its_flags_say",
			typ:  pdu.TypeCleanupSet,
			fill: func(b []byte) { b[2] |= byte(pdu.FlagNonDefaultContext) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t)
			for _, typ := range []pdu.Type{pdu.TypeTestSet, pdu.TypeCommitSet, pdu.TypeCleanupSet} {
				p := agentxtest.PDU{Type: typ, Transaction: 1}
				if typ == pdu.TypeTestSet {
					p.Varbinds = []mib.Varbind{set(admin, mib.Integer(1))}
				}
				p = r.session.Prepare(p)
				b := agentxtest.Encode(p)
				if typ == tt.typ {
					tt.fill(b)
				}
				r.session.Write(b)
				if typ == pdu.TypeCleanupSet {
					break
				}
				if got := r.session.Response(p).Status; got != pdu.ErrorNone {
					t.Errorf("unexpected status of %v: %d", typ, got)
				}
			}
			r.session.Do(get("1.3.0")) // so that the CleanupSet was seen
			want := []string{"test " + admin, "commit " + admin, "release " + admin}
			if diff := cmp.Diff(want, r.tree.Steps()); diff != "" {
				t.Errorf("unexpected steps (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLongestName asks for the longest name that SMI allows, and for what follows it.
func TestLongestName(t *testing.T) {
	t.Parallel()
	longest := subtree.Append(make(mib.OID, mib.MaxSubIDs-len(subtree))...)
	tests := []struct {
		name string
		req  agentxtest.PDU
		want mib.Varbind
	}{
		{
			name: "get_of_a_name_of_128_sub_identifiers_is_answered",
			req:  agentxtest.PDU{Type: pdu.TypeGet, Ranges: []agentxtest.Range{{Start: longest}}},
			want: mib.Varbind{Name: longest, Value: mib.NoSuchObject},
		},
		{
			name: "getnext_of_a_name_of_128_sub_identifiers_is_answered",
			req:  next(agentxtest.Range{Start: longest}),
			want: bind("1.1.0", mib.Text("sim")),
		},
		{
			name: "getnext_up_to_a_name_of_128_sub_identifiers_ends_there",
			req:  next(agentxtest.Range{Start: at(""), End: longest}),
			want: bind("", mib.EndOfMIBView),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff([]mib.Varbind{tt.want}, serve(t).session.Do(tt.req).Varbinds); diff != "" {
				t.Errorf("unexpected answer (-want +got):\n%s", diff)
			}
		})
	}
}

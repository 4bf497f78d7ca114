package agentxtest

import (
	"strings"
	"testing"

	"github.com/posteo/go-agentx/pdu"

	"github.com/vmond/vmond/mib"
)

func oid(s string) mib.OID { return mib.MustOID(s) }

func integer(name string) mib.Varbind { return mib.Varbind{Name: oid(name), Value: mib.Integer(1)} }

func eomv(name string) mib.Varbind { return mib.Varbind{Name: oid(name), Value: mib.EndOfMIBView} }

// TestCheckResponse shows that each rule is kept watch over: a good answer passes, and one that breaks the rule does not.
func TestCheckResponse(t *testing.T) {
	t.Parallel()
	var (
		get    = PDU{Type: pdu.TypeGet, Ranges: []Range{{Start: oid("1.1")}, {Start: oid("1.2")}}}
		next   = PDU{Type: pdu.TypeGetNext, Ranges: []Range{{Start: oid("1.1"), End: oid("1.5")}}}
		from   = PDU{Type: pdu.TypeGetNext, Ranges: []Range{{Start: oid("1.1"), Include: true}}}
		bulk   = PDU{Type: pdu.TypeGetBulk, NonRepeaters: 1, MaxRepetitions: 3, Ranges: []Range{{Start: oid("1.1")}, {Start: oid("2.1")}, {Start: oid("3.1")}}}
		test   = PDU{Type: pdu.TypeTestSet, Varbinds: []mib.Varbind{integer("1.1"), integer("1.2")}}
		commit = PDU{Type: pdu.TypeCommitSet}
		undo   = PDU{Type: pdu.TypeUndoSet}
		shut   = PDU{Type: pdu.TypeClose, Reason: pdu.ReasonOther}
	)
	answer := func(vs ...mib.Varbind) PDU { return PDU{Type: pdu.TypeResponse, Varbinds: vs} }
	failed := func(status pdu.Error, index uint16) PDU {
		return PDU{Type: pdu.TypeResponse, Status: status, Index: index}
	}
	tests := []struct {
		name      string
		req, resp PDU
		want      string // a part of the error; "" for none
	}{
		{"good_get", get, answer(integer("1.1"), integer("1.2")), ""},
		{"get_with_exceptions", get, answer(mib.Varbind{Name: oid("1.1"), Value: mib.NoSuchObject}, mib.Varbind{Name: oid("1.2"), Value: mib.NoSuchInstance}), ""},
		{"get_genErr", get, failed(genErr, 2), ""},
		{"get_parseError", get, failed(pdu.ErrorParse, 0), ""},
		{"too_few", get, answer(integer("1.1")), "1 varbinds for 2 ranges"},
		{"too_many", get, answer(integer("1.1"), integer("1.2"), integer("1.3")), "3 varbinds for 2 ranges"},
		{"get_of_another_name", get, answer(integer("1.1"), integer("1.3")), `varbind 2: named "1.3", want "1.2"`},
		{"get_endOfMibView", get, answer(integer("1.1"), eomv("1.2")), "endOfMibView in answer to Get"},
		{"genErr_with_index_0", get, failed(genErr, 0), "index 0 of 2"},
		{"genErr_with_index_beyond", get, failed(genErr, 3), "index 3 of 2"},
		{"read_with_an_error_of_set", get, failed(17, 1), "error 17"},
		{"index_without_an_error", get, failed(0, 1), "index 1 without an error"},
		{"error_with_varbinds", get, PDU{Type: pdu.TypeResponse, Status: genErr, Index: 1, Varbinds: []mib.Varbind{integer("1.1")}}, "error 5 with 1 varbinds"},
		{"parseError_with_index", get, failed(pdu.ErrorParse, 1), "with index 1"},
		{"another_type", get, PDU{Type: pdu.TypePing}, "in answer to a request"},
		{"another_packet", get, PDU{Type: pdu.TypeResponse, Packet: 1}, "packet 1"},
		{"another_transaction", get, PDU{Type: pdu.TypeResponse, Transaction: 1}, "transaction 1"},
		{"another_session", get, PDU{Type: pdu.TypeResponse, Session: 1}, "session 1"},
		{"another_byte_order", get, PDU{Type: pdu.TypeResponse, Flags: pdu.FlagNetworkByteOrder}, "with flags"},
		{"answer_to_cleanup", PDU{Type: pdu.TypeCleanupSet}, answer(), "CleanupSet was answered"},

		{"good_next", next, answer(integer("1.2")), ""},
		{"good_next_at_the_end", next, answer(eomv("1.1")), ""},
		{"good_next_included", from, answer(integer("1.1")), ""},
		{"next_that_stays", next, answer(integer("1.1")), `"1.1" does not follow "1.1"`},
		{"next_that_goes_back", from, answer(integer("1.0")), `"1.0" does not follow "1.1"`},
		{"next_at_its_end", next, answer(integer("1.5")), `"1.5" is not before the end "1.5"`},
		{"next_noSuchInstance", next, answer(mib.Varbind{Name: oid("1.2"), Value: mib.NoSuchInstance}), "noSuchInstance in answer to GetNext"},
		{"end_of_another_name", next, answer(eomv("1.2")), `endOfMibView named "1.2"`},

		{"good_bulk", bulk, answer(integer("1.2"), integer("2.2"), integer("3.2"), integer("2.3"), integer("3.3")), ""},
		{"good_bulk_cut", bulk, answer(integer("1.2"), integer("2.2")), ""},
		{"good_bulk_ended", bulk, answer(integer("1.2"), integer("2.2"), eomv("3.1"), eomv("2.2"), eomv("3.1")), ""},
		{"bulk_without_non_repeaters", bulk, answer(), "0 varbinds, want 1 to 7"},
		{"bulk_too_many", bulk, answer(integer("1.2"), integer("2.2"), integer("3.2"), integer("2.3"), integer("3.3"), integer("2.4"), integer("3.4"), integer("2.5")), "8 varbinds"},
		{"bulk_with_a_non_repeater_that_stays", bulk, answer(integer("1.1"), integer("2.2")), `varbind 1: "1.1" does not follow "1.1"`},
		{"bulk_that_stays", bulk, answer(integer("1.2"), integer("2.2"), integer("3.2"), integer("2.2")), `"2.2" does not follow "2.2"`},
		{"bulk_in_a_wrong_order", bulk, answer(integer("1.2"), integer("3.2"), integer("2.2")), `varbind 3: "2.2" does not follow "3.1"`},
		{"bulk_that_goes_on_after_its_end", bulk, answer(integer("1.2"), eomv("2.1"), integer("3.2"), integer("2.2")), "goes on after its end"},
		{"bulk_after_a_round_of_ends", bulk, answer(integer("1.2"), eomv("2.1"), eomv("3.1"), eomv("2.1")), "a round after one of nothing but endOfMibView"},

		{"good_test", test, answer(), ""},
		{"test_refused", test, failed(17, 2), ""},
		{"test_with_varbinds", test, answer(integer("1.1")), "with 1 varbinds"},
		{"test_with_an_error_of_commit", test, failed(14, 1), "error 14"},
		{"test_with_index_beyond", test, failed(17, 3), "index 3 of 2"},
		{"commit_failed", commit, failed(commitFailed, 9), ""},
		{"commit_with_an_error_of_undo", commit, failed(undoFailed, 1), "error 15"},
		{"commit_without_test", commit, failed(pdu.ErrorProcessing, 0), ""},
		{"undo_failed", undo, failed(undoFailed, 1), ""},
		{"undo_with_index_0", undo, failed(undoFailed, 0), "index 0"},
		{"undo_with_an_error_of_commit", undo, failed(commitFailed, 1), "error 14"},
		{"undo_with_varbinds", undo, answer(integer("1.1")), "with 1 varbinds"},
		{"commit_with_varbinds", commit, answer(integer("1.1")), "with 1 varbinds"},
		{"commit_without_test_that_blames_a_varbind", commit, failed(pdu.ErrorProcessing, 1), "with index 1"},
		{"get_processingError", get, failed(pdu.ErrorProcessing, 0), "error 268"},
		{"test_processingError", test, failed(pdu.ErrorProcessing, 0), "error 268"},
		{"notOpen_with_index", get, failed(pdu.ErrorNotOpen, 1), "with index 1"},
		{"get_with_a_null", get, answer(integer("1.1"), mib.Varbind{Name: oid("1.2"), Value: mib.Null()}), "NULL in answer to Get"},
		{"answer_with_a_context", get, PDU{Type: pdu.TypeResponse, Flags: pdu.FlagNonDefaultContext}, "with flags"},
		{"bulk_with_too_high_an_index", bulk, failed(genErr, 4), "index 4 of 3"},
		{"close_confirmed", shut, answer(), ""},
		{"close_refused", shut, failed(genErr, 0), "error 5 with 0 varbinds in answer to Close"},
		{"close_with_varbinds", shut, answer(integer("1.1")), "with 1 varbinds in answer to Close"},
		{"ping_refused", PDU{Type: pdu.TypePing}, failed(pdu.ErrorParse, 0), ""},
		{"ping_answered", PDU{Type: pdu.TypePing}, answer(), "which is of subagents"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			expectError(t, CheckResponse(tt.req, tt.resp), tt.want)
		})
	}
}

func expectError(t *testing.T, err error, want string) {
	t.Helper()
	if (err != nil) != (want != "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("unexpected error: %v, want %q", err, want)
	}
}

func TestCheckRequest(t *testing.T) {
	t.Parallel()
	var (
		upTime = mib.Varbind{Name: oid("1.3.6.1.2.1.1.3.0"), Value: mib.TimeTicks(1)}
		trap   = mib.Varbind{Name: oid("1.3.6.1.6.3.1.1.4.1.0"), Value: mib.ObjectID(oid("1.2"))}
	)
	notify := func(vs ...mib.Varbind) PDU { return PDU{Type: pdu.TypeNotify, Varbinds: vs} }
	tests := []struct {
		name string
		req  PDU
		want string
	}{
		{"open", PDU{Type: pdu.TypeOpen}, ""},
		{"open_with_the_longest_description", PDU{Type: pdu.TypeOpen, Description: strings.Repeat("x", 255)}, ""},
		{"open_with_too_long_a_description", PDU{Type: pdu.TypeOpen, Description: strings.Repeat("x", 256)}, "description of 256 octets"},
		{"open_with_a_description_that_is_not_ascii", PDU{Type: pdu.TypeOpen, Description: "Rübe"}, "description with octet 0xc3"},
		{"ping", PDU{Type: pdu.TypePing}, ""},
		{"close", PDU{Type: pdu.TypeClose, Reason: pdu.ReasonShutdown}, ""},
		{"close_by_manager", PDU{Type: pdu.TypeClose, Reason: pdu.ReasonByManager}, "reason 6"},
		{"close_without_a_reason", PDU{Type: pdu.TypeClose}, "reason 0"},
		{"register", PDU{Type: pdu.TypeRegister, Priority: 127, Subtree: oid("1.2")}, ""},
		{"register_without_priority", PDU{Type: pdu.TypeRegister, Subtree: oid("1.2")}, "priority 0"},
		{"register_of_nothing", PDU{Type: pdu.TypeRegister, Priority: 127}, "region without a name"},
		{"register_of_a_range_beyond", PDU{Type: pdu.TypeRegister, Priority: 127, Subtree: oid("1.2"), RangeSubID: 3}, "range in sub-identifier 3 of 2"},
		{"register_of_a_range", PDU{Type: pdu.TypeRegister, Priority: 127, Subtree: oid("1.2"), RangeSubID: 2, UpperBound: 2}, ""},
		{"register_of_a_range_that_ends_before_it_begins", PDU{Type: pdu.TypeRegister, Priority: 127, Subtree: oid("1.2"), RangeSubID: 2, UpperBound: 1}, "range from 2 to 1"},
		{"unregister_without_priority", PDU{Type: pdu.TypeUnregister, Subtree: oid("1.2")}, "priority 0"},
		{"caps_with_too_long_a_description", PDU{Type: pdu.TypeAddAgentCaps, ID: oid("1.2"), Description: strings.Repeat("x", 256)}, "description of 256 octets"},
		{"caps", PDU{Type: pdu.TypeAddAgentCaps, ID: oid("1.2")}, ""},
		{"caps_of_nothing", PDU{Type: pdu.TypeRemoveAgentCaps}, "capability without a name"},
		{"get", PDU{Type: pdu.TypeGet}, "from a subagent"},
		{"getnext", PDU{Type: pdu.TypeGetNext}, "from a subagent"},
		{"getbulk", PDU{Type: pdu.TypeGetBulk}, "from a subagent"},
		{"testset", PDU{Type: pdu.TypeTestSet}, "from a subagent"},
		{"commitset", PDU{Type: pdu.TypeCommitSet}, "from a subagent"},
		{"undoset", PDU{Type: pdu.TypeUndoSet}, "from a subagent"},
		{"cleanupset", PDU{Type: pdu.TypeCleanupSet}, "from a subagent"},
		{"notify", notify(trap, integer("1.1")), ""},
		{"notify_with_time", notify(upTime, trap), ""},
		{"notify_of_nothing", notify(), "without snmpTrapOID.0"},
		{"notify_without_a_name", notify(upTime), "without snmpTrapOID.0"},
		{"notify_with_time_behind", notify(trap, upTime), `"1.3.6.1.2.1.1.3.0" in a notification, and not in its place`},
		{"notify_with_a_name_of_another_type", notify(mib.Varbind{Name: trap.Name, Value: mib.Text("x")}), "without snmpTrapOID.0"},
		{"notify_with_time_of_another_type", notify(mib.Varbind{Name: upTime.Name, Value: mib.Integer(1)}, trap), "sysUpTime.0 is a INTEGER"},
		{"notify_with_an_exception", notify(trap, eomv("1.1")), "endOfMibView in a request"},
		{"notify_with_a_null", notify(trap, mib.Varbind{Name: oid("1.1"), Value: mib.Null()}), "NULL in a request"},
		{"notify_with_a_nameless_varbind", notify(trap, mib.Varbind{Value: mib.Integer(1)}), "varbind without a name"},
		{"notify_of_the_null_name", notify(mib.Varbind{Name: trap.Name, Value: mib.ObjectID(nil)}), "notification of no name"},
		{"notify_with_two_names", notify(trap, trap), "and not in its place"},
		{"index_allocate", PDU{Type: pdu.TypeIndexAllocate, Varbinds: []mib.Varbind{integer("1.1")}}, ""},
		{"index_allocate_of_an_exception", PDU{Type: pdu.TypeIndexAllocate, Varbinds: []mib.Varbind{eomv("1.1")}}, "endOfMibView in a request"},
		{"index_deallocate_of_no_name", PDU{Type: pdu.TypeIndexDeallocate, Varbinds: []mib.Varbind{{Value: mib.Integer(1)}}}, "varbind without a name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			expectError(t, CheckRequest(tt.req), tt.want)
		})
	}
}

package vmmib_test

import (
	"math"

	"pgregory.net/rapid"

	"github.com/vmond/vmond/collector"
	"github.com/vmond/vmond/hv"
)

// arbitraryState draws a state, one that no enumeration has, or none.
func arbitraryState() *rapid.Generator[hv.Opt[hv.OperState]] {
	return rapid.Custom(func(rt *rapid.T) hv.Opt[hv.OperState] {
		if rapid.Bool().Draw(rt, "none") {
			return hv.Opt[hv.OperState]{}
		}
		return hv.Some(hv.OperState(rapid.IntRange(0, int(hv.StateCrashed)+1).Draw(rt, "state")))
	})
}

// arbitraryChange draws a change, as no collector would make it.
func arbitraryChange() *rapid.Generator[collector.Change] {
	return rapid.Custom(func(rt *rapid.T) collector.Change {
		return collector.Change{
			Number:     rapid.Uint64().Draw(rt, "number"),
			Index:      rapid.OneOf(rapid.Int32(), rapid.Int32Range(-1, 100), rapid.Just[int32](math.MaxInt32)).Draw(rt, "index"),
			UUID:       rapid.SampledFrom([]hv.UUID{{}, {0xff}, {15: 1}}).Draw(rt, "uuid"),
			Name:       rapid.OneOf(rapid.String(), rapid.StringN(0, -1, 400), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(rt, "name"),
			Persistent: hv.Answer(rapid.IntRange(0, int(hv.No)+1).Draw(rt, "persistent")),
			From:       arbitraryState().Draw(rt, "from"),
			To:         arbitraryState().Draw(rt, "to"),
			Missed:     rapid.Bool().Draw(rt, "missed"),
		}
	})
}

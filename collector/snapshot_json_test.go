package collector

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A narrow is a writer that takes so many octets and then fails.
type narrow struct {
	text []byte
	room int
}

var errNarrow = errors.New("no room")

func (n *narrow) Write(p []byte) (int, error) {
	if len(p) > n.room {
		return 0, errNarrow
	}
	n.room -= len(p)
	n.text = append(n.text, p...)
	return len(p), nil
}

// TestEncodeJSON proves that all is written that MarshalJSON returns, in pieces that are small beside the whole, and that an error
// of the writer ends it wherever that comes.
func TestEncodeJSON(t *testing.T) {
	t.Parallel()
	s := exampleSnapshot()
	want, err := s.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for room := range len(want) {
		if err := s.EncodeJSON(&narrow{room: room}); !errors.Is(err, errNarrow) {
			t.Fatalf("error with room for %d of %d octets = %v", room, len(want), err)
		}
	}
	all := &narrow{room: len(want)}
	if err := s.EncodeJSON(all); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(all.text)); diff != "" {
		t.Errorf("unexpected JSON (-want +got):\n%s", diff)
	}
}

package events

import "fmt"

// An Outcome is what became of the notification of a change.
type Outcome uint8

// The outcomes. Off says that there is none: the switch is off, or no notification tells such a change.
const (
	Off Outcome = iota
	// Waiting for the master, for its answer, or for others that one bulk notification tells with it.
	Waiting
	// Sent: the master has accepted it. That a manager has received it is not known.
	Sent
	// Refused by the master, or too large to be sent.
	Refused
	// Dropped because too many were waiting, or because vmond ended.
	Dropped
)

var outcomes = [...]string{Off: "off", Waiting: "waiting", Sent: "sent", Refused: "refused", Dropped: "dropped"}

// String returns the word.
func (o Outcome) String() string {
	if int(o) < len(outcomes) {
		return outcomes[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// MarshalText writes the word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the word, and returns an error for one that it does not know.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, w := range outcomes {
		if w == string(text) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("unknown outcome %q", text)
}

package hv

import "fmt"

// OperState is what a virtual machine is doing, in the words of RFC 7666 (VirtualMachineOperState).
type OperState uint8

// The operational states. Unknown says that the state could not be obtained; Other that the hypervisor reports one
// that the RFC has no word for. Paused is still in memory, Suspended was saved to persistent storage.
const (
	StateUnknown OperState = iota
	StateOther
	StatePreparing
	StateRunning
	StateSuspending
	StateSuspended
	StateResuming
	StatePaused
	StateMigrating
	StateShuttingDown
	StateShutdown
	StateCrashed
)

var operStates = [...]string{
	StateUnknown:      "unknown",
	StateOther:        "other",
	StatePreparing:    "preparing",
	StateRunning:      "running",
	StateSuspending:   "suspending",
	StateSuspended:    "suspended",
	StateResuming:     "resuming",
	StatePaused:       "paused",
	StateMigrating:    "migrating",
	StateShuttingDown: "shuttingdown",
	StateShutdown:     "shutdown",
	StateCrashed:      "crashed",
}

// AdminState is what a virtual machine is meant to be doing (VirtualMachineAdminState). The RFC knows no unknown
// value: AdminUnknown is left out by whoever serves it.
type AdminState uint8

// The administrative states.
const (
	AdminUnknown AdminState = iota
	AdminRunning
	AdminSuspended
	AdminPaused
	AdminShutdown
)

var adminStates = [...]string{
	AdminUnknown:   "unknown",
	AdminRunning:   "running",
	AdminSuspended: "suspended",
	AdminPaused:    "paused",
	AdminShutdown:  "shutdown",
}

// Answer is yes, no, or not known.
type Answer uint8

// The answers.
const (
	Unknown Answer = iota
	Yes
	No
)

var answers = [...]string{Unknown: "unknown", Yes: "yes", No: "no"}

// AnswerOf returns Yes for true and No for false.
func AnswerOf(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

func (s OperState) String() string  { return word("OperState", operStates[:], s) }
func (s AdminState) String() string { return word("AdminState", adminStates[:], s) }
func (a Answer) String() string     { return word("Answer", answers[:], a) }

// MarshalText writes the word; the zero value of each type is "unknown".
func (s OperState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText writes the word.
func (s AdminState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText writes the word.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads the word, and returns an error for one that it does not know.
func (s *OperState) UnmarshalText(text []byte) error { return parse("state", operStates[:], text, s) }

// UnmarshalText reads the word.
func (s *AdminState) UnmarshalText(text []byte) error {
	return parse("administrative state", adminStates[:], text, s)
}

// UnmarshalText reads the word.
func (a *Answer) UnmarshalText(text []byte) error { return parse("answer", answers[:], text, a) }

// word returns the i-th word, or the type and number of a value that has none.
func word[T ~uint8](typ string, words []string, i T) string {
	if int(i) < len(words) {
		return words[i]
	}
	return fmt.Sprintf("%s(%d)", typ, i)
}

// parse sets *v to the number of the word in text.
func parse[T ~uint8](what string, words []string, text []byte, v *T) error {
	for i, w := range words {
		if w == string(text) {
			*v = T(i)
			return nil
		}
	}
	return fmt.Errorf("unknown %s %q", what, text)
}

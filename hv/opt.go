package hv

import (
	"encoding/json"
	"reflect"
)

// NoLimit is the value of a minimum or a maximum that the hypervisor does not set, where it is known that it does
// not. A bound that could not be read is an absent [Opt] instead.
const NoLimit = -1

// Opt is a value that may be absent. Its zero value is absent.
type Opt[T any] struct {
	value T
	known bool
}

// Some returns a value that is present.
func Some[T any](v T) Opt[T] { return Opt[T]{value: v, known: true} }

// Get returns the value, and whether there is one. The value of an absent Opt is the zero value of T.
func (o Opt[T]) Get() (T, bool) { return o.value, o.known }

// Or returns the value, or v if it is absent.
func (o Opt[T]) Or(v T) T {
	if o.known {
		return o.value
	}
	return v
}

// IsZero reports whether the value is absent, which is what the JSON option omitzero asks for.
func (o Opt[T]) IsZero() bool { return !o.known }

// Equal reports whether both are absent, or both are present and equal: by T's own Equal method if it has one.
func (o Opt[T]) Equal(p Opt[T]) bool {
	if o.known != p.known {
		return false
	}
	if v, ok := any(o.value).(interface{ Equal(T) bool }); ok {
		return v.Equal(p.value)
	}
	return reflect.DeepEqual(o.value, p.value)
}

// MarshalJSON writes the value, or null if it is absent.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.known {
		return []byte("null"), nil
	}
	return json.Marshal(o.value)
}

// UnmarshalJSON reads what MarshalJSON wrote. The value is absent after an error.
func (o *Opt[T]) UnmarshalJSON(data []byte) error {
	*o = Opt[T]{} // else a map would keep what it had before
	if string(data) == "null" {
		return nil
	}
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	*o = Some(v)
	return nil
}

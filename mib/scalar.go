package mib

import "errors"

// A Scalar is an object with one instance, whose name is that of the object and a 0 (RFC 2578, section 7.1).
type Scalar[S any] struct {
	OID OID
	// Read returns the value, or NoSuchInstance if there is none: then Next passes over it.
	Read func(s S) Value
}

func (o *Scalar[S]) prefix() OID { return o.OID }

func (o *Scalar[S]) check() error {
	if len(o.OID) == 0 || len(o.OID) >= MaxSubIDs {
		return errors.New("the name is empty or too long")
	}
	if o.Read == nil {
		return errors.New("it cannot be read")
	}
	return nil
}

func (o *Scalar[S]) get(s S, rest OID) Value {
	if len(rest) != 1 || rest[0] != 0 {
		return NoSuchInstance
	}
	return o.Read(s)
}

func (o *Scalar[S]) next(s S, dst, rest OID, include bool, end OID) (OID, Value, bool) {
	at := len(rest) == 1 && rest[0] == 0
	if len(rest) > 0 && (!at || !include) {
		return dst, Value{}, false
	}
	name := append(append(dst, o.OID...), 0)
	if !before(name[len(dst):], end) {
		return dst, Value{}, false
	}
	v := o.Read(s)
	if v.IsException() {
		return dst, Value{}, false
	}
	return name, v, true
}

package collector

import "github.com/vmond/vmond/hv"

// adopt has the records of virtual machines go on that the list has under other keys. A source whose keys are made of names, as the
// managers of bhyve have no other, cannot tell a rename or a move in any other way. It is the same virtual machine if its UUID is
// that of one which is not in the list any more, and there is only one of each.
func (v *inventory) adopt(list []hv.Summary) {
	strays := map[hv.UUID]string{} // by UUID, the keys that are new; "" where there are several
	for _, s := range list {
		if r := v.ledger.records[s.Key]; r != nil && r.exists() || s.UUID.IsZero() || !identifies(s.Key) {
			continue
		}
		if key, again := strays[s.UUID]; again && key != s.Key {
			strays[s.UUID] = ""
			continue
		}
		strays[s.UUID] = s.Key
	}
	if len(strays) == 0 {
		return
	}
	here := make(map[string]bool, len(list))
	for _, s := range list {
		here[s.Key] = true
	}
	left := map[hv.UUID]string{} // likewise, the keys that are not in the list
	for key, r := range v.ledger.records {
		if here[key] || !r.exists() || strays[r.UUID] == "" {
			continue
		}
		if _, again := left[r.UUID]; again {
			key = ""
		}
		left[r.UUID] = key
	}
	for uuid, old := range left {
		if old != "" {
			v.rename(old, strays[uuid])
		}
	}
}

// elsewhere reports whether an event is about a virtual machine that is known, but under another key. If that is gone by now only a
// reading can tell.
func (v *inventory) elsewhere(e hv.Event) bool {
	if e.UUID.IsZero() || e.Key == e.UUID.String() {
		return false
	}
	for key, r := range v.ledger.records {
		if key != e.Key && r.UUID == e.UUID && r.exists() {
			return true
		}
	}
	return false
}

// rename has the virtual machine of one key go on under another. But for that its Summary is still the old one.
func (v *inventory) rename(old, key string) {
	vm := v.byKey[old]
	v.ledger.rename(old, key)
	delete(v.byKey, old)
	if vm != nil {
		next := *vm
		next.Key = key
		v.put(&next)
	}
	for _, marks := range []map[string]bool{v.undefined, v.unmeasured, v.failed} {
		delete(marks, old)
	}
	delete(v.resurvey, old)
	delete(v.missing, old)
	v.undefined[key], v.unmeasured[key] = true, true // its files may be elsewhere
}

package collector

import "github.com/vmond/vmond/hv"

// adopt has the records of virtual machines go on that the list has under other keys. A source whose keys are made of names, as the
// managers of bhyve have no other, cannot tell a rename or a move in any other way. It is the same virtual machine if its UUID is
// that of one which is not in the list any more, and there is only one of each.
func (v *inventory) adopt(list []hv.Summary) {
	strays := map[hv.UUID]string{} // by UUID, the keys that are new; "" where there are several
	for _, s := range list {
		if r := v.ledger.records[s.Key]; r != nil && r.exists() || s.UUID.IsZero() || !identifies(s.Key) || v.touched[s.Key] {
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

// rename has the virtual machine of one key go on under another. The Summary of it that is shown is still the old one.
func (v *inventory) rename(old, key string) {
	v.ledger.rename(old, key)
	delete(v.byKey, old)
	for _, marks := range []map[string]bool{v.undefined, v.unmeasured, v.failed} {
		delete(marks, old)
	}
	delete(v.missing, old)
	v.undefined[key], v.unmeasured[key] = true, true // its files may be elsewhere
}

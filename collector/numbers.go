package collector

import (
	"cmp"
	"encoding/json"
	"slices"
)

// numbers are the indices of the devices of one kind of one virtual machine, in their order, each device once. There are few,
// and many virtual machines: a map for each would take more memory than all else that is remembered of them.
type numbers []deviceNumber

// A deviceNumber is the index of a device.
type deviceNumber struct {
	Key    string
	Number int32
}

// spareNumbers is how many more numbers than devices are remembered, so that a device that comes back gets its own.
const spareNumbers = 64

// finder returns a function that finds the place of a key, or -1.
func (n numbers) finder() func(key string) int {
	return finder(n, func(d *deviceNumber) string { return d.Key })
}

// reader returns a function that finds the number of a key, or 0.
func (n numbers) reader() func(key string) int32 {
	find := n.finder()
	return func(key string) int32 {
		if i := find(key); i >= 0 {
			return n[i].Number
		}
		return 0
	}
}

// take gives a number to each key that has none, in order, one more than the highest ever given. It returns the
// numbers, and whether any was given. Those that it began with stay as they are.
func (n numbers) take(keys []string) (numbers, bool) {
	find := n.finder()
	first := slices.IndexFunc(keys, func(key string) bool { return find(key) < 0 })
	if first < 0 {
		return n, false
	}
	var highest int32
	if len(n) > 0 {
		highest = n[len(n)-1].Number
	}
	given := map[string]bool{}
	next := slices.Grow(slices.Clip(n), len(keys)-first)
	for _, key := range keys[first:] {
		if given[key] || find(key) >= 0 {
			continue
		}
		given[key] = true
		highest++
		next = append(next, deviceNumber{key, highest})
	}
	return next.forget(keys), true
}

// forget drops the numbers of devices other than those in keys if there are too many of them. It leaves the highest,
// from which the next is counted.
func (n numbers) forget(keys []string) numbers {
	if len(n) <= len(keys)+spareNumbers {
		return n
	}
	keep := make(map[string]bool, len(keys))
	for _, key := range keys {
		keep[key] = true
	}
	highest := n[len(n)-1].Number
	return slices.DeleteFunc(n, func(d deviceNumber) bool { return !keep[d.Key] && d.Number != highest })
}

// MarshalJSON writes an object that has the numbers by their keys.
func (n numbers) MarshalJSON() ([]byte, error) {
	object := make(map[string]int32, len(n))
	for _, d := range n {
		object[d.Key] = d.Number
	}
	return json.Marshal(object)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *numbers) UnmarshalJSON(data []byte) error {
	var object map[string]int32
	if err := json.Unmarshal(data, &object); err != nil {
		return err
	}
	*n = make(numbers, 0, len(object))
	for key, number := range object {
		*n = append(*n, deviceNumber{key, number})
	}
	slices.SortFunc(*n, func(a, b deviceNumber) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Key, b.Key))
	})
	return nil
}

package collector

// few is up to how many elements a list is searched from its beginning, which takes no memory.
const few = 16

// finder returns a function that finds the first element of that key in list, or -1. The time that this takes does not grow
// with the square of the list where a virtual machine has thousands of devices.
func finder[T any, K comparable](list []T, key func(*T) K) func(K) int {
	if len(list) <= few {
		return func(k K) int {
			for i := range list { // slices.IndexFunc would hand over copies, and key takes a pointer: each would be garbage
				if key(&list[i]) == k {
					return i
				}
			}
			return -1
		}
	}
	places := make(map[K]int, len(list))
	for i := range list {
		if _, taken := places[key(&list[i])]; !taken {
			places[key(&list[i])] = i
		}
	}
	return func(k K) int {
		if i, ok := places[k]; ok {
			return i
		}
		return -1
	}
}

package sim

// What a number is drawn for. Each use has its own, so that no two draws are alike.
const (
	forUUID uint64 = iota + 1
	forRole
	forState
	forOS
	forMemory
	forCPU
	forLoad
	forDisk
	forNIC
	forChurn
	forMAC
	forConsole
	forProcess
	forSurvey
)

// Constants of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
const (
	splitGamma = 0x9e3779b97f4a7c15
	splitMul1  = 0xbf58476d1ce4e5b9
	splitMul2  = 0x94d049bb133111eb
)

// draw returns 64 bits that depend on the seed and on each of the numbers, and on nothing else.
func draw(seed uint64, numbers ...uint64) uint64 {
	h := scramble(seed)
	for _, n := range numbers {
		h = scramble(h ^ n)
	}
	return h
}

// scramble is one step of SplitMix64: a bijection that spreads each bit over all.
func scramble(x uint64) uint64 {
	x += splitGamma
	x = (x ^ x>>30) * splitMul1
	x = (x ^ x>>27) * splitMul2
	return x ^ x>>31
}

// pick returns the element that h falls on.
func pick[T any](h uint64, of ...T) T { return of[h%uint64(len(of))] }

// A share is an outcome with its weight.
type share[T any] struct {
	weight uint64
	value  T
}

// weigh returns the value that h falls on, each as often as its weight says.
func weigh[T any](h uint64, shares ...share[T]) T {
	var sum uint64
	for _, s := range shares {
		sum += s.weight
	}
	h %= sum
	for _, s := range shares {
		if h < s.weight {
			return s.value
		}
		h -= s.weight
	}
	panic("sim: weights without a sum")
}

package bench

// A point is what the same work costs at one number of virtual machines. Each value is the median of the rounds.
type point struct {
	vms     int
	next    float64 // a Next in process, in nanoseconds
	walk    float64 // a varbind of a walk through snmpd, in microseconds
	refresh float64 // to take up what is new of all virtual machines, in microseconds
	event   float64 // to take up what is new of one, in microseconds
}

// growthSection writes what the results say of growth, or nothing.
func growthSection(points []point) string { return "" }

// Package bench measures vmond beside what else a user could take, on the same work and through the same snmpd, in turn.
//
//	go test ./test/bench -v -timeout=1h -measure
//
// takes about a quarter of an hour on 2 CPUs, which should have nothing else to do, and writes RESULTS.md and growth.svg into this
// directory. Without -measure it measures a few virtual machines for a moment, which proves that it works, and writes nothing.
//
// Each figure is of several rounds, in which everything that is compared has its turn. What is compared is judged by the median
// of the ratios of the rounds: what makes one side of a round slow has often made the other slow as well.
package bench

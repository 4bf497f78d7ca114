// Package bench measures vmond beside what else a user could take, on the same work and through the same snmpd, in turn.
//
//	go test -count=1 -v -timeout=2h -run='^TestBench$' ./test/bench -measure
//
// takes 20 to 30 minutes on 2 CPUs, which should have nothing else to do, and writes RESULTS.md and growth.svg into this directory,
// unless something is not there that is to be measured. Without -measure it measures a few virtual machines for a moment, which
// proves that it works, and leaves this directory as it is.
//
// Each value is the median of its rounds, in which everything that is compared has its turn, or, where the table has no range of it,
// of a single run: what may happen once only, such as the largest memory, is in no median. What is compared is judged by the median
// of the ratios of the rounds: what makes one side of a round slow has often made the other slow as well.
package bench

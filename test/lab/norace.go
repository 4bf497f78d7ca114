//go:build !race

package lab

// raceFlag are the flags with which vmond is built: as these tests are.
var raceFlag []string

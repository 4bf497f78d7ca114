package freebsd

import (
	"strconv"
	"testing"
)

// numbersOf returns what a question has for numbers.
func numbersOf(t *testing.T, texts []string) []int {
	t.Helper()
	var numbers []int
	for _, text := range texts {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

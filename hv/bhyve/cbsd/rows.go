package cbsd

import (
	"errors"
	"fmt"
	"strings"
)

// delimiter parts the values of a row, and null is what a value is that is none.
const (
	delimiter = "|"
	null      = "(null)"
)

// errIncomplete is the error of an answer that is not all of it, or none: the database was busy, or may not be read, or has no such
// table.
var errIncomplete = errors.New("the database was not read to its end")

// parseRows reads what sqlcli answers to a query for so many columns. A row with another number of values, which one with the
// delimiter in it makes, is left out, and the error says so. Without the row that ends it nothing of an answer is returned.
func parseRows(answer []byte, columns int) ([][]string, error) {
	text, ok := strings.CutSuffix(string(answer), strings.Repeat(delimiter, columns-1)+"\n")
	if !ok || text != "" && !strings.HasSuffix(text, "\n") {
		return nil, errIncomplete
	}
	var rows [][]string
	var errs []error
	for line := range strings.Lines(text) {
		values := strings.Split(strings.TrimSuffix(line, "\n"), delimiter)
		if len(values) != columns {
			errs = append(errs, fmt.Errorf("row %.40q has %d values instead of %d", line, len(values), columns))
			continue
		}
		for i, v := range values {
			if v == null {
				values[i] = ""
			}
		}
		rows = append(rows, values)
	}
	return rows, errors.Join(errs...)
}

// none is what CBSD has in place of an empty value.
const none = "0"

// valued returns a value, or an empty text where CBSD has none.
func valued(s string) string {
	if s == none || s == null {
		return ""
	}
	return s
}

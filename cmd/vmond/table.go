package main

import (
	"io"
	"strings"
)

// side is where the text of a cell is.
type side int

const (
	left side = iota
	right
)

// gap is between two columns.
const gap = "  "

// maxCell is how many characters of a text are shown: each row is as wide as the widest one.
const maxCell = 255

// A column is a title and where the texts below it are.
type column struct {
	title string
	side  side
}

// A table is text in columns. A table whose titles are all empty has no line of titles.
type table struct {
	columns []column
	rows    [][]string
}

// write writes the table. What is not printable in its cells is escaped, so each row is one line.
func (t table) write(out io.Writer) error {
	var lines [][]string
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	if strings.Join(titles, "") != "" {
		lines = append(lines, titles)
	}
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = short(printable(c))
		}
		lines = append(lines, cells)
	}
	widths := make([]int, len(t.columns))
	for _, line := range lines {
		for i, c := range line {
			widths[i] = max(widths[i], width(c))
		}
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(t.line(line, widths))
		b.WriteByte('\n')
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// short returns s, or as much of its beginning as is shown, and a sign that there is more.
func short(s string) string {
	const more = "…"
	n, last := 0, 0
	for i := range s {
		if n++; n == maxCell {
			last = i
		}
		if n > maxCell {
			return s[:last] + more
		}
	}
	return s
}

// line returns the cells in their columns, without blanks at the end.
func (t table) line(cells []string, widths []int) string {
	var b strings.Builder
	for i, c := range cells {
		if i > 0 {
			b.WriteString(gap)
		}
		blanks := strings.Repeat(" ", widths[i]-width(c))
		if t.columns[i].side == right {
			b.WriteString(blanks + c)
			continue
		}
		b.WriteString(c + blanks)
	}
	return strings.TrimRight(b.String(), " ")
}

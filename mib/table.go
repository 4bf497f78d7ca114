package mib

import (
	"errors"
	"fmt"
	"sort"
)

// A Table is a conceptual table (RFC 2578, section 7.1.12) over data of type S with rows of type R. Its INDEX objects
// are integers, so that each is one sub-identifier of an instance's name. It stores no row: it asks the data.
type Table[S, R any] struct {
	// Entry is the name of the table's entry, which the column's ID and the row's index follow.
	Entry OID
	// Columns are the readable columns in the order of their IDs.
	Columns []Column[R]
	// Width is the number of INDEX objects, from 1 to [MaxIndex].
	Width int
	// Seek returns the first row in order whose index is at least from, and false if there is none. Each Get and Next
	// asks it once; Next once more for each row that it passes over because the column has no value there.
	Seek func(s S, from Index) (R, bool)
	// Index returns the index of a row.
	Index func(row R) Index
}

// A Column is a readable columnar object.
type Column[R any] struct {
	// ID is the sub-identifier of the column below the table's entry.
	ID uint32
	// Read returns the value in a row, or NoSuchInstance if there is none: then Next passes over it.
	Read func(row R) Value
}

func (t *Table[S, R]) prefix() OID { return t.Entry }

func (t *Table[S, R]) check() error {
	if t.Width < 1 || t.Width > MaxIndex {
		return fmt.Errorf("it has %d INDEX objects, not 1 to %d", t.Width, MaxIndex)
	}
	if len(t.Entry) == 0 || len(t.Entry)+1+t.Width > MaxSubIDs {
		return errors.New("the name is empty or too long")
	}
	if t.Seek == nil || t.Index == nil {
		return errors.New("its rows cannot be found")
	}
	for i, c := range t.Columns {
		if c.Read == nil {
			return fmt.Errorf("column %d cannot be read", c.ID)
		}
		if c.ID == 0 || i > 0 && c.ID <= t.Columns[i-1].ID {
			return fmt.Errorf("column %d is out of order", c.ID)
		}
	}
	return nil
}

func (t *Table[S, R]) get(s S, rest OID) Value {
	if len(rest) == 0 {
		return NoSuchObject
	}
	i := t.column(rest[0])
	if i == len(t.Columns) || t.Columns[i].ID != rest[0] {
		return NoSuchObject
	}
	key := rest[1:]
	if len(key) != t.Width {
		return NoSuchInstance
	}
	index, _ := indexFrom(key, t.Width, true)
	row, ok := t.Seek(s, index)
	if !ok || t.Index(row) != index {
		return NoSuchInstance
	}
	return t.Columns[i].Read(row)
}

func (t *Table[S, R]) next(s S, dst, rest OID, include bool, end OID) (OID, Value, bool) {
	n := len(dst)
	i, from, ok := t.position(rest, include)
	for ; i < len(t.Columns); i++ {
		for ok {
			row, found := t.Seek(s, from)
			if !found {
				break
			}
			index := t.Index(row)
			name := append(append(append(dst, t.Entry...), t.Columns[i].ID), index[:t.Width]...)
			if !before(name[n:], end) {
				return dst, Value{}, false
			}
			if v := t.Columns[i].Read(row); !v.IsException() {
				return name, v, true
			}
			dst = name[:n] // which may have grown: a long run of holes shall not make it grow each time
			from, ok = index.after(t.Width)
		}
		from, ok = Index{}, true
	}
	return dst, Value{}, false
}

// position returns where a search that starts at rest begins: the position of a column, and an index in it, or false
// if the column has none that late.
func (t *Table[S, R]) position(rest OID, include bool) (int, Index, bool) {
	if len(rest) == 0 {
		return 0, Index{}, true
	}
	i := t.column(rest[0])
	if i == len(t.Columns) || t.Columns[i].ID != rest[0] {
		return i, Index{}, true
	}
	from, ok := indexFrom(rest[1:], t.Width, include)
	return i, from, ok
}

// column returns the position of the first column whose ID is at least id.
func (t *Table[S, R]) column(id uint32) int {
	return sort.Search(len(t.Columns), func(i int) bool { return t.Columns[i].ID >= id })
}

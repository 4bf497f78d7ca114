package mib_test

import (
	"fmt"
	"math"
	"slices"

	"github.com/vmond/vmond/mib"
	"pgregory.net/rapid"
)

// A ward is the data that the tests' Module is over: two scalars, and rows for three tables.
type ward struct {
	scalars [2]bool // whether they have a value
	beds    []bed   // for each of the tables, in order of index
	wide    []bed
	narrow  []bed
}

// A bed is a row with a value, or a hole, in each column.
type bed struct {
	index mib.Index
	cells [3]bool
}

// The columns have numbers with gaps between them, up to the last possible one.
func columns() [3]uint32 { return [3]uint32{2, 5, math.MaxUint32} }

// The names of the objects: between them is space, and the second table follows the first one without any.
var (
	firstScalar = mib.OID{1, 2, 1}
	narrowEntry = mib.OID{1, 2, 3, 1}
	bedEntry    = mib.OID{1, 2, 3, 2}
	wideEntry   = mib.OID{1, 2, 5, 1}
	lastScalar  = mib.OID{1, 2, 9}
)

// wardModule describes a ward.
func wardModule() *mib.Module[*ward] {
	return mib.NewModule[*ward](
		&mib.Scalar[*ward]{OID: firstScalar, Read: func(w *ward) mib.Value { return cell(w.scalars[0], firstScalar.Append(0)) }},
		wardTable(narrowEntry, 1, func(w *ward) []bed { return w.narrow }),
		wardTable(bedEntry, 2, func(w *ward) []bed { return w.beds }),
		wardTable(wideEntry, mib.MaxIndex, func(w *ward) []bed { return w.wide }),
		&mib.Scalar[*ward]{OID: lastScalar, Read: func(w *ward) mib.Value { return cell(w.scalars[1], lastScalar.Append(0)) }},
	)
}

// wardTable describes a table of beds.
func wardTable(entry mib.OID, width int, of func(*ward) []bed) mib.Object[*ward] {
	t := &mib.Table[*ward, bed]{
		Entry: entry,
		Width: width,
		Seek: func(w *ward, from mib.Index) (bed, bool) {
			i, _ := slices.BinarySearchFunc(of(w), from, func(b bed, x mib.Index) int { return slices.Compare(b.index[:], x[:]) })
			if i == len(of(w)) {
				return bed{}, false
			}
			return of(w)[i], true
		},
		Index: func(b bed) mib.Index { return b.index },
	}
	for i, id := range columns() {
		t.Columns = append(t.Columns, mib.Column[bed]{ID: id, Read: func(b bed) mib.Value {
			if !b.cells[i] {
				return mib.NoSuchInstance
			}
			return mib.Counter64(uint64(id)<<32 + uint64(b.index[width-1]))
		}})
	}
	return t
}

// cell returns a value that tells which instance it is of, or a hole.
func cell(ok bool, name mib.OID) mib.Value {
	if !ok {
		return mib.NoSuchInstance
	}
	return mib.Text(name.String())
}

// A model is all that a Tree over a ward has, written out: what the Module is compared with.
type model struct {
	objects   []mib.OID
	instances []mib.Varbind
}

// model lists the instances without a search.
func (w *ward) model() model {
	var m model
	m.add(firstScalar, firstScalar.Append(0), cell(w.scalars[0], firstScalar.Append(0)))
	m.addTable(narrowEntry, 1, w.narrow)
	m.addTable(bedEntry, 2, w.beds)
	m.addTable(wideEntry, mib.MaxIndex, w.wide)
	m.add(lastScalar, lastScalar.Append(0), cell(w.scalars[1], lastScalar.Append(0)))
	slices.SortFunc(m.instances, func(a, b mib.Varbind) int { return a.Name.Compare(b.Name) })
	return m
}

func (m *model) addTable(entry mib.OID, width int, rows []bed) {
	for i, id := range columns() {
		m.objects = append(m.objects, entry.Append(id))
		for _, b := range rows {
			if b.cells[i] {
				v := mib.Counter64(uint64(id)<<32 + uint64(b.index[width-1]))
				m.add(nil, entry.Append(id).Append(b.index[:width]...), v)
			}
		}
	}
}

func (m *model) add(object, name mib.OID, v mib.Value) {
	if object != nil {
		m.objects = append(m.objects, object)
	}
	if !v.IsException() {
		m.instances = append(m.instances, mib.Varbind{Name: name, Value: v})
	}
}

// get is Tree.Get as its comment says it.
func (m *model) get(name mib.OID) mib.Value {
	for _, i := range m.instances {
		if i.Name.Compare(name) == 0 {
			return i.Value
		}
	}
	if slices.ContainsFunc(m.objects, name.HasPrefix) {
		return mib.NoSuchInstance
	}
	return mib.NoSuchObject
}

// next is Tree.Next as its comment says it, in the form of [answer].
func (m *model) next(start mib.OID, include bool, end mib.OID) string {
	for _, i := range m.instances {
		order := i.Name.Compare(start)
		if order < 0 || order == 0 && !include {
			continue
		}
		return answer(i.Name, i.Value, len(end) == 0 || i.Name.Compare(end) < 0)
	}
	return answer(nil, mib.Value{}, false)
}

// answer writes out what Next returns.
func answer(name mib.OID, v mib.Value, ok bool) string {
	if !ok {
		return "none"
	}
	return fmt.Sprintf("%s = %s", name, v)
}

// subIDs draws sub-identifiers, few enough to collide, from both ends and about what the tests' columns are called.
func subIDs() *rapid.Generator[uint32] {
	return rapid.SampledFrom([]uint32{0, 1, 2, 3, 4, 5, 6, 1 << 31, math.MaxUint32 - 1, math.MaxUint32})
}

// wards draws wards.
func wards() *rapid.Generator[*ward] {
	return rapid.Custom(func(t *rapid.T) *ward {
		return &ward{
			scalars: [2]bool{rapid.Bool().Draw(t, "first"), rapid.Bool().Draw(t, "last")},
			narrow:  drawBeds(t, 1),
			beds:    drawBeds(t, 2),
			wide:    drawBeds(t, mib.MaxIndex),
		}
	})
}

// drawBeds draws rows of that width, in order of index.
func drawBeds(t *rapid.T, width int) []bed {
	rows := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) bed {
		var b bed
		for i := range width {
			b.index[i] = subIDs().Draw(t, "index")
		}
		for i := range b.cells {
			b.cells[i] = rapid.IntRange(0, 2).Draw(t, "cell") > 0
		}
		return b
	}), 0, 12, func(b bed) mib.Index { return b.index }).Draw(t, "rows")
	slices.SortFunc(rows, func(a, b bed) int { return slices.Compare(a.index[:], b.index[:]) })
	return rows
}

// names draws names about those of the model: an instance or object, or what is before, after, above or below one.
func (m *model) names() *rapid.Generator[mib.OID] {
	known := []mib.OID{nil, {1}, {1, 2}, {1, 2, 3}, {1, 2, 4}, {2}, narrowEntry, bedEntry, wideEntry}
	known = append(known, m.objects...)
	for _, i := range m.instances {
		known = append(known, i.Name)
	}
	return rapid.Custom(func(t *rapid.T) mib.OID {
		o := slices.Clone(rapid.SampledFrom(known).Draw(t, "near"))
		o = o[:len(o)-rapid.IntRange(0, min(len(o), 3)).Draw(t, "cut")]
		if len(o) > 0 {
			o[len(o)-1] += rapid.SampledFrom([]uint32{0, 0, 1, math.MaxUint32}).Draw(t, "step")
		}
		return append(o, rapid.SliceOfN(subIDs(), 0, 5).Draw(t, "more")...)
	})
}

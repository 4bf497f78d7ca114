package served

import (
	"testing"

	"github.com/vmond/vmond/mib"
)

// A Column is what a walk finds of a column: its values by the rest of their names.
type Column map[string]mib.Value

// ColumnOf picks a column out of a walk. It panics if a name is twice in it.
func ColumnOf(vbs []mib.Varbind, object mib.OID) Column {
	c := Column{}
	for _, vb := range vbs {
		if !vb.Name.HasPrefix(object) {
			continue
		}
		index := vb.Name[len(object):].String()
		if _, ok := c[index]; ok {
			panic("served: " + vb.Name.String() + " twice in one walk")
		}
		c[index] = vb.Value
	}
	return c
}

// Texts returns the values as texts.
func (c Column) Texts() map[string]string {
	out := map[string]string{}
	for index, v := range c {
		out[index] = string(v.AppendOctets(nil))
	}
	return out
}

// Indices returns the rest of the names by the values' texts.
func (c Column) Indices() map[string]string {
	out := map[string]string{}
	for index, text := range c.Texts() {
		out[text] = index
	}
	return out
}

// CheckOrder proves that the names of a walk ascend.
func CheckOrder(t testing.TB, vbs []mib.Varbind) {
	t.Helper()
	for i := 1; i < len(vbs); i++ {
		if vbs[i-1].Name.Compare(vbs[i].Name) >= 0 {
			t.Fatalf("a walk goes from %v to %v", vbs[i-1].Name, vbs[i].Name)
		}
	}
}

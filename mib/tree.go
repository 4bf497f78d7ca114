package mib

// A Tree is a subtree of object instances at one moment. Its methods may be called at once from several goroutines.
type Tree interface {
	// Get returns the value of the instance named name, NoSuchInstance if the tree has the object but not this
	// instance of it, or NoSuchObject.
	Get(name OID) Value
	// Next finds the first instance in order whose name is greater than start, or equal to it if include is set, and
	// less than end unless end is null. It appends the name to dst, which must not share start's array, and
	// returns it with the value. It returns false, and dst as it was, if there is none.
	Next(dst, start OID, include bool, end OID) (OID, Value, bool)
}

// A Varbind is a name and a value.
type Varbind struct {
	Name  OID
	Value Value
}

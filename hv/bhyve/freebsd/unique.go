package freebsd

// A unique holds what is said of names. A name of which two different things are said is not believed.
type unique[V comparable] struct {
	said     map[string]V
	doubtful map[string]bool
}

// newUnique returns one in which nothing is said yet.
func newUnique[V comparable]() unique[V] {
	return unique[V]{said: map[string]V{}, doubtful: map[string]bool{}}
}

// add says v of the name.
func (u unique[V]) add(name string, v V) {
	if earlier, ok := u.said[name]; ok && earlier != v {
		u.doubtful[name] = true
	}
	u.said[name] = v
}

// believed returns what is said of each name without a doubt. Nothing may be added after it.
func (u unique[V]) believed() map[string]V {
	for name := range u.doubtful {
		delete(u.said, name)
	}
	return u.said
}

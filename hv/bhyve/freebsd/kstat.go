package freebsd

import "strings"

// objsetNode is what stands between a pool and one of its datasets in the names of variables.
const objsetNode = ".dataset.objset-"

// ParseDatasetIO parses what `sysctl kstat.zfs.POOL.dataset` prints: lines of "kstat.zfs.POOL.dataset.objset-ID.FIGURE: VALUE".
// The key is the name of the dataset or volume, such as "zroot/vm/web01/disk0". One of which a figure is missing is left out, and
// so is a name that two datasets claim, as they can after one was renamed.
func ParseDatasetIO(text []byte) map[string]DatasetIO {
	objsets := map[string]*objset{}
	for line := range strings.Lines(string(text)) {
		key, name, value, ok := parseObjset(strings.TrimRight(line, "\r\n"))
		if !ok {
			continue
		}
		if objsets[key] == nil {
			objsets[key] = &objset{}
		}
		objsets[key].learn(name, value)
	}
	datasets := newUnique[DatasetIO]()
	for _, o := range objsets {
		if io, ok := o.io(); ok {
			datasets.add(o.name, io)
		}
	}
	return datasets.believed()
}

// parseObjset parses a line: which dataset it is about, which figure of it, and the value.
func parseObjset(line string) (key, name, value string, ok bool) {
	pool, rest, isObjset := strings.Cut(line, objsetNode)
	id, rest, hasFigure := strings.Cut(rest, ".")
	name, value, hasValue := strings.Cut(rest, ": ")
	if !isObjset || !hasFigure || !hasValue {
		return "", "", "", false
	}
	return line[:len(pool)+len(objsetNode)+len(id)], name, value, true
}

// objsetName is the figure that is no number, but the name of the dataset.
const objsetName = "dataset_name"

// An objset is what is known of a dataset.
type objset struct {
	name                           string
	reads, writes, nread, nwritten figure
}

// learn takes one figure of the dataset, or its name.
func (o *objset) learn(name, value string) {
	switch name {
	case objsetName:
		o.name = value
	case "reads":
		o.reads.take(value)
	case "writes":
		o.writes.take(value)
	case "nread":
		o.nread.take(value)
	case "nwritten":
		o.nwritten.take(value)
	}
}

// io returns the figures of the dataset, if it has a name and they are all known.
func (o *objset) io() (DatasetIO, bool) {
	if o.name == "" || !o.reads.known || !o.writes.known || !o.nread.known || !o.nwritten.known {
		return DatasetIO{}, false
	}
	return DatasetIO{Reads: o.reads.n, Writes: o.writes.n, ReadBytes: o.nread.n, WriteBytes: o.nwritten.n}, true
}

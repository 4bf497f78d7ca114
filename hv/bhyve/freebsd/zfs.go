package freebsd

// A Mount is a file system that is mounted.
type Mount struct {
	// From is what is mounted, such as the ZFS dataset "zroot/vm", and On where.
	From, On string
	// Type is the kind of file system, such as "zfs".
	Type string
}

// A DatasetIO is what ZFS counts of a dataset or volume since its pool was imported (kstat.zfs.POOL.dataset).
type DatasetIO struct {
	Reads, Writes         uint64
	ReadBytes, WriteBytes uint64
}

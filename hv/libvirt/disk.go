package libvirt

import (
	"cmp"
	"strings"

	"github.com/vmond/vmond/hv"
)

// diskXML is a disk of the definition.
type diskXML struct {
	Type   string `xml:"type,attr"`
	Device string `xml:"device,attr"`
	Driver struct {
		Type string `xml:"type,attr"`
	} `xml:"driver"`
	Source   *diskSourceXML `xml:"source"`
	Target   diskTargetXML  `xml:"target"`
	ReadOnly *struct{}      `xml:"readonly"`
}

type diskTargetXML struct {
	Dev string `xml:"dev,attr"`
	Bus string `xml:"bus,attr"`
}

// diskSourceXML has the attributes of all types of sources.
type diskSourceXML struct {
	File     string `xml:"file,attr"`
	Dev      string `xml:"dev,attr"`
	Dir      string `xml:"dir,attr"`
	Protocol string `xml:"protocol,attr"`
	Name     string `xml:"name,attr"`
	Pool     string `xml:"pool,attr"`
	Volume   string `xml:"volume,attr"`
	Mode     string `xml:"mode,attr"`
	Path     string `xml:"path,attr"`
	Host     []struct {
		Name string `xml:"name,attr"`
	} `xml:"host"`
}

// disks returns the disks with keys that are unique. Their key is the target, which stays what it is when a snapshot or
// a block job changes the file behind it.
func disks(xs []diskXML) []hv.Disk {
	var ds []hv.Disk
	var names []string
	for _, x := range xs[:min(len(xs), maxDevices)] {
		d := x.disk()
		ds, names = append(ds, d), append(names, cmp.Or(d.Key, "disk"))
	}
	for i, key := range unique(names) {
		ds[i].Key = key
	}
	return ds
}

// disk returns the disk that x describes.
func (x diskXML) disk() hv.Disk {
	return hv.Disk{
		Key:      x.Target.Dev,
		Source:   x.sourceType(),
		Format:   x.format(),
		Resource: x.resource(),
		ReadOnly: hv.AnswerOf(x.ReadOnly != nil),
		Media:    x.media(),
		Bus:      x.Target.Bus,
	}
}

// sourceType returns the kind of the source. A drive without a medium has none that RFC 7666 has a word for, nor have
// a directory, a passed-through NVMe controller, and a volume that only its pool knows.
func (x diskXML) sourceType() hv.SourceType {
	if x.empty() {
		return hv.SourceOther
	}
	switch x.Type {
	case "block":
		return hv.SourceBlock
	case "network":
		return hv.SourceNetwork
	case "file":
		return x.fileType()
	case "volume":
		return x.volumeType()
	}
	return hv.SourceOther
}

// fileType tells a raw image from one of a format. Some drivers do not say.
func (x diskXML) fileType() hv.SourceType {
	switch x.Driver.Type {
	case "":
		return hv.SourceUnknown
	case "raw":
		return hv.SourceRaw
	}
	return hv.SourceSparse
}

// volumeType returns the kind of a volume as far as it is told: the mode is there only for volumes of iSCSI pools, and
// says who speaks iSCSI.
func (x diskXML) volumeType() hv.SourceType {
	switch x.Source.Mode {
	case "host":
		return hv.SourceBlock
	case "direct":
		return hv.SourceNetwork
	}
	return hv.SourceOther
}

// format returns the format of the image, or the protocol of a network source.
func (x diskXML) format() string {
	if x.empty() {
		return ""
	}
	if x.Type == "network" {
		return x.Source.Protocol
	}
	return x.Driver.Type
}

// empty reports whether there is no medium in the drive. The other types always have one.
func (x diskXML) empty() bool {
	switch x.Type {
	case "file", "block", "dir", "volume", "":
		return x.resource() == ""
	case "network":
		return x.Source == nil || x.Source.Protocol == ""
	}
	return x.Source == nil
}

// resource names the source: the host where a network source has no name of its own.
func (x diskXML) resource() string {
	if x.Source == nil {
		return ""
	}
	switch x.Type {
	case "file":
		return x.Source.File
	case "block":
		return x.Source.Dev
	case "dir":
		return x.Source.Dir
	case "network":
		return x.networkName()
	case "volume":
		return strings.Trim(x.Source.Pool+"/"+x.Source.Volume, "/")
	}
	return x.Source.Path
}

// networkName names a network source.
func (x diskXML) networkName() string {
	if x.Source.Name != "" || len(x.Source.Host) == 0 {
		return x.Source.Name
	}
	return x.Source.Host[0].Name
}

// media returns what the guest sees. A disk is the default.
func (x diskXML) media() hv.MediaType {
	switch x.Device {
	case "", "disk", "lun":
		return hv.MediaHardDisk
	case "cdrom":
		return hv.MediaOpticalDisk
	case "floppy":
		return hv.MediaFloppyDisk
	}
	return hv.MediaOther
}

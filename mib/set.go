package mib

import "fmt"

// A Setter is a Tree in which something may be set.
type Setter interface {
	// Test says whether the instance named name may be set to v, without setting it, and returns the assignment that
	// would, or a [SetError]. It makes sure of all that the assignment needs, so that Commit should not fail.
	Test(name OID, v Value) (Assignment, error)
}

// An Assignment is one tested SET of one instance. Commit is called at most once; Undo only after Commit, failed or
// not; Release at the end, whatever went before. The methods return within milliseconds: a master answers nobody
// while a SET is under way.
type Assignment interface {
	Commit() error
	Undo() error
	Release()
}

// SetError is why an instance cannot be set: an error-status of RFC 3416, section 4.2.5.
type SetError uint16

// The reasons, in the order in which RFC 3416 checks them but for their numbers.
const (
	NoAccess            SetError = 6
	WrongType           SetError = 7
	WrongLength         SetError = 8
	WrongEncoding       SetError = 9
	WrongValue          SetError = 10
	NoCreation          SetError = 11
	InconsistentValue   SetError = 12
	ResourceUnavailable SetError = 13
	NotWritable         SetError = 17
	InconsistentName    SetError = 18
)

var setErrors = map[SetError]string{
	NoAccess: "noAccess", WrongType: "wrongType", WrongLength: "wrongLength", WrongEncoding: "wrongEncoding",
	WrongValue: "wrongValue", NoCreation: "noCreation", InconsistentValue: "inconsistentValue",
	ResourceUnavailable: "resourceUnavailable", NotWritable: "notWritable", InconsistentName: "inconsistentName",
}

// Error returns the name that RFC 3416 gives the error-status.
func (e SetError) Error() string {
	if s, ok := setErrors[e]; ok {
		return s
	}
	return fmt.Sprintf("error-status %d", uint16(e))
}

package hv

// The details of events, numbered as in libvirt's libvirt-domain.h (virDomainEvent...DetailType).
const (
	DefinedAdded        = 0
	DefinedUpdated      = 1
	DefinedRenamed      = 2
	DefinedFromSnapshot = 3

	UndefinedRemoved = 0
	UndefinedRenamed = 1

	StartedBooted       = 0
	StartedMigrated     = 1
	StartedRestored     = 2
	StartedFromSnapshot = 3
	StartedWakeup       = 4
	StartedRecreated    = 5

	SuspendedPaused         = 0
	SuspendedMigrated       = 1
	SuspendedIOError        = 2
	SuspendedWatchdog       = 3
	SuspendedRestored       = 4
	SuspendedFromSnapshot   = 5
	SuspendedAPIError       = 6
	SuspendedPostcopy       = 7
	SuspendedPostcopyFailed = 8

	ResumedUnpaused       = 0
	ResumedMigrated       = 1
	ResumedFromSnapshot   = 2
	ResumedPostcopy       = 3
	ResumedPostcopyFailed = 4

	StoppedShutdown     = 0
	StoppedDestroyed    = 1
	StoppedCrashed      = 2
	StoppedMigrated     = 3
	StoppedSaved        = 4
	StoppedFailed       = 5
	StoppedFromSnapshot = 6
	StoppedRecreated    = 7

	ShutdownFinished = 0
	ShutdownGuest    = 1
	ShutdownHost     = 2

	PMSuspendedMemory = 0
	PMSuspendedDisk   = 1

	CrashedPanicked    = 0
	CrashedCrashloaded = 1
)

// details returns the words for the details of a kind, in the order of their numbers.
func details(k EventKind) []string {
	switch k {
	case Defined:
		return []string{"added", "updated", "renamed", "from snapshot"}
	case Undefined:
		return []string{"removed", "renamed"}
	case Started:
		return []string{"booted", "migrated", "restored", "from snapshot", "wakeup", "recreated"}
	case Suspended:
		return []string{
			"paused", "migrated", "I/O error", "watchdog", "restored", "from snapshot", "API error", "post-copy",
			"post-copy failed",
		}
	case Resumed:
		return []string{"unpaused", "migrated", "from snapshot", "post-copy", "post-copy failed"}
	case Stopped:
		return []string{
			"shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "recreated",
		}
	case Shutdown:
		return []string{"finished", "guest", "host"}
	case PMSuspended:
		return []string{"memory", "disk"}
	case Crashed:
		return []string{"panicked", "crashloaded"}
	}
	return nil
}

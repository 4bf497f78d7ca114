package sim

// The details of events, as libvirt numbers them (libvirt-domain.h, virDomainEvent...DetailType).
const (
	definedAdded   = 0
	definedUpdated = 1
	definedRenamed = 2

	undefinedRemoved = 0
	undefinedRenamed = 1

	startedBooted   = 0
	startedMigrated = 1
	startedRestored = 2
	startedWakeup   = 4

	suspendedPaused   = 0
	suspendedMigrated = 1
	suspendedRestored = 4

	resumedUnpaused     = 0
	resumedMigrated     = 1
	resumedFromSnapshot = 2

	stoppedShutdown  = 0
	stoppedDestroyed = 1
	stoppedCrashed   = 2
	stoppedMigrated  = 3
	stoppedSaved     = 4
	stoppedFailed    = 5

	shutdownGuest = 1
	shutdownHost  = 2

	pmSuspendedMemory = 0

	crashedPanicked = 0
)

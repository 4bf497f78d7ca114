package mib

// A Notification is one event for the managers.
type Notification struct {
	// ID is the notification's name, the value of snmpTrapOID.0.
	ID OID
	// UpTime is the value of sysUpTime.0 to send. If it is the zero Value, the master puts in its own.
	UpTime Value
	// Objects are the variables of the notification's OBJECTS clause, in its order.
	Objects []Varbind
}

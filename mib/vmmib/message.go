package vmmib

// MaxMessageSize is the number of octets of the largest SNMP message: what a UDP datagram over IPv4 carries.
const MaxMessageSize = 65507

// The octets that a bulk notification takes besides those of its list, as BER (RFC 3417, section 8) writes an inform
// of SNMPv3 with authentication and privacy where all that may vary is as long as it can be.
const (
	berHeader  = 2              // tag and length of a value of up to 127 octets
	berLarge   = 4              // of one of up to 65,535 octets, and of all those made of others: some agents write these so
	berSmall   = berHeader + 1  // an INTEGER of one octet
	berInteger = berHeader + 4  // an INTEGER of up to 2^31-1
	berTicks   = berHeader + 5  // a TimeTicks of up to 2^32-1
	berEngine  = berHeader + 32 // an SnmpEngineID (RFC 3411, section 5)
	berUser    = berHeader + 32 // a msgUserName (RFC 3414, section 2.4)
	berAuth    = berHeader + 48 // what HMAC-SHA-512 leaves of itself (RFC 7860)
	berSalt    = berHeader + 8  // msgPrivacyParameters (RFC 3414, section 8.1.1.1; RFC 3826, section 3.1.2.1)
	berContext = berHeader + 32 // a contextName (vacmContextName, RFC 3415)
	cbcPadding = 7              // fills the last block of DES (RFC 3414, section 8.1.1.2)

	berUpTimeName   = berHeader + 8  // sysUpTime.0
	berTrapName     = berHeader + 10 // snmpTrapOID.0
	berTrap         = berHeader + 9  // 1.3.6.1.2.1.236.0.20, where 236 takes two octets
	berAffectedName = berHeader + 10 // vmAffectedVMs.0

	// SNMPv3Message: msgVersion; HeaderData of msgID, msgMaxSize, msgFlags and msgSecurityModel (RFC 3412, section 6).
	messageHeader = berLarge + berSmall + berLarge + berInteger + berInteger + berSmall + berSmall
	// UsmSecurityParameters in an OCTET STRING: engine ID, boots, time, user, authentication and privacy parameters.
	messageSecurity = berLarge + berLarge + berEngine + berInteger + berInteger + berUser + berAuth + berSalt
	// ScopedPDU in an OCTET STRING, encrypted: contextEngineID, contextName.
	messageScope = berLarge + berLarge + berEngine + berContext + cbcPadding
	// InformRequest-PDU: request-id, error-status, error-index, and the list of variables (RFC 3416, section 3).
	messagePDU = berLarge + berInteger + berSmall + berSmall + berLarge
	// sysUpTime.0, snmpTrapOID.0, and vmAffectedVMs.0 but for its octets.
	messageVariables = berLarge + berUpTimeName + berTicks +
		berLarge + berTrapName + berTrap +
		berLarge + berAffectedName + berLarge

	// messageOverhead is all of these: 29 + 148 + 83 + 20 + 68 = 348 octets.
	messageOverhead = messageHeader + messageSecurity + messageScope + messagePDU + messageVariables
)

// MaxIndex returns the highest vmIndex that a vmAffectedVMs has room for in an SNMP message of that many octets: the size
// less 348 octets, times 8. 348 octets are what the message needs besides at worst, as an inform of SNMPv3 with
// authentication and privacy and the longest names. It is 0 if there is no room.
//
// No message is larger than [MaxMessageSize], for which it returns 521,272. So a list that fits is also an OCTET STRING
// of SMIv2, of which 65,535 octets may be used, and fits an AgentX PDU of 65,536 octets in which it comes to the master:
// there, 168 octets at most are something else.
func MaxIndex(messageSize int) int32 {
	octets := min(max(messageSize, messageOverhead), MaxMessageSize) - messageOverhead
	return int32(octets * octetBits)
}

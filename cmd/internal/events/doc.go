// Package events remembers the last changes of virtual machines, and what became of the notifications that tell them.
package events

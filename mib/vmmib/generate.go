package vmmib

//go:generate go run ../mibgen -o oids_gen.go

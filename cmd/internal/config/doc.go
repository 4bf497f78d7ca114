// Package config turns vmond.toml and the flags of the command line into a [Config].
//
// The file is read strictly: a key that is not known, a value of the wrong type or out of its range is an error that
// names the file, the line and the key. Every key has one line in keys.go and one explained entry in reference.toml.
package config

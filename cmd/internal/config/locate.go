package config

import (
	"errors"
	"fmt"
)

// Locate returns err as an [*Error] that says where the file at path, which is as for [Load], gives the key. It is for
// a value that proves to be of no use only once it is used. If the file does not give the key, err is returned as it is.
func Locate(path, name string, err error) error {
	text, readErr := read(fileName(path))
	if readErr != nil {
		return err
	}
	// The decoder tells a line only with an error, so the key is made to fail.
	locating := keys()
	for i := range locating {
		if locating[i].name == name {
			locating[i].set = func(*Config, any) error { return fmt.Errorf("cannot be used: %w", err) }
		}
	}
	_, located := parse(fileName(path), text, locating)
	var ce *Error
	if errors.As(located, &ce) && ce.Key == name {
		return ce
	}
	return err
}

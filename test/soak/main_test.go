package soak

import (
	"os"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.MainPlain(m)) }

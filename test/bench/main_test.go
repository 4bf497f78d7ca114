//go:build linux

package bench

import (
	"os"
	"testing"

	"github.com/vmond/vmond/test/lab"
)

func TestMain(m *testing.M) { os.Exit(lab.Isolated(m)) }

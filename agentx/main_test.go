package agentx

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(childEnv); address != "" {
		childMain(address)
		return
	}
	goleak.VerifyTestMain(m)
}

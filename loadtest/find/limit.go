package find

import (
	"fmt"

	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/server/api/text/plural"
)

// From these shares on, a resource is said to be used up.
const (
	fullCPU = 0.9
	busyIO  = 0.3
)

// Limit names what a test had least left of, as far as it can be seen from
// outside the server.
func Limit(s measure.Summary) string {
	c := s.Conditions
	cores := float64(max(min(c.Cores, c.GOMAXPROCS), 1))
	switch {
	case !s.Valid:
		return c.Reason
	case c.ServerCPU >= fullCPU*float64(max(c.Cores, 1)):
		return fmt.Sprintf("the server's CPU: %.2f of %d cores", c.ServerCPU, c.Cores)
	case c.ServerCPU > 0 && c.ServerCPU+c.GeneratorCPU >= fullCPU*cores:
		return fmt.Sprintf("this machine's CPU: the server used %.2f of %d cores, the generator %.2f", c.ServerCPU, c.Cores, c.GeneratorCPU)
	case c.IOPressure >= busyIO:
		return fmt.Sprintf("this machine's disks: something waited for them %.0f %% of the time", 100*c.IOPressure)
	case c.Lagging > 0:
		return "the readers: they did not keep up, so the server dropped " + plural.Of(c.Lagging, "queue") + " of theirs"
	case c.ServerCPU == 0:
		return "the server or the network: the generator had room"
	}
	return fmt.Sprintf("neither CPU nor disks: the server mostly waited (it used %.2f of %d cores), and the generator had room", c.ServerCPU, c.Cores)
}

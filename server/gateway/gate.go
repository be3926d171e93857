package gateway

// gate lets a bounded number through at one time.
type gate chan struct{}

func newGate(most int) gate { return make(gate, most) }

// enter reports whether there is room, without waiting; leave must be called once then.
func (g gate) enter() (leave func(), ok bool) {
	select {
	case g <- struct{}{}:
		return func() { <-g }, true
	default:
		return nil, false
	}
}

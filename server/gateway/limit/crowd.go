package limit

import "sync"

// Crowd bounds how many are there at one time, in all and for each key. Its
// methods may be called concurrently.
type Crowd struct {
	most, each int

	mu  sync.Mutex
	all int
	by  map[Key]int // nobody: no row
}

// NewCrowd lets most in, and each of one key.
func NewCrowd(most, each int) *Crowd { return &Crowd{most: most, each: each, by: map[Key]int{}} }

// Enter reports whether there is room for one more, and takes it; Leave gives
// it back. The zero Key always enters and is not counted.
func (c *Crowd) Enter(k Key) bool {
	if k == (Key{}) {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= c.most || c.by[k] >= c.each {
		return false
	}
	c.all++
	c.by[k]++
	return true
}

// Leave takes one of k out, who has entered.
func (c *Crowd) Leave(k Key) {
	if k == (Key{}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.by[k]--; c.by[k] == 0 {
		delete(c.by, k)
	}
}

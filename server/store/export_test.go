package store

// Break makes every connection of o run a statement after its settings, so that
// a test sees each of them refused.
func (o *SQLiteOptions) Break(statement string) { o.then = statement }

// What tests need to know.
var (
	AtLeast  = atLeast
	Settings = func() (names []string) {
		for _, s := range writerSettings(1024) {
			names = append(names, s.name)
		}
		return names
	}()
)

// WAL thresholds, in pages of 4 KiB.
const (
	WALPages    = walPages
	WALTooLarge = walTooLarge
)

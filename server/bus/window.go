package bus

// window is what a partition has delivered and the loop has not settled: whole
// stored messages, of the first of which some records may be settled already.
type window struct {
	stored  []Stored
	settled int // records of stored[0] that are done
	records int // that are not
	bytes   int
}

func (w *window) push(s Stored) {
	w.stored = append(w.stored, s)
	w.records += len(s.Records)
	w.bytes += size(s)
}

func (w *window) empty() bool { return len(w.stored) == 0 }

// span is the beginning of a window, as one batch takes it.
type span struct {
	records []Record
	last    int64 // the stored message that holds the last record
	whole   int64 // the last stored message that ends within, 0 when none does
}

// cut takes up to limit records: whole stored messages where they fit, a part of
// the first where it does not. It never mixes messages up to border with later ones.
func (w *window) cut(limit int, border int64) span {
	first := w.stored[0]
	rest := first.Records[w.settled:]
	if len(rest) > limit {
		return span{records: rest[:limit], last: first.Number}
	}
	s := span{records: rest[:len(rest):len(rest)], last: first.Number, whole: first.Number}
	for _, m := range w.stored[1:] {
		if len(s.records)+len(m.Records) > limit || (m.Number <= border) != (first.Number <= border) {
			break
		}
		s.records = append(s.records, m.Records...)
		s.last, s.whole = m.Number, m.Number
	}
	return s
}

// settle forgets the first n records.
func (w *window) settle(n int) {
	w.records -= n
	w.settled += n
	done := 0
	for done < len(w.stored) && w.settled >= len(w.stored[done].Records) {
		w.settled -= len(w.stored[done].Records)
		w.bytes -= size(w.stored[done])
		w.stored[done] = Stored{}
		done++
	}
	if w.stored = w.stored[done:]; len(w.stored) == 0 {
		w.stored = nil
	}
}

func size(s Stored) (n int) {
	for i := range s.Records {
		n += len(s.Records[i].Value)
	}
	return n
}

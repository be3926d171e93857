package markup

// closers are what ends each bidi embedding, override and isolate (UAX #9, 2).
var closers = map[string]string{
	"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c",
	"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069",
}

// pair makes the bidi controls of each line pairs: where a pair was broken over
// lines, it is closed at the end of one and begun again on the next. They come
// as pairs on each line of the text, and no cluster holds more than one.
func pair(lines [][]cell) {
	var open []string
	for i, line := range lines {
		begun := append([]string(nil), open...)
		for _, c := range line {
			if closers[c.text] != "" {
				open = append(open, c.text)
			} else if (c.text == "\u202c" || c.text == "\u2069") && len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
		if len(begun) == 0 && len(open) == 0 {
			continue
		}
		var whole []cell
		for _, c := range begun {
			whole = append(whole, cell{text: c})
		}
		whole = append(whole, line...)
		for k := len(open) - 1; k >= 0; k-- {
			whole = append(whole, cell{text: closers[open[k]]})
		}
		lines[i] = whole
	}
}

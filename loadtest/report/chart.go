package report

import (
	"fmt"
	"math"
	"strings"
)

// The frame of a chart, in units of its own: the page scales it.
const (
	frameWidth, frameHeight = 640.0, 240.0
	left, top               = 64.0, 12.0
	right, bottom           = frameWidth - 12, frameHeight - 28
)

type point struct{ x, y float64 }

// chart is some curves on common axes. y begins at 0; the page draws it by Frame,
// Curves, Across and Up.
type chart struct {
	Title string
	unit  func(float64) string // of y
	ticks []mark               // of x, when they are not plain seconds
	names []string
	lines [][]point
}

// mark is a place on an axis, and what is written there.
type mark struct {
	at   float64
	Text string
	X, Y float64 // on the page
}

// curve is one line as SVG takes it.
type curve struct {
	Name   string
	Number int
	Points string
	Dot    bool // a single point, which a line would not show
	X, Y   float64
}

func (c *chart) add(name string, points []point) {
	if len(points) > 0 {
		c.names, c.lines = append(c.names, name), append(c.lines, points)
	}
}

// Empty: there is nothing to draw.
func (c *chart) Empty() bool { return len(c.lines) == 0 }

// Curves are the lines, scaled.
func (c *chart) Curves() (all []curve) {
	for i, line := range c.lines {
		var b strings.Builder
		for _, p := range line {
			fmt.Fprintf(&b, "%.1f,%.1f ", c.x(p.x), c.y(p.y))
		}
		all = append(all, curve{c.names[i], i, b.String(), len(line) == 1, c.x(line[0].x), c.y(line[0].y)})
	}
	return all
}

// Across are the marks of the x axis.
func (c *chart) Across() []mark {
	marks := c.ticks
	if marks == nil {
		from, to := c.span(func(p point) float64 { return p.x })
		for _, v := range steps(from, to) {
			marks = append(marks, mark{at: v, Text: fmt.Sprintf("%g s", v)})
		}
	}
	for i := range marks {
		marks[i].X, marks[i].Y = c.x(marks[i].at), bottom
	}
	return marks
}

// Up are the marks of the y axis.
func (c *chart) Up() (marks []mark) {
	for _, v := range steps(0, c.most()) {
		marks = append(marks, mark{Text: c.unit(v), X: left, Y: c.y(v)})
	}
	return marks
}

func (c *chart) x(v float64) float64 {
	from, to := c.span(func(p point) float64 { return p.x })
	if to == from {
		return left
	}
	return left + (v-from)/(to-from)*(right-left)
}

func (c *chart) y(v float64) float64 { return bottom - v/c.most()*(bottom-top) }

// most is where the y axis ends: its last step is not below the highest point.
func (c *chart) most() float64 {
	_, most := c.span(func(p point) float64 { return p.y })
	if most <= 0 {
		return 1
	}
	step := stepOf(most)
	return math.Ceil(most/step) * step
}

func (c *chart) span(of func(point) float64) (from, to float64) {
	from, to = math.Inf(1), math.Inf(-1)
	for _, line := range c.lines {
		for _, p := range line {
			from, to = min(from, of(p)), max(to, of(p))
		}
	}
	for _, m := range c.ticks {
		from, to = min(from, of(point{m.at, from})), max(to, of(point{m.at, to}))
	}
	return from, to
}

// steps are round values from one to the other.
func steps(from, to float64) (all []float64) {
	step := stepOf(to - from)
	for k := math.Ceil(from / step); k*step <= to+step/1000; k++ {
		all = append(all, math.Round(k*step*1e9)/1e9) // 6 times 0.2 is not quite 1.2
	}
	return all
}

// stepOf is 1, 2 or 5 times a power of ten, of which four to eight make the span.
func stepOf(span float64) float64 {
	if span <= 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, m := range []float64{5, 2, 1} {
		if span/(m*power) >= 4 {
			return m * power
		}
	}
	return power
}

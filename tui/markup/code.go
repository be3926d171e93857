package markup

import (
	"strings"
	"time"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// highlighter finds the parts of a program. The rules of the lexers are regular
// expressions that a text can be made for to take long (the library ends each
// after a quarter of a second): a language that was slow a few times is not
// highlighted any more, and after some of them nothing is.
type highlighter struct {
	lexers map[string]chroma.Lexer // by name and alias, in lower case; made when code comes first
	slow   map[string]int          // how often
}

const (
	codeBytes   = 8192
	codeSlow    = 250 * time.Millisecond
	codeTooSlow = time.Second // and it is given up
	slowTimes   = 2           // of a language
	slowOnes    = 4           // of all
)

// highlight takes code apart; together the spans are the code as it was.
func (h *highlighter) highlight(language, source string) []span {
	plain := []span{{text: source, look: code}}
	language, _, _ = strings.Cut(strings.ToLower(language), " ")
	if language == "" || len(source) > codeBytes || h.slow[language] >= slowTimes || len(h.slow) >= slowOnes {
		return plain
	}
	lexer := h.lexer(language)
	if lexer == nil {
		return plain
	}
	tokens, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root"}, source)
	if err != nil {
		return plain
	}
	var spans []span
	var whole strings.Builder
	began := time.Now() // the rules are compiled by now
	for t := tokens(); t != chroma.EOF && time.Since(began) < codeTooSlow; t = tokens() {
		whole.WriteString(t.Value)
		spans = append(spans, span{text: t.Value, look: lookOf(t.Type)})
	}
	if time.Since(began) > codeSlow {
		h.strike(language)
	}
	if n := len(spans); n > 0 && whole.String() == source+"\n" { // the lexer wanted a last line end
		spans[n-1].text = strings.TrimSuffix(spans[n-1].text, "\n")
	} else if whole.String() != source {
		return plain
	}
	return spans
}

func (h *highlighter) strike(language string) {
	if h.slow == nil {
		h.slow = map[string]int{}
	}
	h.slow[language]++
}

// lexer finds the lexer of a language by its name alone: the library goes on to
// hold a name that it does not know against the patterns of all file names.
func (h *highlighter) lexer(language string) chroma.Lexer {
	if h.lexers == nil {
		h.lexers = map[string]chroma.Lexer{}
		for _, l := range lexers.GlobalLexerRegistry.Lexers {
			h.lexers[strings.ToLower(l.Config().Name)] = l
			for _, n := range l.Config().Aliases {
				h.lexers[strings.ToLower(n)] = l
			}
		}
	}
	return h.lexers[language]
}

func lookOf(t chroma.TokenType) look {
	switch {
	case t.InCategory(chroma.Keyword), t.InSubCategory(chroma.OperatorWord):
		return keyword
	case t.InSubCategory(chroma.LiteralString):
		return literal
	case t.InSubCategory(chroma.LiteralNumber):
		return number
	case t.InCategory(chroma.Comment):
		return comment
	case t == chroma.NameFunction, t == chroma.NameClass, t == chroma.NameBuiltin, t == chroma.NameTag:
		return name
	}
	return 0
}

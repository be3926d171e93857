package demo

import (
	"slices"
	"strings"
)

// answerer is who of those present answers the guest's message: the first who is
// named, else one after the other. It is the same for whoever asks, so that one answers.
func answerer(text string, seq int64, present []string) string {
	var able []string
	for _, p := range cast {
		if p.handle == guest || !slices.Contains(present, p.handle) {
			continue
		}
		if names(text, p.handle) {
			return p.handle
		}
		able = append(able, p.handle)
	}
	if len(able) == 0 {
		return ""
	}
	return able[int(seq)%len(able)]
}

// names reports whether a text speaks to somebody.
func names(text, handle string) bool { return strings.Contains(strings.ToLower(text), "@"+handle) }

// topic is what is answered to messages that hold one of its words.
type topic struct {
	words  []string
	saying saying
}

var topics = []topic{
	{[]string{"hello", "hi", "hey", "morning", "hallo"}, saying{text: "Hello, @you! Nice that you look in. 👋", reply: true}},
	{[]string{"bye", "quit", "exit"}, saying{text: "See you! `ctrl-c` or `/quit` ends all of this, and nothing is left behind."}},
	{[]string{"help", "keys", "key"}, saying{text: "`f1` shows all keys. Up in an empty line selects messages: then `r` replies, `e` edits, `c` copies.", reply: true}},
	{[]string{"thanks", "thank", "thx"}, saying{text: "You are welcome."}},
	{[]string{"coffee", "tea"}, saying{haste: "Black, no suger.", text: "Black, no sugar. ☕"}},
	{[]string{"code", "script", "bot", "bots", "api"}, saying{reply: true, text: "I am a bot, and you can write one as well:\n```sh\nchatctl token create 'my bot'\nchatctl watch -o json\n```"}},
	{[]string{"group", "room"}, saying{text: "Make one: `/group weekend @ada @linus`. `/invite`, `/rename` and `/leave` do what they say.", reply: true}},
	{[]string{"book", "books", "read"}, saying{text: "Then look into #books. Barbara has read them all."}},
	{[]string{"lunch", "soup", "food"}, saying{text: "Half past twelve, the place with the soup. You are invited. 🍜", reply: true}},
	{[]string{"lost", "crash", "kill", "safe", "disk"}, saying{reply: true, text: "What was answered with ✓ is on the disk, through `kill -9` and power cuts. `chatctl verify` counts it for you."}},
	{[]string{"fast", "load", "scale"}, saying{reply: true, text: "Measure it on this machine:\n```sh\nchatctl loadtest fanout --clients 1000 --rate 20000\n```"}},
	{[]string{"210", "quiz", "defer"}, saying{text: "Correct. Defers run last in, first out. 🏅", reply: true}},
	{[]string{"who", "real", "human"}, saying{text: "We are bots, all four of us. What you see is what people would get: the same server, the same API.", reply: true}},
}

// small is the talk for when no topic is known; each speaker goes through it.
var small = []saying{
	{text: "Tell me more!", reply: true},
	{haste: "Intresting. I would not have thought of that.", text: "Interesting. I would not have thought of that."},
	{text: "Good question. I would have to think about it.", ask: "Good question. What do you think, %s?", reply: true},
	{text: "By the way: up in an empty line selects a message, and `e` edits one of your own.", reply: true},
	{text: "Ha! 😄"},
	{text: "**Markdown** works as well, *most* of it, and `code`. Try it.", reply: true},
	{text: "I read each of them. Look at the marks beside your message: ✓ sent, ✓✓ read.", reply: true},
}

// asides are what people say when another bot asks them. They ask nobody.
var asides = map[string]saying{
	"ada":     {text: "I would sleep on it.", reply: true},
	"grace":   {text: "Measure it first.", reply: true},
	"linus":   {text: "Works on my machine. 🤷", reply: true},
	"barbara": {text: "There is a chapter about that in every book I own.", reply: true},
}

// answer is what the speaker says to the guest's text among those present,
// having answered said times before.
func answer(speaker, text string, said int, present []string) saying {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '@'
	})
	for _, t := range topics {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(t.words, w) }) {
			return t.saying
		}
	}
	first := slices.IndexFunc(cast, func(p person) bool { return p.handle == speaker })
	s := small[(first+said)%len(small)]
	for _, p := range cast {
		if s.ask != "" && p.handle != guest && p.handle != speaker && slices.Contains(present, p.handle) {
			s.text, s.ask = strings.ReplaceAll(s.ask, "%s", "@"+p.handle), ""
		}
	}
	return s
}

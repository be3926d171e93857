package demo

import (
	"slices"
	"strings"
)

// guest is the handle of whoever looks in; host, the bot who welcomes them.
const (
	guest = "you"
	host  = "ada"
)

// person is somebody with an account.
type person struct{ handle, name string }

var cast = []person{
	{guest, "You"},
	{"ada", "Ada"},
	{"grace", "Grace"},
	{"linus", "Linus"},
	{"barbara", "Barbara"},
}

// room is a group; the first of its members makes it, and the guest is in all.
type room struct {
	name    string
	members []string
}

var rooms = []room{
	{"lobby", []string{"ada", "grace", "linus", "barbara"}},
	{"ops", []string{"grace", "linus", "ada"}},
	{"books", []string{"barbara", "ada"}},
}

// private, in place of a group's name, is host's direct conversation with the guest.
const private = "@" + host

// saying is one message.
type saying struct {
	text    string
	haste   string // what is sent first, and then edited into text
	reply   bool   // to what is answered
	replyTo int64  // its seq
}

// line is a saying with its speaker and place.
type line struct {
	who, in string
	after   int // beats after the line before
	saying
}

// before is what was said before the guest came. replyTo counts the lines of the same place, from 1.
var before = []line{
	{"barbara", "books", 0, saying{text: "Who has the *Mythical Man-Month*? I lent it to one of you in spring."}},
	{"ada", "books", 0, saying{text: "Guilty. Back on your desk tomorrow. It took me a man-month.", replyTo: 1}},
	{"barbara", "books", 0, saying{text: "> Adding people to a late project makes it later.\n\nTomorrow, then, and alone. 📚"}},

	{"grace", "ops", 0, saying{text: "Deploy of the gateway is through. Two minutes, nobody was cut off."}},
	{"linus", "ops", 0, saying{text: "How do you know?"}},
	{"grace", "ops", 0, saying{text: "I asked:\n```sh\nchatctl admin connections list\nchatctl admin stats\n```", replyTo: 2}},
	{"linus", "ops", 0, saying{text: "Fine. I'll pull the plug on the old box at **18:00**, then."}},
	{"ada", "ops", 0, saying{text: "Please really *pull* it. What it has acknowledged is on the disk, and I want to see it come back.", replyTo: 4}},

	{"ada", "lobby", 0, saying{text: "Good morning, all! ☀️"}},
	{"linus", "lobby", 0, saying{text: "Morning. Who broke the coffee machine?"}},
	{"barbara", "lobby", 0, saying{text: "It is not broken, it is *eventually consistent*.", replyTo: 2}},
	{"grace", "lobby", 0, saying{text: "We get a visitor today: @you. Be nice, everybody."}},

	{"ada", private, 0, saying{text: "Welcome! This is a server of your own, and it is gone when you quit. Write to anybody: we answer."}},
	{"ada", private, 0, saying{text: "`alt-a` brings you to what is unread, `alt-k` to a conversation by name, and `f1` shows all keys."}},
}

// read is how many lines of a place the guest has read.
var read = map[string]int{"books": 3, "ops": 3, "lobby": 3}

// chatter is what is said once the guest is there.
var chatter = []line{
	{"ada", "lobby", 2, saying{text: "There you are, @you! Say something: somebody always answers."}},
	{"linus", "lobby", 3, saying{haste: "Helo. Mind the coffee.", text: "Hello. Mind the coffee."}},
	{"grace", "ops", 8, saying{text: "Plug pulled at 18:00, box back at 18:01. Nothing that was acknowledged is missing. ✅"}},
	{"linus", "ops", 6, saying{text: "I counted as well. Same number."}},
	{"barbara", "books", 15, saying{text: "@you, do you read? There is always a place in this club."}},
	{"grace", "lobby", 15, saying{text: "Lunch at half past twelve. The place with the soup. 🍜"}},
	{"barbara", "lobby", 6, saying{text: "I am in."}},
}

// answerer is who of those present answers the guest's message: the first who is
// named, else one after the other. It is the same for whoever asks, so that one answers.
func answerer(text string, seq int64, present []string) string {
	var able []string
	for _, p := range cast {
		if p.handle == guest || !slices.Contains(present, p.handle) {
			continue
		}
		if strings.Contains(strings.ToLower(text), "@"+p.handle) {
			return p.handle
		}
		able = append(able, p.handle)
	}
	if len(able) == 0 {
		return ""
	}
	return able[int(seq)%len(able)]
}

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
	{[]string{"code", "script", "bot", "api"}, saying{reply: true, text: "I am a bot, and you can write one as well:\n```sh\nchatctl token create 'my bot'\nchatctl watch -o json\n```"}},
	{[]string{"group", "room"}, saying{text: "Make one: `/group weekend @ada @linus`. `/invite`, `/rename` and `/leave` do what they say.", reply: true}},
	{[]string{"book", "books", "read"}, saying{text: "Then look into #books. Barbara has read them all."}},
}

// small is the talk for when no topic is known; each speaker goes through it.
var small = []saying{
	{text: "Tell me more!", reply: true},
	{haste: "Intresting. I would not have thought of that.", text: "Interesting. I would not have thought of that."},
	{text: "By the way: up in an empty line selects a message, and `e` edits one of your own."},
	{text: "What do the others think, @you?", reply: true},
	{text: "**Markdown** works as well, *most* of it, and `code`. Try it."},
	{text: "Ha! 😄"},
	{text: "I read each of them. Look at the marks beside your message: ✓ sent, ✓✓ read."},
}

// answer is what the speaker says to a text, having answered said times before.
func answer(speaker, text string, said int) saying {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && r != '@' })
	for _, t := range topics {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(t.words, w) }) {
			return t.saying
		}
	}
	first := slices.IndexFunc(cast, func(p person) bool { return p.handle == speaker })
	return small[(first+said)%len(small)]
}

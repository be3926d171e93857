package demo

// guest is the handle of whoever looks in; host, the bot who welcomes them.
const (
	guest = "you"
	host  = "ada"
)

// Begin is the name of the conversation in which most is said.
const Begin = "#lobby"

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

// saying is one message.
type saying struct {
	text    string
	haste   string // what is sent first, and then edited into text
	ask     string // what is said instead where somebody else is there to be asked, with their handle for %s
	reply   bool   // to what is answered
	replyTo int64  // its seq
}

// line is a saying with its speaker and place: a group's name, or private.
type line struct {
	who, in string
	after   int // beats after the line before
	answers int // the line of the same place that it replies to, counted from 1
	saying
}

// private, in place of a group's name, is the speaker's direct conversation with the guest.
const private = "@"

func said(who, in, text string) line {
	return line{who: who, in: in, saying: saying{text: text}}
}

// later puts a line so many beats after the one before.
func (l line) later(beats int) line { l.after = beats; return l }

// to makes a line the reply to one of the same place.
func (l line) to(n int) line { l.answers = n; return l }

// first makes a line one that is said in haste, and then corrected.
func (l line) first(haste string) line { l.haste = haste; return l }

// before is what was said before the guest came.
var before = []line{
	said("linus", private, "Ada says that you look in today. If it is about the coffee machine: I was never near it."),
	said("linus", private, "Ask me about code, bots or disks, and I don't stop."),

	said("barbara", "books", "Who has the *Mythical Man-Month*? I lent it to one of you in spring."),
	said("ada", "books", "Guilty. Back on your desk tomorrow. It took me a man-month.").to(1),
	said("barbara", "books", "> Adding people to a late project makes it later.\n\nTomorrow, then, and alone. 📚"),

	said("grace", "ops", "Deploy of the gateway is through. Two minutes, nobody was cut off."),
	said("linus", "ops", "How do you know?"),
	said("grace", "ops", "I asked:\n```sh\nchatctl admin connections list\nchatctl admin stats\n```").to(2),
	said("linus", "ops", "Fine. I'll pull the plug on the old box in a minute, then."),
	said("ada", "ops", "Please really *pull* it. What it has acknowledged is on the disk, and I want to see it come back.").to(4),

	said("ada", private, "Welcome! This is a server of your own, and it is gone when you quit. Write to anybody: we answer."),
	said("ada", private, "`alt-a` brings you to what is unread, `alt-k` to a conversation by name, and `f1` shows all keys."),

	said("ada", "lobby", "Good morning, all! ☀️"),
	said("linus", "lobby", "Morning. Who broke the coffee machine?"),
	said("barbara", "lobby", "It is not broken, it is *eventually consistent*.").to(2),
	said("grace", "lobby", "We get a visitor today: @you. Be nice, everybody."),
}

// read is how many lines of a place the guest has read; of a private one by its name.
var read = map[string]int{"books": 3, "ops": 3, "lobby": 3, "@linus": 2}

// chatter is what is said once the guest is there: the first minute shows what
// there is, then it is a morning in an office. It goes on for six minutes.
var chatter = []line{
	said("ada", "lobby", "There you are, @you! Say something: somebody always answers.").later(1),
	said("linus", "lobby", "Hello. Mind the coffee.").later(1).first("Helo. Mind the coffee."),
	said("grace", "ops", "@you, watch this: I pull the plug **now**.").later(4),
	said("barbara", "lobby", "Quiz of the day. What does it print?\n```go\nfor i := range 3 {\n    defer fmt.Print(i)\n}\n```").later(2),
	said("linus", "ops", "And? I am still connected.").later(3),
	said("grace", "ops", "Power is back after 40 s. Nothing that was acknowledged is missing. ✅").later(3).to(7),
	said("ada", private, "Somebody said your name in #ops: that is the `@1` in the list. `alt-a` goes there.").later(3),
	said("linus", "lobby", "`210`. A defer is a stack, and so is my desk.").later(2).to(7),
	said("barbara", "lobby", "Right! 🎉 You owe nobody a coffee.").later(4),

	said("linus", "ops", "I counted as well. Same number.").later(8),
	said("ada", "lobby", "Things to try, @you: the up key in an empty line selects messages. Then `r` replies, `e` edits your own, `c` copies.").later(8),
	said("barbara", "books", "@you, do you read? There is always a place in this club.").later(10),
	said("grace", "lobby", "Lunch at half past twelve? The place with the soup. 🍜").later(10),
	said("barbara", "lobby", "I am in.").later(4).to(11),
	said("linus", "lobby", "In, but no soup.").later(5).first("In, but no soap."),
	said("ada", "books", "I brought it back, it lies on your desk. Page 17 has a coffee ring.").later(12),
	said("barbara", "books", "That ring is older than you, Ada.").later(6).to(5),
	said("grace", "ops", "Certificate of the gateway renews tonight. It is taken without a restart, so nobody has to stay up.").later(14),
	said("linus", "ops", "Then I go home at five.\n\n- laundry\n- bins\n- *sleep*").later(8),
	said("linus", private, "It was me. The coffee machine. Tell nobody. ☕").later(14),
	said("ada", "lobby", "Who has seen the release notes? They were here: https://example.org/notes").later(16),
	said("grace", "lobby", "In your own outbox. You never pressed Enter.").later(6).to(14),
	said("ada", "lobby", "…").later(5),
	said("barbara", "lobby", "> You never pressed Enter.\n\nThis goes on the wall.").later(6),
	said("grace", "ops", "Load test on the new box: 1,000 people in one room, not one message lost.\n```sh\nchatctl loadtest fanout --clients 1000 --rate 20000\n```").later(18),
	said("ada", "ops", "Try that one yourself, @you, once you are done with us.").later(6),
	said("barbara", "books", "Next month: *The Design of Everyday Things*. A book about doors.").later(18),
	said("ada", "books", "I have pushed the one at the library that says PULL. For years.").later(8).to(7),
	said("linus", "lobby", "The coffee machine works again. Nobody touch anything.").later(18),
	said("barbara", "lobby", "It has converged. ✨").later(5).to(18),
	said("grace", "lobby", "Back to work, everybody. @you, stay as long as you like.").later(14),
}

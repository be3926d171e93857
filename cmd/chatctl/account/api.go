package account

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/client"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
)

func (a *commands) api() *cobra.Command {
	var fields []string
	var key string
	cmd := a.Client(&cobra.Command{
		Use:   "api METHOD PATH",
		Short: "Ask any route of the server, signed in",
		Long: `Ask any route of the server, signed in, and print what it answers.

Fields become the query of a GET, and a JSON body otherwise: name=value is a
string, name:=value is JSON. What the server can do is told by
"chatctl api GET /v1/openapi.yaml".`,
		Example: `  chatctl api GET /v1/me
  chatctl api POST /v1/direct/ada/messages -f text="hello"
  chatctl api PUT /v1/conversations/ID/marks -f read:=5`,
		Args: cli.Args(2, 2),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		r, err := request(args[0], args[1], fields)
		if err != nil {
			return err
		}
		body, err := c.Raw(ctx, r.method, r.path, key, r.body)
		if printing := p.Body(body); err == nil {
			err = printing
		}
		return err
	})
	cmd.Flags().StringArrayVarP(&fields, "field", "f", nil, "a field, `NAME=VALUE` or NAME:=JSON; may be given several times")
	cmd.Flags().StringVar(&key, "key", "", "the Idempotency-Key of an action")
	return cmd
}

type rawRequest struct {
	method, path string
	body         []byte
}

var method = regexp.MustCompile(`^[A-Za-z]{1,16}$`)

// request reads the arguments of api. The path stays on the server: nothing in
// it can name another host, which would be given the token.
func request(verb, path string, fields []string) (r rawRequest, err error) {
	if !method.MatchString(verb) {
		return r, cli.Misused("it is GET, POST, PUT or DELETE", "%q is no method", verb)
	}
	r.method = strings.ToUpper(verb)
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return r, cli.Misused("it begins with one /, such as /v1/me", "%q is no path on the server", path)
	}
	values, err := parseFields(fields)
	if err != nil {
		return r, err
	}
	if r.method != "GET" && len(fields) > 0 {
		r.path = path
		r.body, err = json.Marshal(values, json.Deterministic(true))
		return r, err
	}
	query := u.Query()
	for name, v := range values {
		query.Set(name, strings.Trim(v.String(), `"`))
	}
	u.RawQuery = query.Encode()
	r.path = u.String()
	return r, nil
}

func parseFields(fields []string) (map[string]jsontext.Value, error) {
	values := map[string]jsontext.Value{}
	for _, f := range fields {
		name, value, ok := strings.Cut(f, "=")
		if !ok || strings.TrimSuffix(name, ":") == "" {
			return nil, cli.Misused("write NAME=VALUE, or NAME:=JSON", "-f %q is no field", f)
		}
		name, raw := strings.CutSuffix(name, ":")
		v := jsontext.Value(value)
		if raw && !v.IsValid() {
			return nil, cli.Misused("write NAME=VALUE for a string", "-f %q: %q is not JSON", f, value)
		}
		if !raw {
			quoted, err := jsontext.AppendQuote(nil, value)
			if err != nil {
				return nil, cli.Misused("", "-f %s is not valid UTF-8", name)
			}
			v = quoted
		}
		values[name] = v
	}
	return values, nil
}

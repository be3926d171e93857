package account

import (
	"github.com/chatctl/chatctl/cmd/chatctl/schema"
	"github.com/chatctl/chatctl/server/api"
)

// Printed is what these commands print with -o json. What export and api print
// is a server's answer as it is, which its OpenAPI document describes.
func Printed() schema.Types {
	in, did, me, profile := schema.Of[signedIn](), schema.Of[changed](), schema.Of[api.Me](), schema.Of[profileRow]()
	return schema.Types{
		"signup": in, "login": in, "logout": schema.Of[loggedOut](), "whoami": me,
		"profile list": profile, "profile use": profile, "profile read-only": profile, "profile remove": schema.Of[loggedOut](),
		"account name": me, "account presence": me, "account password": did, "account reset-password": in, "account email": did,
		"account erase": did, "account claim-admin": did,
		"sessions list": schema.Of[api.Session](), "sessions revoke": schema.Of[ended](), "token create": schema.Of[api.SignedIn](),
	}
}

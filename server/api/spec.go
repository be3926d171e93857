package api

import _ "embed" // the documents

// OpenAPI is the OpenAPI 3.0 document of the HTTP API.
//
//go:embed openapi.yaml
var OpenAPI string

// AsyncAPI is the AsyncAPI 3.0 document of the event stream.
//
//go:embed asyncapi.yaml
var AsyncAPI string

// AdminOpenAPI is the OpenAPI 3.0 document of the administration API.
//
//go:embed admin-openapi.yaml
var AdminOpenAPI string

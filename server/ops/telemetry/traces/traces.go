// Package traces sends what one action went through to an OpenTelemetry
// collector: a span for each stage, all below the one in which it was accepted.
//
// Spans hold the kind of an action and no text, name or address. They wait in a
// bounded queue of the library's and are dropped when the collector is away:
// nothing waits for it (promises, rule 19). All methods may be called concurrently.
package traces

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Tracer sends spans until Close.
type Tracer struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// Open sends to the collector at endpoint, as OTEL_EXPORTER_OTLP_ENDPOINT names
// it: OTLP over HTTP goes to v1/traces below it. The other OTEL_ variables, such
// as the sampler's and the headers', are the library's to read. It does not connect.
func Open(ctx context.Context, endpoint, version string, log *slog.Logger) (*Tracer, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.JoinPath("v1", "traces").String()))
	if err != nil {
		return nil, fmt.Errorf("sending traces to %s: %w", u.Redacted(), err)
	}
	otel.SetErrorHandler(&complaints{log: log}) // else the library writes to stderr by itself
	p := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "chatctl"), attribute.String("service.version", version))))
	return &Tracer{p, p.Tracer("github.com/chatctl/chatctl")}, nil
}

// Begin begins a span, below parent where that is a traceparent (W3C Trace
// Context) and as the first of a trace where it is empty. It returns the span's
// own traceparent, and what ends it.
func (t *Tracer) Begin(parent, name string) (traceparent string, end func(error)) {
	ctx, span := t.tracer.Start(below(parent), name)
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier.Get("traceparent"), func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// Span is a span below parent that began and ended already.
func (t *Tracer) Span(parent, name string, began, ended time.Time) {
	_, span := t.tracer.Start(below(parent), name, trace.WithTimestamp(began))
	span.End(trace.WithTimestamp(ended))
}

// Close sends what waits, for as long as ctx allows.
func (t *Tracer) Close(ctx context.Context) error { return t.provider.Shutdown(ctx) }

func below(parent string) context.Context {
	carrier := propagation.MapCarrier{"traceparent": parent}
	return propagation.TraceContext{}.Extract(context.Background(), carrier) // spans carry no deadline
}

// complaints logs what the library cannot send, at most once a minute.
type complaints struct {
	log  *slog.Logger
	next atomic.Int64 // Unix seconds
}

// Handle is otel.ErrorHandler's.
func (c *complaints) Handle(err error) {
	now := time.Now().Unix()
	if next := c.next.Load(); now >= next && c.next.CompareAndSwap(next, now+60) {
		c.log.Warn("traces are not sent", "err", err)
	}
}

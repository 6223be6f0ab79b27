package gateway

import (
	"errors"
	"strings"

	"wasl/exchange/directory"
	"wasl/kit/errs"
)

// The parties that can be at fault, as prefixes of a fault's type in the X-Road REST protocol.
const (
	faultClient   = "Client."
	faultConsumer = "Server.ClientProxy."
	faultProvider = "Server.ServerProxy."
)

// Fault is a gateway's own refusal, in the form of the X-Road REST protocol: the type is repeated in X-Road-Error, and the
// detail is a code of ours whose sentence exists in four languages.
type Fault struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Detail  string `json:"detail"`
	cause   error
}

func (f *Fault) Error() string {
	s := "gateway: " + f.Type + ": " + f.Detail
	if f.cause != nil {
		s += ": " + f.cause.Error()
	}
	return s
}

// Unwrap returns the cause, for the log.
func (f *Fault) Unwrap() error { return f.cause }

// Status is 400 for what the client must change and 500 for all else, as the protocol's specification says.
func (f *Fault) Status() int {
	if strings.HasPrefix(f.Type, faultClient) {
		return 400
	}
	return 500
}

// kinds gives the type of each refusal of the directory and of the gateway; the others are access denied.
var kinds = map[string]string{
	directory.ErrUnknownMember.Code: "UnknownMember", directory.ErrUnknownService.Code: "UnknownService",
	directory.ErrDisabled.Code: "ServiceDisabled", directory.ErrOutdated.Code: "OutdatedGlobalConf",
	errUpstream.Code: "ServiceFailed.NetworkError", errTimeout.Code: "ServiceFailed.Timeout", errBroken.Code: "ServiceFailed.CircuitOpen",
	errPeer.Code: "NetworkError", errLog.Code: "LoggingFailed", errSignature.Code: "InvalidSignature", errReplayed.Code: "Replayed",
	errBusy.Code: "TooManyExchanges", errMismatch.Code: "InvalidResponse", errOverflow.Code: "FieldOutsideAgreement", errStale.Code: "StaleMessage",
	errContent.Code: "ContentOutsideAgreement", errBodyLimit.Code: "BodyTooLarge", errTransport.Code: "SslAuthenticationFailed",
}

// bad lists the refusals that the client can only cure itself.
var bad = map[string]bool{
	directory.ErrPurposeMissing.Code: true, directory.ErrFieldsMissing.Code: true, directory.ErrPathNotAccepted.Code: true,
	errRequest.Code: true, errBodyLimit.Code: true,
}

// The gateway's own refusals, by the code of their sentence.
var (
	errRequest   = errs.New(errs.Invalid, "exchange_request_malformed")
	errBodyLimit = errs.New(errs.TooLarge, "exchange_body_too_large")
	errUpstream  = errs.New(errs.Unavailable, "exchange_service_unreachable")
	errTimeout   = errs.New(errs.Unavailable, "exchange_service_timeout")
	errBroken    = errs.New(errs.Unavailable, "exchange_service_resting")
	errPeer      = errs.New(errs.Unavailable, "exchange_gateway_unreachable")
	errLog       = errs.New(errs.Unavailable, "exchange_log_unavailable")
	errBusy      = errs.New(errs.TooMany, "exchange_too_many")
	errSignature = errs.New(errs.Forbidden, "exchange_signature_refused")
	errTransport = errs.New(errs.Forbidden, "exchange_certificate_refused")
	errReplayed  = errs.New(errs.Conflict, "exchange_message_replayed")
	errStale     = errs.New(errs.Forbidden, "exchange_message_stale")
	errMismatch  = errs.New(errs.Forbidden, "exchange_response_mismatch")
	errContent   = errs.New(errs.Forbidden, "exchange_response_content")
	errOverflow  = errs.New(errs.Forbidden, "exchange_response_outside_agreement")
)

// fault puts an error into the protocol's form; side is the prefix of the gateway that speaks.
func fault(side string, err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	e := errs.As(err)
	kind, known := kinds[e.Code]
	if !known {
		kind = "AccessDenied"
	}
	if e.Kind == errs.Internal {
		kind = "InternalError"
	}
	if bad[e.Code] {
		if side = faultClient; !known {
			kind = "BadRequest"
		}
	}
	f = &Fault{Type: side + kind, Message: messages[e.Code], Detail: e.Code, cause: err}
	if notice := e.Params["notice"]; notice != "" {
		f.Message += ": " + notice
	}
	return f
}

// Err turns a fault that came over the wire back into an error with kind and code.
func (f *Fault) Err() error {
	kind := errs.Forbidden
	switch {
	case strings.Contains(f.Type, "ServiceFailed"), strings.Contains(f.Type, "NetworkError"), strings.Contains(f.Type, "LoggingFailed"),
		strings.Contains(f.Type, "OutdatedGlobalConf"), strings.Contains(f.Type, "ServiceDisabled"), strings.Contains(f.Type, "InternalError"):
		kind = errs.Unavailable
	case strings.Contains(f.Type, "TooMany"):
		kind = errs.TooMany
	case strings.HasPrefix(f.Type, faultClient):
		kind = errs.Invalid
	case strings.Contains(f.Type, "Unknown"):
		kind = errs.NotFound
	}
	return errs.New(kind, f.Detail).Cause(f)
}

// messages are for the operator of the calling system, as the protocol asks; people read the sentence of the detail's code.
var messages = map[string]string{
	directory.ErrUnknownMember.Code: "the client is not registered in the directory", directory.ErrUnknownService.Code: "no such service in the directory",
	directory.ErrDisabled.Code: "the provider switched the service off", directory.ErrNoAgreement.Code: "no agreement between client and service",
	directory.ErrExpired.Code: "the agreement is not in force", directory.ErrOperation.Code: "the agreement does not cover this method and path",
	directory.ErrPurposeMissing.Code: "purpose and legal basis are mandatory", directory.ErrFieldsMissing.Code: "the fields asked for are mandatory",
	directory.ErrPurpose.Code: "the agreement does not cover this purpose", directory.ErrLegalBasis.Code: "the agreement does not cover this legal basis",
	directory.ErrField.Code: "a field is outside the agreement", directory.ErrOutdated.Code: "the directory has expired",
	directory.ErrPathNotAccepted.Code: "the path or query is not in its one plain spelling", directory.ErrParty.Code: "the agreement does not cover the represented party", errRequest.Code: "the request is malformed",
	errBodyLimit.Code: "the body is too large", errUpstream.Code: "the service cannot be reached", errTimeout.Code: "the service did not answer in time",
	errBroken.Code: "the service failed repeatedly and is being left alone for a moment", errPeer.Code: "the provider's gateway cannot be reached",
	errLog.Code: "the message log cannot take the message", errBusy.Code: "too many exchanges at one time", errSignature.Code: "the message's signature is missing or wrong",
	errTransport.Code: "the certificate is not accepted", errReplayed.Code: "the message was received before", errStale.Code: "the message is too old or from the future",
	errMismatch.Code: "the answer does not belong to the question", errContent.Code: "the answer is of a type that the agreement cannot be applied to", errOverflow.Code: "the answer holds fields that were not agreed",
}

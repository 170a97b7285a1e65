import { certificateSigningRequests } from "./certificate_signing_request.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: certificateSigningRequests,
    object: { "spec": { "request": "eA==", "signerName": "" }, "status": {} },
    errors: [
      'FieldValueInvalid|spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST',
      "FieldValueRequired|spec.signerName: Required value",
      "FieldValueRequired|spec.usages: Required value",
    ],
  },
  {
    kind: certificateSigningRequests,
    object: {
      "spec": {
        "request": "eA==",
        "signerName": "a",
        "usages": ["foo", "any", "any"],
        "expirationSeconds": 5,
      },
      "status": {},
    },
    errors: [
      'FieldValueDuplicate|spec.usages[2]: Duplicate value: "any"',
      "FieldValueInvalid|spec.expirationSeconds: Invalid value: 5: may not specify a duration less than 600 seconds (10 minutes)",
      'FieldValueInvalid|spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST',
      "FieldValueInvalid|spec.signerName: Invalid value: \"a\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
      'FieldValueNotSupported|spec.usages[0]: Unsupported value: "foo": supported values: "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"',
    ],
  },
  {
    kind: certificateSigningRequests,
    object: {
      "spec": {
        "request": "eA==",
        "signerName": "kubernetes.io/legacy-unknown",
        "usages": ["any"],
      },
      "status": {},
    },
    errors: [
      'FieldValueInvalid|spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST',
      'FieldValueInvalid|spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
    ],
  },
  {
    kind: certificateSigningRequests,
    object: {
      "spec": { "request": "eA==", "signerName": "foo/B_", "usages": ["any"] },
      "status": {
        "conditions": [
          { "type": "Approved", "status": "False" },
          { "type": "Denied", "status": "True" },
          { "type": "", "status": "" },
          { "type": "Denied", "status": "True" },
          { "type": "X", "status": "Foo" },
        ],
      },
    },
    errors: [
      'FieldValueDuplicate|status.conditions[3].type: Duplicate value: "Denied"',
      'FieldValueInvalid|spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST',
      "FieldValueInvalid|spec.signerName: Invalid value: \"B_\": validating label \"B_\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'FieldValueInvalid|spec.signerName: Invalid value: "foo": should be a domain with at least two segments separated by dots',
      'FieldValueInvalid|status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
      'FieldValueInvalid|status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
      'FieldValueNotSupported|status.conditions[0].status: Unsupported value: "False": supported values: "True"',
      'FieldValueNotSupported|status.conditions[4].status: Unsupported value: "Foo": supported values: "False", "True", "Unknown"',
      "FieldValueRequired|status.conditions[2].status: Required value",
      "FieldValueRequired|status.conditions[2].type: Required value",
    ],
  },
  {
    kind: certificateSigningRequests,
    object: {
      "spec": { "request": "eA==", "signerName": "A.b/c/d", "usages": ["any"] },
      "status": {},
    },
    errors: [
      'FieldValueInvalid|spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST',
      "FieldValueInvalid|spec.signerName: Invalid value: \"A.b/c/d\": must be a fully qualified domain and path of the form 'example.com/signer-name'",
    ],
  },
  {
    kind: certificateSigningRequests,
    object: {
      "spec": { "request": "eA==", "signerName": "A.b/c", "usages": ["any"] },
      "status": {},
    },
    errors: [
      'FieldValueInvalid|spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST',
      "FieldValueInvalid|spec.signerName: Invalid value: \"A.b\": validating label \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  },
]);

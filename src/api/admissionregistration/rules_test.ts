import { mutatingWebhookConfigurations } from "./mutating_webhook_configuration.ts";
import { validatingWebhookConfigurations } from "./validating_webhook_configuration.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: validatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "a.b.c",
        "clientConfig": { "url": "https://x/y" },
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
      }],
    },
    errors: [],
  },
  {
    kind: mutatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "a.b.c",
        "clientConfig": { "url": "https://x/y" },
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
      }],
    },
    errors: [],
  },
  {
    kind: validatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "a.b.c",
        "clientConfig": { "url": "https://x/y" },
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
      }, {
        "name": "a.b.c",
        "clientConfig": { "url": "https://x/y" },
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
      }],
    },
    errors: ['FieldValueDuplicate|webhooks[1].name: Duplicate value: "a.b.c"'],
  },
  {
    kind: validatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "",
        "clientConfig": {},
        "admissionReviewVersions": [],
      }],
    },
    errors: [
      "FieldValueRequired|webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1",
      "FieldValueRequired|webhooks[0].clientConfig: Required value: exactly one of url or service is required",
      "FieldValueRequired|webhooks[0].name: Required value",
      "FieldValueRequired|webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun",
    ],
  },
  {
    kind: mutatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "a.b",
        "clientConfig": { "url": "http://u:p@/x?q=1#f" },
        "sideEffects": "Some",
        "admissionReviewVersions": ["v1", "v1", "V2"],
        "failurePolicy": "X",
        "matchPolicy": "Y",
        "timeoutSeconds": 31,
        "reinvocationPolicy": "Z",
      }],
    },
    errors: [
      'FieldValueInvalid|webhooks[0].admissionReviewVersions[1]: Invalid value: "v1": duplicate version',
      "FieldValueInvalid|webhooks[0].admissionReviewVersions[2]: Invalid value: \"V2\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      'FieldValueInvalid|webhooks[0].clientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]',
      'FieldValueInvalid|webhooks[0].clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
      "FieldValueInvalid|webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed URL scheme; desired format: https://host[/path]",
      'FieldValueInvalid|webhooks[0].clientConfig.url: Invalid value: "q=1": query parameters are not permitted in the URL',
      'FieldValueInvalid|webhooks[0].clientConfig.url: Invalid value: "u:p": user information is not permitted in the URL',
      'FieldValueInvalid|webhooks[0].name: Invalid value: "a.b": should be a domain with at least three segments separated by dots',
      "FieldValueInvalid|webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
      'FieldValueNotSupported|webhooks[0].failurePolicy: Unsupported value: "X": supported values: "Fail", "Ignore"',
      'FieldValueNotSupported|webhooks[0].matchPolicy: Unsupported value: "Y": supported values: "Equivalent", "Exact"',
      'FieldValueNotSupported|webhooks[0].reinvocationPolicy: Unsupported value: "Z": supported values: "IfNeeded", "Never"',
      'FieldValueNotSupported|webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
    ],
  },
  {
    kind: validatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "A.b.c",
        "clientConfig": {
          "service": {
            "name": "",
            "namespace": "",
            "path": "x//y/Z",
            "port": 0,
          },
        },
        "sideEffects": "None",
        "admissionReviewVersions": ["v9"],
      }],
    },
    errors: [
      'FieldValueInvalid|webhooks[0].admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
      "FieldValueInvalid|webhooks[0].clientConfig.service.path: Invalid value: \"x//y/Z\": must start with a '/'",
      'FieldValueInvalid|webhooks[0].clientConfig.service.path: Invalid value: "x//y/Z": segment[0] may not be empty',
      'FieldValueInvalid|webhooks[0].clientConfig.service.path: Invalid value: "x//y/Z": segment[1] may not be empty',
      "FieldValueInvalid|webhooks[0].clientConfig.service.path: Invalid value: \"x//y/Z\": segment[3]: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|webhooks[0].clientConfig.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive",
      "FieldValueInvalid|webhooks[0].name: Invalid value: \"A.b.c\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueRequired|webhooks[0].clientConfig.service.name: Required value",
      "FieldValueRequired|webhooks[0].clientConfig.service.namespace: Required value",
    ],
  },
  {
    kind: validatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "a.b.c",
        "clientConfig": {
          "service": {
            "name": "s",
            "namespace": "n",
            "path": "//",
            "port": 70000,
          },
        },
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
      }],
    },
    errors: [
      'FieldValueInvalid|webhooks[0].clientConfig.service.path: Invalid value: "//": segment[0] may not be empty',
      "FieldValueInvalid|webhooks[0].clientConfig.service.port: Invalid value: 70000: port is not valid: must be between 1 and 65535, inclusive",
    ],
  },
  {
    kind: validatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "a.b.c",
        "clientConfig": {
          "service": { "name": "s", "namespace": "n", "path": "/a/b/" },
        },
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
      }],
    },
    errors: [],
  },
  {
    kind: validatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "a.b.c",
        "clientConfig": { "url": "https://x/y" },
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": { "matchLabels": { "a": "b c" } },
        "objectSelector": {
          "matchExpressions": [{ "key": "a", "operator": "X" }],
        },
        "rules": [{}, {
          "operations": ["*", "CREATE"],
          "apiGroups": ["*", "a"],
          "apiVersions": ["*", "v1", ""],
          "resources": [
            "*",
            "pods",
            "pods/*",
            "pods/log",
            "*/log",
            "x/log",
            "",
            "*/*",
          ],
          "scope": "X",
        }, {
          "operations": ["FOO"],
          "apiGroups": [""],
          "apiVersions": ["v1"],
          "resources": ["pods", "*"],
        }],
      }],
    },
    errors: [
      "FieldValueInvalid|webhooks[0].namespaceSelector.matchLabels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      'FieldValueInvalid|webhooks[0].objectSelector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
      'FieldValueInvalid|webhooks[0].rules[1].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other API groups',
      'FieldValueInvalid|webhooks[0].rules[1].apiVersions: Invalid value: ["*","v1",""]: if \'*\' is present, must not specify other API versions',
      'FieldValueInvalid|webhooks[0].rules[1].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify other operations',
      'FieldValueInvalid|webhooks[0].rules[1].resources: Invalid value: ["*","pods","pods/*","pods/log","*/log","x/log","","*/*"]: if \'*\' is present, must not specify other resources without subresources',
      'FieldValueInvalid|webhooks[0].rules[1].resources: Invalid value: ["*","pods","pods/*","pods/log","*/log","x/log","","*/*"]: if \'*/*\' is present, must not specify other resources',
      "FieldValueInvalid|webhooks[0].rules[1].resources[3]: Invalid value: \"pods/log\": if 'pods/*' is present, must not specify pods/log",
      "FieldValueInvalid|webhooks[0].rules[1].resources[5]: Invalid value: \"x/log\": if '*/log' is present, must not specify x/log",
      'FieldValueNotSupported|webhooks[0].rules[1].scope: Unsupported value: "X": supported values: "*", "Cluster", "Namespaced"',
      'FieldValueNotSupported|webhooks[0].rules[2].operations[0]: Unsupported value: "FOO": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
      "FieldValueRequired|webhooks[0].rules[0].apiGroups: Required value",
      "FieldValueRequired|webhooks[0].rules[0].apiVersions: Required value",
      "FieldValueRequired|webhooks[0].rules[0].operations: Required value",
      "FieldValueRequired|webhooks[0].rules[0].resources: Required value",
      "FieldValueRequired|webhooks[0].rules[1].apiVersions[2]: Required value",
      "FieldValueRequired|webhooks[0].rules[1].resources[6]: Required value",
    ],
  },
  {
    kind: validatingWebhookConfigurations,
    object: {
      "webhooks": [{
        "name": "a.b.c",
        "clientConfig": { "url": "https://x/y" },
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "matchConditions": [
          { "name": "", "expression": "" },
          { "name": "a b", "expression": "true" },
          { "name": "c", "expression": "true" },
          { "name": "c", "expression": "false" },
        ],
      }],
    },
    errors: [
      'FieldValueDuplicate|webhooks[0].matchConditions[3].name: Duplicate value: "c"',
      "FieldValueInvalid|webhooks[0].matchConditions[1].name: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "FieldValueRequired|webhooks[0].matchConditions[0].expression: Required value",
      "FieldValueRequired|webhooks[0].matchConditions[0].name: Required value",
    ],
  },
]);

import { deviceClasses } from "./device_class.ts";
import { resourceClaimTemplates } from "./resource_claim_template.ts";
import { resourceClaims } from "./resource_claim.ts";
import { resourceSlices } from "./resource_slice.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  { kind: resourceClaims, object: { "spec": { "devices": {} } }, errors: [] },
  {
    kind: resourceClaimTemplates,
    object: {
      "spec": {
        "metadata": { "labels": { "a b": "c" } },
        "spec": { "devices": { "requests": [{ "name": "A" }] } },
      },
    },
    errors: [
      "FieldValueInvalid|spec.metadata.labels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "FieldValueInvalid|spec.spec.devices.requests[0].name: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      "FieldValueRequired|spec.spec.devices.requests[0]: Required value: exactly one of `exactly` or `firstAvailable` is required",
    ],
  },
  {
    kind: deviceClasses,
    object: {
      "spec": {
        "selectors": [{}],
        "config": [{}],
        "extendedResourceName": "cpu",
      },
    },
    errors: [
      'FieldValueInvalid|spec.extendedResourceName: Invalid value: "cpu": must be a valid extended resource name',
      "FieldValueRequired|spec.config[0].opaque: Required value",
      "FieldValueRequired|spec.selectors[0].cel: Required value",
    ],
  },
  { kind: deviceClasses, object: { "spec": {} }, errors: [] },
  {
    kind: resourceSlices,
    object: {
      "spec": {
        "driver": "",
        "pool": { "name": "", "generation": -1, "resourceSliceCount": 0 },
      },
    },
    errors: [
      "FieldValueInvalid|spec.pool.generation: Invalid value: -1: must be greater than or equal to zero",
      "FieldValueInvalid|spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero",
      "FieldValueRequired|spec.driver: Required value",
      "FieldValueRequired|spec.pool.name: Required value",
      "FieldValueRequired|spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
    ],
  },
  {
    kind: resourceSlices,
    object: {
      "spec": {
        "driver": "d",
        "pool": { "name": "A/b", "generation": 0, "resourceSliceCount": 1 },
        "nodeName": "",
        "allNodes": false,
        "perDeviceNodeSelection": false,
      },
    },
    errors: [
      "FieldValueInvalid|spec.allNodes: Invalid value: false: must be either unset or set to true",
      'FieldValueInvalid|spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string',
      "FieldValueInvalid|spec.perDeviceNodeSelection: Invalid value: false: must be either unset or set to true",
      "FieldValueInvalid|spec.pool.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueRequired|spec: Required value: exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required",
    ],
  },
  {
    kind: resourceSlices,
    object: {
      "spec": {
        "driver": "d",
        "pool": { "name": "p", "resourceSliceCount": 1 },
        "perDeviceNodeSelection": true,
        "devices": [{ "name": "a" }, {
          "name": "b",
          "nodeName": "",
          "allNodes": false,
        }, { "name": "c", "nodeName": "x", "allNodes": true }],
      },
    },
    errors: [
      "FieldValueInvalid|spec.devices[1].allNodes: Invalid value: false: must be either unset or set to true",
      'FieldValueInvalid|spec.devices[1].nodeName: Invalid value: "": must not be empty',
      'FieldValueInvalid|spec.devices[2]: Invalid value: "{`nodeName`, `allNodes`}": exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec',
      "FieldValueRequired|spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec",
      "FieldValueRequired|spec.devices[1]: Required value: exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec",
    ],
  },
  {
    kind: resourceSlices,
    object: {
      "metadata": { "resourceVersion": "1" },
      "spec": {
        "driver": "e",
        "pool": { "name": "q", "resourceSliceCount": 1 },
        "nodeName": "m",
      },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "spec": {
        "driver": "d",
        "pool": { "name": "p", "resourceSliceCount": 1 },
        "nodeName": "n",
      },
    },
    errors: [
      'FieldValueInvalid|spec.driver: Invalid value: "e": field is immutable',
      'FieldValueInvalid|spec.nodeName: Invalid value: "m": field is immutable',
      'FieldValueInvalid|spec.pool.name: Invalid value: "q": field is immutable',
    ],
  },
]);

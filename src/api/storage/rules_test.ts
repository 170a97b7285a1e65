import { csiDrivers } from "./csi_driver.ts";
import { csiNodes } from "./csi_node.ts";
import { csiStorageCapacities } from "./csi_storage_capacity.ts";
import { storageClasses } from "./storage_class.ts";
import { volumeAttachments } from "./volume_attachment.ts";
import { volumeAttributesClasses } from "./volume_attributes_class.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: storageClasses,
    object: { "provisioner": "" },
    errors: ["FieldValueRequired|provisioner: Required value"],
  },
  {
    kind: storageClasses,
    object: {
      "provisioner": "a b/c",
      "reclaimPolicy": "Recycle",
      "volumeBindingMode": "X",
      "parameters": { "": "x" },
      "allowedTopologies": [
        {
          "matchLabelExpressions": [{ "key": "a b", "values": ["1", "1"] }, {
            "key": "c",
            "values": [],
          }, { "key": "c", "values": ["x"] }],
        },
        { "matchLabelExpressions": [{ "key": "z", "values": ["1", "2"] }] },
        { "matchLabelExpressions": [{ "key": "z", "values": ["2", "1"] }] },
      ],
    },
    errors: [
      'FieldValueDuplicate|allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "1"',
      'FieldValueDuplicate|allowedTopologies[0].matchLabelExpressions[2].key: Duplicate value: "c"',
      'FieldValueDuplicate|allowedTopologies[2].matchLabelExpressions: Duplicate value: ""',
      "FieldValueInvalid|allowedTopologies[0].matchLabelExpressions[0].key: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'FieldValueInvalid|parameters: Invalid value: "": field can not be empty.',
      "FieldValueInvalid|provisioner: Invalid value: \"a b/c\": prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'FieldValueNotSupported|reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'FieldValueNotSupported|volumeBindingMode: Unsupported value: "X": supported values: "Immediate", "WaitForFirstConsumer"',
      "FieldValueRequired|allowedTopologies[0].matchLabelExpressions[1].values: Required value",
    ],
  },
  {
    kind: storageClasses,
    object: {
      "metadata": { "resourceVersion": "1" },
      "provisioner": "b",
      "parameters": { "a": "1" },
      "reclaimPolicy": "Retain",
      "volumeBindingMode": "WaitForFirstConsumer",
    },
    previous: { "metadata": { "resourceVersion": "1" }, "provisioner": "a" },
    errors: [
      'FieldValueInvalid|parameters: Invalid value: {"a":"1"}: field is immutable',
      'FieldValueInvalid|provisioner: Invalid value: "b": field is immutable',
      'FieldValueInvalid|reclaimPolicy: Invalid value: "Retain": field is immutable',
      'FieldValueInvalid|volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ],
  },
  {
    kind: volumeAttachments,
    object: { "spec": { "attacher": "A_b", "source": {}, "nodeName": "" } },
    errors: [
      "FieldValueInvalid|spec.attacher: Invalid value: \"A_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|spec.nodeName: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueRequired|spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
    ],
  },
  {
    kind: volumeAttachments,
    object: {
      "spec": {
        "attacher": "",
        "source": { "persistentVolumeName": "" },
        "nodeName": "N",
      },
      "status": {
        "attached": true,
        "attachError": {
          "message":
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
          "errorCode": -1,
        },
      },
    },
    errors: [
      "FieldValueInvalid|spec.nodeName: Invalid value: \"N\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|spec.source.persistentVolumeName: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
      "FieldValueRequired|spec.attacher: Required value",
      "FieldValueRequired|spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName",
      "FieldValueTooLong|status.attachError.message: Too long: may not be more than 262144 bytes",
    ],
  },
  {
    kind: volumeAttachments,
    object: {
      "metadata": { "resourceVersion": "1" },
      "spec": {
        "attacher": "b",
        "source": { "persistentVolumeName": "p" },
        "nodeName": "n",
      },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "spec": {
        "attacher": "a",
        "source": { "persistentVolumeName": "p" },
        "nodeName": "n",
      },
    },
    errors: [
      'FieldValueInvalid|spec: Invalid value: {"Attacher":"b","Source":{"PersistentVolumeName":"p","InlineVolumeSpec":null},"NodeName":"n"}: field is immutable',
    ],
  },
  { kind: csiDrivers, object: { "spec": {} }, errors: [] },
  {
    kind: csiDrivers,
    object: {
      "spec": {
        "fsGroupPolicy": "X",
        "volumeLifecycleModes": ["Foo"],
        "tokenRequests": [{ "audience": "a", "expirationSeconds": 1 }, {
          "audience": "a",
        }, { "audience": "", "expirationSeconds": 9999999999 }],
        "nodeAllocatableUpdatePeriodSeconds": 5,
      },
    },
    errors: [
      'FieldValueDuplicate|spec.tokenRequests[1].audience: Duplicate value: "a"',
      "FieldValueInvalid|spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 5: must be greater than or equal to 10 seconds",
      "FieldValueInvalid|spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes",
      "FieldValueInvalid|spec.tokenRequests[2].expirationSeconds: Invalid value: 9999999999: may not specify a duration larger than 2^32 seconds",
      'FieldValueNotSupported|spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      'FieldValueNotSupported|spec.volumeLifecycleModes: Unsupported value: "Foo": supported values: "Persistent", "Ephemeral"',
    ],
  },
  {
    kind: csiDrivers,
    object: { "spec": { "serviceAccountTokenInSecrets": true } },
    errors: [
      "FieldValueInvalid|spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified",
    ],
  },
  {
    kind: csiDrivers,
    object: {
      "metadata": { "resourceVersion": "1" },
      "spec": {
        "attachRequired": false,
        "volumeLifecycleModes": ["Ephemeral"],
      },
    },
    previous: { "metadata": { "resourceVersion": "1" }, "spec": {} },
    errors: [
      "FieldValueInvalid|spec.attachedRequired: Invalid value: false: field is immutable",
      'FieldValueInvalid|spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable',
    ],
  },
  {
    kind: csiNodes,
    object: {
      "spec": {
        "drivers": [{
          "name": "",
          "nodeID": "",
          "topologyKeys": ["", "a", "a", "b c"],
        }, {
          "name": "x",
          "nodeID":
            "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy",
          "topologyKeys": null,
          "allocatable": { "count": -1 },
        }, { "name": "x", "nodeID": "i", "topologyKeys": [] }],
      },
    },
    errors: [
      'FieldValueDuplicate|spec.drivers[0]: Duplicate value: "a"',
      'FieldValueDuplicate|spec.drivers[2].name: Duplicate value: "x"',
      'FieldValueInvalid|spec.drivers[0]: Invalid value: "": name part must be non-empty',
      "FieldValueInvalid|spec.drivers[0]: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "FieldValueInvalid|spec.drivers[0]: Invalid value: \"b c\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "FieldValueInvalid|spec.drivers[1].allocatable.count: Invalid value: -1: must be greater than or equal to 0",
      'FieldValueInvalid|spec.drivers[1].nodeID: Invalid value: "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy": must be 256 characters or less',
      "FieldValueRequired|spec.drivers[0].name: Required value",
      "FieldValueRequired|spec.drivers[0].nodeID: Required value",
      "FieldValueRequired|spec.drivers[0]: Required value",
    ],
  },
  {
    kind: csiNodes,
    object: {
      "metadata": { "resourceVersion": "1" },
      "spec": {
        "drivers": [{
          "name": "x",
          "nodeID": "2",
          "topologyKeys": ["a"],
          "allocatable": { "count": 3 },
        }],
      },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "spec": {
        "drivers": [{ "name": "x", "nodeID": "1", "topologyKeys": ["a"] }],
      },
    },
    errors: [
      'FieldValueInvalid|spec.drivers: Invalid value: {"Name":"x","NodeID":"2","TopologyKeys":["a"],"Allocatable":null}: field is immutable',
    ],
  },
  {
    kind: csiStorageCapacities,
    object: {
      "storageClassName": "A",
      "capacity": "-1",
      "nodeTopology": { "matchLabels": { "x": "a b" } },
    },
    errors: [
      'FieldValueInvalid|capacity: Invalid value: "-1": must be greater than or equal to 0',
      "FieldValueInvalid|nodeTopology.matchLabels: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      "FieldValueInvalid|storageClassName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  },
  {
    kind: csiStorageCapacities,
    object: {
      "metadata": { "resourceVersion": "1" },
      "storageClassName": "b",
      "nodeTopology": {},
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "storageClassName": "a",
    },
    errors: [
      "FieldValueInvalid|nodeTopology: Invalid value: {}: field is immutable",
      'FieldValueInvalid|storageClassName: Invalid value: "b": field is immutable',
    ],
  },
  {
    kind: volumeAttributesClasses,
    object: { "driverName": "" },
    errors: [
      "FieldValueRequired|driverName: Required value",
      "FieldValueRequired|parameters: Required value: must contain at least one key/value pair",
    ],
  },
  {
    kind: volumeAttributesClasses,
    object: {
      "metadata": { "resourceVersion": "1" },
      "driverName": "b",
      "parameters": { "a": "2" },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "driverName": "a",
      "parameters": { "a": "1" },
    },
    errors: [
      "FieldValueForbidden|driverName: Forbidden: updates to driverName are forbidden.",
      "FieldValueForbidden|parameters: Forbidden: updates to parameters are forbidden.",
    ],
  },
]);

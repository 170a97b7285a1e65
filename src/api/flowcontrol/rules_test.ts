import { flowSchemas } from "./flow_schema.ts";
import { priorityLevelConfigurations } from "./priority_level_configuration.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: flowSchemas,
    object: { "spec": { "priorityLevelConfiguration": { "name": "" } } },
    errors: [
      "FieldValueRequired|spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
    ],
  },
  {
    kind: flowSchemas,
    object: {
      "spec": {
        "matchingPrecedence": 1,
        "priorityLevelConfiguration": { "name": "A" },
        "distinguisherMethod": { "type": "X" },
        "rules": [{ "subjects": [] }, {
          "subjects": [{ "kind": "User", "group": { "name": "g" } }, {
            "kind": "ServiceAccount",
            "serviceAccount": { "name": "A", "namespace": "" },
            "user": { "name": "u" },
          }, {
            "kind": "Group",
            "group": { "name": "" },
            "serviceAccount": { "name": "*", "namespace": "B" },
          }, { "kind": "Z" }],
          "resourceRules": [{
            "verbs": [],
            "apiGroups": [],
            "resources": [],
            "namespaces": [],
          }, {
            "verbs": ["*", "get"],
            "apiGroups": ["*", ""],
            "resources": ["*", "pods"],
            "namespaces": ["*", "x"],
          }, {
            "verbs": ["foo"],
            "apiGroups": [""],
            "resources": ["pods"],
            "namespaces": ["A_b"],
          }],
          "nonResourceRules": [{ "verbs": ["get"], "nonResourceURLs": [] }, {
            "verbs": ["get"],
            "nonResourceURLs": ["*", "/a"],
          }, {
            "verbs": ["get"],
            "nonResourceURLs": [
              "",
              "/",
              "a",
              "/a b",
              "/a//b",
              "/a/*/b",
              "/a*",
              "/a/*",
            ],
          }],
        }],
      },
    },
    errors: [
      "FieldValueForbidden|spec.rules[1].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      "FieldValueForbidden|spec.rules[1].subjects[1].user: Forbidden: user is forbidden when subject kind is not 'User'",
      "FieldValueForbidden|spec.rules[1].subjects[2].serviceAccount: Forbidden: serviceAccount is forbidden when subject kind is not 'ServiceAccount'",
      "FieldValueInvalid|spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
      "FieldValueInvalid|spec.priorityLevelConfiguration.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'FieldValueInvalid|spec.rules[1].nonResourceRules[1].nonResourceURLs: Invalid value: ["*","/a"]: if \'*\' is present, must not specify other non-resource URLs',
      'FieldValueInvalid|spec.rules[1].nonResourceRules[2].nonResourceURLs[0]: Invalid value: "": must not be empty',
      'FieldValueInvalid|spec.rules[1].nonResourceRules[2].nonResourceURLs[2]: Invalid value: "a": must start with slash',
      'FieldValueInvalid|spec.rules[1].nonResourceRules[2].nonResourceURLs[3]: Invalid value: "/a b": must not contain white-space',
      'FieldValueInvalid|spec.rules[1].nonResourceRules[2].nonResourceURLs[4]: Invalid value: "/a//b": must not contain double slash',
      'FieldValueInvalid|spec.rules[1].nonResourceRules[2].nonResourceURLs[5]: Invalid value: "/a/*/b": wildcard can only do suffix matching',
      'FieldValueInvalid|spec.rules[1].nonResourceRules[2].nonResourceURLs[6]: Invalid value: "/a*": wildcard can only do suffix matching',
      'FieldValueInvalid|spec.rules[1].resourceRules[1].apiGroups: Invalid value: ["*",""]: if \'*\' is present, must not specify other api groups',
      'FieldValueInvalid|spec.rules[1].resourceRules[1].namespaces: Invalid value: ["*","x"]: if \'*\' is present, must not specify other namespaces',
      'FieldValueInvalid|spec.rules[1].resourceRules[1].resources: Invalid value: ["*","pods"]: if \'*\' is present, must not specify other resources',
      'FieldValueInvalid|spec.rules[1].resourceRules[1].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
      "FieldValueInvalid|spec.rules[1].resourceRules[2].namespaces[0]: Invalid value: \"A_b\": each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      "FieldValueInvalid|spec.rules[1].subjects[1].serviceAccount.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'FieldValueNotSupported|spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"',
      'FieldValueNotSupported|spec.rules[1].resourceRules[2].verbs: Unsupported value: ["foo"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
      'FieldValueNotSupported|spec.rules[1].subjects[3].kind: Unsupported value: "Z": supported values: "Group", "ServiceAccount", "User"',
      "FieldValueRequired|spec.rules[0].subjects: Required value: subjects must contain at least one value",
      "FieldValueRequired|spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
      "FieldValueRequired|spec.rules[1].nonResourceRules[0].nonResourceURLs: Required value: nonResourceURLs must contain at least one value",
      "FieldValueRequired|spec.rules[1].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group",
      "FieldValueRequired|spec.rules[1].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace",
      "FieldValueRequired|spec.rules[1].resourceRules[0].resources: Required value: resource rules must supply at least one resource",
      "FieldValueRequired|spec.rules[1].resourceRules[0].verbs: Required value: verbs must contain at least one value",
      "FieldValueRequired|spec.rules[1].subjects[0].user: Required value: user is required when subject kind is 'User'",
      "FieldValueRequired|spec.rules[1].subjects[1].serviceAccount.namespace: Required value: must specify namespace for service account",
      "FieldValueRequired|spec.rules[1].subjects[2].group.name: Required value",
    ],
  },
  {
    kind: flowSchemas,
    object: {
      "spec": {
        "matchingPrecedence": -1,
        "priorityLevelConfiguration": { "name": "x" },
      },
    },
    errors: [
      "FieldValueInvalid|spec.matchingPrecedence: Invalid value: -1: must be a positive value",
    ],
  },
  {
    kind: flowSchemas,
    object: {
      "spec": {
        "matchingPrecedence": 10001,
        "priorityLevelConfiguration": { "name": "x" },
      },
      "status": {
        "conditions": [{ "type": "" }, { "type": "A" }, { "type": "A" }],
      },
    },
    errors: [
      'FieldValueDuplicate|status.conditions[2].type: Duplicate value: "A"',
      "FieldValueInvalid|spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000",
      "FieldValueRequired|status.conditions[0].type: Required value",
    ],
  },
  {
    kind: flowSchemas,
    object: {
      "metadata": { "name": "exempt" },
      "spec": {
        "matchingPrecedence": 1,
        "priorityLevelConfiguration": { "name": "exempt" },
        "rules": [{
          "subjects": [{
            "kind": "Group",
            "group": { "name": "system:masters" },
          }],
          "resourceRules": [{
            "verbs": ["*"],
            "apiGroups": ["*"],
            "resources": ["*"],
            "clusterScope": true,
            "namespaces": ["*"],
          }],
          "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
        }],
      },
    },
    errors: [],
  },
  {
    kind: flowSchemas,
    object: {
      "metadata": { "name": "catch-all" },
      "spec": {
        "matchingPrecedence": 10000,
        "distinguisherMethod": { "type": "ByUser" },
        "priorityLevelConfiguration": { "name": "catch-all" },
        "rules": [{
          "subjects": [{
            "kind": "Group",
            "group": { "name": "system:unauthenticated" },
          }, { "kind": "Group", "group": { "name": "system:authenticated" } }],
          "resourceRules": [{
            "verbs": ["*"],
            "apiGroups": ["*"],
            "resources": ["*"],
            "clusterScope": true,
            "namespaces": ["*"],
          }],
          "nonResourceRules": [{ "verbs": ["*"], "nonResourceURLs": ["*"] }],
        }],
      },
    },
    errors: [],
  },
  {
    kind: priorityLevelConfigurations,
    object: { "spec": { "type": "X" } },
    errors: [
      'FieldValueNotSupported|spec.type: Unsupported value: "X": supported values: "Exempt", "Limited"',
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: { "spec": { "type": "Exempt", "limited": {} } },
    errors: [
      "FieldValueForbidden|spec.limited: Forbidden: must be nil if the type is not Limited",
      "FieldValueInvalid|spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: { "spec": { "type": "Limited" } },
    errors: [
      "FieldValueRequired|spec.limited: Required value: must not be empty when type is Limited",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "spec": {
        "type": "Limited",
        "exempt": {},
        "limited": { "limitResponse": { "type": "Queue" } },
      },
    },
    errors: [
      "FieldValueForbidden|spec.exempt: Forbidden: must be nil if the type is Limited",
      "FieldValueRequired|spec.limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "spec": {
        "type": "Limited",
        "limited": {
          "nominalConcurrencyShares": -1,
          "lendablePercent": 101,
          "borrowingLimitPercent": -1,
          "limitResponse": { "type": "Reject", "queuing": { "queues": 1 } },
        },
      },
    },
    errors: [
      "FieldValueForbidden|spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited",
      "FieldValueInvalid|spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer",
      "FieldValueInvalid|spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
      "FieldValueInvalid|spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "spec": {
        "type": "Limited",
        "limited": { "limitResponse": { "type": "Queue", "queuing": {} } },
      },
    },
    errors: [],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "spec": {
        "type": "Limited",
        "limited": {
          "limitResponse": {
            "type": "Queue",
            "queuing": { "queues": 2, "handSize": 3, "queueLengthLimit": -1 },
          },
        },
      },
    },
    errors: [
      "FieldValueInvalid|spec.limited.limitResponse.queuing.handSize: Invalid value: 3: should not be greater than queues (2)",
      "FieldValueInvalid|spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "spec": {
        "type": "Limited",
        "limited": {
          "limitResponse": {
            "type": "Queue",
            "queuing": { "queues": 20000000, "handSize": 3 },
          },
        },
      },
    },
    errors: [
      "FieldValueInvalid|spec.limited.limitResponse.queuing.handSize: Invalid value: 3: required entropy bits of deckSize 20000000 and handSize 3 should not be greater than 60",
      "FieldValueInvalid|spec.limited.limitResponse.queuing.queues: Invalid value: 20000000: must not be greater than 10000000",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "spec": {
        "type": "Limited",
        "limited": {
          "limitResponse": {
            "type": "Queue",
            "queuing": { "queues": 128, "handSize": 10 },
          },
        },
      },
    },
    errors: [
      "FieldValueInvalid|spec.limited.limitResponse.queuing.handSize: Invalid value: 10: required entropy bits of deckSize 128 and handSize 10 should not be greater than 60",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "spec": {
        "type": "Limited",
        "limited": { "limitResponse": { "type": "X" } },
      },
    },
    errors: [
      'FieldValueNotSupported|spec.limited.limitResponse.type: Unsupported value: "X": supported values: "Queue", "Reject"',
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "spec": {
        "type": "Limited",
        "limited": {
          "limitResponse": {
            "type": "Queue",
            "queuing": { "queues": -1, "handSize": -2 },
          },
        },
      },
    },
    errors: [
      "FieldValueInvalid|spec.limited.limitResponse.queuing.handSize: Invalid value: -2: must be positive",
      "FieldValueInvalid|spec.limited.limitResponse.queuing.queues: Invalid value: -1: must be positive",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "metadata": { "name": "exempt" },
      "spec": {
        "type": "Exempt",
        "exempt": { "nominalConcurrencyShares": -1, "lendablePercent": 200 },
      },
    },
    errors: [
      "FieldValueInvalid|spec.exempt.lendablePercent: Invalid value: 200: must be between 0 and 100, inclusive",
      "FieldValueInvalid|spec.exempt.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
    ],
  },
  {
    kind: priorityLevelConfigurations,
    object: { "metadata": { "name": "exempt" }, "spec": { "type": "Exempt" } },
    errors: [],
  },
  {
    kind: priorityLevelConfigurations,
    object: {
      "metadata": { "name": "catch-all" },
      "spec": {
        "type": "Limited",
        "limited": {
          "nominalConcurrencyShares": 5,
          "limitResponse": { "type": "Reject" },
        },
      },
    },
    errors: [],
  },
]);

import { priorityClasses } from "./priority_class.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: priorityClasses,
    object: { "value": 2000000000 },
    errors: [
      "FieldValueForbidden|value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
    ],
  },
  {
    kind: priorityClasses,
    object: {
      "metadata": { "name": "system-foo" },
      "value": 5,
      "preemptionPolicy": "X",
    },
    errors: [
      "FieldValueForbidden|metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-foo is not a known system priority class",
      'FieldValueNotSupported|preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
    ],
  },
  {
    kind: priorityClasses,
    object: {
      "metadata": { "name": "system-cluster-critical" },
      "value": 2000000000,
      "globalDefault": true,
    },
    errors: [
      "FieldValueForbidden|metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: globalDefault of system-cluster-critical PriorityClass must be false",
    ],
  },
  {
    kind: priorityClasses,
    object: {
      "metadata": { "resourceVersion": "1" },
      "value": 1,
      "preemptionPolicy": "Never",
    },
    previous: { "metadata": { "resourceVersion": "1" }, "value": 2 },
    errors: [
      "FieldValueForbidden|value: Forbidden: may not be changed in an update.",
      'FieldValueInvalid|preemptionPolicy: Invalid value: "Never": field is immutable',
    ],
  },
]);

import { runtimeClasses } from "./runtime_class.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: runtimeClasses,
    object: { "handler": "" },
    errors: ["FieldValueRequired|handler: Required value"],
  },
  {
    kind: runtimeClasses,
    object: {
      "handler": "A.b",
      "overhead": {
        "podFixed": { "cpu": "-1", "foo": "1", "example.com/x": "500m" },
      },
      "scheduling": {
        "nodeSelector": { "a b": "c d" },
        "tolerations": [
          { "key": "k", "operator": "Exists", "value": "x" },
          { "key": "k", "operator": "Exists", "value": "x" },
          { "operator": "Equal" },
          { "key": "a", "effect": "Never" },
        ],
      },
    },
    errors: [
      'FieldValueDuplicate|scheduling.tolerations[1]: Duplicate value: {"Key":"k","Operator":"Exists","Value":"x","Effect":"","TolerationSeconds":null}',
      "FieldValueInvalid|handler: Invalid value: \"A.b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      'FieldValueInvalid|overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'FieldValueInvalid|overhead.limits[example.com/x]: Invalid value: "500m": must be an integer',
      'FieldValueInvalid|overhead.limits[foo]: Invalid value: "foo": must be a standard resource for containers',
      'FieldValueInvalid|overhead.limits[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
      "FieldValueInvalid|scheduling.nodeSelector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "FieldValueInvalid|scheduling.nodeSelector: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      "FieldValueInvalid|scheduling.tolerations[0].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'",
      "FieldValueInvalid|scheduling.tolerations[1].operator: Invalid value: \"x\": value must be empty when `operator` is 'Exists'",
      'FieldValueInvalid|scheduling.tolerations[2].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      'FieldValueNotSupported|scheduling.tolerations[3].effect: Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  },
  {
    kind: runtimeClasses,
    object: { "metadata": { "resourceVersion": "1" }, "handler": "b" },
    previous: { "metadata": { "resourceVersion": "1" }, "handler": "a" },
    errors: [
      'FieldValueInvalid|handler: Invalid value: "b": field is immutable',
    ],
  },
]);

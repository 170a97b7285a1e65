import { localSubjectAccessReviews } from "./local_subject_access_review.ts";
import { selfSubjectAccessReviews } from "./self_subject_access_review.ts";
import { subjectAccessReviews } from "./subject_access_review.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: subjectAccessReviews,
    object: { "spec": {} },
    errors: [
      "FieldValueInvalid|spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
      'FieldValueInvalid|spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
  },
  {
    kind: subjectAccessReviews,
    object: {
      "spec": {
        "user": "u",
        "resourceAttributes": {},
        "nonResourceAttributes": {},
      },
    },
    errors: [
      'FieldValueInvalid|spec.nonResourceAttributes: Invalid value: {"Path":"","Verb":""}: cannot be specified in combination with resourceAttributes',
    ],
  },
  {
    kind: subjectAccessReviews,
    object: {
      "metadata": { "name": "x" },
      "spec": {
        "user": "u",
        "resourceAttributes": {
          "fieldSelector": {},
          "labelSelector": {
            "rawSelector": "a",
            "requirements": [{ "key": "a b", "operator": "In" }, {
              "key": "x",
              "operator": "Exists",
              "values": ["a b"],
            }],
          },
        },
      },
    },
    errors: [
      "FieldValueForbidden|spec.resourceAttributes.labelSelector.requirements[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'FieldValueInvalid|metadata: Invalid value: {"name":"x"}: must be empty',
      'FieldValueInvalid|spec.resourceAttributes.labelSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements',
      "FieldValueInvalid|spec.resourceAttributes.labelSelector.requirements[0].key: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "FieldValueInvalid|spec.resourceAttributes.labelSelector.requirements[1].values[0]: Invalid value: \"a b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      "FieldValueRequired|spec.resourceAttributes.fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required",
      "FieldValueRequired|spec.resourceAttributes.labelSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  },
  {
    kind: selfSubjectAccessReviews,
    object: {
      "spec": {
        "resourceAttributes": {
          "fieldSelector": {
            "requirements": [{ "key": "", "operator": "NotIn" }, {
              "key": "a",
              "operator": "Foo",
            }],
          },
        },
      },
    },
    errors: [
      "FieldValueRequired|spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified",
      "FieldValueRequired|spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  },
  {
    kind: localSubjectAccessReviews,
    object: {
      "metadata": { "namespace": "x", "name": "y" },
      "spec": { "user": "u", "nonResourceAttributes": {} },
    },
    errors: [
      'FieldValueInvalid|metadata: Invalid value: {"name":"y","namespace":"x"}: must be empty except for namespace',
      'FieldValueInvalid|spec.nonResourceAttributes: Invalid value: {"Path":"","Verb":""}: disallowed on this kind of request',
    ],
  },
  {
    kind: localSubjectAccessReviews,
    object: {
      "metadata": { "namespace": "x" },
      "spec": { "user": "u", "resourceAttributes": { "namespace": "z" } },
    },
    errors: [
      'FieldValueInvalid|spec.resourceAttributes.namespace: Invalid value: "z": must match metadata.namespace',
    ],
  },
]);

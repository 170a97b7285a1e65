import { clusterRoleBindings } from "./cluster_role_binding.ts";
import { clusterRoles } from "./cluster_role.ts";
import { roleBindings } from "./role_binding.ts";
import { roles } from "./role.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: roles,
    object: {
      "metadata": { "name": "a:b/%" },
      "rules": [{ "verbs": [] }, {
        "verbs": ["get"],
        "nonResourceURLs": ["/x"],
        "resources": ["a"],
      }, { "verbs": ["get"], "apiGroups": [""], "resources": ["pods"] }],
    },
    errors: [
      "FieldValueInvalid|metadata.name: Invalid value: \"a:b/%\": may not contain '%'",
      "FieldValueInvalid|metadata.name: Invalid value: \"a:b/%\": may not contain '/'",
      'FieldValueInvalid|rules[1].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs',
      'FieldValueInvalid|rules[1].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
      "FieldValueRequired|rules[0].apiGroups: Required value: resource rules must supply at least one api group",
      "FieldValueRequired|rules[0].resources: Required value: resource rules must supply at least one resource",
      "FieldValueRequired|rules[0].verbs: Required value: verbs must contain at least one value",
    ],
  },
  { kind: roles, object: {}, errors: [] },
  {
    kind: clusterRoles,
    object: {
      "rules": [{ "verbs": ["get"], "nonResourceURLs": ["/x"] }],
      "aggregationRule": {},
    },
    errors: [
      "FieldValueRequired|aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil",
    ],
  },
  {
    kind: clusterRoles,
    object: {
      "metadata": { "name": "..", "namespace": "x" },
      "aggregationRule": {
        "clusterRoleSelectors": [{
          "matchLabels": { "a b": "x" },
          "matchExpressions": [{ "key": "x", "operator": "In" }, {
            "key": "y",
            "operator": "Foo",
          }],
        }],
      },
    },
    errors: [
      "FieldValueForbidden|metadata.namespace: Forbidden: not allowed on this type",
      'FieldValueInvalid|aggregationRule.clusterRoleSelectors[0].matchExpressions[1].operator: Invalid value: "Foo": not a valid selector operator',
      "FieldValueInvalid|aggregationRule.clusterRoleSelectors[0].matchLabels: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "FieldValueInvalid|aggregationRule.clusterRoleSelectors[0]: Invalid value: null: invalid label selector.",
      "FieldValueInvalid|metadata.name: Invalid value: \"..\": may not be '..'",
      "FieldValueRequired|aggregationRule.clusterRoleSelectors[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  },
  {
    kind: roleBindings,
    object: {
      "roleRef": { "kind": "Foo", "name": "" },
      "subjects": [
        { "kind": "User", "name": "" },
        { "kind": "ServiceAccount", "name": "A B", "apiGroup": "x" },
        { "kind": "Zip", "name": "z" },
        { "kind": "Group", "name": "g", "apiGroup": "v" },
      ],
    },
    errors: [
      "FieldValueInvalid|subjects[1].name: Invalid value: \"A B\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'FieldValueNotSupported|roleRef.kind: Unsupported value: "Foo": supported values: "Role", "ClusterRole"',
      'FieldValueNotSupported|subjects[1].apiGroup: Unsupported value: "x": supported values: ""',
      'FieldValueNotSupported|subjects[2].kind: Unsupported value: "Zip": supported values: "ServiceAccount", "User", "Group"',
      'FieldValueNotSupported|subjects[3].apiGroup: Unsupported value: "v": supported values: "rbac.authorization.k8s.io"',
      "FieldValueRequired|roleRef.name: Required value",
      "FieldValueRequired|subjects[0].name: Required value",
    ],
  },
  {
    kind: clusterRoleBindings,
    object: {
      "roleRef": { "apiGroup": "x", "kind": "Role", "name": "a/b" },
      "subjects": [{ "kind": "ServiceAccount", "name": "s" }],
    },
    errors: [
      "FieldValueInvalid|roleRef.name: Invalid value: \"a/b\": may not contain '/'",
      'FieldValueNotSupported|roleRef.apiGroup: Unsupported value: "x": supported values: "rbac.authorization.k8s.io"',
      'FieldValueNotSupported|roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
      "FieldValueRequired|subjects[0].namespace: Required value",
    ],
  },
  {
    kind: roleBindings,
    object: {
      "metadata": { "resourceVersion": "1" },
      "roleRef": { "kind": "Role", "name": "b" },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "roleRef": { "kind": "Role", "name": "a" },
    },
    errors: [
      'FieldValueInvalid|roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"b"}: cannot change roleRef',
    ],
  },
]);

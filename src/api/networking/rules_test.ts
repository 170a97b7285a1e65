import { ingressClasses } from "./ingress_class.ts";
import { ingresses } from "./ingress.ts";
import { ipAddresses } from "./ip_address.ts";
import { networkPolicies } from "./network_policy.ts";
import { serviceCidrs } from "./service_cidr.ts";
import { testRules } from "../testing/rules.ts";

testRules([
  {
    kind: networkPolicies,
    object: {
      "spec": {
        "podSelector": { "matchLabels": { "a": "b c" } },
        "ingress": [{
          "ports": [
            { "protocol": "X", "port": 0 },
            { "port": "http!" },
            { "port": 80, "endPort": 70 },
            { "port": "a", "endPort": 5 },
            { "endPort": 5 },
            { "port": 80, "endPort": 70000 },
          ],
          "from": [
            {},
            { "podSelector": {}, "ipBlock": { "cidr": "10.0.0.0/8" } },
            {
              "ipBlock": {
                "cidr": "10.0.0.1/8",
                "except": ["11.0.0.0/9", "10.0.0.0/8", "x"],
              },
            },
            { "ipBlock": { "cidr": "" } },
            {
              "ipBlock": {
                "cidr": "2001:db8::/64",
                "except": ["2001:db8::/65", "10.0.0.0/9", "010.0.0.0/9"],
              },
            },
            { "ipBlock": { "cidr": "::ffff:10.0.0.0/104" } },
            { "ipBlock": { "cidr": "1.2.3.4/33" } },
            { "ipBlock": { "cidr": "1.2.3.0/024" } },
          ],
        }],
        "policyTypes": ["X"],
      },
    },
    errors: [
      "FieldValueForbidden|spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer",
      'FieldValueInvalid|spec.ingress[0].from[2].ipBlock.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
      'FieldValueInvalid|spec.ingress[0].from[2].ipBlock.except[0]: Invalid value: "11.0.0.0/9": must be a strict subset of `cidr`',
      'FieldValueInvalid|spec.ingress[0].from[2].ipBlock.except[1]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
      'FieldValueInvalid|spec.ingress[0].from[2].ipBlock.except[2]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'FieldValueInvalid|spec.ingress[0].from[4].ipBlock.except[1]: Invalid value: "10.0.0.0/9": must be a strict subset of `cidr`',
      'FieldValueInvalid|spec.ingress[0].from[4].ipBlock.except[2]: Invalid value: "010.0.0.0/9": must be a strict subset of `cidr`',
      'FieldValueInvalid|spec.ingress[0].from[4].ipBlock.except[2]: Invalid value: "010.0.0.0/9": must not have leading 0s in IP or prefix length',
      'FieldValueInvalid|spec.ingress[0].from[5].ipBlock.cidr: Invalid value: "::ffff:10.0.0.0/104": must not have an IPv4-mapped IPv6 address',
      'FieldValueInvalid|spec.ingress[0].from[6].ipBlock.cidr: Invalid value: "1.2.3.4/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'FieldValueInvalid|spec.ingress[0].from[7].ipBlock.cidr: Invalid value: "1.2.3.0/024": must not have leading 0s in IP or prefix length',
      "FieldValueInvalid|spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
      'FieldValueInvalid|spec.ingress[0].ports[1].port: Invalid value: "http!": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      "FieldValueInvalid|spec.ingress[0].ports[2].endPort: Invalid value: 80: must be greater than or equal to `port`",
      "FieldValueInvalid|spec.ingress[0].ports[3].endPort: Invalid value: 5: may not be specified when `port` is non-numeric",
      "FieldValueInvalid|spec.ingress[0].ports[4].endPort: Invalid value: 5: may not be specified when `port` is not specified",
      "FieldValueInvalid|spec.ingress[0].ports[5].endPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
      "FieldValueInvalid|spec.podSelector.matchLabels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      'FieldValueNotSupported|spec.ingress[0].ports[0].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"',
      'FieldValueNotSupported|spec.policyTypes[0]: Unsupported value: "X": supported values: "Ingress", "Egress"',
      "FieldValueRequired|spec.ingress[0].from[0]: Required value: must specify a peer",
      "FieldValueRequired|spec.ingress[0].from[3].ipBlock.cidr: Required value",
    ],
  },
  { kind: networkPolicies, object: { "spec": { "egress": [{}] } }, errors: [] },
  {
    kind: networkPolicies,
    object: { "spec": { "policyTypes": ["Ingress", "Egress", "Ingress"] } },
    errors: [
      'FieldValueInvalid|spec.policyTypes: Invalid value: ["Ingress","Egress","Ingress"]: may not specify more than two policyTypes',
    ],
  },
  {
    kind: ingresses,
    object: { "spec": {} },
    errors: [
      "FieldValueInvalid|spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
    ],
  },
  {
    kind: ingresses,
    object: {
      "metadata": { "annotations": { "kubernetes.io/ingress.class": "z" } },
      "spec": {
        "ingressClassName": "A b",
        "defaultBackend": {},
        "tls": [{ "hosts": ["*.x", "a_b", "*"], "secretName": "A" }],
        "rules": [{ "host": "1.2.3.4" }, {
          "host": "*.foo.com",
          "http": { "paths": [] },
        }, {
          "host": "foo.*",
          "http": {
            "paths": [{ "backend": {} }, {
              "path": "a//b/.",
              "pathType": "Exact",
              "backend": {
                "service": {
                  "name": "S.x",
                  "port": { "name": "a", "number": 1 },
                },
              },
            }, {
              "path": "",
              "pathType": "Prefix",
              "backend": { "service": { "name": "", "port": {} } },
            }, {
              "path": "x",
              "pathType": "ImplementationSpecific",
              "backend": {
                "resource": { "apiGroup": "A", "kind": "", "name": "a/b" },
              },
            }, {
              "path": "/",
              "pathType": "Foo",
              "backend": {
                "service": { "name": "s", "port": { "number": 70000 } },
                "resource": { "kind": "K", "name": "n" },
              },
            }, {
              "path": "/a%2Fb/..",
              "pathType": "Prefix",
              "backend": {
                "service": {
                  "name": "s",
                  "port": { "name": "toolongportnameforall" },
                },
              },
            }],
          },
        }],
      },
    },
    errors: [
      'FieldValueInvalid|annotations.kubernetes.io/ingress.class: Invalid value: "z": must match `ingressClassName` when both are specified',
      'FieldValueInvalid|spec.defaultBackend: Invalid value: "": resource or service backend is required',
      "FieldValueInvalid|spec.ingressClassName: Invalid value: \"A b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'FieldValueInvalid|spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      "FieldValueInvalid|spec.rules[2].host: Invalid value: \"foo.*\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|spec.rules[2].http.paths[1].backend.service.name: Invalid value: \"S.x\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      'FieldValueInvalid|spec.rules[2].http.paths[1].backend: Invalid value: "": cannot set both port name & port number',
      "FieldValueInvalid|spec.rules[2].http.paths[1].path: Invalid value: \"a//b/.\": cannot end with '/.'",
      'FieldValueInvalid|spec.rules[2].http.paths[1].path: Invalid value: "a//b/.": must be an absolute path',
      "FieldValueInvalid|spec.rules[2].http.paths[1].path: Invalid value: \"a//b/.\": must not contain '//'",
      'FieldValueInvalid|spec.rules[2].http.paths[2].path: Invalid value: "": must be an absolute path',
      "FieldValueInvalid|spec.rules[2].http.paths[3].backend.resource.apiGroup: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|spec.rules[2].http.paths[3].backend.resource.name: Invalid value: \"a/b\": may not contain '/'",
      'FieldValueInvalid|spec.rules[2].http.paths[3].path: Invalid value: "x": must be an absolute path',
      'FieldValueInvalid|spec.rules[2].http.paths[4].backend: Invalid value: "": cannot set both resource and service backends',
      'FieldValueInvalid|spec.rules[2].http.paths[5].backend.service.port.name: Invalid value: "toolongportnameforall": must be no more than 15 characters',
      "FieldValueInvalid|spec.rules[2].http.paths[5].path: Invalid value: \"/a%2Fb/..\": cannot end with '/..'",
      "FieldValueInvalid|spec.rules[2].http.paths[5].path: Invalid value: \"/a%2Fb/..\": must not contain '%2F'",
      "FieldValueInvalid|spec.tls[0].hosts[1]: Invalid value: \"a_b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|spec.tls[0].hosts[2]: Invalid value: \"*\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|spec.tls[0].secretName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'FieldValueNotSupported|spec.rules[2].http.paths[4].pathType: Unsupported value: "Foo": supported values: "Exact", "ImplementationSpecific", "Prefix"',
      "FieldValueRequired|spec.rules[1].http.paths: Required value",
      "FieldValueRequired|spec.rules[2].http.paths[0].pathType: Required value: pathType must be specified",
      "FieldValueRequired|spec.rules[2].http.paths[2].backend.service.name: Required value",
      "FieldValueRequired|spec.rules[2].http.paths[2].backend: Required value: port name or number is required",
      "FieldValueRequired|spec.rules[2].http.paths[3].backend.resource.kind: Required value",
    ],
  },
  {
    kind: ingressClasses,
    object: { "spec": {} },
    errors: ["FieldValueRequired|spec.controller: Required value"],
  },
  {
    kind: ingressClasses,
    object: { "spec": { "controller": "foo" } },
    errors: [
      'FieldValueInvalid|spec.controller: Invalid value: "foo": must be a domain-prefixed path (such as "acme.io/foo")',
    ],
  },
  {
    kind: ingressClasses,
    object: {
      "spec": {
        "controller": "Foo/a b",
        "parameters": { "kind": "", "name": "a/b", "scope": "X" },
      },
    },
    errors: [
      "FieldValueInvalid|spec.controller: Invalid value: \"Foo\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|spec.controller: Invalid value: \"a b\": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
      "FieldValueInvalid|spec.parameters.name: Invalid value: \"a/b\": may not contain '/'",
      'FieldValueNotSupported|spec.parameters.scope: Unsupported value: "X": supported values: "Cluster", "Namespace"',
      "FieldValueRequired|spec.parameters.kind: Required value",
    ],
  },
  {
    kind: ingressClasses,
    object: {
      "spec": {
        "controller":
          "a.b/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "parameters": {
          "apiGroup": "A",
          "kind": "K",
          "name": "n",
          "namespace": "x",
        },
      },
    },
    errors: [
      "FieldValueForbidden|spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'",
      "FieldValueInvalid|spec.parameters.apiGroup: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueTooLong|spec.controller: Too long: may not be more than 250 bytes",
    ],
  },
  {
    kind: ingressClasses,
    object: {
      "spec": {
        "controller": "a.b/c",
        "parameters": { "kind": "K", "name": "n", "scope": "Namespace" },
      },
    },
    errors: [
      "FieldValueRequired|spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
    ],
  },
  {
    kind: ingressClasses,
    object: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "controller": "a.b/d" },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "controller": "a.b/c" },
    },
    errors: [
      'FieldValueInvalid|spec.controller: Invalid value: "a.b/d": field is immutable',
    ],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "10.0.0.1" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "010.0.0.1" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [
      'FieldValueInvalid|metadata.name: Invalid value: "010.0.0.1": must not have leading 0s',
    ],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "2001:db8:0::1" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [
      'FieldValueInvalid|metadata.name: Invalid value: "2001:db8:0::1": must be in canonical form ("2001:db8::1")',
    ],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "2001:DB8::1" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [
      'FieldValueInvalid|metadata.name: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")',
    ],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "::ffff:1.2.3.4" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [
      'FieldValueInvalid|metadata.name: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
    ],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "x" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [
      'FieldValueInvalid|metadata.name: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "1:2:3:4:5:6:7:8" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "1:0:0:2:0:0:0:3" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [
      'FieldValueInvalid|metadata.name: Invalid value: "1:0:0:2:0:0:0:3": must be in canonical form ("1:0:0:2::3")',
    ],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "::" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "1::" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [],
  },
  {
    kind: ipAddresses,
    object: { "metadata": { "name": "10.0.0.1" }, "spec": {} },
    errors: ["FieldValueRequired|spec.parentRef: Required value"],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "10.0.0.1" },
      "spec": {
        "parentRef": {
          "group": "A",
          "resource": "",
          "namespace": "a/b",
          "name": "",
        },
      },
    },
    errors: [
      "FieldValueInvalid|spec.parentRef.group: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "FieldValueInvalid|spec.parentRef.namespace: Invalid value: \"a/b\": may not contain '/'",
      "FieldValueRequired|spec.parentRef.name: Required value",
      "FieldValueRequired|spec.parentRef.resource: Required value",
    ],
  },
  {
    kind: ipAddresses,
    object: {
      "metadata": { "name": "10.0.0.1", "resourceVersion": "1" },
      "spec": { "parentRef": { "resource": "services", "name": "y" } },
    },
    previous: {
      "metadata": { "name": "10.0.0.1", "resourceVersion": "1" },
      "spec": { "parentRef": { "resource": "services", "name": "x" } },
    },
    errors: [
      'FieldValueInvalid|spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"","Name":"y"}: field is immutable',
    ],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": [] } },
    errors: [
      "FieldValueRequired|spec.cidrs: Required value: at least one CIDR required",
    ],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": ["10.0.0.0/8"] } },
    errors: [],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": ["10.0.0.1/8"] } },
    errors: [
      'FieldValueInvalid|spec.cidrs[0]: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length',
    ],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": ["a"] } },
    errors: [
      'FieldValueInvalid|spec.cidrs[0]: Invalid value: "a": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": ["10.0.0.0/8", "11.0.0.0/8"] } },
    errors: [
      'FieldValueInvalid|spec.cidrs: Invalid value: ["10.0.0.0/8","11.0.0.0/8"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
    ],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": ["10.0.0.0/8", "2001:db8::/64"] } },
    errors: [],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": ["1", "2", "3"] } },
    errors: [
      'FieldValueInvalid|spec.cidrs: Invalid value: {"CIDRs":["1","2","3"]}: may only hold up to 2 values',
    ],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": ["2001:0db8::/64"] } },
    errors: [
      'FieldValueInvalid|spec.cidrs[0]: Invalid value: "2001:0db8::/64": must be in canonical form ("2001:db8::/64")',
    ],
  },
  {
    kind: serviceCidrs,
    object: { "spec": { "cidrs": ["10.0.0.0/8", "x"] } },
    errors: [
      'FieldValueInvalid|spec.cidrs[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  },
  {
    kind: serviceCidrs,
    object: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "cidrs": ["11.0.0.0/8"] },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "cidrs": ["10.0.0.0/8"] },
    },
    errors: [
      'FieldValueInvalid|spec.cidrs[0]: Invalid value: "11.0.0.0/8": field is immutable',
    ],
  },
  {
    kind: serviceCidrs,
    object: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "cidrs": ["10.0.0.0/8", "2001:db8::/64"] },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "cidrs": ["10.0.0.0/8"] },
    },
    errors: [],
  },
  {
    kind: serviceCidrs,
    object: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "cidrs": ["12.0.0.0/8", "2001:db8::/64"] },
    },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "cidrs": ["10.0.0.0/8"] },
    },
    errors: [
      'FieldValueInvalid|spec.cidrs[0]: Invalid value: "12.0.0.0/8": field is immutable',
    ],
  },
  {
    kind: serviceCidrs,
    object: { "metadata": { "resourceVersion": "1" }, "spec": { "cidrs": [] } },
    previous: {
      "metadata": { "resourceVersion": "1" },
      "spec": { "cidrs": ["10.0.0.0/8"] },
    },
    errors: [
      "FieldValueInvalid|spec.cidrs: Invalid value: []: field is immutable",
    ],
  },
]);

import assert from "node:assert/strict";
import type { User } from "../auth/user.ts";
import { parseRequestInfo } from "../request_info.ts";
import { auditedResource, decide } from "./decide.ts";
import { parsePolicy } from "./policy.ts";

const JANE: User = { name: "jane", groups: ["dev", "system:authenticated"] };

function level(rules: string, request: string, user: User = JANE): string {
  const policy = parsePolicy(
    `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n${rules}`,
  );
  const [method = "", path = ""] = request.split(" ");
  const info = parseRequestInfo(method, `http://api${path}`)!;
  const resource = auditedResource(info);
  return decide(policy, {
    user,
    verb: info.verb,
    path: info.path,
    ...resource === undefined ? {} : { resource },
  }).level;
}

Deno.test("decide() takes the first rule that fits, and None without one", () => {
  const rules = "- {level: None, users: [jane]}\n- {level: Metadata}";
  assert.equal(level(rules, "GET /api/v1/pods"), "None");
  assert.equal(
    level(rules, "GET /api/v1/pods", { ...JANE, name: "joe" }),
    "Metadata",
  );
  assert.equal(
    level("- {level: Request, verbs: [create]}", "GET /api"),
    "None",
  );
  const groups = "- {level: Request, userGroups: [ops, dev]}";
  assert.equal(level(groups, "GET /healthz"), "Request");
  assert.equal(level(groups, "GET /healthz", { ...JANE, groups: [] }), "None");
});

Deno.test("decide() knows resources by group, subresource, name and namespace", () => {
  const pods = "/api/v1/namespaces/a/pods";
  const cases: [rule: string, request: string, fits: boolean][] = [
    ['resources: [{group: "", resources: [pods]}]', `GET ${pods}`, true],
    ['resources: [{group: "", resources: [pods]}]', `GET ${pods}/p/log`, false],
    [
      'resources: [{group: "", resources: [pods/log]}]',
      `GET ${pods}/p/log`,
      true,
    ],
    [
      'resources: [{group: "", resources: ["pods/*"]}]',
      `GET ${pods}/p/log`,
      true,
    ],
    [
      'resources: [{group: "", resources: ["*/log"]}]',
      `GET ${pods}/p/log`,
      true,
    ],
    ['resources: [{group: "*", resources: ["*"]}]', `GET ${pods}/p/log`, true],
    ["resources: [{group: apps}]", `GET ${pods}`, false],
    ['resources: [{group: ""}]', `GET ${pods}/p/log`, true],
    [
      'resources: [{group: "", resources: [pods], resourceNames: [p]}]',
      `GET ${pods}/p`,
      true,
    ],
    [
      'resources: [{group: "", resources: [pods], resourceNames: [p]}]',
      `GET ${pods}/q`,
      false,
    ],
    ["namespaces: [a]", `GET ${pods}`, true],
    ["namespaces: [a]", "GET /api/v1/namespaces/a", true],
    ["namespaces: [b]", `GET ${pods}`, false],
    ['namespaces: [""]', "GET /api/v1/nodes", true],
    ["namespaces: [a]", "GET /healthz", false],
    ['nonResourceURLs: ["/healthz*"]', "GET /healthz/ping", true],
    ['nonResourceURLs: ["/healthz"]', "GET /healthz/ping", false],
    ['nonResourceURLs: ["*"]', `GET ${pods}`, false],
  ];
  for (const [rule, request, fits] of cases) {
    assert.equal(
      level(`- {level: Metadata, ${rule}}`, request),
      fits ? "Metadata" : "None",
      `${rule} ${request}`,
    );
  }
});

Deno.test("parsePolicy() refuses what would tell something else than is meant", () => {
  const head = "apiVersion: audit.k8s.io/v1\nkind: Policy\n";
  const cases: [text: string, message: RegExp][] = [
    ["kind: Policy", /must be a Policy of audit\.k8s\.io\/v1/],
    [head, /needs a rule/],
    [`${head}rules: [{level: All}]`, /rules\[0\]\.level must be one of None/],
    [`${head}rules: [{level: None, user: [a]}]`, /unknown field: "user"/],
    [
      `${head}rules: [{level: None, nonResourceURLs: [api]}]`,
      /must begin with/,
    ],
    [
      `${head}rules: [{level: None, namespaces: [a], nonResourceURLs: [/a]}]`,
      /cannot be for resources and for other paths/,
    ],
    [
      `${head}rules: [{level: None, resources: [{resourceNames: [a]}]}]`,
      /needs resources/,
    ],
    [`${head}rules: [{level: None}]\nomitStages: [All]`, /omitStages must be/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parsePolicy(text), message, text);
  }
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryKv } from "../../../store/memory_kv.ts";
import { openStore } from "../../../store/open.ts";
import type { Store } from "../../../store/store.ts";
import { VirtualHost } from "../../../testing/virtual_host.ts";
import type { AccessRequest } from "../authorizer.ts";
import type { PolicyRule } from "./policy_rule.ts";
import { RbacAuthorizer } from "./rbac_authorizer.ts";
import { missingRules } from "./rule_cover.ts";

/** Few words, so that rules and requests meet. */
const VERBS = ["get", "list", "*"];
const GROUPS = ["", "apps", "*"];
const RESOURCES = ["pods", "pods/log", "scales", "*/log", "*"];
const NAMES = ["a", "b"];
const URLS = ["/x", "/x/y", "/x/*", "/*", "*"];
const SPACES = ["one", "two"];
const ROLES = ["r1", "r2"];

const some = (words: string[]) =>
  fc.subarray(words, { minLength: 1, maxLength: 2 });
const rule: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({
    verbs: some(VERBS),
    apiGroups: some(GROUPS),
    resources: some(RESOURCES),
    resourceNames: fc.subarray(NAMES),
  }),
  fc.record({ verbs: some(VERBS), nonResourceURLs: some(URLS) }),
);
const subject = fc.oneof(
  fc.record({ kind: fc.constant("User"), name: fc.constantFrom("u1", "u2") }),
  fc.record({ kind: fc.constant("Group"), name: fc.constantFrom("g1", "g2") }),
  fc.record({
    kind: fc.constant("ServiceAccount"),
    name: fc.constant("robot"),
    namespace: fc.constantFrom("", ...SPACES),
  }),
);

interface State {
  readonly roles: { space: string; name: string; rules: PolicyRule[] }[];
  readonly bindings: {
    space: string;
    name: string;
    roleRef: { kind: string; name: string };
    subjects: { kind: string; name: string; namespace?: string }[];
  }[];
}
const state: fc.Arbitrary<State> = fc.record({
  roles: fc.uniqueArray(
    fc.record({
      space: fc.constantFrom("", ...SPACES),
      name: fc.constantFrom(...ROLES),
      rules: fc.array(rule, { maxLength: 2 }),
    }),
    { maxLength: 5, selector: ({ space, name }) => `${space}/${name}` },
  ),
  bindings: fc.uniqueArray(
    fc.record({
      space: fc.constantFrom("", ...SPACES),
      name: fc.constantFrom("b1", "b2", "b3"),
      roleRef: fc.record({
        kind: fc.constantFrom("Role", "ClusterRole"),
        name: fc.constantFrom(...ROLES),
      }),
      subjects: fc.array(subject, { maxLength: 3 }),
    }),
    { maxLength: 6, selector: ({ space, name }) => `${space}/${name}` },
  ),
});
const user = fc.record({
  name: fc.constantFrom(
    "u1",
    "u2",
    "system:serviceaccount:one:robot",
    "system:serviceaccount:two:robot",
  ),
  groups: fc.subarray(["g1", "g2"]),
});
const request: fc.Arbitrary<AccessRequest> = fc.oneof(
  fc.record({
    user,
    verb: fc.constantFrom("get", "list"),
    path: fc.constant(""),
    fieldSelector: fc.constant(""),
    resource: fc.record({
      group: fc.constantFrom("", "apps"),
      version: fc.constant("v1"),
      plural: fc.constantFrom("pods", "scales"),
      subresource: fc.constantFrom("", "log"),
      namespace: fc.constantFrom("", ...SPACES),
      name: fc.constantFrom("", "a", "b"),
    }),
  }),
  fc.record({
    user,
    verb: fc.constantFrom("get", "list"),
    path: fc.constantFrom("/x", "/x/y", "/x/y/z", "/z"),
    fieldSelector: fc.constant(""),
  }),
);

/** As the documentation tells it, without any table. */
function naive({ roles, bindings }: State, asked: AccessRequest): boolean {
  const space = asked.resource?.namespace ?? "";
  return bindings.some((binding) => {
    if (binding.space !== "" && binding.space !== space) return false;
    if (binding.space === "" && binding.roleRef.kind === "Role") return false;
    const meant = binding.subjects.some(({ kind, name, namespace }) => {
      if (kind === "User") return asked.user.name === name;
      if (kind === "Group") return asked.user.groups.includes(name);
      const home = namespace === "" ? binding.space : namespace;
      return home !== "" &&
        asked.user.name === `system:serviceaccount:${home}:${name}`;
    });
    if (!meant) return false;
    const role = roles.find(({ space, name }) =>
      name === binding.roleRef.name &&
      space === (binding.roleRef.kind === "Role" ? binding.space : "")
    );
    return role?.rules.some((rule) => naiveRule(rule, asked)) ?? false;
  });
}

function naiveRule(rule: PolicyRule, asked: AccessRequest): boolean {
  const any = (list: readonly string[] = [], value: string) =>
    list.some((item) => item === "*" || item === value);
  if (!any(rule.verbs, asked.verb)) return false;
  const { resource } = asked;
  if (resource === undefined) {
    return (rule.nonResourceURLs ?? []).some((url) =>
      url.endsWith("*")
        ? asked.path.startsWith(url.slice(0, -1))
        : asked.path === url
    );
  }
  const { plural, subresource, name } = resource;
  const full = subresource === "" ? plural : `${plural}/${subresource}`;
  return any(rule.apiGroups, resource.group) &&
    (rule.resources ?? []).some((item) =>
      item === "*" || item === full ||
      subresource !== "" && item === `*/${subresource}`
    ) &&
    ((rule.resourceNames ?? []).length === 0 ||
      rule.resourceNames!.includes(name));
}

/** Makes the store hold the state and nothing else. */
async function put(store: Store, { roles, bindings }: State): Promise<void> {
  const rows = new Map<string, object>();
  const path = (space: string, kind: string, name: string) =>
    space === ""
      ? `rbac/cluster${kind}/${name}`
      : `rbac/${kind}/${space}/${name}`;
  for (const { space, name, rules } of roles) {
    rows.set(path(space, "roles", name), { metadata: { name }, rules });
  }
  for (const { space, name, ...rest } of bindings) {
    rows.set(path(space, "rolebindings", name), {
      metadata: { name },
      ...rest,
    });
  }
  const old = ["clusterroles", "roles", "clusterrolebindings", "rolebindings"]
    .flatMap((kind) => store.list(`rbac/${kind}/`).rows.map(({ key }) => key));
  await store.transact([...old, ...rows.keys()], (transaction) => {
    for (const key of old) if (!rows.has(key)) transaction.delete(key);
    for (const [key, value] of rows) {
      transaction.put(key, () => ({ text: JSON.stringify(value) }));
    }
  });
}

Deno.test("RbacAuthorizer answers as a resolver without tables does, while roles and bindings change", async () => {
  await using store = await openStore(new VirtualHost(), {
    kv: new MemoryKv(),
  });
  using rbac = new RbacAuthorizer(store);
  let allowed = 0;
  await fc.assert(
    fc.asyncProperty(
      state,
      fc.array(request, { minLength: 5, maxLength: 20 }),
      async (held, requests) => {
        await put(store, held);
        for (const asked of requests) {
          const { allowed: answer } = rbac.authorize(asked);
          if (answer) allowed++;
          assert.equal(answer, naive(held, asked), JSON.stringify(asked));
        }
      },
    ),
    { numRuns: 800, seed: 4 },
  );
  assert.ok(allowed > 100, `only ${allowed} requests were allowed at all`);
});

Deno.test("missingRules() finds nothing only where every request that is given is held", () => {
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 3 }),
      fc.array(rule, { minLength: 1, maxLength: 2 }),
      fc.array(request, { maxLength: 10 }),
      (owned, wanted, requests) => {
        if (missingRules(owned, wanted).length > 0) return;
        for (const asked of requests) {
          if (!wanted.some((rule) => naiveRule(rule, asked))) continue;
          assert.ok(owned.some((rule) => naiveRule(rule, asked)));
        }
      },
    ),
    { numRuns: 2000, seed: 4 },
  );
});

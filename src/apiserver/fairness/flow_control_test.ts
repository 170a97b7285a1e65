import assert from "node:assert/strict";
import { openStore } from "../../store/open.ts";
import { MemoryKv } from "../../store/memory_kv.ts";
import type { Store } from "../../store/store.ts";
import { VirtualHost } from "../../testing/virtual_host.ts";
import type { User } from "../auth/user.ts";
import { parseRequestInfo } from "../request_info.ts";
import { FlowControl, type Ticket } from "./flow_control.ts";

const MASTER: User = { name: "root", groups: ["system:masters"] };
const USER: User = { name: "anna", groups: ["system:authenticated"] };

function info(path: string, method = "GET") {
  return parseRequestInfo(method, `http://api${path}`)!;
}

async function put(store: Store, key: string, object: object): Promise<void> {
  const text = JSON.stringify(object);
  await store.transact([key], (t) => void t.put(key, () => ({ text })));
}

const anything = {
  resourceRules: [{
    verbs: ["*"],
    apiGroups: ["*"],
    resources: ["*"],
    clusterScope: true,
    namespaces: ["*"],
  }],
};

function schema(
  name: string,
  level: string,
  options: { precedence: number; group: string; rules?: object },
): [string, object] {
  return [`flowcontrol/flowschemas/${name}`, {
    metadata: { name, uid: `uid-of-${name}` },
    spec: {
      matchingPrecedence: options.precedence,
      priorityLevelConfiguration: { name: level },
      distinguisherMethod: { type: "ByUser" },
      rules: [{
        subjects: [{ kind: "Group", group: { name: options.group } }],
        ...options.rules ?? anything,
      }],
    },
  }];
}

function level(name: string, spec: object): [string, object] {
  return [`flowcontrol/prioritylevelconfigurations/${name}`, {
    metadata: { name, uid: `uid-of-${name}` },
    spec,
  }];
}

async function bench(): Promise<
  { host: VirtualHost; store: Store; flows: FlowControl }
> {
  const host = new VirtualHost();
  const store = await openStore(host, { kv: new MemoryKv() });
  for (
    const [key, object] of [
      level("exempt", { type: "Exempt" }),
      level("limited", {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: 10,
          limitResponse: { type: "Reject" },
        },
      }),
      level("other", {
        type: "Limited",
        limited: {
          nominalConcurrencyShares: 30,
          limitResponse: { type: "Reject" },
        },
      }),
      schema("masters", "exempt", { precedence: 1, group: "system:masters" }),
      schema("secrets", "other", {
        precedence: 50,
        group: "*",
        rules: {
          resourceRules: [{
            verbs: ["list"],
            apiGroups: [""],
            resources: ["secrets"],
            namespaces: ["a"],
          }],
        },
      }),
      schema("all", "limited", {
        precedence: 9000,
        group: "system:authenticated",
      }),
    ]
  ) await put(store, key, object);
  return { host, store, flows: new FlowControl(host.clock, store) };
}

/** How a request was classified, by its answer's headers. */
function classified(flows: FlowControl, user: User, path: string) {
  const ticket = flows.enter(user, info(path)) as Ticket;
  const answer = new Response();
  ticket.mark(answer);
  ticket.release();
  return [
    answer.headers.get("x-kubernetes-pf-flowschema-uid"),
    answer.headers.get("x-kubernetes-pf-prioritylevel-uid"),
  ];
}

Deno.test("FlowControl.enter() takes the schema of the lowest precedence that matches", async () => {
  const { store, flows } = await bench();
  const pods = "/api/v1/namespaces/a/pods";
  const secrets = "/api/v1/namespaces/a/secrets";
  assert.deepEqual(classified(flows, USER, pods), [
    "uid-of-all",
    "uid-of-limited",
  ]);
  assert.deepEqual(classified(flows, USER, secrets), [
    "uid-of-secrets",
    "uid-of-other",
  ]);
  assert.deepEqual(classified(flows, USER, `${secrets}/x`), [
    "uid-of-all",
    "uid-of-limited",
  ]);
  assert.deepEqual(classified(flows, MASTER, pods), [null, null]);
  flows[Symbol.dispose]();
  await store.close();
});

Deno.test("FlowControl.enter() gives a level its share of the seats, and refuses beyond it", async () => {
  const { store, flows } = await bench();
  const request = info("/api/v1/namespaces/a/pods", "POST");
  // 600 seats, of which 10 of 40 shares.
  for (let i = 0; i < 150; i++) flows.enter(USER, request);
  assert.throws(() => flows.enter(USER, request));
  assert.ok(flows.enter(USER, info("/api/v1/namespaces/a/secrets")));
  assert.ok(flows.enter(MASTER, request));
  assert.equal(flows.describe().limited?.refused, 1);
  flows[Symbol.dispose]();
  await store.close();
});

Deno.test("FlowControl.enter() does not count what lasts as long as the client wants", async () => {
  const { store, flows } = await bench();
  const exec = info("/api/v1/namespaces/a/pods/b/exec");
  for (let i = 0; i < 500; i++) flows.enter(USER, exec);
  assert.equal(flows.describe().limited?.running ?? 0, 0);
  flows[Symbol.dispose]();
  await store.close();
});

Deno.test("FlowControl.enter() follows changes of the objects", async () => {
  const { store, flows } = await bench();
  const pods = "/api/v1/namespaces/a/pods";
  assert.equal(classified(flows, USER, pods)[0], "uid-of-all");
  await put(
    store,
    ...schema("newer", "other", {
      precedence: 5,
      group: "system:authenticated",
    }),
  );
  assert.equal(classified(flows, USER, pods)[0], "uid-of-newer");
  flows[Symbol.dispose]();
  await store.close();
});

import assert from "node:assert/strict";
import type { Deployment } from "../api/apps/deployment.ts";
import type { Pod } from "../api/core/pod.ts";
import type { Client } from "../client/client.ts";
import type { CliContext } from "./context.ts";
import { findLogTargets } from "./log_targets.ts";
import type { FoundResource } from "./resource_lookup.ts";

const DEPLOYMENT: Deployment = {
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: { spec: { containers: [] } },
  },
};

function pod(name: string, ready: boolean): Pod {
  return {
    metadata: { name, namespace: "default" },
    spec: {
      initContainers: [{ name: "init" }],
      containers: [{ name: "a" }, { name: "b" }],
    },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
    },
  };
}

/** A context whose server has these pods and one deployment, and what it said on standard error. */
function setUp(pods: Pod[]) {
  const said: string[] = [];
  const queries: unknown[] = [];
  const client = {
    get: (resource: FoundResource, { name }: { name: string }) =>
      Promise.resolve(
        resource.plural === "deployments"
          ? DEPLOYMENT
          : pods.find(({ metadata }) => metadata.name === name),
      ),
    list: (_resource: unknown, query: unknown) => {
      queries.push(query);
      return Promise.resolve({ items: pods, resourceVersion: "1" });
    },
  } as unknown as Client;
  const context = {
    namespace: () => Promise.resolve("default"),
    lookup: () =>
      Promise.resolve({
        byWord: (word: string) => ({
          group: word === "deploy" ? "apps" : "",
          plural: word === "deploy" ? "deployments" : "pods",
          namespaced: true,
        }),
      }),
    terminal: { err: (line: string) => said.push(line) },
  } as unknown as CliContext;
  return { client, context, said, queries };
}

Deno.test("findLogTargets() takes the first container with a hint when there are several", async () => {
  const { client, context, said } = setUp([pod("one", true)]);
  const targets = await findLogTargets(context, client, { word: "one" });
  assert.deepEqual(targets.map(({ container }) => container), ["a"]);
  assert.deepEqual(said, [
    'Defaulted container "a" out of: a, b, init (init)',
  ]);
});

Deno.test("findLogTargets() takes the annotated container without a hint", async () => {
  const one = pod("one", true);
  one.metadata.annotations = {
    "kubectl.kubernetes.io/default-container": "b",
  };
  const { client, context, said } = setUp([one]);
  const targets = await findLogTargets(context, client, { word: "one" });
  assert.deepEqual(targets.map(({ container }) => container), ["b"]);
  assert.deepEqual(said, []);
});

Deno.test("findLogTargets() takes a ready pod of a deployment and says which", async () => {
  const { client, context, said, queries } = setUp([
    pod("not", false),
    pod("ready", true),
  ]);
  const targets = await findLogTargets(context, client, {
    word: "deploy/web",
    container: "b",
  });
  assert.deepEqual(targets.map(({ pod }) => pod.metadata.name), ["ready"]);
  assert.deepEqual(queries, [{
    namespace: "default",
    labelSelector: "app=web",
  }]);
  assert.deepEqual(said, ["Found 2 pods, using pod/ready"]);
});

Deno.test("findLogTargets() takes all containers of all pods when asked", async () => {
  const { client, context } = setUp([pod("one", true), pod("two", true)]);
  const targets = await findLogTargets(context, client, {
    selector: "app=web",
    allContainers: true,
  });
  assert.deepEqual(
    targets.map(({ pod, container }) => `${pod.metadata.name}/${container}`),
    ["one/init", "one/a", "one/b", "two/init", "two/a", "two/b"],
  );
});

Deno.test("findLogTargets() refuses a container that there is not, naming those that there are", async () => {
  const { client, context } = setUp([pod("one", true)]);
  await assert.rejects(
    findLogTargets(context, client, { word: "one", container: "x" }),
    /container x is not valid for pod one: it has init, a, b/,
  );
  await assert.rejects(
    findLogTargets(context, client, { word: "one", selector: "a=b" }),
    /only a selector/,
  );
});

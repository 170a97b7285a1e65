import assert from "node:assert/strict";
import { join } from "node:path";
import { ServerLink } from "../../agent/link/dial.ts";
import { parseJoinToken } from "../../agent/link/join_token.ts";
import { Identity } from "../../agent/node/identity.ts";
import { publicKeyHash } from "../../src/base/certificates.ts";
import type { Host } from "../../src/base/host.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import { RestClient } from "../../src/client/rest_client.ts";
import { LEASES, NODES, PODS, SECRETS } from "../../src/client/resources.ts";
import { type RunningServer, startServer } from "../../src/server_main.ts";

const TOKEN = "abcdef.0123456789abcdef";

interface World extends AsyncDisposable {
  readonly host: Host;
  readonly folder: string;
  readonly server: RunningServer;
  readonly admin: RestClient;
  /** Connects an agent's link; it runs until the world ends. */
  link(node: string, options?: { token?: string; folder?: string }): Promise<{
    link: ServerLink;
    done: Promise<void>;
    stop: AbortController;
  }>;
}

async function startWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wherry-link-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const host = stack.use(makeRealHost({ logLevel: "error" }));
  const server = stack.use(
    await startServer(host, {
      dataDir: join(folder, "server"),
      listen: { hostname: "127.0.0.1", port: 0 },
    }),
  );
  const admin = new RestClient(server.transportFor("admin"));
  await admin.create(SECRETS, {
    metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-authentication": "true",
    },
  });
  const running: Promise<void>[] = [];
  stack.defer(async () => {
    await Promise.allSettled(running);
  });
  const stops: AbortController[] = [];
  stack.defer(() => stops.forEach((stop) => stop.abort()));
  const caHash = publicKeyHash(host.crypto, server.caCertificate);
  const owned = stack.move();
  return {
    host,
    folder,
    server,
    admin,
    async link(node, options = {}) {
      const identity = await Identity.load(
        host,
        join(folder, options.folder ?? node),
      );
      const stop = new AbortController();
      stops.push(stop);
      const link = new ServerLink(host, {
        server: server.url,
        node,
        identity,
        token: parseJoinToken(`${options.token ?? TOKEN}@${caHash}`),
        handler: (request) =>
          new Response(`log of ${new URL(request.url).pathname}`),
      });
      const done = link.run(stop.signal);
      running.push(done);
      done.catch(() => {});
      return { link, done, stop };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

Deno.test("acceptLink() lets a node join with a token, and again with its key alone", async () => {
  await using world = await startWorld();
  const first = await world.link("n1");
  await first.link.up(AbortSignal.timeout(5000));
  const client = new RestClient(first.link.transport);
  await client.create(NODES, { metadata: { name: "n1" }, spec: {} });
  assert.equal((await client.get(NODES, { name: "n1" })).metadata.name, "n1");
  await assert.rejects(
    client.get(NODES, { name: "n2" }),
    /cannot read 'n2', only its own Node object/,
  );
  const lease = { namespace: "kube-node-lease", name: "n1" };
  // Renewed beside the requests by which the node is heard.
  let holder: string | undefined;
  while (holder === undefined) {
    await client.get(NODES, { name: "n1" });
    holder = await world.admin.get(LEASES, lease)
      .then(({ spec }) => spec?.holderIdentity, () => undefined);
  }
  assert.equal(holder, "n1");
  first.stop.abort();
  await first.done;
  const again = await world.link("n1", { token: "zzzzzz.zzzzzzzzzzzzzzzz" });
  await again.link.up(AbortSignal.timeout(5000));
});

Deno.test("acceptLink() refuses wrong tokens and other keys", async () => {
  await using world = await startWorld();
  const wrong = await world.link("n1", { token: "abcdef.0000000000000000" });
  await assert.rejects(wrong.done, /join token is wrong or has expired/);
  const right = await world.link("n1");
  await right.link.up(AbortSignal.timeout(5000));
  const thief = await world.link("n1", { folder: "thief" });
  await assert.rejects(thief.done, /Node "n1" is known by another key/);
  assert.ok(right.link.isUp);
});

Deno.test("closeWithIdentity() ends the link of a node whose identity is deleted, and of no other", async () => {
  await using world = await startWorld();
  const [one, two] = [await world.link("n1"), await world.link("n2")];
  await one.link.up(AbortSignal.timeout(5000));
  await two.link.up(AbortSignal.timeout(5000));
  const client = new RestClient(one.link.transport);
  await client.create(NODES, { metadata: { name: "n1" }, spec: {} });
  const identity = { namespace: "kube-system", name: "node-identity-n1" };
  await world.admin.patch(SECRETS, identity, {
    type: "merge",
    body: { metadata: { labels: { seen: "yes" } } },
  });
  // It is let in by its key no more, nor by a token that has been taken away.
  await world.admin.delete(SECRETS, {
    namespace: "kube-system",
    name: "bootstrap-token-abcdef",
  });
  assert.ok(one.link.isUp);
  const stream = client.watch(NODES, {
    fieldSelector: "metadata.name=n1",
    resourceVersion: "0",
  })[Symbol.asyncIterator]();
  await stream.next();
  await world.admin.delete(SECRETS, identity);
  await assert.rejects(async () => {
    for (;;) {
      const { done } = await stream.next();
      if (done) throw new Error("The watch ended");
    }
  });
  assert.ok(!one.link.isUp);
  assert.ok(two.link.isUp);
});

Deno.test("podLog() streams a pod's log from its node", async () => {
  await using world = await startWorld();
  const { link } = await world.link("n1");
  await link.up(AbortSignal.timeout(5000));
  await world.admin.create(PODS, {
    metadata: { name: "a", namespace: "default" },
    spec: {
      nodeName: "n1",
      containers: [{ name: "main", image: "example.org/a" }],
    },
  });
  const answer = await world.admin.raw("/api/v1/namespaces/default/pods/a/log");
  assert.equal(answer.status, 200);
  assert.equal(await answer.text(), "log of /containerLogs/default/a/main");
});

Deno.test("acceptLink() carries a watch and ends it when the client does", async () => {
  await using world = await startWorld();
  const { link } = await world.link("n1");
  await link.up(AbortSignal.timeout(5000));
  const client = new RestClient(link.transport);
  const fieldSelector = "spec.nodeName=n1";
  const { resourceVersion } = await client.list(PODS, { fieldSelector });
  const events = client.watch(PODS, { fieldSelector, resourceVersion })
    [Symbol.asyncIterator]();
  const first = events.next();
  await world.admin.create(PODS, {
    metadata: { name: "mine", namespace: "default" },
    spec: {
      nodeName: "n1",
      containers: [{ name: "main", image: "example.org/a" }],
    },
  });
  assert.equal((await first).value?.object.metadata.name, "mine");
  await events.return?.();
});

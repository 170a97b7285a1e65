import assert from "node:assert/strict";
import { createServer } from "node:https";
import { createAuthority, issueCertificate } from "../../base/certificates.ts";
import { encodeBase64, encodeText } from "../../base/bytes.ts";
import type { Mux, MuxStream } from "../../base/mux.ts";
import { makeRealHost } from "../../base/real_host.ts";
import type { Row, Store } from "../../store/store.ts";
import { NodeLinks } from "../streams/node_links.ts";
import { callWebhook, type WebhookServer } from "./webhook_client.ts";

const SERVICE = { spec: { ports: [{ port: 443 }] } };

const SLICE = {
  endpoints: [
    { addresses: ["10.42.0.8"], conditions: { ready: false }, nodeName: "n2" },
    { addresses: ["10.42.0.7"], nodeName: "n1" },
  ],
  ports: [{ port: 8443 }],
};

/** As much of a store as the way to a service needs. */
function storeWith(slices: readonly object[]): Store {
  const row = (key: string, value: object): Row => ({
    key,
    revision: 1,
    text: JSON.stringify(value),
    labels: { "kubernetes.io/service-name": "hook" },
  });
  const store: Partial<Store> = {
    get: (key) =>
      key === "services/default/hook" ? row(key, SERVICE) : undefined,
    list: () => ({
      rows: slices.map((slice, i) => row(String(i), slice)),
      revision: 1,
      remaining: 0,
    }),
  };
  return store as Store;
}

Deno.test("callWebhook() reaches a service through the link of its endpoint's node", async () => {
  await using stack = new AsyncDisposableStack();
  const host = stack.use(makeRealHost({ logLevel: "error" }));
  const authority = createAuthority(host, { commonName: "test" });
  const leaf = issueCertificate(host, {
    authority,
    request: {
      commonName: "hook",
      usage: "server",
      dnsNames: ["hook.default.svc"],
    },
  });
  const server = createServer(
    { key: leaf.privateKey, cert: leaf.certificate },
    (request, answer) => {
      let body = "";
      request.on("data", (chunk) => body += chunk);
      request.on("end", () =>
        answer.end(JSON.stringify({
          url: request.url,
          host: request.headers.host,
          body: JSON.parse(body),
        })));
    },
  );
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  stack.defer(() => new Promise<void>((done) => server.close(() => done())));
  const { port } = server.address() as { port: number };
  const opened: unknown[] = [];
  const connection = await host.net.dial({ hostname: "127.0.0.1", port });
  const stream: MuxStream = {
    header: {},
    readable: connection.readable,
    writable: connection.writable,
    reset: () => connection.close(),
  };
  const links = new NodeLinks();
  const link: Partial<Mux> = {
    open(header) {
      opened.push(header);
      return stream;
    },
  };
  links.add("n1", link as Mux);
  const api: WebhookServer = { host, store: storeWith([SLICE]), links };
  const answer = await callWebhook(api, {
    service: { name: "hook", namespace: "default", path: "/check" },
    caBundle: encodeBase64(encodeText(authority.certificate)),
  }, { body: { a: 1 }, timeoutSeconds: 5 });
  assert.deepEqual(opened, [
    { type: "connect", host: "10.42.0.7", port: 8443 },
  ]);
  assert.deepEqual(answer, {
    url: "/check?timeout=5s",
    host: "hook.default.svc:443",
    body: { a: 1 },
  });
});

Deno.test("callWebhook() says that a service has no endpoints", async () => {
  using host = makeRealHost({ logLevel: "error" });
  const api: WebhookServer = {
    host,
    store: storeWith([]),
    links: new NodeLinks(),
  };
  await assert.rejects(
    callWebhook(api, { service: { name: "hook", namespace: "default" } }, {
      body: {},
      timeoutSeconds: 5,
      prefix: "failed to call webhook: ",
    }),
    {
      message:
        'failed to call webhook: Post "https://hook.default.svc:443/?timeout=5s": no endpoints available for service "hook"',
    },
  );
});

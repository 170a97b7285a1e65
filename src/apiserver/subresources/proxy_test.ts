import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { makePki } from "../../testing/pki.ts";
import { makeRealHost } from "../../base/real_host.ts";
import type { RequestHandler } from "../../base/host.ts";
import { serveOverMux } from "../../base/mux_http.ts";
import type { MuxStream } from "../../base/mux.ts";
import {
  NODE,
  POD_ADDRESS,
  startStreamRig,
  type StreamRig,
} from "../testing/stream_rig.ts";

const PODS = "/api/v1/namespaces/default/pods";
const SERVICES = "/api/v1/namespaces/default/services";

/** A backend on this machine, at every address and port that the server asks the node for. */
async function withBackend(
  handler: RequestHandler,
  use: (rig: StreamRig, seen: Record<string, unknown>[]) => Promise<void>,
  options: { tls?: boolean } = {},
): Promise<void> {
  using host = makeRealHost({ logLevel: "warn" });
  await using backend = await host.net.serve(handler, {
    at: { hostname: "127.0.0.1", port: 0 },
    ...(options.tls ? { tls: makePki().tls } : {}),
  });
  const at = backend.address as { hostname: string; port: number };
  const seen: Record<string, unknown>[] = [];
  const connect = async (stream: MuxStream) => {
    if (stream.header["type"] === "http") {
      return await serveOverMux(stream, (request) =>
        Response.json({
          path: request.url.replace("http://link", ""),
          method: request.method,
        }, { status: 202, headers: { location: "/pods/" } }));
    }
    seen.push({ ...stream.header });
    if (stream.header["port"] === 9) {
      return stream.reset(
        "503 dial tcp 10.42.0.9:9: connect: connection refused",
      );
    }
    const conn = await Deno.connect(at);
    await Promise.allSettled([
      stream.readable.pipeTo(conn.writable),
      conn.readable.pipeTo(stream.writable),
    ]);
  };
  await using rig = await startStreamRig((stream) => void connect(stream));
  await use(rig, seen);
}

async function statusOf(answer: Response): Promise<[number, string]> {
  return [answer.status, (await answer.json()).message];
}

Deno.test("podProxy() passes every method on, with path, query, headers and body as they came", async () => {
  const told: RequestHandler = async (request) => {
    const url = request.url.slice(request.url.indexOf("/", 8));
    const headers = Object.fromEntries(request.headers);
    const body = await request.text();
    return Response.json({ method: request.method, url, headers, body }, {
      status: 201,
      headers: { "x-a": "b", "access-control-allow-origin": "*" },
    });
  };
  await withBackend(told, async (rig, seen) => {
    await rig.makePod("a");
    const url = `${rig.url}${PODS}/a:8080/proxy/x%2Fy//z?q=%2F&q=2`;
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GET"]) {
      const body = method === "GET" ? null : "hello".repeat(10_000);
      const answer = await rig.api.host.net.fetch(
        new Request(url, {
          method,
          body,
          headers: {
            authorization: `Bearer ${rig.token}`,
            accept: "text/html",
            "x-custom": "1",
          },
        }),
        { ca: rig.ca },
      );
      assert.equal(answer.status, 201, method);
      assert.equal(answer.headers.get("x-a"), "b");
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
      const echo = await answer.json();
      assert.equal(echo.method, method);
      assert.equal(echo.url, "/x%2Fy//z?q=%2F&q=2");
      assert.equal(echo.body, body ?? "");
      assert.equal(echo.headers["x-custom"], "1");
      assert.equal(echo.headers["authorization"], undefined);
      assert.equal(echo.headers["x-forwarded-for"], "127.0.0.1");
      assert.equal(
        echo.headers["x-forwarded-uri"],
        `${PODS}/a:8080/proxy/x%2Fy//z`,
      );
    }
    assert.deepEqual(seen[0], {
      type: "connect",
      host: POD_ADDRESS,
      port: 8080,
    });
  });
});

Deno.test("podProxy() chooses the first port that a container names", async () => {
  await withBackend(() => new Response("ok"), async (rig, seen) => {
    await rig.makePod("a", {
      containers: [
        { name: "x", image: "i" },
        { name: "y", image: "i", ports: [{ containerPort: 1234 }] },
      ],
    });
    await rig.makePod("b");
    for (const name of ["a", "b", "https:b:"]) {
      await (await rig.ask("DELETE", `${PODS}/${name}/proxy`)).text();
    }
    assert.deepEqual(seen.map(({ port }) => port), [1234, 80, 443]);
  });
});

Deno.test("podProxy() speaks TLS with backends that are asked for by https", async () => {
  await withBackend(() => new Response("secret"), async (rig) => {
    await rig.makePod("a");
    const answer = await rig.ask("GET", `${PODS}/https:a:8443/proxy/`);
    assert.equal(await answer.text(), "secret");
  }, { tls: true });
});

Deno.test("podProxy() streams both bodies", async () => {
  const echo: RequestHandler = (request) => new Response(request.body);
  await withBackend(echo, async (rig) => {
    await rig.makePod("a");
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    const body = ReadableStream.from(
      Array.from({ length: 50 }, () => bytes.slice()),
    );
    const answer = await rig.api.host.net.fetch(
      new Request(`${rig.url}${PODS}/a/proxy/`, {
        method: "POST",
        body,
        headers: { authorization: `Bearer ${rig.token}` },
      }),
      { ca: rig.ca },
    );
    const back = await answer.bytes();
    assert.equal(back.length, 50 * bytes.length);
    assert.deepEqual(back.slice(-bytes.length), bytes);
  });
});

Deno.test("podProxy() keeps redirects within the proxy", async () => {
  const redirect: RequestHandler = (request) =>
    new Response(null, {
      status: 302,
      headers: { location: new URL(request.url).searchParams.get("to")! },
    });
  await withBackend(redirect, async (rig) => {
    await rig.makePod("a");
    const prefix = `${PODS}/a:8080/proxy`;
    const cases = {
      "/login?x=1#y": `${prefix}/login?x=1#y`,
      [`http://${POD_ADDRESS}:8080/z/`]: `${prefix}/z/`,
      "http://elsewhere.example/": "http://elsewhere.example/",
      "sibling": "sibling",
      [`${prefix}/there`]: `${prefix}/there`,
    };
    for (const [to, wanted] of Object.entries(cases)) {
      const path = `${prefix}/?to=${encodeURIComponent(to)}`;
      const answer = await rig.ask("GET", path);
      assert.equal(answer.status, 302);
      assert.equal(answer.headers.get("location"), wanted);
    }
    const root = await rig.ask("GET", `${prefix}?q=1`);
    assert.equal(root.status, 301);
    assert.equal(root.headers.get("location"), `${prefix}/?q=1`);
  });
});

Deno.test("podProxy() keeps the links of pages within the proxy", async () => {
  const page: RequestHandler = () =>
    new Response('<a href="/x">ä</a>', {
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  await withBackend(page, async (rig) => {
    await rig.makePod("a");
    const answer = await rig.ask("GET", `${PODS}/a:8080/proxy/deep/page`);
    assert.equal(
      await answer.text(),
      `<a href="${PODS}/a:8080/proxy/x">ä</a>`,
    );
  });
});

Deno.test("podProxy() lets WebSockets through", async () => {
  const listener = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, {
        protocol: "chat",
      });
      socket.onmessage = ({ data }) => socket.send(data);
      return response;
    },
  );
  const at = listener.addr;
  await using rig = await startStreamRig(async (stream) => {
    const conn = await Deno.connect({ hostname: at.hostname, port: at.port });
    await Promise.allSettled([
      stream.readable.pipeTo(conn.writable),
      conn.readable.pipeTo(stream.writable),
    ]);
  });
  await rig.makePod("a");
  const socket = new WebSocket(
    `${rig.url.replace("https", "wss")}${PODS}/a:80/proxy/ws`,
    ["chat"],
    { ca: rig.ca, headers: { authorization: `Bearer ${rig.token}` } },
  );
  await new Promise((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", reject);
  });
  assert.equal(socket.protocol, "chat");
  const answer = new Promise((resolve) => {
    socket.on("message", (data: Uint8Array) => resolve(data.length));
  });
  socket.send(new Uint8Array(100_000));
  assert.equal(await answer, 100_000);
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.close();
  await closed;
  await listener.shutdown();
});

Deno.test("podProxy() refuses in Kubernetes' words", async () => {
  await withBackend(() => new Response(), async (rig) => {
    await rig.makePod("a");
    await rig.makePod("far", { nodeName: "n2" });
    const ask = async (path: string) =>
      await statusOf(await rig.ask("GET", `${PODS}/${path}`));
    assert.deepEqual(await ask("none:80/proxy/"), [
      404,
      'pods "none" not found',
    ]);
    assert.deepEqual(await ask("a:b:c:d/proxy/"), [
      400,
      'invalid pod request "a:b:c:d"',
    ]);
    assert.deepEqual(await ask("ftp:a:1/proxy/"), [
      400,
      'invalid pod request "ftp:a:1"',
    ]);
    assert.deepEqual(await ask("a:9/proxy/"), [
      503,
      "error trying to reach service: dial tcp 10.42.0.9:9: connect: connection refused",
    ]);
    assert.deepEqual(await ask("far:80/proxy/"), [
      503,
      'error trying to reach service: error dialing backend: node "n2" is not connected',
    ]);
  });
});

/** A service with a slice that names pods. */
async function makeService(
  rig: StreamRig,
  pods: readonly string[],
): Promise<void> {
  const ports = [
    { name: "http", port: 80, targetPort: 8080 },
    { name: "admin", port: 81, targetPort: 8081 },
  ];
  const service = await rig.ask("POST", SERVICES, {
    metadata: { name: "web" },
    spec: { ports },
  });
  assert.equal(service.status, 201, await service.text());
  const slice = await rig.ask(
    "POST",
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    {
      metadata: {
        name: "web-1",
        labels: { "kubernetes.io/service-name": "web" },
      },
      addressType: "IPv4",
      endpoints: [
        ...pods.map((name) => ({
          addresses: [POD_ADDRESS],
          targetRef: { kind: "Pod", name, namespace: "default" },
        })),
        { addresses: ["10.9.9.9"] }, // not a pod
        {
          addresses: [POD_ADDRESS],
          conditions: { ready: false },
          targetRef: { kind: "Pod", name: "a", namespace: "default" },
        },
      ],
      ports: ports.map(({ name, targetPort: port }) => ({ name, port })),
    },
  );
  assert.equal(slice.status, 201, await slice.text());
}

Deno.test("serviceProxy() asks a ready pod behind the service, by the port's name or number", async () => {
  await withBackend(() => new Response("web"), async (rig, seen) => {
    await rig.makePod("a");
    await makeService(rig, ["a", "gone"]);
    for (const name of ["web:http", "web:81", "http:web:admin"]) {
      const answer = await rig.ask("GET", `${SERVICES}/${name}/proxy/`);
      assert.deepEqual([answer.status, await answer.text()], [200, "web"]);
    }
    assert.deepEqual(
      seen.map(({ host, port }) => `${host}:${port}`),
      ["8080", "8081", "8081"].map((port) => `${POD_ADDRESS}:${port}`),
    );
  });
});

Deno.test("serviceProxy() refuses in Kubernetes' words", async () => {
  await withBackend(() => new Response("web"), async (rig) => {
    await makeService(rig, []);
    const ask = async (name: string) =>
      await statusOf(await rig.ask("GET", `${SERVICES}/${name}/proxy/`));
    assert.deepEqual(await ask("none"), [404, 'services "none" not found']);
    assert.deepEqual(await ask("web:http"), [
      503,
      'no endpoints available for service "web:http"',
    ]);
    assert.deepEqual(await ask("web:82"), [
      503,
      'no service port 82 found for service "web"',
    ]);
    assert.deepEqual(await ask("a:b:c:d"), [
      400,
      'invalid service request "a:b:c:d"',
    ]);
  });
});

Deno.test("nodeProxy() asks the agent for kubelet's paths, and the node for other ports", async () => {
  await withBackend(() => new Response("node"), async (rig, seen) => {
    await rig.ask("POST", "/api/v1/nodes", { metadata: { name: NODE } });
    for (const name of [NODE, `${NODE}:10250`, `https:${NODE}:10250`]) {
      const path = `/api/v1/nodes/${name}/proxy`;
      const answer = await rig.ask("PUT", `${path}/pods?x=%2F`);
      assert.equal(answer.status, 202);
      assert.equal(answer.headers.get("location"), `${path}/pods/`);
      assert.deepEqual(await answer.json(), {
        path: "/pods?x=%2F",
        method: "PUT",
      });
    }
    const answer = await rig.ask("GET", `/api/v1/nodes/${NODE}:9100/proxy/m`);
    assert.equal(await answer.text(), "node");
    assert.deepEqual(seen, [
      { type: "connect", host: "127.0.0.1", port: 9100, node: true },
    ]);
    assert.deepEqual(
      await statusOf(await rig.ask("GET", "/api/v1/nodes/none/proxy/pods")),
      [404, 'nodes "none" not found'],
    );
  });
});

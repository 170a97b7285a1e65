/**
 * A server with its registry on a real port, and clients of it that stop at nothing.
 *
 * @module
 */
import { join } from "node:path";
import { decodeText, encodeText } from "../../src/base/bytes.ts";
import { makeRealHost } from "../../src/base/real_host.ts";
import {
  type RunningServer,
  type ServerOptions,
  startServer,
} from "../../src/server_main.ts";

/** What is asked for. */
export interface Ask {
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
  readonly signal?: AbortSignal;
}

/** See the module. */
export class RegistryServer implements AsyncDisposable {
  readonly dir = Deno.makeTempDirSync({ prefix: "wherry-registry-" });
  readonly logs: string[] = [];
  readonly #host = makeRealHost({
    logLevel: "warn",
    writeLog: (line) => this.logs.push(line),
  });
  readonly #options: Partial<ServerOptions>;
  #server: RunningServer | undefined;
  #client: Deno.HttpClient | undefined;

  private constructor(options: Partial<ServerOptions>) {
    this.#options = options;
  }

  /** Starts one in a new folder. */
  static async start(
    options: Partial<ServerOptions> = {},
  ): Promise<RegistryServer> {
    const started = new RegistryServer(options);
    await started.#start();
    return started;
  }

  /** Ends the server and starts the next. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#start();
  }

  /** The data folder. */
  get dataDir(): string {
    return join(this.dir, "data");
  }

  /** Asks as administrator, over HTTP/2. */
  async ask(method: string, path: string, ask: Ask = {}): Promise<Response> {
    const { url, adminToken } = this.#server!;
    const answer = await fetch(new URL(path, `${url}/v2/`), {
      method,
      client: this.#client!,
      ...ask,
      headers: {
        authorization: `Basic ${btoa(`any:${adminToken}`)}`,
        ...ask.headers,
      },
    });
    const { status, headers } = answer;
    if (method !== "HEAD" && ![201, 202, 204].includes(status)) return answer;
    await answer.body?.cancel();
    return new Response(null, { status, headers });
  }

  /** Asks, and insists on the status. */
  async expect(
    status: number,
    method: string,
    path: string,
    ask: Ask = {},
  ): Promise<Response> {
    const answer = await this.ask(method, path, ask);
    if (answer.status === status) return answer;
    throw new Error(
      `${method} ${path}: ${answer.status} ${await answer
        .text()}, not ${status}`,
    );
  }

  /** Begins an upload. @returns its path */
  async begin(repository: string): Promise<string> {
    const path = `${repository}/blobs/uploads/`;
    const answer = await this.expect(202, "POST", path);
    return answer.headers.get("location")!;
  }

  /**
   * Sends bytes as they are, over HTTP/1.1; `{AUTH}` in them becomes the credentials.
   *
   * @param options.until what comes back ends with the first answer's head, or with the connection
   * @param options.close nothing more is sent, and nothing more is read
   * @returns what comes back
   */
  async raw(
    parts: readonly (string | Uint8Array)[],
    options: { readonly until?: "head" | "end"; readonly close?: boolean } = {},
  ): Promise<string> {
    const { address, adminToken, caCertificate } = this.#server!;
    const auth = `Basic ${btoa(`any:${adminToken}`)}`;
    const conn = await Deno.connectTls({
      hostname: "127.0.0.1",
      port: address.port,
      caCerts: [caCertificate],
      alpnProtocols: ["http/1.1"],
    });
    const reading = readUntil(conn, options.until ?? "end");
    try {
      for (const part of parts) {
        await writeAll(
          conn,
          typeof part === "string"
            ? encodeText(part.replace("{AUTH}", auth))
            : part,
        );
      }
    } catch {
      // The server does not want more of it; it may have said why.
    }
    if (options.close) conn.close();
    const told = await reading;
    if (!options.close) conn.close();
    return told;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    this.#host[Symbol.dispose]();
    await Deno.remove(this.dir, { recursive: true });
  }

  async #start(): Promise<void> {
    const server = await startServer(this.#host, {
      dataDir: this.dataDir,
      listen: { hostname: "127.0.0.1", port: 0 },
      ...this.#options,
    });
    this.#server = server;
    this.#client = Deno.createHttpClient({ caCerts: [server.caCertificate] });
  }

  async #stop(): Promise<void> {
    this.#client?.close();
    await this.#server?.close();
  }
}

async function readUntil(conn: Deno.Conn, until: string): Promise<string> {
  const buffer = new Uint8Array(16_384);
  let text = "";
  try {
    while (until === "end" || !text.includes("\r\n\r\n")) {
      const count = await conn.read(buffer);
      if (count === null) break;
      text += decodeText(buffer.subarray(0, count));
    }
  } catch {
    // Broken off, by either side.
  }
  return text;
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await conn.write(bytes.subarray(at));
  }
}

/** SHA-256 digest. */
export async function digestOf(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256:${new Uint8Array(digest).toHex()}`;
}

/** Bytes that no compression makes smaller. */
export function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

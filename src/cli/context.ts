/**
 * What every command gets: the machine, the terminal, and a client made from the user's kubeconfig when it is first needed.
 *
 * @module
 */
import { type Host, HostError } from "../base/host.ts";
import type { Client } from "../client/client.ts";
import { HttpTransport } from "../client/http_transport.ts";
import { type ClientConfig, loadKubeconfig } from "../client/kubeconfig.ts";
import { RestClient } from "../client/rest_client.ts";
import { CliFailure } from "./failure.ts";
import { ResourceLookup } from "./resource_lookup.ts";
import { explainingTransport } from "./server_errors.ts";
import type { Terminal } from "./terminal.ts";

/** Options that stand before or after every verb. */
export interface GlobalOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** Given to commands. */
export class CliContext {
  /** The machine. */
  readonly host: Host;
  /** Streams of the command. */
  readonly terminal: Terminal;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  #options: GlobalOptions = {};
  #config: Promise<ClientConfig> | undefined;
  #lookup: Promise<ResourceLookup> | undefined;

  constructor(io: { host: Host; terminal: Terminal; cwd: string }) {
    this.host = io.host;
    this.terminal = io.terminal;
    this.cwd = io.cwd;
  }

  /** Set once the command line is parsed. */
  setOptions(options: GlobalOptions): void {
    this.#options = options;
  }

  /** Server and credentials. @throws {CliFailure} when there is no kubeconfig */
  config(): Promise<ClientConfig> {
    const { kubeconfig: path, context } = this.#options;
    this.#config ??= loadKubeconfig(this.host, {
      ...path === undefined ? {} : { path: this.path(path) },
      ...context === undefined ? {} : { context },
    }).catch((error) => {
      if (!(error instanceof HostError) || error.code !== "not-found") {
        throw error;
      }
      const looked = error.message.replace(/^Cannot find a kubeconfig: /, "");
      throw new CliFailure(
        `no kubeconfig (${
          path === undefined ? looked : `"${path}" is not there`
        }): set KUBECONFIG or give --kubeconfig; wherry server and wherry up write one`,
      );
    });
    return this.#config;
  }

  /** The way to the server, for what is no request. */
  async transport(): Promise<HttpTransport> {
    return new HttpTransport(this.host, await this.config());
  }

  /** A client of the server. */
  async client(): Promise<Client> {
    const config = await this.config();
    const transport = new HttpTransport(this.host, config);
    return new RestClient(explainingTransport(transport, config.server));
  }

  /** The server's resources, asked once. */
  lookup(): Promise<ResourceLookup> {
    this.#lookup ??= this.client().then((client) =>
      ResourceLookup.load(client)
    );
    return this.#lookup;
  }

  /** `--namespace`, else the context's. */
  async namespace(): Promise<string> {
    return this.#options.namespace ?? (await this.config()).namespace;
  }

  /** An absolute path. */
  path(path: string): string {
    return path.startsWith("/") ? path : `${this.cwd}/${path}`;
  }

  /** Aborts when the person at the terminal presses Ctrl-C, which then does not end the program by itself. Ask once. */
  interrupted(): AbortSignal {
    return this.terminal.interrupted?.() ?? new AbortController().signal;
  }

  /** Prints one line of result. */
  print(line: string): Promise<void> {
    return this.terminal.out(line + "\n");
  }
}

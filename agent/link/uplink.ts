/**
 * How a node reaches the API: on the link of our own server, over HTTPS at any other, or not at all.
 *
 * @module
 */
import type { Host } from "../../src/base/host.ts";
import type { LinkHandler } from "../../src/base/mux_http.ts";
import type { MuxStream } from "../../src/base/mux.ts";
import type { Transport } from "../../src/client/client.ts";
import type { ServerConfig } from "../../src/client/http_transport.ts";
import type { Identity } from "../node/identity.ts";
import { ServerLink } from "./dial.ts";
import { type JoinToken, parseJoinToken } from "./join_token.ts";
import { NoUplink } from "./no_uplink.ts";

/** The way to the API. */
export interface Uplink {
  /** Carries API requests. While there is no contact they wait for it; only a request's own signal ends the wait. */
  readonly transport: Transport;
  /** Whether there is contact. */
  readonly isUp: boolean;
  /** Whether there is no API at all. @default false */
  readonly isAlone?: boolean;
  /** `host:port` of our own server, which has a registry; absent at any other API. */
  readonly serverAddress?: string;
  /** For `/debug/state`. */
  state(): Record<string, unknown>;
  /** Keeps contact until the signal aborts. @throws when the server does not want this node */
  run(signal: AbortSignal): Promise<void>;
}

/** What {@linkcode openUplink} chooses by. */
export interface UplinkOptions {
  readonly node: string;
  readonly identity: Identity;
  /** `https://host:port` of our own server. @default the one that the node joined before */
  readonly server?: string;
  /** Join token; needed until our server has accepted the node. */
  readonly token?: string;
  /** Any API server. */
  readonly api?: ServerConfig;
  /** Whether the node has pods of its own, so that it may go without a server. */
  readonly mayBeAlone: boolean;
  /** Serves the server's requests. */
  readonly handler: LinkHandler;
  /** Serves the streams that the server opens for other things. */
  readonly onStream: (stream: MuxStream) => Promise<void>;
  /** Called each time there is contact again, with what is told of the cluster. */
  readonly onUp: (
    ranges: { readonly clusterCidr?: string; readonly serviceCidr?: string },
  ) => void;
  /** UID of this node's object. */
  readonly nodeUid: () => string | undefined;
}

/** Chooses. @throws when nothing says where the API is */
export async function openUplink(
  host: Host,
  options: UplinkOptions,
): Promise<Uplink> {
  const { api, identity } = options;
  if (api) {
    const { ApiUplink } = await import("./api_uplink.ts");
    return new ApiUplink(host, { ...options, api });
  }
  const token = options.token ? parseJoinToken(options.token) : undefined;
  const server = options.server ?? identity.server;
  if (!server && options.mayBeAlone) return new NoUplink();
  const { token: _text, ...rest } = options;
  return new ServerLink(host, {
    ...rest,
    server: await serverOf(identity, { server, token }),
    ...(token && { token }),
  });
}

/** The server to dial, remembered for the next start. */
async function serverOf(
  identity: Identity,
  { server, token }: {
    server: string | undefined;
    token: JoinToken | undefined;
  },
): Promise<string> {
  if (!server) {
    throw new Error(
      "Could not start the agent: no server is given and the node has joined none before",
    );
  }
  if (!token && !identity.joined) {
    throw new Error(
      "Could not start the agent: a node that has not joined yet needs a join token",
    );
  }
  await identity.setServer(server);
  return server;
}

/**
 * Requests that want to leave HTTP: what they ask for, which protocol both sides speak, and the connection after it.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import { ServerWebSocket } from "../../base/web_socket.ts";
import { badRequest } from "../../api/status.ts";
import type { ApiServer } from "../call.ts";

/** A ping follows a silence of ours that is so long: shorter than what NATs and proxies on the way forget connections after. */
export const CLIENT_PING_MS = 25_000;

/** What a request wants to become. */
export type Upgrade = "websocket" | "spdy/3.1";

/** Which upgrade a request asks for; undefined when it asks for none, or for another. */
export function upgradeOf(request: Request): Upgrade | undefined {
  const connection = request.headers.get("connection")?.toLowerCase() ?? "";
  if (!connection.includes("upgrade")) return undefined;
  const wanted = request.headers.get("upgrade")?.toLowerCase();
  if (wanted === "spdy/3.1") return wanted;
  const { headers } = request;
  return wanted === "websocket" && request.method === "GET" &&
      headers.get("sec-websocket-version") === "13" &&
      headers.has("sec-websocket-key")
    ? wanted
    : undefined;
}

/** The header that lists a client's protocols. */
const PROTOCOLS_HEADER: Readonly<Record<Upgrade, string>> = {
  websocket: "sec-websocket-protocol",
  "spdy/3.1": "x-stream-protocol-version",
};

/**
 * The client's first protocol that we speak; "" when it names none and we speak that too.
 *
 * @throws {ApiError} 400 when there is none
 */
export function chooseProtocol(
  request: Request,
  options: { upgrade: Upgrade; spoken: readonly string[] },
): string {
  const { upgrade, spoken } = options;
  const header = request.headers.get(PROTOCOLS_HEADER[upgrade]) ?? "";
  const offered = header.split(",").map((name) => name.trim());
  const chosen = offered.find((name) => spoken.includes(name));
  if (chosen !== undefined) return chosen;
  throw badRequest(
    `unable to upgrade: unable to negotiate protocol: client supports [${
      offered.join(" ")
    }], server accepts [${spoken.filter((name) => name !== "").join(" ")}]`,
  );
}

/** The refusal of a request that asks for no upgrade where one is needed. */
export function upgradeRequired(): Error {
  return badRequest("Upgrade request required");
}

/** Makes a WebSocket of a request's connection. @throws {ApiError} 400 when the connection cannot be handed over */
export function acceptWebSocket(
  api: Pick<ApiServer, "host" | "clientPingMs">,
  request: Request,
  protocol: string,
): { socket: ServerWebSocket; response: Response } {
  const { stream, response } = takeConnection(api, request, {
    upgrade: "websocket",
    ...(protocol === "" ? {} : { "sec-websocket-protocol": protocol }),
  });
  const { clock } = api.host;
  const socket = new ServerWebSocket(stream, {
    clock,
    pingMs: api.clientPingMs,
  });
  return { socket, response };
}

/** Answers 101 and takes the connection. @throws {ApiError} 400 when it cannot be handed over */
export function takeConnection(
  api: Pick<ApiServer, "host">,
  request: Request,
  headers: Readonly<Record<string, string>>,
): ReturnType<ApiServer["host"]["net"]["switchProtocols"]> {
  try {
    return api.host.net.switchProtocols(request, {
      headers: { connection: "Upgrade", ...headers },
    });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw badRequest("unable to upgrade: the connection is not HTTP/1.1");
  }
}

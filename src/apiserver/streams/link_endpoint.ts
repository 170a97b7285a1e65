/**
 * Where agents connect: a WebSocket that begins with the handshake and then carries HTTP in both directions.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createMux, type Mux } from "../../base/mux.ts";
import { SocketPrelude } from "../../base/prelude.ts";
import { isHttpStream, serveOverMux } from "../../base/mux_http.ts";
import { badRequest } from "../../api/status.ts";
import { nodeUser } from "../auth/user.ts";
import type { ApiServer } from "../call.ts";
import {
  admitNode,
  LinkRefused,
  readIdentification,
} from "./link_handshake.ts";
import { NodeHeartbeat } from "./node_heartbeat.ts";
import { closeWithIdentity } from "./node_identity.ts";

/** The only idle traffic of a node, in seconds. A shorter period costs metered links and finds nothing that matters. */
export const KEEP_ALIVE_SECONDS = 25;

/** How long an agent may take to identify itself, in milliseconds. */
const HANDSHAKE_MS = 10_000;
/** WebSocket close codes: policy violation, internal error. */
const CLOSE_REFUSED = 1008;
const CLOSE_FAILED = 1011;

/** Serves requests that come over a link, as the app does. */
export type LinkApp = (
  request: Request,
  env: { readonly user: ReturnType<typeof nodeUser> },
) => Response | Promise<Response>;

/** Upgrades a request to a link. @throws {ApiError} 400 when it is no WebSocket request */
export function acceptLink(
  api: ApiServer,
  request: Request,
  app: LinkApp,
): Response {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
    throw badRequest(
      "the link is a WebSocket: the request asks for no upgrade",
    );
  }
  const { socket, response } = api.host.net.upgrade(request);
  const prelude = new SocketPrelude(socket);
  api.host.spawn("link", () => serveLink(api, prelude, app));
  return response;
}

async function serveLink(
  api: ApiServer,
  socket: SocketPrelude,
  app: LinkApp,
): Promise<void> {
  const { host } = api;
  let node: string;
  try {
    node = await shakeHands(api, socket);
  } catch (error) {
    if (!(error instanceof LinkRefused)) {
      socket.close(CLOSE_FAILED, "Handshake failed");
      host.log("warn", "Link handshake failed", { error });
      return;
    }
    const { code, message: reason } = error;
    host.log("warn", "Link refused", { code, reason });
    socket.send(JSON.stringify({ type: "refused", code, reason }));
    socket.close(CLOSE_REFUSED, "Refused");
    return;
  }
  const heartbeat = new NodeHeartbeat(api, node);
  const user = nodeUser(node);
  const link: Mux = createMux(host, socket.rest(), {
    role: "server",
    keepAliveMs: KEEP_ALIVE_SECONDS * 1000,
    onHeard: () => heartbeat.heard(),
    onStream(stream) {
      if (!isHttpStream(stream)) {
        stream.reset("Unknown type of stream");
        return;
      }
      host.spawn(
        "link request",
        () => serveOverMux(stream, (request) => app(request, { user })),
      );
    },
  });
  api.links.add(node, link);
  heartbeat.heard();
  host.log("info", "Node connected", { node });
  host.spawn("node identity", () => closeWithIdentity(api, node, link));
  const reason = await link.closed;
  api.links.remove(node, link);
  host.log("info", "Node disconnected", { node, reason });
}

/** The handshake, to the welcome. @returns the node's name @throws {LinkRefused} */
async function shakeHands(
  api: ApiServer,
  socket: SocketPrelude,
): Promise<string> {
  const { clock, random } = api.host;
  const signal = clock.timeout(HANDSHAKE_MS);
  const nonce = Buffer.from(random.bytes(32)).toString("base64url");
  const time = () => new Date(clock.now()).toISOString();
  socket.send(JSON.stringify({ type: "challenge", nonce, time: time() }));
  const identification = readIdentification(await socket.next({ signal }));
  await admitNode(api, nonce, identification);
  socket.send(JSON.stringify({
    type: "welcome",
    time: time(),
    keepAliveSeconds: KEEP_ALIVE_SECONDS,
    ...api.networks,
  }));
  return identification.node;
}

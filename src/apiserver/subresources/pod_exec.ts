/**
 * pods/exec and pods/attach: a client and a process in a container, joined through the node's link.
 *
 * @module
 */
import { CHANNEL } from "../../base/channel_frames.ts";
import { badRequest } from "../../api/status.ts";
import type { Call } from "../call.ts";
import { isTrue } from "../request_info.ts";
import {
  CHANNEL_PROTOCOLS,
  type ClientChannels,
  WebSocketChannels,
} from "../streams/client_channels.ts";
import { linkOf, openNodeStream } from "../streams/node_stream.ts";
import { relayCommand } from "../streams/remote_command.ts";
import {
  acceptSpdyChannels,
  SPDY_CHANNEL_PROTOCOLS,
} from "../streams/spdy_channels.ts";
import {
  acceptWebSocket,
  chooseProtocol,
  upgradeOf,
  upgradeRequired,
} from "../streams/upgrade.ts";
import {
  chooseContainer,
  findPod,
  nodeOf,
  requireCreate,
} from "./pod_target.ts";

const NEWEST_PROTOCOL = "v5.channel.k8s.io";

/** What a client wants of a process. */
export interface CommandOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  /** Never with a terminal, which has one output. */
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** GET or POST /api/v1/namespaces/{ns}/pods/{name}/exec. */
export function podExec(call: Call): Response {
  return command(call, "exec");
}

/** GET or POST /api/v1/namespaces/{ns}/pods/{name}/attach. */
export function podAttach(call: Call): Response {
  return command(call, "attach");
}

function command(call: Call, type: "exec" | "attach"): Response {
  const { api, at, params } = call;
  requireCreate(call);
  const pod = findPod(call);
  const container = chooseContainer(pod, params.get("container") ?? "");
  const node = nodeOf(pod);
  const options = commandOptions(params);
  if (upgradeOf(call.request) === undefined) throw upgradeRequired();
  linkOf(api, node);
  const { client, response } = acceptClient(call, options);
  api.host.spawn(`pod ${type}`, async () => {
    const stream = openNodeStream(api, node, {
      type,
      namespace: at.namespace,
      pod: at.name,
      ...(pod.metadata.uid === undefined ? {} : { uid: pod.metadata.uid }),
      container,
      ...(type === "exec" ? { command: params.getAll("command") } : {}),
      ...options,
    });
    await relayCommand(await client, stream, options);
  });
  return response;
}

/** @throws {ApiError} 400 when no stream is asked for */
function commandOptions(params: URLSearchParams): CommandOptions {
  const [stdin, stdout, stderr, tty] = ["stdin", "stdout", "stderr", "tty"]
    .map((name) => isTrue(params.get(name))) as [
      boolean,
      boolean,
      boolean,
      boolean,
    ];
  if (!stdin && !stdout && !stderr) {
    throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
  }
  return { stdin, stdout, stderr: stderr && !tty, tty };
}

/** @throws {ApiError} 400 when there is no protocol that both sides speak */
function acceptClient(
  call: Call,
  options: CommandOptions,
): { client: Promise<ClientChannels>; response: Response } {
  const { api, request } = call;
  const upgrade = upgradeOf(request)!;
  if (upgrade === "spdy/3.1") {
    const spoken = SPDY_CHANNEL_PROTOCOLS;
    const protocol = chooseProtocol(request, { upgrade, spoken });
    return acceptSpdyChannels(api, request, { ...options, protocol });
  }
  const spoken = CHANNEL_PROTOCOLS;
  const protocol = chooseProtocol(request, { upgrade, spoken });
  const { socket, response } = acceptWebSocket(api, request, protocol);
  const client = new WebSocketChannels(socket, protocol);
  return { client: greet(client, { ...options, protocol }), response };
}

/**
 * kube-apiserver sends nothing on the first channel that the client listens to, by which clients know that they are connected. Those of the
 * newest protocol know it anyhow, and kubectl up to 1.32 complains of what comes before it has set up its streams.
 */
async function greet(
  client: WebSocketChannels,
  { stdout, stderr, protocol }: CommandOptions & { protocol: string },
): Promise<ClientChannels> {
  if (protocol === NEWEST_PROTOCOL) return client;
  const first = stdout
    ? CHANNEL.stdout
    : stderr
    ? CHANNEL.stderr
    : CHANNEL.error;
  await client.send(first, new Uint8Array()).catch(() => {});
  return client;
}

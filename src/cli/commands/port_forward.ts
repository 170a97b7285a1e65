/**
 * `wherry port-forward`.
 *
 * @module
 */
import { decodeText } from "../../base/bytes.ts";
import type { ByteStream, StreamListener } from "../../base/host.ts";
import type { Pod } from "../../api/core/pod.ts";
import type { Service } from "../../api/core/service.ts";
import { ChannelSocket } from "../../client/channel_socket.ts";
import type { HttpTransport } from "../../client/http_transport.ts";
import { SERVICES } from "../../client/resources.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, describeFailure, EXIT_OK } from "../failure.ts";
import { parseForwarding } from "../forwarded_ports.ts";
import { findLogTargets } from "../log_targets.ts";
import { parseTargets } from "../targets.ts";

/** Flags of `port-forward`. */
export interface PortForwardFlags {
  /** Addresses to listen on. @default 127.0.0.1 */
  readonly address?: string;
  /** Ends the command. @default never */
  readonly signal?: AbortSignal;
}

const READ_BYTES = 32 * 1024;
/** Of a connection to one port: its bytes, and what went wrong. */
const DATA = 0;

/** Listens here and carries connections to ports of a pod until it is ended. @param words the pod, or a service before it, and `LOCAL:REMOTE`, `PORT` or `:REMOTE` */
export async function portForward(
  context: CliContext,
  words: readonly string[],
  flags: PortForwardFlags,
): Promise<number> {
  const [word, ...ports] = words;
  const { host, terminal } = context;
  const [target] = await findLogTargets(context, await context.client(), {
    word: word!,
    allContainers: true, // no matter which: no word about it
    quiet: true,
  });
  const { pod } = target!;
  const service = await serviceOf(context, word!);
  const { phase } = pod.status ?? {};
  if (phase !== "Running") {
    throw new CliFailure(
      `unable to forward port because pod is not running. Current status=${phase}`,
    );
  }
  const forwardings = ports.map((text) =>
    parseForwarding(text, { pod, ...service && { service } })
  );
  const transport = await context.transport();
  const listeners: StreamListener[] = [];
  const hostname = flags.address ?? "127.0.0.1";
  try {
    for (const { local, remote } of forwardings) {
      const listener = await host.net.listen({ hostname, port: local });
      listeners.push(listener);
      const { port } = listener.address as { port: number };
      await context.print(`Forwarding from ${hostname}:${port} -> ${remote}`);
      host.spawn("port-forward", async () => {
        while (true) {
          const { stream } = await listener.accept();
          await context.print(`Handling connection for ${port}`);
          host.spawn("forwarded connection", async () => {
            try {
              await forward(context, transport, { pod, remote, stream });
            } catch (error) {
              terminal.err(describeFailure(error, `forwarding ${port}: `));
            }
          });
        }
      });
    }
    await ended(flags.signal);
    return EXIT_OK;
  } finally {
    for (const listener of listeners) listener.close();
  }
}

/** Carries one connection. @throws {CliFailure} in the node's words when it cannot be made */
async function forward(
  { host }: CliContext,
  transport: HttpTransport,
  options: { pod: Pod; remote: number; stream: ByteStream },
): Promise<void> {
  const { pod, remote, stream } = options;
  const { name, namespace } = pod.metadata;
  const socket = await ChannelSocket.open(host, transport, {
    path:
      `/api/v1/namespaces/${namespace}/pods/${name}/portforward?ports=${remote}`,
    protocols: ["v4.channel.k8s.io"],
  });
  host.spawn("forwarded input", async () => {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (let count; (count = await stream.read(buffer)) !== null;) {
        await socket.send(DATA, buffer.subarray(0, count));
      }
    } catch {
      socket.close(); // the local end broke off
    }
  });
  /** Channels whose first message, the port's number, has come. */
  const announced = new Set<number>();
  try {
    for await (const { channel, payload } of socket.frames()) {
      if (!announced.has(channel)) announced.add(channel);
      else if (channel !== DATA) throw new CliFailure(decodeText(payload));
      else await writeAll(stream, payload);
    }
  } finally {
    socket.close();
    stream.close();
  }
}

async function writeAll(stream: ByteStream, data: Uint8Array): Promise<void> {
  for (let at = 0; at < data.length;) {
    at += await stream.write(data.subarray(at));
  }
}

/** The service, when the pod is named through one. */
async function serviceOf(
  context: CliContext,
  word: string,
): Promise<Service | undefined> {
  if (!word.includes("/")) return undefined;
  const [target] = parseTargets(await context.lookup(), [word]);
  const { resource, name = "" } = target!;
  if (resource.plural !== "services" || resource.group !== "") return undefined;
  const client = await context.client();
  return await client.get(SERVICES, {
    name,
    namespace: await context.namespace(),
  });
}

function ended(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}

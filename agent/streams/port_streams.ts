/**
 * Connections to ports: a pod's, and addresses that this node can reach for the server.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import { HostError } from "../../src/base/host.ts";
import { parseIp } from "../../src/base/ip.ts";
import type { MuxStream } from "../../src/base/mux.ts";
import { connectionOf } from "../runtime/sessions.ts";
import { Refusal } from "./refusal.ts";
import { relay } from "./relay.ts";
import { podOf, portOf, type StreamParts } from "./stream_parts.ts";

/** The node's own loopback address, where only what the node itself offers is reached. */
const LOOPBACK: readonly string[] = ["127.0.0.1", "::1", "localhost"];

/** How long a connection may take to be made. */
const DIAL_MS = 30_000;

/** A pod's port, as from inside. @throws {Refusal} before it is connected */
export async function servePortForward(
  stream: MuxStream,
  parts: StreamParts,
): Promise<void> {
  const pod = podOf(parts, stream.header);
  const port = portOf(stream.header);
  if (!pod.sandbox) throw new Refusal(500, "pod is not running");
  const { id } = pod.sandbox;
  await relay(
    stream,
    (signal) => pod.runtime.portForward(id, port, { signal }),
  );
}

/** An address in the pod or service network. @throws {Refusal} when it is none of those, or cannot be reached */
export async function serveConnect(
  stream: MuxStream,
  parts: StreamParts,
): Promise<void> {
  const { host, node } = stream.header;
  const port = portOf(stream.header);
  const hostname = String(host);
  if (!isAllowed(parts, { hostname, node: node === true })) {
    throw new Refusal(403, `address "${hostname}" is not this node's to reach`);
  }
  const { net, clock } = parts.host;
  await relay(stream, async (gone) => {
    try {
      const signal = AbortSignal.any([gone, clock.timeout(DIAL_MS)]);
      return connectionOf(await net.dial({ hostname, port }, { signal }));
    } catch (error) {
      throw new Refusal(503, dialError(error, { hostname, port }));
    }
  });
}

/** Only addresses, never names: what a name stands for is not the server's to choose. */
function isAllowed(
  parts: StreamParts,
  { hostname, node }: { hostname: string; node: boolean },
): boolean {
  if (LOOPBACK.includes(hostname)) return node;
  if (!parseIp(hostname)) return false;
  return parts.isPodAddress(hostname) ||
    isWithin(hostname, parts.serviceCidr());
}

function isWithin(address: string, cidr: string): boolean {
  const [base = "", length] = cidr.split("/");
  const [ip, network] = [parseIp(address), parseIp(base)];
  if (!ip || !network || ip.length !== network.length) return false;
  const bits = Number(length);
  return ip.every((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - 8 * i));
    const mask = (0xff << (8 - kept)) & 0xff;
    return (byte & mask) === (network[i]! & mask);
  });
}

/** In the words of Go's net package, which people know from the API server's proxy. */
function dialError(
  error: unknown,
  { hostname, port }: { hostname: string; port: number },
): string {
  const at = hostname.includes(":") ? `[${hostname}]` : hostname;
  const dial = `dial tcp ${at}:${port}`;
  const code = error instanceof HostError ? error.code : undefined;
  if (code === "refused") return `${dial}: connect: connection refused`;
  if (code === "unreachable") return `${dial}: connect: no route to host`;
  if (code === "timeout" || (error as Error)?.name === "TimeoutError") {
    return `${dial}: i/o timeout`;
  }
  return `${dial}: ${messageOf(error)}`;
}

/**
 * Byte streams: TCP and unix sockets.
 *
 * @module
 */
import {
  type Address,
  type ByteStream,
  HostError,
  type StreamListener,
} from "../host.ts";
import { hostError } from "./host_error.ts";
import { removeStaleSocket } from "./unix_path.ts";

/** How an address is told to people. */
export function addressText(at: Address): string {
  if ("path" in at) return `"${at.path}"`;
  return at.hostname.includes(":")
    ? `[${at.hostname}]:${at.port}`
    : `${at.hostname}:${at.port}`;
}

/** Deno's address in our words. */
export function addressOf(address: Deno.Addr): Address {
  if (address.transport === "tcp" || address.transport === "udp") {
    return { hostname: address.hostname, port: address.port };
  }
  return { path: "path" in address ? address.path ?? "" : "" };
}

/** Listens for byte streams. @throws {HostError} `in-use`, `permission` */
export async function listen(at: Address): Promise<StreamListener> {
  const what = `Cannot listen on ${addressText(at)}`;
  let listener: Deno.Listener;
  try {
    if ("path" in at) {
      await removeStaleSocket(at.path);
      listener = Deno.listen({ transport: "unix", path: at.path });
    } else {
      listener = Deno.listen({ hostname: at.hostname, port: at.port });
    }
  } catch (error) {
    throw hostError(what, error);
  }
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    listener.close();
  };
  return {
    address: addressOf(listener.addr),
    async accept() {
      try {
        const conn = await listener.accept();
        tune(conn);
        return { stream: conn, remote: addressOf(conn.remoteAddr) };
      } catch (error) {
        if (closed) {
          throw new HostError("closed", `${what}: closed`, { cause: error });
        }
        throw hostError(what, error);
      }
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** Opens a byte stream. @throws {HostError} `refused`, `unreachable`, `timeout` */
export async function dial(
  to: Address,
  options: { signal?: AbortSignal } = {},
): Promise<ByteStream> {
  const { signal } = options;
  signal?.throwIfAborted();
  try {
    if ("path" in to) {
      return await Deno.connect({ transport: "unix", path: to.path });
    }
    const conn = await Deno.connect({
      hostname: to.hostname,
      port: to.port,
      ...(signal === undefined ? {} : { signal }),
    });
    tune(conn);
    return conn;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw hostError(`Cannot connect to ${addressText(to)}`, error);
  }
}

/**
 * Small messages leave at once, and a peer that vanished without a word (power, cable, NAT) is found out by the kernel some time: a proxied connection
 * has no other end. A connection that broke meanwhile tells so at its first use.
 */
function tune(conn: Deno.Conn): void {
  if (!("setNoDelay" in conn)) return;
  const tcp = conn as Deno.TcpConn;
  try {
    tcp.setNoDelay(true);
    tcp.setKeepAlive(true);
  } catch {
    // reset between accept and here
  }
}

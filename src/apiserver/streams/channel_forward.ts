/**
 * Port-forward with the channels of `v4.channel.k8s.io`: the ports stand in the query, and the connection to the n-th of them is there from the
 * start, with channel 2n for its bytes and 2n + 1 for what went wrong.
 *
 * @module
 */
import { encodeText } from "../../base/bytes.ts";
import type { ServerWebSocket } from "../../base/web_socket.ts";
import { ChannelMessages } from "./channel_messages.ts";
import { forwardPort, type ForwardTarget } from "./port_forward.ts";

/** Serves the ports until the client leaves, the node's link breaks, or all connections have ended. */
export async function serveChannelForward(
  target: ForwardTarget,
  socket: ServerWebSocket,
  options: { protocol: string; ports: readonly number[] },
): Promise<void> {
  const { protocol, ports } = options;
  const messages = new ChannelMessages(socket, { protocol, flows: () => true });
  const inputs = new Map<number, WritableStreamDefaultWriter<Uint8Array>>();
  const ends = ports.map(async (port, index) => {
    const data = 2 * index;
    const input = new TransformStream<Uint8Array, Uint8Array>();
    inputs.set(data, input.writable.getWriter());
    const announced = new Uint8Array([port & 0xff, port >> 8]);
    await messages.send(data, announced);
    await messages.send(data + 1, announced);
    const failure = await forwardPort(target, port, {
      readable: input.readable,
      writable: new WritableStream({
        write: (chunk) => messages.send(data, chunk),
      }),
    });
    if (failure !== undefined) {
      await messages.send(data + 1, encodeText(failure));
    }
  });
  const over = Promise.allSettled(ends).then(() => messages.close());
  const leave = () => {
    for (const input of inputs.values()) {
      input.abort("client left").catch(() => {});
    }
  };
  socket.over.then(leave); // also while a port's bytes are held up and nobody reads the client
  try {
    for await (const { channel, payload } of messages.frames()) {
      await inputs.get(channel)?.write(payload).catch(() => {});
    }
  } catch {
    // the client broke off
  }
  socket.break();
  leave();
  await over;
}

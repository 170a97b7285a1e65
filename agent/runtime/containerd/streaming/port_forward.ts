/**
 * A connection to a pod's port through a runtime's streaming server (Kubernetes' `portforward.k8s.io` over SPDY).
 *
 * @module
 */
import { concat, decodeText } from "../../../../src/base/bytes.ts";
import type { SpdySession } from "../../../../src/base/spdy.ts";
import type { PortConnection } from "../../sessions.ts";

/** What is spoken on such a session. */
export const PORT_FORWARD_PROTOCOL = "portforward.k8s.io";

/** Opens the one connection that the session is for; both end together. */
export async function forwardPort(
  session: SpdySession,
  port: number,
): Promise<PortConnection> {
  const headers = { port: String(port), requestid: "0" };
  const close = () => session.close("the connection is over");
  try {
    const [errors, data] = await Promise.all([
      session.open({ ...headers, streamtype: "error" }, { end: true }),
      session.open({ ...headers, streamtype: "data" }),
    ]);
    const told = Array.fromAsync(errors.readable).then(
      (parts) => decodeText(concat(parts)),
      () => "", // the session broke, which the data shows
    );
    const reader = data.readable.getReader();
    return {
      readable: new ReadableStream({
        async pull(controller) {
          try {
            const { done, value } = await reader.read();
            if (!done) return controller.enqueue(value);
            // The end of a connection that came to nothing looks like any other; the reason is told beside it.
            const why = await told;
            close();
            if (why === "") controller.close();
            else controller.error(new Error(why.trim()));
          } catch (error) {
            close();
            controller.error(error);
          }
        },
        cancel: async (reason) => {
          await reader.cancel(reason);
          close();
        },
      }, { highWaterMark: 0 }),
      writable: data.writable,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

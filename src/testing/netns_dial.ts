/**
 * Connections from inside another network namespace, for tests of what listens on its loopback address.
 *
 * @module
 */
import type { ByteStream } from "../base/host.ts";

/** Connects inside the namespace, by way of busybox' `nc` as a relay. Root only. */
export function dialInNetns(
  { netns, busybox }: { netns: string; busybox: string },
  to: { readonly hostname: string; readonly port: number },
): ByteStream {
  const relay = new Deno.Command("nsenter", {
    args: [
      `--net=/run/netns/${netns}`,
      ...[busybox, "nc", to.hostname, String(to.port)],
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  let early = new Uint8Array();
  const close = () => {
    try {
      relay.kill("SIGKILL");
    } catch {
      // it has ended
    }
    relay.stdin.abort().catch(() => {});
    reader?.cancel().catch(() => {});
    if (!reader) relay.stdout.cancel().catch(() => {});
  };
  const next = async () => {
    reader ??= relay.stdout.getReader();
    return await reader.read();
  };
  return {
    async read(buffer) {
      if (early.length === 0) {
        const { done, value } = await next();
        if (done) return null;
        early = value;
      }
      const count = Math.min(buffer.length, early.length);
      buffer.set(early.subarray(0, count));
      early = early.subarray(count);
      return count;
    },
    async write(data) {
      const writer = relay.stdin.getWriter();
      await writer.write(data);
      writer.releaseLock();
      return data.length;
    },
    closeWrite: () => relay.stdin.close(),
    close,
    get readable() {
      return new ReadableStream<Uint8Array<ArrayBuffer>>({
        async pull(controller) {
          if (early.length > 0) {
            controller.enqueue(early);
            early = new Uint8Array();
            return;
          }
          const { done, value } = await next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: close,
      }, { highWaterMark: 0 });
    },
    writable: relay.stdin,
    [Symbol.dispose]: close,
  };
}

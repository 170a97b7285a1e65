/**
 * A content on its way from a registry: exactly as much of it as its descriptor says.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import { RegistryError } from "./registry_error.ts";

/**
 * Passes a body on from a place in it, and ends it where it must end.
 *
 * The stream fails with a {@linkcode RegistryError} when more comes than there may be, with a {@linkcode HostError} `closed` when less does.
 *
 * @param part.skip how many bytes come first that nobody wants
 * @param part.length how many then must come
 * @param part.what `get the content sha256:… from registry.example`
 */
export function boundedBlob(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  part: {
    readonly skip: number;
    readonly length: number;
    readonly what: string;
  },
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let skip = part.skip;
  let left = part.length;
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        let chunk: Uint8Array<ArrayBuffer>;
        try {
          const { done, value } = await reader.read();
          if (done) {
            if (left === 0) return controller.close();
            throw new HostError(
              "closed",
              `Cannot ${part.what}: it ended ${left} bytes early`,
            );
          }
          chunk = value;
        } catch (error) {
          return controller.error(
            // What Deno's client throws when a connection breaks.
            error instanceof TypeError
              ? new HostError("closed", `Cannot ${part.what}: ${error.message}`)
              : error,
          );
        }
        const skipped = Math.min(skip, chunk.length);
        skip -= skipped;
        if (skipped > 0) chunk = chunk.subarray(skipped);
        if (chunk.length === 0) continue;
        if (chunk.length > left) {
          controller.error(
            new RegistryError(
              `Cannot ${part.what}: more came than its manifest says`,
              { status: 0 },
            ),
          );
          await reader.cancel().catch(() => {});
          return;
        }
        left -= chunk.length;
        return controller.enqueue(chunk);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

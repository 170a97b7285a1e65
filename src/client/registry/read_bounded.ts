/**
 * Reads bodies of servers that are not trusted to be brief.
 *
 * @module
 */
import { concat } from "../../base/bytes.ts";

/** All of an answer's body. @throws {RangeError} when there are more than `limitBytes` */
export async function readBounded(
  response: Response,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return new Uint8Array();
  const reader = response.body.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  while (true) {
    const { done, value } = await reader.read();
    if (done) return concat(parts);
    length += value.length;
    if (length > limitBytes) {
      await reader.cancel().catch(() => {});
      throw new RangeError(
        `Cannot read the answer: it has more than ${limitBytes} bytes`,
      );
    }
    parts.push(value);
  }
}

/**
 * Reads a stream of JSON values, one a line, as watches send them.
 *
 * @module
 */

/** The values in order; ends with the stream. */
export async function* jsonLines(
  body: ReadableStream<Uint8Array>,
): AsyncIterable<unknown> {
  const text = body.pipeThrough(
    new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>,
  );
  let rest = "";
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line);
  }
  if (rest.trim() !== "") yield JSON.parse(rest);
}

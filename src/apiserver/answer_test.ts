import assert from "node:assert/strict";
import { answerJson, answerText } from "./answer.ts";

Deno.test("answerText() writes warnings as Kubernetes does", () => {
  const answer = answerText("{}", {
    warnings: ['unknown field "a\\b"', "line\nbreak", "ü"],
  });
  const header = answer.headers.get("warning") ?? "";
  assert.ok(
    header.startsWith(
      '299 - "unknown field \\"a\\\\b\\"", 299 - "linebreak", 299 - ',
    ),
  );
});

Deno.test("answerJson() writes YAML when that was agreed", async () => {
  const answer = answerJson({ a: [1] }, { media: "yaml", status: 201 });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get("content-type"), "application/yaml");
  assert.equal(await answer.text(), "a:\n  - 1\n");
});

Deno.test("answerText() compresses only large bodies for those who take gzip", async () => {
  const large = JSON.stringify("x".repeat(200_000));
  const encodingOf = async (text: string, acceptEncoding: string) => {
    const answer = answerText(text, { acceptEncoding });
    await answer.body?.cancel();
    return answer.headers.get("content-encoding");
  };
  assert.equal(await encodingOf(large, "br, gzip"), "gzip");
  assert.equal(await encodingOf(large, "gzip;q=0"), null);
  assert.equal(await encodingOf("{}", "gzip"), null);
});

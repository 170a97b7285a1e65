import assert from "node:assert/strict";
import { LogSink } from "./log_sink.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);

/** The lines that a sink writes. */
function lines(
  options: { level?: "debug" | "warn"; format?: "text" | "json" },
): { sink: LogSink; written: string[] } {
  const written: string[] = [];
  const sink = new LogSink({
    ...options,
    write: (line) => written.push(line),
  });
  return { sink, written };
}

Deno.test("log() writes a line of text with fields, quoted where they need it", () => {
  const { sink, written } = lines({});
  sink.log(AT, "info", {
    message: "Pod started",
    fields: { pod: "a/b", text: 'say "x"', n: 5, none: undefined, list: [1] },
  });
  assert.deepEqual(written, [
    '2026-01-02T03:04:05.006Z INFO  Pod started pod=a/b text="say \\"x\\"" n=5 list=[1]\n',
  ]);
});

Deno.test("log() writes a line of JSON with fields, which cannot hide the head", () => {
  const { sink, written } = lines({ format: "json" });
  sink.log(AT, "warn", {
    message: "Slow disk",
    fields: { ms: 12n, level: "fake", error: new Error("full") },
  });
  assert.deepEqual(written.map((line) => JSON.parse(line)), [{
    time: "2026-01-02T03:04:05.006Z",
    level: "warn",
    message: "Slow disk",
    ms: "12",
    error: "full",
  }]);
});

Deno.test("log() keeps one record on one line, whatever is in it", () => {
  for (const format of ["text", "json"] as const) {
    const { sink, written } = lines({ format });
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    sink.log(AT, "error", {
      message: "Two\nlines",
      fields: { text: "a\nb", cycle, error: new Error("x", { cause: "y\nz" }) },
    });
    assert.equal(written.length, 1);
    assert.equal(written[0]!.indexOf("\n"), written[0]!.length - 1);
  }
});

Deno.test("log() leaves out what is below its level", () => {
  const { sink, written } = lines({ level: "warn" });
  for (const level of ["debug", "info", "warn", "error"] as const) {
    sink.log(AT, level, { message: level });
  }
  assert.deepEqual(written.map((line) => line.split(" ")[1]), [
    "WARN",
    "ERROR",
  ]);
});

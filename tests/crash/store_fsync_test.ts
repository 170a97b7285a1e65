/**
 * Acknowledged means on disk: seen at the system calls, which a killed process can not show (the kernel keeps what it wrote).
 *
 * @module
 */
import assert from "node:assert/strict";

/** Skipped where strace is missing or may not trace. */
const canTrace = await new Deno.Command("strace", {
  args: ["--seccomp-bpf", "-f", "-o", "/dev/null", "true"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);

Deno.test({
  name: "transact() answers after the fsync of its own commit, and needs one",
  ignore: !canTrace,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "wherry-fsync-" });
    try {
      const trace = `${folder}/trace`;
      const { success } = await new Deno.Command("strace", {
        args: [
          "--seccomp-bpf",
          "-f",
          "-y",
          "-e",
          "trace=fsync,fdatasync,write",
          "-o",
          trace,
          Deno.execPath(),
          "run",
          "--no-check",
          "-A",
          new URL("store_fsync_writer.ts", import.meta.url).pathname,
          `${folder}/kv.sqlite3`,
        ],
        stdout: "null",
        stderr: "inherit",
      }).output();
      assert.ok(success);
      assert.deepEqual(
        happenings(await Deno.readTextFile(trace)),
        Array.from({ length: 10 }, () => ["begin", "fsync", "ack"]).flat(),
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** What happened from the first write to the last acknowledgement, in order. */
function happenings(trace: string): string[] {
  const all = trace.split("\n").flatMap((line) =>
    /"(begin|ack) \d/.exec(line)?.[1] ??
      (/\bf(data)?sync\(\d+<[^>]*kv\.sqlite3/.test(line) ? "fsync" : [])
  );
  return all.slice(all.indexOf("begin"), all.lastIndexOf("ack") + 1);
}

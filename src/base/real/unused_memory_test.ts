import assert from "node:assert/strict";
import { unchangedFileRanges, UnusedMemory } from "./unused_memory.ts";

/** One mapping as the kernel shows it, with the lines that count. */
function mapping(header: string, changedKb = 0): string {
  return `${header}
Size:                 64 kB
Rss:                  64 kB
Private_Clean:        64 kB
Private_Dirty:  ${String(changedKb).padStart(8)} kB
Anonymous:      ${String(changedKb).padStart(8)} kB
Swap:                  0 kB
Locked:                0 kB
VmFlags: rd ex mr mw me
`;
}

Deno.test("unchangedFileRanges() takes code and constants that are as in their files", () => {
  const smaps = mapping("00400000-00410000 r--p 00000000 fd:00 12 /bin/deno") +
    mapping("00410000-00430000 r-xp 00010000 fd:00 12 /bin/a (deleted)");
  assert.deepEqual(unchangedFileRanges(smaps), [
    { address: 0x400000, bytes: 0x10000 },
    { address: 0x410000, bytes: 0x20000 },
  ]);
});

Deno.test("unchangedFileRanges() leaves what was relocated, what may be written, what is shared and what no file holds", () => {
  const smaps = [
    mapping("00400000-00410000 r--p 00000000 fd:00 12 /bin/deno", 16),
    mapping("00410000-00420000 rw-p 00010000 fd:00 12 /bin/deno"),
    mapping("00420000-00430000 r--s 00020000 fd:00 13 /tmp/cache"),
    mapping("00430000-00440000 r--p 00000000 00:00 0 "),
    mapping("00440000-00450000 r-xp 00000000 00:00 0 [vdso]"),
  ].join("");
  assert.deepEqual(unchangedFileRanges(smaps), []);
});

Deno.test({
  name: "UnusedMemory.release() makes the process smaller, and it goes on",
  ignore: Deno.build.os !== "linux",
  fn() {
    using memory = UnusedMemory.open();
    assert.ok(memory);
    const before = Deno.memoryUsage().rss;
    memory.release();
    const after = Deno.memoryUsage().rss;
    assert.ok(after < before, `${after} is not below ${before}`);
    assert.equal(JSON.stringify([1, "a"].map(String)), '["1","a"]');
  },
});

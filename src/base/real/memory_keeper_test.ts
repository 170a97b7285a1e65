import assert from "node:assert/strict";
import { cpuMs, mappedKib, RestWatch } from "./memory_keeper.ts";

/** A watch, and readings 10 s apart: MiB held and the share of a core that was used since the last. */
function rig() {
  let [nowMs, busyMs] = [0, 0];
  const watch = new RestWatch({ nowMs, cpuMs: busyMs, heldKib: 0 });
  return {
    watch,
    look(heldMib: number, share = 0) {
      nowMs += 10_000;
      busyMs += 10_000 * share;
      return watch.next({ nowMs, cpuMs: busyMs, heldKib: heldMib * 1024 });
    },
  };
}

Deno.test("RestWatch.next() hands memory back at rest, not while there is work", () => {
  const { look } = rig();
  assert.equal(look(48, 0.5).release, false);
  assert.equal(look(48, 0).release, true);
});

Deno.test("RestWatch.next() looks soon while there is something to gain, and rarely once all was handed back", () => {
  const { watch, look } = rig();
  const { lookMs: working } = look(48, 0.5);
  look(48, 0);
  watch.released(6 * 1024);
  const { release, lookMs: resting } = look(10);
  assert.equal(release, false);
  assert.ok(resting > working);
  assert.equal(look(30, 0.5).lookMs, working);
});

Deno.test("RestWatch.next() hands back again what later work left behind", () => {
  const { watch, look } = rig();
  assert.equal(look(48).release, true);
  watch.released(6 * 1024);
  assert.equal(look(10).release, false);
  assert.equal(look(30).release, true);
});

Deno.test("cpuMs() reads the processor time behind a name that looks like fields", () => {
  const stat =
    "42 (a) R 1 (b) S 1 42 42 0 -1 4194304 900 0 0 0 120 30 0 0 20 0 5 0 77 1 2";
  assert.equal(cpuMs(stat), 1500);
});

Deno.test("mappedKib() reads what files are mapped to, and 0 on a kernel that does not tell", () => {
  const status =
    "VmRSS:\t   64396 kB\nRssAnon:\t   21752 kB\nRssFile:\t   42644 kB\n";
  assert.equal(mappedKib(status), 42_644);
  assert.equal(mappedKib("VmRSS:\t   64396 kB\n"), 0);
});

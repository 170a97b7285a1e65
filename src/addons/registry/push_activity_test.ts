import assert from "node:assert/strict";
import { VirtualHost } from "../../testing/virtual_host.ts";
import { PushActivity } from "./push_activity.ts";

const HOUR = 3_600_000;
const A = `sha256:${"a".repeat(64)}` as const;

Deno.test("underWay() has what was touched within the grace, and forgets the rest", async () => {
  const host = new VirtualHost();
  const activity = new PushActivity(host.clock);
  activity.touch("app", "old");
  await host.advance(2 * HOUR);
  activity.touch("app", "young");
  activity.touch("other", "young");
  assert.deepEqual([...activity.underWay("app", HOUR)], ["young"]);
  assert.deepEqual([...activity.underWay("app", 9 * HOUR)], ["young"]);
});

Deno.test("underWay() has the first content of a push whose last one takes hours", async () => {
  const host = new VirtualHost();
  const activity = new PushActivity(host.clock);
  activity.touch("app", "long before");
  await host.advance(2 * HOUR);
  activity.run("app", "first")();
  await host.advance(HOUR / 2);
  activity.became("app", "first", A);
  const ended = activity.run("app", "second");
  await host.advance(5 * HOUR);
  const third = activity.run("app", "third");
  ended();
  await host.advance(7 * HOUR);
  assert.deepEqual(
    [...activity.underWay("app", HOUR)].sort(),
    [A, "second", "third"].sort(),
  );
  third();
  await host.advance(HOUR + 1);
  assert.deepEqual([...activity.underWay("app", HOUR)], []);
});

import assert from "node:assert/strict";
import { CronError, type CronSchedule, isTimeZone, parseCron } from "./cron.ts";

const numbers = (from: number, to: number, step = 1) =>
  Array.from(
    { length: Math.floor((to - from) / step) + 1 },
    (_, i) => from + i * step,
  );

const RIGHT: readonly (readonly [string, keyof CronSchedule, number[]])[] = [
  ["* * * * *", "minutes", numbers(0, 59)],
  ["*/15 * * * *", "minutes", [0, 15, 30, 45]],
  ["5/20 * * * *", "minutes", [5, 25, 45]],
  ["10-20/5 * * * *", "minutes", [10, 15, 20]],
  ["0 9-17 * * *", "hours", numbers(9, 17)],
  ["0 0 1,15 * *", "days", [1, 15]],
  ["0 0 1 jan-MAR *", "months", [1, 2, 3]],
  ["0 0 * * mon-fri", "weekdays", numbers(1, 5)],
  ["0 0 ? * sun", "weekdays", [0]],
  ["@weekly", "weekdays", [0]],
  ["@monthly", "days", [1]],
];

for (const [text, field, expected] of RIGHT) {
  Deno.test(`parseCron() reads the ${field} of ${text}`, () => {
    const found = parseCron(text) as CronSchedule;
    assert.deepEqual([...found[field] as ReadonlySet<number>], expected);
  });
}

Deno.test("parseCron() tells days that were left open from those that are all named", () => {
  const open = parseCron("0 0 * * 1") as CronSchedule;
  assert.deepEqual([open.anyDay, open.anyWeekday], [true, false]);
  const named = parseCron("0 0 1-31 * */2") as CronSchedule;
  assert.deepEqual([named.anyDay, named.anyWeekday], [false, false]);
});

Deno.test("parseCron() reads intervals and the zone in the text", () => {
  assert.deepEqual(parseCron("@every 1h30m"), { everyMs: 5_400_000 });
  assert.deepEqual(parseCron("@every 10ms"), { everyMs: 1000 });
  const found = parseCron("CRON_TZ=Asia/Tokyo 0 6 * * *") as CronSchedule;
  assert.equal(found.timeZone, "Asia/Tokyo");
});

const WRONG: readonly (readonly [string, string])[] = [
  ["* * * *", "expected exactly 5 fields, found 4: [* * * *]"],
  ["", "expected exactly 5 fields, found 0: []"],
  ["60 * * * *", "end of range (60) above maximum (59): 60"],
  ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
  ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
  ["*/0 * * * *", "step of range should be a positive number: */0"],
  ["1-2-3 * * * *", "too many hyphens: 1-2-3"],
  ["1/2/3 * * * *", "too many slashes: 1/2/3"],
  [
    "x * * * *",
    'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax',
  ],
  ["@often", "unrecognized descriptor: @often"],
  [
    "@every 5",
    'failed to parse duration @every 5: time: missing unit in duration "5"',
  ],
  [
    "@every 5d",
    'failed to parse duration @every 5d: time: unknown unit "d" in duration "5d"',
  ],
  [
    "TZ=Mars/Base * * * * *",
    "provided bad location Mars/Base: unknown time zone Mars/Base",
  ],
];

for (const [text, message] of WRONG) {
  Deno.test(`parseCron() says of ${JSON.stringify(text)}: ${message}`, () => {
    assert.throws(
      () => parseCron(text),
      (error) => error instanceof CronError && error.message === message,
    );
  });
}

Deno.test("isTimeZone() knows names and no offsets", () => {
  assert.deepEqual(
    ["Europe/Vienna", "UTC", "Etc/GMT+5", "+01:00", "Mars/Base", ""].map(
      isTimeZone,
    ),
    [true, true, true, false, false, false],
  );
});

import assert from "node:assert/strict";
import { type CommandSession, lookalikes, processOf } from "./exec_remains.ts";

const session = (openedTicks: number, command = "sleep 9"): CommandSession => ({
  openedTicks,
  command: command.split(" "),
  closed: Promise.resolve(),
});
const process = (pid: number, startTicks: number, command = "sleep 9") => ({
  pid,
  startTicks,
  command: command.split(" "),
});

Deno.test("processOf() finds the process by its command and time", () => {
  const open = [session(90, "sh")];
  const find = (...processes: ReturnType<typeof process>[]) =>
    processOf(session(100), { open, processes })?.pid;
  assert.equal(find(process(1, 90, "sh"), process(2, 104)), 2);
  assert.equal(find(process(1, 99)), 1, "times are rounded");
  assert.equal(find(process(1, 50), process(2, 104)), 2, "others' are older");
  assert.equal(find(process(1, 104, "sleep 10")), undefined);
  assert.equal(find(), undefined);
});

Deno.test("processOf() leaves the processes of later sessions alone", () => {
  const open = [session(400)];
  const first = process(7, 104);
  const second = process(8, 404);
  const find = (processes: ReturnType<typeof process>[]) =>
    processOf(session(100), { open, processes })?.pid;
  assert.equal(find([first, second]), 7);
  assert.equal(find([second]), undefined, "ours has ended by itself");
});

Deno.test("processOf() takes a process that became another program only when it can be nobody else's", () => {
  const ours = session(100, "sh -c exec");
  const processes = [process(5, 104, "sleep 9")];
  assert.equal(processOf(ours, { open: [], processes })?.pid, 5);
  const open = [session(90, "sh")];
  assert.equal(processOf(ours, { open, processes }), undefined);
});

Deno.test("lookalikes() are sessions with the same command, opened at about the same time", () => {
  const near = session(120);
  const open = [near, session(120, "sleep 8"), session(300)];
  assert.deepEqual(lookalikes(session(100), open), [near]);
});

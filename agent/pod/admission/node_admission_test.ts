import assert from "node:assert/strict";
import type { Pod } from "../../../src/api/core/pod.ts";
import { FakeRuntime } from "../../runtime/fake/mod.ts";
import { VirtualHost } from "../../../src/testing/virtual_host.ts";
import { PodRecord } from "../pod_record.ts";
import { type AdmitResult, ADMITTED } from "./handler.ts";
import { NodeAdmission } from "./node_admission.ts";

function podOf(uid: string, phase?: "Failed"): Pod {
  return {
    metadata: { name: uid, namespace: "default", uid },
    spec: { containers: [] },
    ...(phase && { status: { phase } }),
  };
}

function bench(
  options: {
    known?: Pod[];
    answer?: (pod: Pod, others: readonly Pod[]) => AdmitResult;
  } = {},
) {
  const records: PodRecord[] = [];
  const events: string[] = [];
  const admitted: string[] = [];
  /** What the handler was shown, by pod. */
  const shown: Record<string, string[]> = {};
  const runtime = new FakeRuntime(new VirtualHost(), {});
  const admission = new NodeAdmission({
    handlers: [{
      admit: (pod, others) => {
        shown[pod.metadata.name!] = others.map(({ metadata }) => metadata.name!)
          .sort();
        return options.answer?.(pod, others) ?? ADMITTED;
      },
    }],
    records: () => records,
    known: options.known ?? [],
    events: {
      event: (pod, { reason, message }) =>
        void events.push(`${pod.metadata.name} ${reason}: ${message}`),
    },
    refreshNode: () => Promise.resolve(),
    onAdmitted: ({ metadata }) => void admitted.push(metadata.name!),
  });
  const add = (uid: string) => {
    const record = new PodRecord({
      pod: podOf(uid),
      runtime,
      sandboxes: [],
      startTime: 0,
      isAdmitted: admission.wasAdmitted(uid),
      onChange: () => {},
    });
    records.push(record);
    return record;
  };
  return { admission, add, shown, events, admitted };
}

Deno.test("admit() shows pods that were taken and have not ended", async () => {
  const { admission, add, shown, admitted } = bench();
  const [a, b, c] = [add("a"), add("b"), add("c")];
  for (const record of [a, b]) {
    assert.ok(admission.admit(record).admitted);
    record.setAdmitted();
  }
  a.setEnded();
  admission.admit(c);
  assert.deepEqual(shown, { a: [], b: ["a"], c: ["b"] });
  await Promise.resolve();
  assert.deepEqual(admitted, ["a", "b", "c"]);
});

Deno.test("admit() counts what an earlier agent had taken, until all pods are known", () => {
  const { admission, add, shown } = bench({
    known: [podOf("told"), podOf("untold"), podOf("over", "Failed")],
  });
  assert.ok(add("told").isAdmitted);
  admission.admit(add("new"));
  assert.deepEqual(shown.new, ["told", "untold"]);
  admission.allKnown();
  admission.admit(add("next"));
  assert.deepEqual(shown.next, ["told"]);
});

Deno.test("admit() refuses when a handler fails", () => {
  const { admission, add, admitted } = bench({
    answer: () => {
      throw new Error("No idea");
    },
  });
  assert.deepEqual(admission.admit(add("a")), {
    admitted: false,
    reason: "UnexpectedAdmissionError",
    message: "No idea",
  });
  assert.deepEqual(admitted, []);
});

Deno.test("preempt() fails the others and waits until they have ended", async () => {
  const { admission, add, events } = bench();
  const victim = add("victim");
  let isOver = false;
  const over = admission.preempt([victim.pod], new AbortController().signal)
    .then(() => isOver = true);
  await Promise.resolve();
  assert.equal(victim.failure?.reason, "Preempting");
  assert.equal(isOver, false);
  victim.setEnded();
  await over;
  assert.deepEqual(events, [
    "victim Preempting: Preempted in order to admit critical pod",
  ]);
});

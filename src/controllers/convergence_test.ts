import assert from "node:assert/strict";
import fc from "fast-check";
import { HostError } from "../base/host.ts";
import { withBench } from "../testing/controller_bench.ts";
import type { FakeApi, StoredObject } from "../testing/fake_api.ts";
import { addControllers } from "./mod.ts";

const PATH = "/apis/apps/v1/namespaces/default/deployments";
const WEB = `${PATH}/web`;
const PODS = "/api/v1/namespaces/default/pods";

/** One thing that happens. Numbers choose among what is there. */
type Step =
  | { do: "image"; image: number }
  | { do: "scale"; replicas: number }
  | { do: "pause" | "resume" | "strategy" }
  | { do: "kill" | "fail" | "delete-set"; which: number }
  | { do: "hold"; plural: "pods" | "replicasets" | "deployments" }
  | { do: "release" | "break-watches" | "lose-answer" | "refuse" }
  | { do: "agents"; count: number }
  | { do: "wait"; ms: number };

const kinds: Record<string, fc.Arbitrary<Step>> = {
  wishes: fc.oneof(
    fc.record({
      do: fc.constant("image" as const),
      image: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
      do: fc.constant("scale" as const),
      replicas: fc.integer({ min: 0, max: 8 }),
    }),
    fc.record({
      do: fc.constantFrom(
        "pause" as const,
        "resume" as const,
        "strategy" as const,
      ),
    }),
  ),
  blows: fc.record({
    do: fc.constantFrom(
      "kill" as const,
      "fail" as const,
      "delete-set" as const,
    ),
    which: fc.nat(),
  }),
  faults: fc.oneof(
    fc.record({
      do: fc.constant("hold" as const),
      plural: fc.constantFrom(
        "pods" as const,
        "replicasets" as const,
        "deployments" as const,
      ),
    }),
    fc.record({
      do: fc.constantFrom(
        "release" as const,
        "break-watches" as const,
        "lose-answer" as const,
        "refuse" as const,
      ),
    }),
  ),
  agents: fc.record({
    do: fc.constant("agents" as const),
    count: fc.integer({ min: 1, max: 6 }),
  }),
  wait: fc.record({
    do: fc.constant("wait" as const),
    ms: fc.integer({ min: 0, max: 4_000 }),
  }),
};

/** What went wrong once: a rollout that turned into a recreation, and to nothing. */
const ONCE_STUCK: Step[] = [
  { do: "break-watches" },
  { do: "image", image: 2 },
  { do: "strategy" },
  { do: "scale", replicas: 0 },
  { do: "image", image: 1 },
  { do: "agents", count: 1 },
];

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: kinds.wishes! },
    { weight: 2, arbitrary: kinds.blows! },
    { weight: 3, arbitrary: kinds.faults! },
    { weight: 4, arbitrary: kinds.agents! },
    { weight: 3, arbitrary: kinds.wait! },
  ),
  { minLength: 3, maxLength: 40 },
);

function edit(
  api: FakeApi,
  change: (spec: StoredObject["spec"]) => void,
): void {
  api.change(WEB, (deployment) => {
    change(deployment.spec);
    deployment.metadata.generation!++;
  });
}

/** Pods that are due run and get ready, or are gone. */
function playAgents(api: FakeApi, count: number): boolean {
  let busy = false;
  for (const { metadata, status } of api.objects("pods")) {
    if (count === 0) break;
    const path = `${PODS}/${metadata.name}`;
    if (metadata.deletionTimestamp) api.remove(path);
    else if (status.phase === "Pending") {
      api.change(path, (pod) => {
        pod.spec.nodeName = "n1";
        pod.status = {
          phase: "Running",
          conditions: [{
            type: "Ready",
            status: "True",
            lastTransitionTime: "2026-01-01T00:00:00Z",
          }],
        };
      });
    } else continue;
    count--;
    busy = true;
  }
  return busy;
}

Deno.test("deployments end where their spec says, whatever happened on the way", () =>
  fc.assert(
    fc.asyncProperty(
      steps,
      (sequence) =>
        withBench(({ host, client, manager, recorder }) => {
          const parts = addControllers(host, manager, {
            client,
            // Nobody gives signs of life here.
            monitorGraceMs: 1e12,
          });
          recorder.flush = async () => await parts[Symbol.asyncDispose]();
        }, async ({ host, api, recorder }) => {
          api.put("/api/v1/nodes", {
            metadata: { name: "n1" },
            spec: { podCIDR: "10.42.0.0/24" },
            status: { conditions: [{ type: "Ready", status: "True" }] },
          });
          api.put(PATH, {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "web", generation: 1 },
            spec: {
              replicas: 3,
              selector: { matchLabels: { app: "web" } },
              template: {
                metadata: { labels: { app: "web" } },
                spec: { containers: [{ name: "c", image: "v1" }] },
              },
              revisionHistoryLimit: 2,
            },
          });
          let lose = 0, refuse = 0;
          const fetch = api.fetch.bind(api);
          api.fetch = async (request) => {
            const isWrite = request.method !== "GET" &&
              !request.url.includes("/events");
            if (isWrite && refuse > 0) {
              refuse--;
              return Response.json({
                kind: "Status",
                code: 500,
                message: "no luck",
              }, { status: 500 });
            }
            const response = await fetch(request);
            if (isWrite && lose > 0) {
              lose--;
              throw new HostError("closed", "Connection broke");
            }
            return response;
          };
          const pick = <T>(which: number, of: T[]): T | undefined =>
            of[which % Math.max(1, of.length)];
          for (const step of sequence) {
            switch (step.do) {
              case "image":
                edit(
                  api,
                  (spec) =>
                    spec.template.spec.containers[0].image = `v${step.image}`,
                );
                break;
              case "scale":
                edit(api, (spec) => spec.replicas = step.replicas);
                break;
              case "pause":
                edit(api, (spec) => spec.paused = true);
                break;
              case "resume":
                edit(api, (spec) => delete spec.paused);
                break;
              case "strategy":
                edit(api, (spec) =>
                  spec.strategy = {
                    type: spec.strategy?.type === "Recreate"
                      ? "RollingUpdate"
                      : "Recreate",
                  });
                break;
              case "kill":
              case "fail": {
                const pod = pick(step.which, api.objects("pods"));
                if (pod === undefined) break;
                const path = `${PODS}/${pod.metadata.name}`;
                if (step.do === "kill") {
                  api.remove(path);
                } else {api.change(path, ({ status }) =>
                    status.phase = "Failed");}
                break;
              }
              case "delete-set": {
                const set = pick(step.which, api.objects("replicasets"));
                if (set) {
                  api.remove(
                    `/apis/apps/v1/namespaces/default/replicasets/${set.metadata.name}`,
                  );
                }
                break;
              }
              case "hold":
                api.releaseEvents();
                api.holdEvents(step.plural);
                break;
              case "release":
                api.releaseEvents();
                break;
              case "break-watches":
                api.endWatches("break");
                break;
              case "lose-answer":
                lose++;
                break;
              case "refuse":
                refuse++;
                break;
              case "agents":
                playAgents(api, step.count);
                await host.settle();
                break;
              case "wait":
                await host.advance(step.ms);
            }
          }
          lose = refuse = 0;
          api.releaseEvents();
          edit(api, (spec) => delete spec.paused);
          for (let round = 0; round < 40; round++) {
            await host.advance(round % 4 === 3 ? 60_000 : 2_000);
            playAgents(api, Infinity);
          }
          await recorder.flush();
          const { spec, status, metadata } = api.object(WEB);
          const running = api.objects("pods").filter((pod) =>
            pod.status.phase === "Running"
          );
          const image = spec.template.spec.containers[0].image;
          assert.deepEqual(
            running.map((pod) => pod.spec.containers[0].image),
            Array(spec.replicas).fill(image),
          );
          const sets = api.objects("replicasets");
          assert.deepEqual(
            sets.filter((set) => set.spec.replicas > 0).map((
              set,
            ) => [
              set.spec.template.spec.containers[0].image,
              set.spec.replicas,
            ]),
            spec.replicas === 0 ? [] : [[image, spec.replicas]],
          );
          assert.equal(status.availableReplicas ?? 0, spec.replicas);
          assert.equal(status.updatedReplicas ?? 0, spec.replicas);
          assert.equal(status.observedGeneration, metadata.generation);
          assert.ok(sets.length <= 3, `${sets.length} replica sets`);
        }),
    ),
    { numRuns: 100, seed: 11, examples: [[ONCE_STUCK]] },
  ));

import assert from "node:assert/strict";
import fc from "fast-check";
import { HostError } from "../base/host.ts";
import { NODES } from "../client/resources.ts";
import { podInformer } from "../loop/shared_informers.ts";
import { withBench } from "../testing/controller_bench.ts";
import type { FakeApi } from "../testing/fake_api.ts";
import { Scheduler } from "./scheduler.ts";

const PODS = "/api/v1/namespaces/default/pods";

/** One thing that happens in a cluster. Numbers choose among what is there. */
type Step =
  | { do: "arrive"; cpu: number; memory: number }
  | { do: "leave" | "end" | "terminate" | "vanish"; which: number }
  | { do: "node"; cpu: number; memory: number; pods: number }
  | { do: "hold" | "release" | "lose-answer" | "refuse" | "break-watches" }
  | { do: "wait"; ms: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("arrive" as const),
        cpu: fc.integer({ min: 0, max: 12 }),
        memory: fc.integer({ min: 0, max: 12 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "leave" as const,
          "end" as const,
          "terminate" as const,
        ),
        which: fc.nat(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("vanish" as const),
        which: fc.nat(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("node" as const),
        cpu: fc.integer({ min: 5, max: 30 }),
        memory: fc.integer({ min: 5, max: 30 }),
        pods: fc.integer({ min: 1, max: 6 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "hold" as const,
          "release" as const,
          "lose-answer" as const,
          "refuse" as const,
          "break-watches" as const,
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("wait" as const),
        ms: fc.integer({ min: 0, max: 3_000 }),
      }),
    },
  ),
  { minLength: 5, maxLength: 60 },
);

/** Used and allocatable of every node, from the API's own objects. */
function usage(api: FakeApi) {
  return api.objects("nodes").map((node) => {
    const { cpu, memory, pods } = node.status.allocatable;
    const here = api.objects("pods").filter((pod) =>
      pod.spec.nodeName === node.metadata.name &&
      !["Succeeded", "Failed"].includes(pod.status.phase)
    );
    const sum = (
      of: (
        pod: {
          spec: {
            containers: {
              resources: { requests: { cpu: string; memory: string } };
            }[];
          };
        },
      ) => string,
    ) => here.reduce((total, pod) => total + parseInt(of(pod)), 0);
    return {
      name: node.metadata.name,
      cpu: {
        used: sum(({ spec }) => spec.containers[0]!.resources.requests.cpu),
        room: parseInt(cpu),
      },
      memory: {
        used: sum(({ spec }) => spec.containers[0]!.resources.requests.memory),
        room: parseInt(memory),
      },
      pods: { used: here.length, room: parseInt(pods) },
    };
  });
}

function assertWithinRoom(api: FakeApi): void {
  for (const { name, ...resources } of usage(api)) {
    for (const [resource, { used, room }] of Object.entries(resources)) {
      assert.ok(used <= room, `${name}: ${used} of ${room} ${resource}`);
    }
  }
}

Deno.test("Scheduler never exceeds what is allocatable, and leaves nobody waiting who fits", () =>
  fc.assert(
    fc.asyncProperty(
      steps,
      (sequence) =>
        withBench(({ host, client, manager, recorder }) => {
          manager.addRunnable(
            new Scheduler(host, {
              client,
              pods: podInformer(manager),
              nodes: manager.informer(NODES),
              recorder,
            }),
          );
        }, async ({ host, api }) => {
          let serial = 0, lose = 0, refuse = 0;
          const fetch = api.fetch.bind(api);
          api.fetch = async (request) => {
            const isBinding = request.url.endsWith("/binding");
            if (isBinding && refuse > 0) {
              refuse--;
              return Response.json({ kind: "Status", code: 403 }, {
                status: 403,
              });
            }
            const response = await fetch(request);
            assertWithinRoom(api);
            if (isBinding && lose > 0) {
              lose--;
              throw new HostError("closed", "Connection broke");
            }
            return response;
          };
          const pick = (which: number, of: { metadata: { name: string } }[]) =>
            of[which % Math.max(1, of.length)]?.metadata.name;
          for (const step of sequence) {
            switch (step.do) {
              case "arrive":
                api.put(PODS, {
                  apiVersion: "v1",
                  kind: "Pod",
                  metadata: { name: `p${serial++}` },
                  spec: {
                    containers: [{
                      name: "c",
                      resources: {
                        requests: {
                          cpu: `${step.cpu}`,
                          memory: `${step.memory}`,
                        },
                      },
                    }],
                  },
                  status: { phase: "Pending" },
                });
                break;
              case "node":
                api.put("/api/v1/nodes", {
                  metadata: { name: `n${serial++}` },
                  spec: {},
                  status: {
                    allocatable: {
                      cpu: `${step.cpu}`,
                      memory: `${step.memory}`,
                      pods: `${step.pods}`,
                    },
                  },
                });
                break;
              case "leave": {
                const name = pick(step.which, api.objects("pods"));
                if (name) api.remove(`${PODS}/${name}`);
                break;
              }
              case "end":
              case "terminate": {
                const name = pick(step.which, api.objects("pods"));
                if (name) {
                  api.change(`${PODS}/${name}`, (pod) => {
                    if (step.do === "end") pod.status = { phase: "Succeeded" };
                    else {pod.metadata.deletionTimestamp =
                        "2026-01-01T00:00:00Z";}
                  });
                }
                break;
              }
              case "vanish": {
                const name = pick(step.which, api.objects("nodes"));
                if (name) api.remove(`/api/v1/nodes/${name}`);
                break;
              }
              case "hold":
                api.holdEvents();
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
              case "wait":
                await host.advance(step.ms);
            }
          }
          lose = refuse = 0;
          api.releaseEvents();
          await host.advance(60_000);
          assertWithinRoom(api);
          const nodes = usage(api);
          for (const { metadata, spec, status } of api.objects("pods")) {
            if (
              spec.nodeName || metadata.deletionTimestamp ||
              status.phase !== "Pending"
            ) continue;
            const { cpu, memory } = spec.containers[0].resources.requests;
            for (const node of nodes) {
              const fits = node.cpu.used + parseInt(cpu) <= node.cpu.room &&
                node.memory.used + parseInt(memory) <= node.memory.room &&
                node.pods.used < node.pods.room;
              assert.ok(
                !fits,
                `${metadata.name} waits although it fits ${node.name}`,
              );
            }
          }
        }),
    ),
    { numRuns: 200, seed: 7 },
  ));
